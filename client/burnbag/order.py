"""What a sender may ask for besides the secret itself."""

from dataclasses import dataclass, field
from datetime import timedelta

from burnbag.errors import Refused


@dataclass(frozen=True)
class Order:
    """A secret's life and what its recipient must know; None leaves it to the server."""

    ttl: int | str | timedelta | None = None
    views: int | None = None
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None

    def fields(self) -> dict[str, int | str]:
        """The fields of a request: those that were asked for. Raises Refused."""
        ttl = int(self.ttl.total_seconds()) if isinstance(self.ttl, timedelta) else self.ttl
        asked = {
            "ttl": ttl,
            "views": self.views,
            "passphrase": self.passphrase,
            "label": self.label,
        }
        return {
            name: encoded(name, value) if isinstance(value, str) else value
            for name, value in asked.items()
            if value is not None
        }


def encoded(name: str, text: str, longest: int = 1 << 20) -> str:
    """`text`, if it can be sent as UTF-8. Raises Refused, which does not repeat it."""
    try:
        text.encode()
        fits = len(text) <= longest
    except UnicodeEncodeError:
        fits = False
    # Not within the except: Python's own error holds the text.
    if not fits:
        raise Refused(f"{name}: not a text that can be sent", field=name)
    return text
