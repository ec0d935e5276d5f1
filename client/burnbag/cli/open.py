"""`burnbag open` and `burnbag peek`: what a recipient does with a link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import Bar, waiting
from burnbag.cli.errors import CommandError, UnknownSecret, UsageError, explain_answer, name_file
from burnbag.cli.options import (
    json_option,
    opening_options,
    passphrase_file_option,
    signer_options,
)
from burnbag.errors import Damaged, Frozen, Gone, NotFound, PassphraseError, PassphraseWrong
from burnbag.links import Link
from burnbag.request_links import AnswerLink
from burnbag.results import Opened, Peek

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.output import Output

NOBODYS: Final = (
    "no secret has this id and token: the link is mistyped, of another burnbag, or its secret "
    "ended long ago; ask its sender for it again"
)
WRITING: Final = "all has come; it is being written"
AGAIN: Final = "; run the same again within two minutes"
WHOLE: Final = "; no view is lost if the whole link is opened here within two minutes"


@click.command("open")
@click.argument("link", required=False)
@opening_options
@passphrase_file_option
@json_option
@signer_options
def open_(
    link: str | None,
    output: str | None,
    force: bool,
    yes: bool,
    passphrase_file: Path | None,
    as_json: bool,
    region: str | None,
    profile: str | None,
) -> None:
    """Open a secret. Uses one view.

    Without LINK it is asked for, or read from stdin. What was cut short is fetched again by the
    same command, within two minutes of the view. A secret for a named role or user is opened with
    AWS credentials of theirs.
    """
    with interrupts.defer():
        from burnbag.cli import inputs
        from burnbag.cli.output import note_result, open_output

    parsed = inputs.read_openable(link)
    if isinstance(parsed, AnswerLink):
        return open_answer(parsed, output, force, yes, as_json, region, profile)
    passphrase = inputs.read_passphrase(passphrase_file, stdin_taken=link in (None, "-"))
    with (
        make_recipient(parsed, region, profile) as burnbag,
        open_output(output, force, as_json) as out,
    ):
        opened = open_into(burnbag, parsed, out, force, yes, passphrase, as_json)
    if not as_json:
        note_result(out, opened)


def make_recipient(link: Link, region: str | None, profile: str | None) -> "Burnbag":
    """A client for a link. It looks for credentials only if the secret asks who opens it."""
    with interrupts.defer():
        from burnbag import Burnbag
        from burnbag.cli.settings import LateSession

    return Burnbag(session=LateSession(link.base, region, profile))


def note_identity(found: Peek | Opened, link: Link) -> None:
    """Say on a terminal as whom one was identified, and to which server."""
    if found.identified_as:
        tty.note(f"identified as {found.identified_as} to {urlsplit(link.base).netloc}")


def open_answer(
    keep: AnswerLink,
    output: str | None,
    force: bool,
    yes: bool,
    as_json: bool,
    region: str | None,
    profile: str | None,
) -> None:
    """Open the answer to a request by the link that was kept, with this machine's credentials."""
    with interrupts.defer():
        from burnbag.cli import answering_requests, settings

    found = settings.find_settings(None, region, profile)
    answering_requests.open_answer(found, keep, output, force, yes, as_json)


def open_into(
    burnbag: "Burnbag",
    link: Link,
    out: "Output",
    force: bool,
    yes: bool,
    passphrase: str | None,
    as_json: bool,
) -> Opened:
    """Look at it, ask, and open it."""
    from burnbag.opening import refuse_incomplete

    keys = make_keys(link, yes)
    with waiting():
        found = peek_unless_revealed(burnbag, link)
    if found:
        refuse_incomplete(link, found)
        note_identity(found, link)
        ask_to_open(found, out, yes)
    opened = Opening(burnbag, link, out, force, keys, as_json).open(passphrase, found)
    if not found:
        note_identity(opened, link)
    return opened


def make_keys(link: Link, yes: bool) -> Callable[[int], str] | None:
    """The idempotency keys; None, with `yes`, if this machine could not make them again."""
    from burnbag.cli import idempotency

    try:
        return idempotency.make_keys(link)
    except CommandError:
        if yes:
            return None
        raise


def peek_at(burnbag: "Burnbag", link: Link) -> Peek:
    """What there is behind a link. Raises UnknownSecret, which says what that may mean."""
    try:
        return burnbag.peek(link)
    except NotFound:
        raise UnknownSecret(NOBODYS) from None


def peek_unless_revealed(burnbag: "Burnbag", link: Link) -> Peek | None:
    """What there is to open; None if all views are used, perhaps by an earlier try of ours.

    Raises Gone if the secret ended in another way, and as `Burnbag.peek`.
    """
    try:
        return peek_at(burnbag, link)
    except Gone as gone:
        if gone.state != "revealed":
            raise
        return None


