"""The clipboard: the link goes there by the system's own helper, or by the terminal itself."""

import base64
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from burnbag.cli import printing, tty
from burnbag.cli.errors import CommandError

# This helper passes the text as an argument, which every user of the machine can see.
SHOWS_ARGUMENTS: Final = "copy_klipper"
INSTALL: Final = "install wl-clipboard (Wayland) or xclip (X11)"
DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
# Terminals that would show the sequence, or do nothing with it.
SIMPLE: Final = frozenset({"", "dumb", "linux", "vt100"})


def copy_to_clipboard(link: str) -> None:
    """Copy the link. Raises CommandError, which says why it can't be."""
    if is_remote() and can_ask_terminal():
        printing.copy_by_terminal(base64.b64encode(link.encode()).decode())
        tty.note("the terminal was asked to copy the link; whether it did can't be known here")
        return
    if why := copy_by_helper(link):
        raise CommandError(
            f"the secret is sealed and the link printed, but could not be copied: {why}"
        )


def is_remote() -> bool:
    """Whether this machine has no clipboard that somebody who sits here looks at."""
    has_display = any(os.environ.get(name) for name in DISPLAYS)
    has_helper = not sys.platform.startswith("linux") or os.environ.get("WSL_DISTRO_NAME")
    return not has_display and bool(os.environ.get("SSH_CONNECTION") or not has_helper)


def can_ask_terminal() -> bool:
    """Whether there is a terminal that may know OSC 52, xterm's sequence for the clipboard."""
    return tty.is_watched() and os.environ.get("TERM", "") not in SIMPLE


def copy_by_helper(link: str) -> str | None:
    """Copy it, and check that it arrived; otherwise why it did not."""
    import pyperclip

    if is_remote():
        return "there is no display here, and no terminal that could be asked"
    copy, paste = pyperclip.determine_clipboard()
    name = getattr(copy, "__name__", "")
    if not name:
        return f"there is no helper for the clipboard; {INSTALL}"
    if name == SHOWS_ARGUMENTS:
        return f"Klipper would show it to every user of this machine; {INSTALL}"
    try:
        with detach_streams():
            copy(link)
            # pyperclip ignores the exit codes of its helpers, so look what arrived.
            arrived = paste().strip() == link
    except Exception:
        arrived = False
    return None if arrived else f"{name.removeprefix('copy_')} did not take it"


@contextmanager
def detach_streams() -> Iterator[None]:
    """Keep stdout and stderr from a helper that stays in the background to serve the clipboard.

    If it held our stdout, `link=$(burnbag send --copy)` would never end.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    saved = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in saved:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)
