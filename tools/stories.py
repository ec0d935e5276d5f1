"""What becomes of secrets, as stories of two parts: somebody sends one, later something happens.

In a load all are sent before the rest happens (tools/load.py), so they live for different times.
"""

import io
import random
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from burnbag import Burnbag, Frozen, Gone, PassphraseWrong, Sent

LABELS: Final = ("staging database", "vpn", "payslip", "customer 4711", None)
SHORTEST_TTL: Final = 60
PASSPHRASE: Final = "correct horse battery staple"
GUESSES: Final = 5
UPLOAD_BYTES: Final = 4_400_000  # more than the API takes

Ending = Callable[[], None]


@dataclass(frozen=True)
class Cast:
    """The senders, and one recipient without an account. Time ends what is `expiring`."""

    senders: list[Burnbag]
    recipient: Burnbag
    expiring: list[tuple[Burnbag, Sent]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(11))

    def send(self, content: Any = "hunter2", **order: Any) -> tuple[Burnbag, Sent]:
        """A secret of one of the senders, the first of whom sends most."""
        (sender,) = self.dice.choices(self.senders, weights=range(len(self.senders), 0, -1))
        label = self.dice.choice(LABELS)
        return sender, sender.send(content, label=label, **{"ttl": "1h", **order})

    def open(self, sent: Sent, passphrase: str | None = None) -> None:
        """A view of its own: by default one client always gets the same."""
        key = secrets.token_urlsafe(32)
        self.recipient.open(sent.link, passphrase=passphrase, idempotency_key=key)

    def guess(self, sent: Sent, times: int) -> None:
        for _ in range(times):
            with suppress(PassphraseWrong, Gone, Frozen):
                self.open(sent, "wrong")


Story = Callable[[Cast], Ending]


def opened(cast: Cast) -> Ending:
    _, sent = cast.send()
    return lambda: cast.open(sent)


def opened_too_late(cast: Cast) -> Ending:
    """Somebody else was first."""
    _, sent = cast.send()

    def end() -> None:
        cast.open(sent)
        with suppress(Gone):
            cast.open(sent)

    return end


def opened_three_times(cast: Cast) -> Ending:
    _, sent = cast.send(views=3)

    def end() -> None:
        for _ in range(3):
            cast.open(sent)

    return end


def opened_with_a_passphrase(cast: Cast) -> Ending:
    _, sent = cast.send(passphrase=PASSPHRASE)
    return lambda: cast.open(sent, PASSPHRASE)


def guessed_wrong_once(cast: Cast) -> Ending:
    _, sent = cast.send(passphrase=PASSPHRASE, server_side=True)

    def end() -> None:
        cast.guess(sent, 1)
        cast.open(sent, PASSPHRASE)

    return end


def locked(cast: Cast) -> Ending:
    _, sent = cast.send(passphrase=PASSPHRASE, server_side=True)
    return lambda: cast.guess(sent, GUESSES)


def frozen_and_unfrozen(cast: Cast) -> Ending:
    sender, sent = cast.send(passphrase=PASSPHRASE, server_side=True, on_lock="freeze")

    def end() -> None:
        cast.guess(sent, GUESSES)
        sender.unfreeze(sent.id, sent.receipt_token)
        cast.open(sent, PASSPHRASE)

    return end


def revoked(cast: Cast) -> Ending:
    sender, sent = cast.send()

    def end() -> None:
        sender.receipt(sent.id, sent.receipt_token)
        sender.revoke(sent.id, sent.receipt_token)
        with suppress(Gone):
            cast.open(sent)

    return end


def file_opened(cast: Cast) -> Ending:
    size = cast.dice.randrange(1_000, 300_000)
    _, sent = cast.send(secrets.token_bytes(size), filename="report.pdf")
    return lambda: cast.open(sent)


def upload_opened(cast: Cast) -> Ending:
    _, sent = cast.send(io.BytesIO(secrets.token_bytes(UPLOAD_BYTES)), filename="backup.tar")
    return lambda: cast.open(sent)


def expired_unread(cast: Cast) -> Ending:
    cast.expiring.append(cast.send(ttl=SHORTEST_TTL))
    return lambda: None


def expired_with_a_view_left(cast: Cast) -> Ending:
    sender, sent = cast.send(ttl=SHORTEST_TTL, views=2)
    cast.open(sent)
    cast.expiring.append((sender, sent))
    return lambda: None


def still_sealed(cast: Cast) -> Ending:
    sender, sent = cast.send()

    def end() -> None:
        cast.recipient.peek(sent.link)
        sender.receipt_keys()

    return end


LOAD: Final[Mapping[Story, int]] = MappingProxyType(
    {
        expired_with_a_view_left: 12,
        expired_unread: 40,
        opened: 90,
        opened_too_late: 15,
        opened_three_times: 15,
        opened_with_a_passphrase: 10,
        guessed_wrong_once: 12,
        locked: 8,
        frozen_and_unfrozen: 6,
        revoked: 25,
        file_opened: 20,
        upload_opened: 6,
        still_sealed: 20,
    }
)
SMALL: Final[Mapping[Story, int]] = MappingProxyType(dict.fromkeys(LOAD, 1))
