"""burnbag: one-time secrets in your own AWS account, encrypted before they are sent.

>>> from burnbag import Burnbag
>>> with Burnbag("https://abc.execute-api.eu-central-1.amazonaws.com/live") as burnbag:
...     sent = burnbag.send("hunter2", ttl="2h")
...     opened = burnbag.open(sent.link)
...     print(opened.data)
b'hunter2'
"""

from typing import TYPE_CHECKING, Any

from burnbag.errors import (
    BurnbagError,
    ConfigurationError,
    Damaged,
    Gone,
    LinkError,
    NotArrived,
    NotFound,
    PassphraseError,
    PassphraseRequired,
    PassphraseWrong,
    Refused,
    TooLarge,
    Unavailable,
)
from burnbag.links import Link
from burnbag.results import Opened, Peek, Receipt, Sent, View

if TYPE_CHECKING:
    from burnbag.client import Burnbag

__all__ = [
    "Burnbag",
    "BurnbagError",
    "ConfigurationError",
    "Damaged",
    "Gone",
    "Link",
    "LinkError",
    "NotArrived",
    "NotFound",
    "Opened",
    "PassphraseError",
    "PassphraseRequired",
    "PassphraseWrong",
    "Peek",
    "Receipt",
    "Refused",
    "Sent",
    "TooLarge",
    "Unavailable",
    "View",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`Burnbag` brings an HTTP library along: it is imported when first asked for (PEP 562)."""
    if name == "Burnbag":
        from burnbag.client import Burnbag

        return Burnbag
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
