"""Finding a secret that was sent: by its id, the beginning of one, or its link."""

from dataclasses import dataclass, field
from typing import Final

from burnbag import Burnbag
from burnbag.cli import given, history, settings
from burnbag.cli.failures import Unknown, Usage
from burnbag.links import ID_BYTES, decode

SHORTEST_PREFIX: Final = 4


@dataclass(frozen=True)
class Sealed:
    """A secret as its sender asks for it; `url` is where it was sent to, where that is known."""

    id: str
    token: str = field(repr=False)
    url: str | None

    def client(self, url: str | None, region: str | None, profile: str | None) -> Burnbag:
        """A client for where the secret is, unless an option says otherwise."""
        return settings.find(url or self.url, region, profile).client()


def sealed(text: str) -> Sealed:
    """What `text` names. Raises LinkError, Usage or Unknown, which do not repeat it."""
    if "#" in text:
        # Only its id: signed calls go where we are configured to, not where a link leads.
        text = given.parsed(text).id
    if len(text) < SHORTEST_PREFIX:
        raise Usage(f"an id's beginning has at least {SHORTEST_PREFIX} characters")
    found = history.entries(text)
    if len(found) > 1:
        raise Usage(f"{len(found)} ids begin so; give more of it")
    if found:
        return Sealed(found[0].id, found[0].receipt_token, found[0].url)
    if not is_id(text):
        raise Unknown("no secret that was sent from here has an id that begins so")
    return Sealed(text, given.receipt_token(), None)


def is_id(text: str) -> bool:
    try:
        decode(text, ID_BYTES)
    except ValueError:
        return False
    return True