def ask_to_open(found: Peek, out: "Output", yes: bool) -> None:
    """Ask whether to use a view. Raises CommandError for no.

    Raises UsageError for a file on a screen, and for one in JSON that memory should not hold.
    """
    from burnbag.destinations import LARGEST_IN_MEMORY

    if out.to is None and found.size > LARGEST_IN_MEMORY:
        raise UsageError("this is too large for JSON: use -o FILE")
    if found.frozen:
        raise Frozen
    if out.is_screen and found.kind != "text":
        raise UsageError(
            "this is a file: use -o FILE, -o . to save it under its own name, or -o - to show it"
        )
    if yes or not tty.is_interactive():
        return
    if not tty.ask_yes_no(f"Open it? This uses 1 of {found.views_left} views."):
        raise CommandError("not opened; no view was used")


@dataclass(frozen=True)
class Opening:
    """One `burnbag open`, however many passphrases it takes."""

    burnbag: "Burnbag"
    link: Link
    out: "Output"
    force: bool
    keys: Callable[[int], str] | None = field(repr=False)
    as_json: bool

    def open(self, passphrase: str | None, found: Peek | None) -> Opened:
        """Open the secret; ask for its passphrase as long as somebody answers.

        Raises as `Burnbag.open`, and CommandError as `advise`.
        """
        may_ask = passphrase is None and tty.can_ask()
        if may_ask and found and found.passphrase:
            passphrase = tty.ask_unseen(self.prompt) or None
            may_ask = passphrase is not None
        while True:
            try:
                return self.open_with(passphrase)
            except PassphraseError as error:
                if not may_ask or not error.attempts_left:
                    raise
                if isinstance(error, PassphraseWrong):
                    tty.say(str(error))
                passphrase = tty.ask_unseen(self.prompt)
                if not passphrase:
                    raise

    @property
    def prompt(self) -> str:
        """Names who is asked: a link may lead to anybody's server.

        And says if that server gets the passphrase itself, because of how the link was made.
        """
        split = self.link.key is not None and self.link.version > 0
        sees = "" if split else ", which will see it"
        return f"Passphrase for {urlsplit(self.link.base).netloc}{sees}: "

    def open_with(self, passphrase: str | None) -> Opened:
        from burnbag.cli.output import print_nothing, print_opened

        with advise(self.out.name, can_repeat=self.keys is not None), Bar(after=WRITING) as bar:
            return self.burnbag.open(
                self.link,
                self.out.to,
                passphrase=passphrase,
                idempotency_key=self.keys,
                overwrite=self.force,
                progress=bar,
                received=print_opened if self.as_json else print_nothing,
            )


@contextmanager
def advise(output: str, can_repeat: bool) -> Iterator[None]:
    """Turn trouble with `output` or the link into a CommandError that says what to do.

    It came after the view was used, but the view can be fetched again if `can_repeat`.
    """
    from burnbag.cli.output import NotPlainText

    again, whole = (AGAIN, WHOLE) if can_repeat else ("", "")
    with name_file(output, advice=again):
        try:
            yield
        except FileExistsError as error:
            # In a folder, where the name is the sender's.
            how = f"{again}, with --force" if can_repeat else ""
            raise CommandError(f"{error.filename} exists already{how}") from None
        except NotPlainText:
            how = f"{again}, with -o FILE or -o -" if can_repeat else ""
            raise CommandError(f"this is not plain text{how}") from None
        except Damaged as error:
            raise CommandError(f"{explain_answer(error)}{whole}") from None


@click.command()
@click.argument("link", required=False)
@json_option
@signer_options
def peek(link: str | None, as_json: bool, region: str | None, profile: str | None) -> None:
    """Show what a link leads to. Uses no view.

    Without LINK it is asked for, or read from stdin. Of a secret for a named role or user only
    they are told, by AWS credentials of theirs.
    """
    with interrupts.defer():
        from burnbag.cli import inputs
        from burnbag.cli.formatting import to_dict, to_json

    parsed = inputs.read_link(link)
    with make_recipient(parsed, region, profile) as burnbag, waiting():
        found = peek_at(burnbag, parsed)
    if as_json:
        printing.print_data(to_json(to_dict(found) | {"key_in_link": parsed.key is not None}))
    else:
        printing.print_lines(format_peek(parsed, found))


def format_peek(link: Link, found: Peek) -> list[str]:
    from burnbag.cli.formatting import align, describe_size, format_time

    encrypted = "by the sender" if link.key or found.encrypted else "by the server"
    if found.encrypted and (link.key is None or link.version == 0):
        encrypted += ", but the link lacks its key or a part of it"
    return align(
        [
            ("kind", found.kind),
            ("size", describe_size(found.size, bool(link.key or found.encrypted), None)),
            ("views left", f"{found.views_left} of {found.max_views}"),
            ("expires", format_time(found.expires_at)),
            ("passphrase", "yes" if found.passphrase else "no"),
            ("encrypted", encrypted),
            ("frozen", "yes; its sender can unfreeze it" if found.frozen else None),
            ("identified as", found.identified_as),
        ]
    )
