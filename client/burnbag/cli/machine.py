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
from burnbag.links import Link

SECRET_BYTES: Final = 32


def idempotency_key(link: Link) -> str:
    """The key of this machine's reveal of `link`; a random one where none can be kept."""
    try:
        secret = machine_secret()
    except OSError:
        secret = secrets.token_bytes(SECRET_BYTES)
    return link.idempotency_key(secret)


def machine_secret() -> bytes:
    """This machine's secret, made when first asked for. Raises OSError."""
    places.made_state_folder()
    file = places.machine_secret_file()
    if not file.exists():
        make(file)
    secret = file.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise OSError("the machine's secret is damaged")
    return secret


def make(file: Path) -> None:
    """Write it whole or not at all: of several who do so at once, the first one's stays."""
    handle, temporary = tempfile.mkstemp(dir=file.parent)
    try:
        with open(handle, "wb") as new:
            new.write(secrets.token_bytes(SECRET_BYTES))
        os.link(temporary, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
