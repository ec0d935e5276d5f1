"""The page about the command keeps up with the command."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import click
import pytest

from burnbag import (
    Opened,
    Peek,
    Receipt,
    Request,
    Revocation,
    Sent,
    SignedReceipt,
    Submitted,
    VerifiedPage,
    View,
)
from burnbag.cli import loudness
from burnbag.cli.errors import (
    CODES,
    ENDED_OTHERWISE,
    NOT_YET,
    UNEXPLAINED,
    CommandError,
    UnknownSecret,
    UsageError,
)
from burnbag.cli.history import Entry
from burnbag.cli.kept import SUFFIX, Kept
from burnbag.cli.listing import without_token
from burnbag.cli.main import group
from burnbag.cli.manual import all_commands
from burnbag.cli.output import opened_to_dict
from burnbag.cli.paths import config_file, history_file, machine_secret_file
from burnbag.cli.requested import without_key
from burnbag.cli.settings import AUDIT_LOG_GROUP, CONFIG_KEYS, PROFILE_VARIABLES, REGION_VARIABLES
from tests.support.documents import names, rows, section
from tests.support.services import ROOT

PAGE = ROOT / "docs" / "cli.md"
COMMANDS = list(all_commands(group))
EVERYWHERE = {option.name: option for option in loudness.options()}
SENDERS = ["--url", "--region", "--profile"]


def table(title: str, heading: str) -> dict[str, str]:
    """The table with that first heading in a section: first cell, second cell. Empty if none."""
    pattern = rf"^\| {heading} \| \|\n\| --- \| --- \|\n((?:\|.*\|\n)*)"
    found = re.search(pattern, f"{section(PAGE, title)}\n", re.MULTILINE)
    cells = rows(found[0]) if found else []
    assert len(dict(cells)) == len(cells)
    return dict(cells)


def options(command: click.Command) -> list[click.Option]:
    """Its own: those that every command has are in a table of their own."""
    found = [param for param in command.params if isinstance(param, click.Option)]
    return [option for option in found if option.name not in EVERYWHERE]


def usage(name: str, command: click.Command) -> str:
    """How a command is called, as its own help would say."""
    words = ["burnbag", name]
    for param in command.params:
        if isinstance(param, click.Argument):
            word = param.human_readable_name
            word = word if param.required else f"[{word}]"
            words.append(word + "…" * (param.nargs == -1))
    return " ".join(words)


def test_the_overview_lists_exactly_the_commands() -> None:
    found = table("# The command", "command")
    assert list(found) == [
        f"[`burnbag {name}`](#burnbag-{name.replace(' ', '-')})" for name, _ in COMMANDS
    ]
    assert all(found.values())
    assert re.findall(r"^## burnbag (.*)$", PAGE.read_text(), re.MULTILINE) == [
        name for name, _ in COMMANDS
    ]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_has_help_and_its_section_begins_with_its_usage(
    name: str, command: click.Command
) -> None:
    assert command.help
    assert section(PAGE, f"## burnbag {name}").split("\n")[1] == f"`{usage(name, command)}`"


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_the_table_of_a_command_has_exactly_its_options(name: str, command: click.Command) -> None:
    documented: list[list[str]] = []
    for cell, text in table(f"## burnbag {name}", "option").items():
        assert text, cell
        spelled = names(cell)
        if spelled == SENDERS:
            documented += [[option] for option in SENDERS]
        else:
            documented.append(sorted(spelled))
    assert sorted(documented) == sorted(spell(option) for option in options(command))


def spell(option: click.Option) -> list[str]:
    """An option as the table has it: its first spelling with the name of its value."""
    assert option.help, option.opts
    first, *others = option.opts
    if option.metavar and first not in SENDERS:
        first = f"{first} {option.metavar}"
    return sorted([first, *others])


def test_the_table_of_what_every_command_has_is_exactly_that() -> None:
    found = [sorted(names(cell)) for cell in table("# The command", "every command")]
    assert found == [sorted(option.opts) for option in EVERYWHERE.values()]
    assert all(set(EVERYWHERE) <= {p.name for p in command.params} for _, command in COMMANDS)


def field_names(*results: Any) -> set[str]:
    return {field.name for result in results for field in fields(result)}


def keys_of_opened() -> Iterable[str]:
    for data in (b"text", b"\xff"):
        yield from opened_to_dict(Opened("text", 1, 0, "", "", data))
    yield from opened_to_dict(Opened("file", 1, 0, "", "", None, config_file()))


JSON: Mapping[str, set[str]] = {
    "send": field_names(Sent) | {"generated"},
    "open": set(keys_of_opened()),
    "peek": field_names(Peek) | {"key_in_link"},
    "request": field_names(Request),
    "request list": set(without_key(dict.fromkeys(field_names(Kept)))) | {"state"},
    "request open": set(keys_of_opened()),
    "submit": field_names(Submitted),
    "receipt": field_names(Receipt, View),
    "revoke": field_names(Revocation),
    "verify": field_names(SignedReceipt),
    "verify-page": field_names(VerifiedPage) | {"differences"},
    "audit": set(),
    "list": set(without_token(dict.fromkeys(field_names(Entry)))),
}


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_the_row_about_json_has_exactly_its_fields(name: str, command: click.Command) -> None:
    found = table(f"## burnbag {name}", "option")
    assert ("`--json`" in found) == (name in JSON)
    if name in JSON:
        assert {word for word in names(found["`--json`"]) if word.isidentifier()} == JSON[name]


def test_the_table_of_exit_codes_has_exactly_those() -> None:
    found = table("# The command", "exit code")
    ours = {error.code for error in (CommandError, UsageError, UnknownSecret)}
    ours |= {ENDED_OTHERWISE, NOT_YET, UNEXPLAINED}
    assert [int(code) for code in found] == sorted({0} | ours | {code for _, code in CODES})
    assert all(found.values())


def test_the_table_of_the_configuration_has_exactly_what_is_read_and_in_its_order() -> None:
    found = {name: names(text) for name, text in table("## Configuration", "setting").items()}
    assert found == {
        "URL": ["--url", "BURNBAG_URL", "url"],
        "region": ["--region", *REGION_VARIABLES, "region"],
        "profile": ["--profile", *PROFILE_VARIABLES, "profile", "AWS_ACCESS_KEY_ID"],
        "audit log": ["--log-group", "--environment", AUDIT_LOG_GROUP, "audit_log_group"],
    }
    example = re.search(r"```toml\n(.*?)```", section(PAGE, "## Configuration"), re.DOTALL)
    assert example and set(re.findall(r"^(\w+) = ", example[1], re.MULTILINE)) == set(CONFIG_KEYS)


def test_the_table_of_files_has_exactly_those() -> None:
    kept = [history_file().name, f"\u2026{SUFFIX}", machine_secret_file().name]
    assert [names(cell) for cell in table("## Files", "file")] == [[name] for name in kept]
