"""burnbag: one-time secrets in your own AWS account, encrypted before they are sent.

>>> from burnbag import Burnbag
>>> with Burnbag("https://abc.execute-api.eu-central-1.amazonaws.com/live") as burnbag:
...     sent = burnbag.send("hunter2", ttl="2h")
...     opened = burnbag.open(sent.link)
...     print(opened.text)
hunter2
"""

TYPE_CHECKING = False  # What a type checker takes for true; `typing` would take a while to import.
if TYPE_CHECKING:
    from burnbag._async.client import AsyncBurnbag
    from burnbag.client import Burnbag
    from burnbag.errors import (
        AlreadyOpened,
        BurnbagError,
        Closed,
        ConfigurationError,
        Damaged,
        Frozen,
        Gone,
        LinkError,
        NotAnswered,
        NotArrived,
        NotFound,
        NotText,
        NotTheRecipient,
        NotVerified,
        PageDiffers,
        PassphraseError,
        PassphraseRequired,
        PassphraseWrong,
        RecipientRequired,
        Refused,
        RequestGone,
        TooLarge,
        Unavailable,
    )
    from burnbag.links import Link
    from burnbag.pages import verify_page
    from burnbag.request_links import AnswerLink, RequestLink
    from burnbag.results import (
        Opened,
        OpenedInMemory,
        Peek,
        Receipt,
        Refusal,
        Request,
        RequestPeek,
        Revocation,
        Sent,
        SignedReceipt,
        Submitted,
        VerifiedPage,
        View,
    )
    from burnbag.verifying import verify_receipt

__all__ = [
    "AlreadyOpened",
    "AnswerLink",
    "AsyncBurnbag",
    "Burnbag",
    "BurnbagError",
    "Closed",
    "ConfigurationError",
    "Damaged",
    "Frozen",
    "Gone",
    "Link",
    "LinkError",
    "NotAnswered",
    "NotArrived",
    "NotFound",
    "NotText",
    "NotTheRecipient",
    "NotVerified",
    "Opened",
    "OpenedInMemory",
    "PageDiffers",
    "PassphraseError",
    "PassphraseRequired",
    "PassphraseWrong",
    "Peek",
    "Receipt",
    "RecipientRequired",
    "Refusal",
    "Refused",
    "Request",
    "RequestGone",
    "RequestLink",
    "RequestPeek",
    "Revocation",
    "Sent",
    "SignedReceipt",
    "Submitted",
    "TooLarge",
    "Unavailable",
    "VerifiedPage",
    "View",
    "verify_page",
    "verify_receipt",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562).

    The command can then catch Ctrl-C before it imports anything, and an HTTP library is imported
    only for what comes last.
    """
    from importlib import import_module

    homes = (
        *("errors", "results", "links", "request_links", "client", "verifying", "pages"),
        "_async.client",
    )
    for home in homes if name in __all__ else ():
        found = vars(import_module(f"burnbag.{home}")).get(name)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Show the public names also before they are imported."""
    return sorted({*globals(), *__all__})
