"""Idempotency keys that this machine can make again.

The same link always has the same key here, so a command that died between the view being consumed
and the secret being written gets the same answer when it is run again. Nobody else can make the
key: it takes the link's token and this machine's secret.
"""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from burnbag.cli import places
from burnbag.cli.failures import Failed
from burnbag.links import Link

SECRET_BYTES: Final = 32


def idempotency_key(link: Link) -> str:
    """The key of this machine's reveal of `link`. Raises Failed where there is no lasting one."""
    try:
        return link.idempotency_key(machine_secret())
    except OSError as error:
        place = error.filename or "the state folder"
        raise Failed(
            f"nothing can be kept in {place}, so a view that breaks off could not be had again; "
            "--yes opens all the same"
        ) from None


def machine_secret() -> bytes:
    """This machine's secret, made when first asked for. Raises OSError, naming the folder."""
    folder = places.made_state_folder()
    file = places.machine_secret_file()
    try:
        return found(file) or made(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def found(file: Path) -> bytes | None:
    """The secret, if there is a whole one."""
    try:
        secret = file.read_bytes()
    except FileNotFoundError:
        return None
    return secret if len(secret) == SECRET_BYTES else None


def made(file: Path) -> bytes:
    """Write it whole or not at all: of several who do so at once, the first one's stays."""
    handle, temporary = tempfile.mkstemp(dir=file.parent)
    try:
        with open(handle, "wb") as new:
            new.write(secrets.token_bytes(SECRET_BYTES))
        put(temporary, file)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return file.read_bytes()


def put(temporary: str, file: Path) -> None:
    """Give it its name; over one that is there only if that one is damaged."""
    try:
        return os.link(temporary, file)
    except OSError:
        # It is there already, or the file system has no hard links.
        if found(file) is None:
            os.replace(temporary, file)
