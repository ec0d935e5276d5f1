"""Idempotency keys that this machine can make again.

The same link always has the same keys here, one for each view. So if a command died after the view
was consumed and before the secret was written, running it again gets the same answer. Nobody else
can make the keys: they depend on the link's token and on this machine's secret.
"""

import os
import secrets
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from burnbag.cli import paths
from burnbag.cli.errors import CommandError
from burnbag.links import Link

SECRET_BYTES: Final = 32


def make_keys(link: Link) -> Callable[[int], str]:
    """The keys for opening `link` on this machine, by the number of the view.

    Raises CommandError if none can be kept.
    """
    try:
        return partial(link.idempotency_key, machine_secret())
    except OSError as error:
        place = error.filename or "the state folder"
        raise CommandError(
            f"nothing can be kept in {place}, so a view that breaks off could not be had again; "
            "--yes opens all the same"
        ) from None


def machine_secret() -> bytes:
    """This machine's secret; it is made at the first use. Raises OSError, naming the folder."""
    folder = paths.make_state_folder()
    file = paths.machine_secret_file()
    try:
        return read_secret(file) or write_secret(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def read_secret(file: Path) -> bytes | None:
    """The secret, or None if it is missing or damaged."""
    try:
        secret = file.read_bytes()
    except FileNotFoundError:
        return None
    return secret if len(secret) == SECRET_BYTES else None


def write_secret(file: Path) -> bytes:
    """Write a new secret, whole or not at all; of several at once, the first one counts."""
    handle, temporary = tempfile.mkstemp(dir=file.parent)
    try:
        with open(handle, "wb") as new:
            new.write(secrets.token_bytes(SECRET_BYTES))
        move_into_place(temporary, file)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return file.read_bytes()


def move_into_place(temporary: str, file: Path) -> None:
    """Give the file its name; replace what is there only if that is damaged."""
    try:
        return os.link(temporary, file)
    except OSError:
        # The name is taken, or the file system has no hard links.
        if read_secret(file) is None:
            os.replace(temporary, file)
