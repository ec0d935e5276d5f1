"""What a command reads: the secret, links, passphrases and tokens.

None of them is ever an option's value, except that a link may be an argument. No message repeats
what was given, because it may be a secret in the wrong place.
"""

import sys
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path
from typing import Final

from burnbag.cli import tty
from burnbag.cli.counted import Counted
from burnbag.cli.errors import UsageError
from burnbag.cli.pasted import LONGEST, REQUEST, find, find_any, find_link
from burnbag.links import Link
from burnbag.request_links import AnswerLink, RequestLink

LONGEST_LINE: Final = 8192


def refuse_empty_pipe(content: object, name: str | None) -> None:
    """Raise UsageError if a pipe ends before anything came: the command at its other end failed.

    A file may be empty, and so may what is sent as a file.
    """
    pipe = content.stream if isinstance(content, Counted) else content
    if isinstance(pipe, BufferedReader) and name is None and not pipe.peek(1):
        raise UsageError("stdin is empty" if pipe is sys.stdin.buffer else "the pipe is empty")


def read_link(argument: str | None) -> Link:
    """The link from the argument, the keyboard or stdin. Raises LinkError."""
    if argument is not None and argument != "-":
        return parse_link(argument)
    return parse_link(read_text("Link: "))


def read_openable(argument: str | None) -> Link | AnswerLink:
    """The same; or the link that who made a request keeps. Raises LinkError."""
    text = argument if argument is not None and argument != "-" else read_text("Link: ")
    found = find_any(text, find_base)
    return parse_link(text) if isinstance(found, RequestLink) else found


def read_request(argument: str | None) -> RequestLink:
    """The link of a request. Raises LinkError."""
    text = argument if argument is not None and argument != "-" else read_text("Link: ")
    return find(REQUEST, text, find_base)


def parse_id(text: str) -> str:
    """The id in a link of whatever kind. Raises LinkError."""
    return find_any(text, find_base).id


def parse_link(text: str) -> Link:
    """The link in what was pasted. Raises LinkError, or UsageError for what is configured."""
    return find_link(text, find_base)


def find_base() -> str | None:
    """The address of a link that lacks it: where we send to."""
    from burnbag.cli.settings import find_settings

    return find_settings(None, None, None).url.value


def read_text(prompt: str) -> str:
    """What is typed or pasted unseen, or all of stdin if that is no terminal. Raises UsageError.

    A mail program may have wrapped it, so it may have several lines.
    """
    if tty.is_terminal(sys.stdin):
        return tty.ask_for_paste(prompt)
    try:
        return sys.stdin.buffer.read(LONGEST + 1).decode()
    except UnicodeDecodeError:
        raise UsageError("stdin is not UTF-8") from None


def read_receipt_token() -> str:
    """The receipt token of a secret that was sent from elsewhere. Raises UsageError."""
    token = read_line("Receipt token (this id is not known here): ")
    if not token:
        raise UsageError("no receipt token was given")
    return token


def read_line(prompt: str) -> str:
    """A line that is typed unseen, or the first line of stdin if that is no terminal."""
    if tty.is_terminal(sys.stdin):
        return tty.ask_unseen(prompt).strip()
    try:
        return sys.stdin.buffer.readline(LONGEST_LINE).decode().strip()
    except UnicodeDecodeError:
        raise UsageError("the first line of stdin is not UTF-8") from None


def read_new_passphrase(ask: bool, file: Path | None, stdin_taken: bool) -> str | None:
    """The passphrase to set: typed twice, or from a file; None if there is to be none."""
    if not ask:
        return read_passphrase(file, stdin_taken)
    if file is not None:
        raise UsageError("--passphrase asks, --passphrase-file reads: use one of them")
    if not tty.can_ask():
        raise UsageError("there is no terminal to ask for a passphrase on; use --passphrase-file")
    while True:
        passphrase = tty.ask_unseen("Passphrase: ")
        if not passphrase:
            raise UsageError("the passphrase is empty")
        if tty.ask_unseen("The same again: ") == passphrase:
            return passphrase
        tty.say("the two passphrases differ; once more")


def read_passphrase(file: Path | None, stdin_taken: bool) -> str | None:
    """The first line of a file, or of stdin for `-`; None without a file. Raises UsageError.

    No message repeats the path, because somebody may have typed the passphrase there.
    """
    if file is None:
        return None
    from_stdin = str(file) == "-"
    if from_stdin and stdin_taken:
        raise UsageError("stdin can't be the passphrase too")
    if from_stdin and tty.is_terminal(sys.stdin):
        return tty.ask_unseen("Passphrase: ") or None
    try:
        with nullcontext(sys.stdin.buffer) if from_stdin else file.open("rb") as lines:
            first = lines.readline(LONGEST_LINE).decode()
    except OSError as error:
        raise UsageError(f"the passphrase file: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError("the passphrase file is not UTF-8") from None
    passphrase = first.removesuffix("\n").removesuffix("\r")
    if not passphrase:
        raise UsageError("the passphrase file has an empty first line")
    return passphrase
