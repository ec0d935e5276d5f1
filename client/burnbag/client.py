"""The client: `send`, `open`, `peek`, `receipt`, `revoke`."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from burnbag import opening, parsing, sending
from burnbag.destinations import Target, destination
from burnbag.errors import NotFound
from burnbag.links import ID_BYTES, TOKEN_BYTES, Link, decode
from burnbag.order import Order
from burnbag.progress import Progress, silent
from burnbag.results import Opened, Peek, Receipt, Sent
from burnbag.transport import Api


class Burnbag:
    """burnbag as a caller sees it; safe to share between threads.

    `url` is the base URL (Terraform's output `api_url`); who only opens links needs none.
    `session` is a botocore or boto3 session whose credentials sign the sender's calls; by
    default botocore's own, so that profiles, SSO, roles and the environment work as usual.
    `timeout` is in seconds, for connecting and for each wait on an answer.
    """

    def __init__(
        self,
        url: str | None = None,
        session: Any = None,
        *,
        region: str | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.api = Api(url, session, region, timeout, transport)
        self.secret = secrets.token_bytes(32)

    def send(
        self,
        content: sending.Content,
        *,
        ttl: int | str | timedelta | None = None,
        views: int | None = None,
        passphrase: str | None = None,
        label: str | None = None,
        filename: str | None = None,
        media_type: str | None = None,
        server_side: bool = False,
        progress: Progress = silent,
    ) -> Sent:
        """Seal a secret: a text, bytes, a file by its path, or what a binary file object gives.

        It is encrypted here (RFC 8188), and only the link has the key, unless `server_side`
        asks for a link that any HTTP client can open. `ttl` is in seconds or like `"2h"`;
        `filename` is by default a path's own name, and without one the secret is a text. The
        label is not encrypted.

        Raises ConfigurationError, Refused (TooLarge) or Unavailable; and OSError from reading.

        >>> sent = Burnbag(url).send("hunter2", ttl="2h", views=2, label="staging database")
        >>> sent.kind, sent.max_views
        ('text', 2)
        """
        order = Order(ttl, views, passphrase, label)
        return sending.send(self.api, content, order, filename, media_type, server_side, progress)

    def open(
        self,
        link: str | Link,
        to: Target = None,
        *,
        passphrase: str | None = None,
        idempotency_key: str | None = None,
        overwrite: bool = False,
        progress: Progress = silent,
        received: Callable[[Opened], object] = lambda opened: None,
    ) -> Opened:
        """Consume one view of the secret behind `link`, wherever the link leads.

        The bytes are returned, or written: `to` a path (to a folder: under the sender's name
        for it), or to a binary file object. Nothing is written before all of it has arrived and
        proved whole. A lost answer is asked for again with the same `idempotency_key`. By
        default this `Burnbag` makes the same key of the same link, so after a failure calling
        again gets the same view; pass your own to be able to after this process died. `received`
        is called with the result before the view is given up: what raises there loses nothing.

        Raises LinkError, NotFound, Gone, PassphraseRequired, PassphraseWrong, NotArrived,
        Damaged, Refused or Unavailable; and OSError (FileExistsError) from writing.

        >>> Burnbag().open(link).data
        b'hunter2'
        """
        link, key = parsed(link), idempotency_key
        with destination(to, overwrite) as goal:
            key = link.idempotency_key(self.secret) if key is None else key
            return opening.open_link(self.api, link, goal, passphrase, key, progress, received)

    def peek(self, link: str | Link) -> Peek:
        """What a link leads to; consumes nothing. Raises LinkError, NotFound or Gone.

        >>> Burnbag().peek(link).views_left
        1
        """
        link = parsed(link)
        answer = self.api.call("GET", link.base, f"/v1/secrets/{link.id}", token=link.token)
        return parsing.peek(answer)

    def receipt(self, id: str, receipt_token: str) -> Receipt:
        """What became of a secret. Raises NotFound or ConfigurationError.

        >>> Burnbag(url).receipt(sent.id, sent.receipt_token).state
        'sealed'
        """
        path = f"/v1/receipts/{known(id, receipt_token)}"
        answer = self.api.sender_call("GET", path, token=receipt_token)
        return parsing.receipt(answer)

    def revoke(self, id: str, receipt_token: str) -> None:
        """End a secret now. Raises NotFound, ConfigurationError, or Gone where it had ended.

        Twice is no error.

        >>> Burnbag(url).revoke(sent.id, sent.receipt_token)
        """
        sending.revoke(self.api, known(id, receipt_token), receipt_token)

    def close(self) -> None:
        """Close the connections."""
        self.api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def parsed(link: str | Link) -> Link:
    """The link, checked also where it was put together by hand. Raises LinkError."""
    return Link.parse(link.reveal() if isinstance(link, Link) else link)


def known(id: str, token: str) -> str:
    """`id`, if there can be such an id and such a token. Raises NotFound."""
    try:
        decode(id, ID_BYTES)
        decode(token, TOKEN_BYTES)
    except ValueError:
        raise NotFound from None
    return id
