"""Ten thousand files expire at once: all are erased, and none twice in the audit log."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from burnbag_core.items import receipt_item, secret_item
from burnbag_core.records import Receipt, Secret
from burnbag_format.base64url import encode

from tests.support.deployment import Deployment, until

COUNT = 10_000
BATCH = 25


def test_ten_thousand_expired_files_are_erased_once(deployment: Deployment) -> None:
    ids = [encode(b"load" + number.to_bytes(12, "big")) for number in range(COUNT)]
    expires_at = int(time.time()) - 1
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: put_objects(deployment, part), batches(ids, 250)))
        list(pool.map(lambda part: put_records(deployment, part, expires_at), batches(ids, BATCH)))
    wanted = set(ids)
    until(lambda: len(wanted & deployment.objects()), lambda left: left == 0, 240)
    events = until(
        lambda: [event for event in all_events(deployment) if event["secret_id"] in wanted],
        lambda found: sum(event["event"] == "secret.erased" for event in found) >= COUNT,
        120,
    )
    counts = Counter(event["event"] for event in events)
    assert counts == {"secret.created": COUNT, "secret.expired": COUNT, "secret.erased": COUNT}
    assert len({event["event_id"] for event in events}) == len(events)


def batches(ids: list[str], size: int) -> Iterator[list[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def put_objects(deployment: Deployment, ids: list[str]) -> None:
    s3, bucket = deployment.client("s3"), deployment.outputs["files_bucket_name"]
    for secret_id in ids:
        s3.put_object(Bucket=bucket, Key=f"files/{secret_id}", Body=b"sealed")


def put_records(deployment: Deployment, ids: list[str], expires_at: int) -> None:
    """Receipts first, as in the one transaction that a sender makes of both."""
    dynamodb, outputs = deployment.client("dynamodb"), deployment.outputs
    for table, item in (("receipts", receipt), ("secrets", secret)):
        items = [{"PutRequest": {"Item": item(secret_id, expires_at)}} for secret_id in ids]
        answer = dynamodb.batch_write_item(RequestItems={outputs[f"{table}_table_name"]: items})
        assert not answer["UnprocessedItems"]


def secret(secret_id: str, expires_at: int) -> dict[str, Any]:
    made = Secret(secret_id, "file", b"s", b"w", b"t", 1, 1, expires_at - 60, expires_at, 6)
    return secret_item(made, expires_at)


def receipt(secret_id: str, expires_at: int) -> dict[str, Any]:
    made = Receipt(
        id=secret_id,
        state="sealed",
        kind="file",
        size=6,
        created_at=expires_at - 60,
        expires_at=expires_at,
        max_views=1,
        passphrase=False,
        token_hash=b"t",
        receipt_token_hash=b"r",
        purge_at=expires_at + 86400,
    )
    return receipt_item(made)


def all_events(deployment: Deployment) -> list[dict[str, Any]]:
    """Every audit event, stream by stream: the emulator's search stops at 10,000."""
    logs, group = deployment.client("logs"), deployment.outputs["audit_log_group_name"]
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    return [
        json.loads(event["message"])
        for stream in streams
        for event in stream_events(logs, group, stream["logStreamName"])
    ]


def stream_events(logs: Any, group: str, stream: str) -> Iterator[Any]:
    place = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    page = logs.get_log_events(**place)
    while page["events"]:
        yield from page["events"]
        page = logs.get_log_events(**place, nextToken=page["nextForwardToken"])
