"""What a sender may ask for besides the secret itself."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class Order:
    """A secret's life and what its recipient must know; None leaves it to the server."""

    ttl: int | str | timedelta | None = None
    views: int | None = None
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None

    def fields(self) -> dict[str, int | str]:
        """The fields of a request: those that were asked for."""
        ttl = int(self.ttl.total_seconds()) if isinstance(self.ttl, timedelta) else self.ttl
        asked = {
            "ttl": ttl,
            "views": self.views,
            "passphrase": self.passphrase,
            "label": self.label,
        }
        return {name: value for name, value in asked.items() if value is not None}
