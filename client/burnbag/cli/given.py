"""What a command is given: links, passphrases and tokens; secret, so never in an option's value."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from burnbag.cli import terminal
from burnbag.cli.failures import Usage
from burnbag.errors import LinkError
from burnbag.links import Link

LONGEST_LINE: Final = 8192
AROUND: Final = " \t\r\n<>\"'"


def link(argument: str | None) -> Link:
    """The link that was passed, typed or piped in. Raises LinkError."""
    if argument is not None and argument != "-":
        return parsed(argument)
    text = line("Link: ")
    if not text:
        raise LinkError("no link was given")
    return parsed(text)


def parsed(text: str) -> Link:
    """A link as it was copied, perhaps with what stood around it. Raises LinkError."""
    return Link.parse(text.strip(AROUND))


def receipt_token() -> str:
    """The receipt token of a secret that was sent elsewhere."""
    token = line("Receipt token (this id is not known here): ")
    if not token:
        raise Usage("no receipt token was given")
    return token


def line(prompt: str) -> str:
    """A line that is typed unseen, or the first one of stdin where that is no terminal."""
    typed = terminal.is_terminal(sys.stdin)
    return terminal.ask(prompt).strip() if typed else terminal.first_line()


def new_passphrase(asked: bool, file: Path | None, stdin_taken: bool) -> str | None:
    """The passphrase to set: typed twice, or from a file; None if neither is wanted."""
    if not asked:
        return passphrase_from(file, stdin_taken)
    if file is not None:
        raise Usage("--passphrase asks, --passphrase-file reads: use one of them")
    if not terminal.can_ask():
        raise Usage("there is no terminal to ask for a passphrase on; use --passphrase-file")
    passphrase = terminal.ask("Passphrase: ")
    if not passphrase:
        raise Usage("the passphrase is empty")
    if terminal.ask("The same again: ") != passphrase:
        raise Usage("the two passphrases differ")
    return passphrase


def passphrase_from(file: Path | None, stdin_taken: bool) -> str | None:
    """The first line of a file or of stdin. No message repeats the path: it may be mistaken."""
    if file is None:
        return None
    from_stdin = str(file) == "-"
    if from_stdin and stdin_taken:
        raise Usage("stdin can't be the passphrase too")
    if from_stdin and terminal.is_terminal(sys.stdin):
        return terminal.ask("Passphrase: ") or None
    try:
        with nullcontext(sys.stdin.buffer) if from_stdin else file.open("rb") as opened:
            first = opened.readline(LONGEST_LINE).decode()
    except OSError as error:
        raise Usage(f"the passphrase file: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Usage("the passphrase file is not UTF-8") from None
    passphrase = first.removesuffix("\n").removesuffix("\r")
    if not passphrase:
        raise Usage("the passphrase file has an empty first line")
    return passphrase
