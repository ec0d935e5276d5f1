"""`burnbag submit`: answer a request, once, without an account."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import Bar, waiting
from burnbag.cli.errors import CommandError, UnknownSecret, UsageError, name_file
from burnbag.cli.options import PATH, json_option
from burnbag.errors import NotFound
from burnbag.request_links import RequestLink
from burnbag.results import RequestPeek, Submitted

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.chosen import Chosen

NOBODYS: Final = (
    "no request has this id and token: the link is mistyped, of another burnbag, or the request "
    "ended long ago; ask whoever sent it for a new one"
)
TAKES_A_TEXT: Final = "the request takes a text and no file: pipe it in, or type it when asked for"
TAKES_A_FILE: Final = "the request takes a file: name one, or give what is piped in a --name"


@click.command()
@click.argument("link", required=False)
@click.argument("file", nargs=-1, type=PATH)
@click.option("--edit", is_flag=True, help="Write the secret in VISUAL or EDITOR.")
@click.option("--name", metavar="NAME", help="Send it as a file of this name.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask whether to answer.")
@click.option("--resume", is_flag=True, help="Go on with a large file whose sending broke off.")
@json_option
def submit(
    link: str | None,
    file: tuple[Path, ...],
    edit: bool,
    name: str | None,
    yes: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Answer a request for a secret. It can be answered once.

    It is said who asks, and for what. The answer is encrypted here, for who asks alone. FILE is
    what it is for `burnbag send`; without it stdin is sent, or on a terminal the secret is asked
    for. Without LINK, or with -, that is asked for, or read from stdin.

    \b
      pwgen 24 1 | burnbag submit LINK
    """
    with interrupts.defer():
        from burnbag import Burnbag
        from burnbag.cli import chosen, inputs

    if resume:
        if edit or name:
            raise UsageError("--resume goes on with what was begun; it takes no other answer")
        return print_submitted(go_on(([Path(link)] if link else []) + list(file)), as_json)
    refuse_taken(link, file, edit)
    to, must_ask = inputs.read_request(link), not yes and tty.is_interactive()
    with Burnbag() as burnbag:
        with waiting():
            asked = peek_at(burnbag, to)
        # Who is asked has to see it, also with -q.
        for line in describe(to, asked):
            (printing.show if must_ask else tty.tell)(line)
        refuse_kind(asked, is_file=bool(name or (file and str(file[0]) != "-")))
        if must_ask and not tty.ask_yes_no("Answer it? That can be done once."):
            raise CommandError("not answered; nothing was sent")
        secret = chosen.choose(file, edit, None)
        inputs.refuse_empty_pipe(secret.content, name)
        done = submit_chosen(burnbag, to, secret, name or secret.name)
    print_submitted(done, as_json)


def peek_at(burnbag: "Burnbag", to: RequestLink) -> RequestPeek:
    """What a link asks for. Raises UnknownSecret, which says what that may mean."""
    try:
        return burnbag.peek_request(to)
    except NotFound:
        raise UnknownSecret(NOBODYS) from None


def describe(to: RequestLink, asked: RequestPeek) -> list[str]:
    """Who asks for what, where: said before anything is typed or sent."""
    from burnbag.cli.formatting import align, describe_limits, format_time

    return align(
        [
            ("asked by", asked.created_by or "nobody knows whom"),
            ("for", asked.label or "(it does not say what)"),
            ("at", urlsplit(to.base).netloc),
            ("takes", describe_limits(asked.kinds, asked.max_bytes)),
            ("until", format_time(asked.expires_at)),
        ]
    )


def refuse_kind(asked: RequestPeek, is_file: bool) -> None:
    """Raise UsageError before anything is typed that would not be taken."""
    if is_file and asked.kinds == ("text",):
        raise UsageError(TAKES_A_TEXT)
    if not is_file and "text" not in asked.kinds:
        raise UsageError(TAKES_A_FILE)


def refuse_taken(link: str | None, file: tuple[Path, ...], edit: bool) -> None:
    """Raise UsageError if stdin would be the link, and the secret too."""
    wants_stdin = not edit and (not file or str(file[0]) == "-")
    if link in (None, "-") and wants_stdin and not tty.is_terminal(sys.stdin):
        raise UsageError("stdin is the link, so it can't be the secret too: name a file")


def submit_chosen(
    burnbag: "Burnbag", to: RequestLink, secret: "Chosen", filename: str | None
) -> Submitted:
    """Send it; a large file in a way in which it can be resumed."""
    from burnbag.cli import unfinished

    content = secret.content
    resume_file = unfinished.make_file() if isinstance(content, Path) else None
    naming = name_file(content) if isinstance(content, Path) else nullcontext()
    showing = Bar(size=secret.size, before=secret.describe_wait)
    with naming, unfinished.offer_to_resume(resume_file, "submit"), showing as bar:
        return burnbag.submit(to, content, filename=filename, resume_file=resume_file, progress=bar)


def go_on(files: list[Path]) -> Submitted:
    """Go on with the answer that a file is, or with the only one."""
    with interrupts.defer():
        from burnbag import Burnbag
        from burnbag.cli import unfinished

    if len(files) > 1:
        raise UsageError("--resume goes on with one file; name it, or none")
    resume_file, begun = unfinished.find(files[0] if files else None, is_answer=True)
    with (
        Burnbag() as burnbag,
        name_file(begun.origin.path),
        unfinished.offer_to_resume(resume_file, "submit"),
        Bar(size=begun.origin.size) as bar,
    ):
        return burnbag.resume_submission(resume_file, progress=bar)


def print_submitted(done: Submitted, as_json: bool) -> None:
    """Say that it is done; JSON says what."""
    from burnbag.cli.formatting import format_minute, to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(done)))
        return
    tty.tell(f"answered; only who asked can open it, until {format_minute(done.expires_at)}")
