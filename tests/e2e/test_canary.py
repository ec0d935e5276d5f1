"""A recognisable secret, passphrase, token and label: afterwards they are looked for everywhere."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from burnbag_format.base64url import decode

from tests.e2e import test_request_api
from tests.support import aws
from tests.support.asking import Submission
from tests.support.deployment import Deployment, until
from tests.support.visitors import visitors

SECRET = "canary-secret-6f1d"
PASSPHRASE = "canary-passphrase-77ab"
LABEL = "canary-label-90ce"
FILENAME = "canary-filename-b3a2.txt"


def test_nothing_secret_is_left_anywhere(deployment: Deployment) -> None:
    ends = [burn, lock, revoke, mistake, *([] if aws.is_chosen() else [steal])]
    lives = [live(deployment, end) for end in ends]
    files = [send(deployment), declare(deployment)]
    assert deployment.reveal(files[0], passphrase=PASSPHRASE).content == SECRET.encode()
    deployment.erased(files[0])
    living = deployment.sealed(secret=SECRET, passphrase=PASSPHRASE, label=LABEL)
    asked, answer = answer_request(deployment)
    for sealed in lives[:3]:
        deployment.erased(sealed)
    for sealed in lives:
        until(lambda sealed=sealed: deployment.events(sealed["id"]), bool)  # type: ignore[misc]
    table = deployment.outputs["secrets_table_name"]
    item = deployment.client("dynamodb").get_item(TableName=table, Key={"id": {"S": living["id"]}})
    ciphertext, wrapped = item["Item"]["sealed"]["B"], item["Item"]["wrapped_key"]["B"]
    tokens = [s[name] for s in [*lives, *files, living] for name in ("token", "receipt_token")]
    tokens += [asked["submit_token"], asked["receipt_token"], answer.keys["token"]]
    secrets = [form for text in (SECRET, PASSPHRASE, FILENAME, *tokens) for form in forms(text)]
    secrets += [base64.b64encode(decode(token, 32)).decode() for token in tokens]
    everywhere = dict(places(deployment))
    assert_the_search_finds_what_is_there(everywhere, [sealed["id"] for sealed in lives])
    for place, content in everywhere.items():
        found = [secret[:16] for secret in secrets if secret in content]
        assert not found, f"{place} holds {found}"
        if "stream" in place or "logs" in place:
            for data in (ciphertext, wrapped):
                assert base64.b64encode(data)[:40].decode() not in content, place
        if "receipts" not in place:
            assert base64.b64encode(answer.sealed_key)[:40].decode() not in content, place
            assert answer.keys["sealed_key"][:40] not in content, place
    assert LABEL not in everywhere["secrets stream"]
    assert deployment.revoke(living).status_code == 204


def assert_the_search_finds_what_is_there(everywhere: dict[str, str], ids: list[str]) -> None:
    """A search of places that were read wrongly would find nothing, and prove nothing."""
    for place in ("receipts table", "audit logs"):
        assert LABEL in everywhere[place]
    for place in ("secrets stream", "receipts stream", "audit logs"):
        assert not [secret_id for secret_id in ids if secret_id not in everywhere[place]], place
    own_log = next(text for place, text in everywhere.items() if place.endswith("-reveal"))
    assert "AWS failed: Decrypt AccessDenied" in own_log


def live(deployment: Deployment, end: Any) -> dict[str, Any]:
    sealed = deployment.sealed(secret=SECRET, passphrase=PASSPHRASE, label=LABEL)
    end(deployment, sealed)
    return sealed


def answer_request(deployment: Deployment) -> tuple[dict[str, Any], Submission]:
    """A request with an answer to it, and mistakes that could be tempted to quote one."""
    asked = test_request_api.ask(deployment, label=LABEL)
    answer = test_request_api.submission("text", SECRET.encode()[::-1])
    for wrong in (
        {"token": PASSPHRASE},
        {"sealed_key": PASSPHRASE},
        {SECRET: answer.keys["token"]},
    ):
        body = answer.fields | wrong
        refused = test_request_api.call(deployment, asked, "POST", "/submit", body=body)
        assert refused.status_code == 400
    assert test_request_api.submit(deployment, asked, answer).status_code == 201
    return asked, answer


def send(deployment: Deployment) -> dict[str, Any]:
    return deployment.sent(SECRET.encode(), FILENAME, passphrase=PASSPHRASE, label=LABEL)


def declare(deployment: Deployment) -> dict[str, Any]:
    return deployment.declared(7, passphrase=PASSPHRASE, label=LABEL)


def burn(deployment: Deployment, sealed: dict[str, Any]) -> None:
    assert deployment.reveal(sealed, passphrase=PASSPHRASE).json()["secret"] == SECRET


def lock(deployment: Deployment, sealed: dict[str, Any]) -> None:
    for _ in range(5):
        deployment.reveal(sealed, passphrase=PASSPHRASE + "-wrong")


def revoke(deployment: Deployment, sealed: dict[str, Any]) -> None:
    deployment.revoke(sealed)


def mistake(deployment: Deployment, sealed: dict[str, Any]) -> None:
    """Errors that could be tempted to quote what was sent, then AWS failing."""
    for body in ({"secret": SECRET, "ttl": PASSPHRASE}, {SECRET: PASSPHRASE}, {"secret": [SECRET]}):
        assert deployment.sender.call("POST", "/v1/secrets", body=body).status_code == 400
    # The tables' key stays: it is the storage key.
    with deployment.denied("reveal", "kms:Decrypt", deployment.outputs["sealing_key_arn"]):
        assert deployment.reveal(sealed, passphrase=PASSPHRASE).status_code == 503
    assert deployment.revoke(sealed).status_code == 204


def steal(deployment: Deployment, sealed: dict[str, Any]) -> None:
    """By each entrance those who may open one, and who has stolen its link."""
    assert deployment.revoke(sealed).status_code == 204
    with visitors(deployment, "canary") as crowd:
        named = deployment.sealed(
            secret=SECRET, passphrase=PASSPHRASE, label=LABEL, recipients=crowd.named, views=2
        )
        for thief in crowd.thieves.values():
            assert thief.peek(named).status_code == 403
            assert thief.reveal(named, passphrase=PASSPHRASE).status_code == 403
        for friend in crowd.friends.values():
            assert friend.reveal(named, passphrase=PASSPHRASE).json()["secret"] == SECRET
    sealed |= named
    deployment.erased(named)


def forms(text: str) -> list[str]:
    """A text as it is, and as base64 would hide it, whatever comes before it."""
    hidden = [base64.b64encode(b"." * shift + text.encode()).decode() for shift in range(3)]
    return [text, *(encoded[4:-4] for encoded in hidden)]


def places(deployment: Deployment) -> Iterator[tuple[str, str]]:
    outputs = deployment.outputs
    dynamodb, s3 = deployment.client("dynamodb"), deployment.client("s3")
    for name in ("secrets", "receipts"):
        table = outputs[f"{name}_table_name"]
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        yield f"{name} table", text([page["Items"] for page in pages])
        yield f"{name} stream", text(list(stream(deployment, table)))
    bucket = outputs["files_bucket_name"]
    objects = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    bodies = []
    for each in objects:
        with suppress(s3.exceptions.NoSuchKey):  # it was erased meanwhile
            bodies.append(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())
    yield "bucket", text([[o["Key"] for o in objects], bodies])
    queue = outputs["reaper_dead_letters"]
    letters = deployment.client("sqs").receive_message(QueueUrl=queue, VisibilityTimeout=0)
    yield "dead letters", text(letters.get("Messages", []))
    logs = deployment.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            messages = [event["message"] for found in pages for event in found["events"]]
            audit = name == outputs["audit_log_group_name"]
            yield "audit logs" if audit else f"logs {name}", text(messages)


def stream(deployment: Deployment, table: str) -> Iterator[Any]:
    """Every record that a table's stream still holds."""
    streams = deployment.client("dynamodbstreams")
    arn = streams.list_streams(TableName=table)["Streams"][0]["StreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None


def text(value: Any) -> str:
    return json.dumps(value, default=shown, ensure_ascii=False)


def shown(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
