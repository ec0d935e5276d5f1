"""The manual page burnbag(1), made of the help that the commands have: `man` macros for roff."""

import re
from collections.abc import Iterator
from typing import Final

import click

import burnbag
from burnbag.cli.main import NAME, group

TITLE: Final = "one-time secrets in your own AWS account"
# As docs/cli.md has them.
EXIT_CODES: Final = {
    0: "Done.",
    1: "Failed, interrupted, or declined.",
    2: "Asked for or configured in a way that can't work; nothing was done.",
    3: "Not found: unknown id, or wrong token.",
    4: "Gone: revealed, revoked, locked or expired.",
    5: "The passphrase is missing or wrong, or the secret is frozen.",
    6: "A signed receipt proves nothing, or a page is not the released one.",
    7: "Of receipt --wait: the secret has ended, and not by being opened.",
    8: "Of receipt --wait --timeout: it has not ended yet.",
    9: "Of audit --cloudtrail: something is left that nothing explains.",
    10: "The secret is for named recipients, and you are not identified, or as somebody else.",
    11: "Nobody has answered the request yet.",
}
VARIABLES: Final = {
    "BURNBAG_URL": "The burnbag to talk to.",
    "BURNBAG_AUDIT_LOG_GROUP": "The log group that burnbag audit reads.",
    "AWS_PROFILE, AWS_REGION, …": "Credentials and region, as for every program that uses AWS.",
}
# Text that stays as it is: click's mark for it, alone on a line.
AS_IT_IS: Final = "\b"


def make_manual() -> str:
    """The page. It says nothing of when it was made, so that it is always the same."""
    lines = [
        f'.TH {NAME.upper()} 1 "" "{NAME} {burnbag.__version__}" "User Commands"',
        *(".SH NAME", f"{NAME} \\- {escape(TITLE)}"),
        *(".SH SYNOPSIS", f".B {NAME}", escape("COMMAND [OPTIONS] [ARGUMENTS]")),
        *(".SH DESCRIPTION", *write_help(group.help or "")),
        *(".SH COMMANDS", *write_commands()),
        *(".SH EXIT STATUS", *write_terms({str(c): w for c, w in EXIT_CODES.items()})),
        *(".SH ENVIRONMENT", *write_terms(VARIABLES)),
    ]
    return "\n".join(lines) + "\n"


def write_commands() -> Iterator[str]:
    with click.Context(group, info_name=NAME) as parent:
        for name, command in all_commands(group):
            if command.hidden:
                continue
            context = click.Context(command, parent, info_name=name)
            yield f".SS {escape(f'{NAME} {name}')}"
            yield f".B {escape(f'{NAME} {name}')}"
            yield escape(" ".join(command.collect_usage_pieces(context)))
            yield ".PP"
            yield from write_help(command.help or "")
            options = (p for p in command.get_params(context) if isinstance(p, click.Option))
            records = (option.get_help_record(context) for option in options)
            yield from write_terms(dict(filter(None, records)))


def all_commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands, and behind each those that it has itself, with its name before theirs."""
    for name, command in group.commands.items():
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", each) for inner, each in all_commands(command))


def write_help(text: str) -> Iterator[str]:
    """Paragraphs; those that click leaves as they are stay so."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        lines = [line.rstrip() for line in paragraph.splitlines()]
        if lines[0].strip() == AS_IT_IS:
            yield from (".nf", *map(escape, lines[1:]), ".fi")
        else:
            yield escape(" ".join(line.strip() for line in lines))


def write_terms(terms: dict[str, str]) -> Iterator[str]:
    """Options and the like: each with what it means."""
    for term, meaning in terms.items():
        yield from (".TP", f".B {escape(term)}", escape(meaning))


def escape(text: str) -> str:
    """Text that roff prints as it is: no escape, no request, and hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
