"""Many files expire at once: all are erased, and none twice in the audit log."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from burnbag_core.items import receipt_item, secret_item
from burnbag_core.records import Receipt, Secret
from burnbag_format.base64url import encode

from tests.support.deployment import PATIENCE, Deployment, until
from tests.support.size import FULL

PREFIX = b"load"
COUNT = 10_000 if FULL else 300
BATCH = 25


@pytest.mark.disturbing
@pytest.mark.timeout(4 * PATIENCE)
def test_thousands_of_expired_files_are_erased_once(deployment: Deployment) -> None:
    ids = [encode(PREFIX + number.to_bytes(12, "big")) for number in range(COUNT)]
    expires_at = int(time.time()) - 1
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: copy_objects(deployment, part), batches(ids, 250)))
        list(pool.map(lambda part: put_records(deployment, part, expires_at), batches(ids, BATCH)))
    sweep(deployment)
    # What a sweep leaves, the next one deletes, a minute later.
    until(lambda: objects_of_this_test(deployment), lambda left: not left, 2 * PATIENCE)
    log = AuditLog(deployment)
    events = until(
        lambda: log.read_on(set(ids)),
        lambda found: sum(event["event"] == "secret.erased" for event in found) >= COUNT,
    )
    counts = Counter(event["event"] for event in events)
    assert counts == {"secret.created": COUNT, "secret.expired": COUNT, "secret.erased": COUNT}
    assert len({event["event_id"] for event in events}) == len(events)
    assert not deployment.objects() & set(ids)


def sweep(deployment: Deployment) -> None:
    """Once more than each minute: two may delete the same."""
    name = deployment.outputs["function_names"]["sweep"]
    deployment.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")


def objects_of_this_test(deployment: Deployment) -> int:
    """Whether any is left, by a listing of one: a listing of thousands would slow the reaper."""
    bucket, prefix = deployment.outputs["files_bucket_name"], f"files/{encode(PREFIX)[:5]}"
    answer = deployment.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    found: int = answer["KeyCount"]
    return found


def batches(ids: list[str], size: int) -> Iterator[list[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def copy_objects(deployment: Deployment, ids: list[str]) -> None:
    """Copied, because for each object that is put `stray` looks for its record."""
    s3, bucket = deployment.client("s3"), deployment.outputs["files_bucket_name"]
    s3.put_object(Bucket=bucket, Key="model", Body=b"sealed")
    for secret_id in ids:
        s3.copy_object(Bucket=bucket, Key=f"files/{secret_id}", CopySource=f"{bucket}/model")


def put_records(deployment: Deployment, ids: list[str], expires_at: int) -> None:
    """Receipts first, as in the one transaction that a sender makes of both."""
    dynamodb, outputs = deployment.client("dynamodb"), deployment.outputs
    for table, item in (("receipts", receipt), ("secrets", secret)):
        items = [{"PutRequest": {"Item": item(secret_id, expires_at)}} for secret_id in ids]
        rest = {outputs[f"{table}_table_name"]: items}
        while rest:  # what was throttled comes back
            rest = dynamodb.batch_write_item(RequestItems=rest)["UnprocessedItems"]


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


class AuditLog:
    """The audit events, read on from where the last reading stopped.

    Stream by stream, because the emulator's search stops at 10,000.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.logs = deployment.client("logs")
        self.group = deployment.outputs["audit_log_group_name"]
        self.read_until: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []

    def read_on(self, ids: set[str]) -> list[dict[str, Any]]:
        """All events of the secrets `ids` so far."""
        for stream in self.logs.describe_log_streams(logGroupName=self.group)["logStreams"]:
            found = map(json.loads, self.new_messages(stream["logStreamName"]))
            self.events += [event for event in found if event["secret_id"] in ids]
        return self.events

    def new_messages(self, stream: str) -> Iterator[str]:
        place = {"logGroupName": self.group, "logStreamName": stream, "startFromHead": True}
        while True:
            token = self.read_until.get(stream)
            page = self.logs.get_log_events(**place, **({"nextToken": token} if token else {}))
            self.read_until[stream] = page["nextForwardToken"]
            if not page["events"]:
                return
            yield from (event["message"] for event in page["events"])
