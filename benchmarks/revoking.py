"""What it takes to revoke everything that a leaked role has open, until nothing of it is left."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from burnbag_core import aws
from burnbag_format.base64url import encode

from benchmarks.account import Account
from benchmarks.meter import Meter
from benchmarks.records import BATCH, batches, in_a_day, make_receipt, make_secret
from tests.support.api import SENDER, common_headers, request

COUNT: Final = 200


def measure(environ: Mapping[str, str], count: int = COUNT) -> dict[str, Any]:
    """The usage of all pages, and of the functions that the streams start, for so many secrets."""
    account = Account(environ, Meter())
    warm_up(account)
    put_open(count)
    account.settle()
    account.forget()
    cursor = None
    while True:
        answer = ask(account, {"created_by": "orders"} | ({"cursor": cursor} if cursor else {}))
        cursor = answer["cursor"]
        if cursor is None:
            break
    account.settle()
    return {"secrets": count, "usage": account.usage().to_json()}


def warm_up(account: Account) -> None:
    """A new instance makes connections, and calls that later runs don't."""
    put_open(1)
    ask(account, {"created_by": "orders"})
    account.settle()


def ask(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(fields).encode()
    event = request("POST", "/v1/revocations", body, common_headers(None, "application/json"))
    answer: dict[str, Any] = json.loads(account.request(event)["body"])
    assert not answer["failed"], answer
    return answer


def put_open(count: int) -> None:
    """Open secrets of the role whose session calls, as if they had been sealed."""
    dynamodb, expires_at = aws.client("dynamodb"), in_a_day()
    for batch in batches(range(count), BATCH):
        ids = [encode(os.urandom(16)) for _ in batch]
        for table, items in (
            ("receipts", [make_receipt(each, expires_at, SENDER) for each in ids]),
            ("secrets", [make_secret(each, expires_at) for each in ids]),
        ):
            puts = [{"PutRequest": {"Item": item}} for item in items]
            assert not dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
