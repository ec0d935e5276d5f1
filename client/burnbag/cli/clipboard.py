"""The link on the clipboard."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pyperclip

from burnbag.cli.failures import Failed

# This one passes the text as an argument, which every user of the machine can see.
SHOWS_ARGUMENTS = "copy_klipper"


def copy(link: str) -> None:
    """Put `link` onto the clipboard, and look whether it is there. Raises Failed."""
    try:
        with quiet():
            copy_text, paste_text = pyperclip.determine_clipboard()
            usable = copy_text.__name__ != SHOWS_ARGUMENTS
            if usable:
                copy_text(link)
            # The helpers' exit codes are not looked at, so a failure shows only here.
            arrived = usable and paste_text().strip() == link
    except Exception:
        arrived = False
    if not arrived:
        raise Failed("the secret is sealed and the link printed, but could not be copied")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep our streams from the helper: it stays behind to serve the clipboard.

    With our stdout it would keep `link=$(burnbag send --copy)` from ever ending.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    kept = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, copied in kept.items():
            os.dup2(copied, number)
            os.close(copied)
        os.close(nowhere)
