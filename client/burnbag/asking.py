"""Asking for a secret: a key pair that is made here, and the answer that it opens.

Only who asks has the private key. The server has neither key, so it can't read an answer, nor make
one (ADR 39).
"""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from burnbag_format.identity import Identity

from burnbag import answers
from burnbag.content import check_text
from burnbag.errors import NotAnswered, Refused, RequestGone, Unavailable
from burnbag.links import Link
from burnbag.request_links import AnswerLink
from burnbag.results import Request
from burnbag.sealed_keys import make_pair, open_keys
from burnbag.sending import IDEMPOTENCY_BYTES
from burnbag.transfers import revoke_on_failure
from burnbag.transport import Api


def request(
    api: Api,
    label: str | None,
    ttl: int | str | timedelta | None,
    kinds: Collection[str] | None,
    max_bytes: int | None,
) -> Request:
    """Make a request. The same key makes the same one, so a lost answer is asked for again.

    Raises as `Burnbag.request` says.
    """
    base, key = api.own_url(), secrets.token_urlsafe(IDEMPOTENCY_BYTES)
    identity, body = Identity.of_key(key), make_order(label, ttl, kinds, max_bytes)
    headers = {"Idempotency-Key": key}
    with revoke_on_failure(api, identity, unless=Refused):
        answer = api.call_signed("POST", "/v1/requests", json=body, headers=headers)
        return answers.parse_request(answer, identity, base, make_pair())


def make_order(
    label: str | None,
    ttl: int | str | timedelta | None,
    kinds: Collection[str] | None,
    max_bytes: int | None,
) -> dict[str, Any]:
    """What is asked for, without what is left to the server. Raises Refused."""
    asked = {
        "label": label if label is None else check_text("label", label),
        "ttl": int(ttl.total_seconds()) if isinstance(ttl, timedelta) else ttl,
        "kinds": None if kinds is None else list(kinds),
        "max_bytes": max_bytes,
    }
    return {name: value for name, value in asked.items() if value is not None}


def find_answer(api: Api, kept: AnswerLink) -> Link:
    """The link that the answer opens by. Raises NotAnswered, RequestGone or Damaged.

    The receipt comes from the server that we are configured for, not from where a link leads.
    """
    path = f"/v1/receipts/{kept.id}"
    receipt = answers.parse_receipt(api.call_signed("GET", path, token=kept.token))
    if receipt.sealed_key is not None:
        return open_keys(kept, receipt.sealed_key)
    if receipt.state == answers.REQUESTED:
        raise NotAnswered
    if receipt.state in answers.ENDS:
        raise RequestGone(receipt.state, receipt.ended_at)
    raise Unavailable(answers.NOT_OURS)
