"""Asking for a secret: a key pair that is made here, and the answer that it opens.

Made of `burnbag.asking` by tools/asynchronous: change that, and run `make fmt`.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from burnbag_format.identity import Identity

from burnbag import answers
from burnbag._async.transfers import revoke_on_failure
from burnbag._async.transport import Api
from burnbag.asking import make_order
from burnbag.errors import NotAnswered, Refused, RequestGone, Unavailable
from burnbag.links import Link
from burnbag.request_links import AnswerLink
from burnbag.results import Request
from burnbag.sealed_keys import make_pair, open_keys
from burnbag.sending import IDEMPOTENCY_BYTES


async def request(
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
    async with revoke_on_failure(api, identity, unless=Refused):
        answer = await api.call_signed("POST", "/v1/requests", json=body, headers=headers)
        return answers.parse_request(answer, identity, base, make_pair())


async def find_answer(api: Api, kept: AnswerLink) -> Link:
    """The link that the answer opens by. Raises NotAnswered, RequestGone or Damaged.

    The receipt comes from the server that we are configured for, not from where a link leads.
    """
    path = f"/v1/receipts/{kept.id}"
    receipt = answers.parse_receipt(await api.call_signed("GET", path, token=kept.token))
    if receipt.sealed_key is not None:
        return open_keys(kept, receipt.sealed_key)
    if receipt.state == answers.REQUESTED:
        raise NotAnswered
    if receipt.state in answers.ENDS:
        raise RequestGone(receipt.state, receipt.ended_at)
    raise Unavailable(answers.NOT_OURS)
