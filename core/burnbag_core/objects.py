"""Where a secret's object lies in the bucket."""

from typing import Final

PREFIX: Final = "files/"


def object_key(secret_id: str) -> str:
    """The key of a secret's object: made of its id alone, whatever its name is."""
    return PREFIX + secret_id
