"""The words of the audit log that somebody types. Imports nothing, for a quick `--help`."""

from typing import Final

PREFIX: Final = "secret."
NAMES: Final = (
    "created",
    "requested",
    "submitted",
    "revealed",
    "passphrase_failed",
    "refused",
    "locked",
    "frozen",
    "unfrozen",
    "revoked",
    "expired",
    "erased",
)
KINDS: Final = ("text", "file", "upload", "request")
GROUPS: Final = ("creator", "address", "label", "event", "kind")
