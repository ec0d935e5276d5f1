"""What streams have lost is found and mended by one run, and dead letters are processed again.

An operator does both with the operators' policy alone.
"""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from burnbag_core.items import key, serialize

from tests.support.deployment import Deployment, until
from tests.support.size import FULL
from tools import letters, target
from tools.checkout import PACKAGES
from tools.console import Problem
from tools.reconcile import reconcile
from tools.target import Target

pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.embedded("it stops streams, and lets time pass"),
]

LOST: Final = 100 if FULL else 30
LABEL: Final = "lost deliveries"
HOUR: Final = 3600
OPERATOR: Final = "burnbag-test-operator"


@pytest.fixture(scope="module")
def operator(deployment: Deployment) -> Iterator[Target]:
    """The tools, as somebody who has the operators' policy and no other right."""
    iam, policy = deployment.client("iam"), deployment.outputs["operator_policy_arn"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=OPERATOR, AssumeRolePolicyDocument=document)["Role"]
    iam.attach_role_policy(RoleName=OPERATOR, PolicyArn=policy)
    sts = deployment.client("sts")
    keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ada")["Credentials"]
    made = replace(target.of_stack(deployment.stack), client=partial(client_of, deployment, keys))
    yield made
    iam.detach_role_policy(RoleName=OPERATOR, PolicyArn=policy)
    iam.delete_role(RoleName=OPERATOR)


def client_of(deployment: Deployment, keys: Any, service: str, **options: Any) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=deployment.stack.aws_endpoint_url,
        region_name=deployment.stack.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(proxies={}, **options),
    )


@contextmanager
def stopped(deployment: Deployment, function: str) -> Iterator[None]:
    """A stream's mapping, disabled: it delivers nothing."""
    client = deployment.client("lambda")
    name = deployment.outputs["function_names"][function]
    (mapping,) = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def let_an_hour_pass(deployment: Deployment, secret_id: str) -> None:
    """As if the secret had ended an hour ago."""
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["receipts_table_name"]
    item = dynamodb.get_item(TableName=table, Key=key(secret_id))["Item"]
    for name in ("created_at", "ended_at", "expires_at"):
        if name in item:
            item[name] = {"N": str(int(item[name]["N"]) - HOUR)}
    dynamodb.put_item(TableName=table, Item=item)


def make_lost(deployment: Deployment) -> list[dict[str, Any]]:
    """Secrets, of which every fifth is a file: revealed, revoked, or swept away."""

    def lose(number: int) -> dict[str, Any]:
        seal = partial(deployment.sent, b"x") if number % 5 == 0 else deployment.sealed
        sealed = seal(label=LABEL)
        if number % 3 == 0:
            assert deployment.revoke(sealed).status_code == 204
        elif number % 3 == 1:
            assert deployment.reveal(sealed).status_code == 200
        else:
            deployment.client("dynamodb").delete_item(
                TableName=deployment.outputs["secrets_table_name"], Key=key(sealed["id"])
            )
        let_an_hour_pass(deployment, sealed["id"])
        return sealed

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lose, range(LOST)))


def test_lost_deliveries_are_mended_by_one_run(
    deployment: Deployment, operator: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    with stopped(deployment, "reap"):
        sealed = make_lost(deployment)
        waiting = {secret["id"] for secret in sealed}
        # Not all of the files: where S3 told `stray` late, the record was gone.
        assert waiting & deployment.objects()
        reconcile(operator)
        said = capsys.readouterr().out
        assert "unsettled" not in said
        # More, where another test's secrets ended a moment before the stream was stopped.
        assert number_of("secrets that ended, and were not erased", said) >= LOST - LOST // 3
        assert number_of("secrets without a record, and without an end", said) >= LOST // 3
        receipts = [deployment.receipt(secret) for secret in sealed]
        assert all(receipt["erased_at"] for receipt in receipts)
        assert {receipt["state"] for receipt in receipts} == {"revealed", "revoked", "expired"}
        assert not waiting & deployment.objects()
        until(
            partial(deployment.events_with, LABEL),
            lambda found: all(has_erasure(found[secret["id"]]) for secret in sealed),
        )
        reconcile(operator)
        # What another test has ended since, with the stream stopped, may be mended; none of these.
        said = capsys.readouterr().out
        assert "…" not in said, "the ids that are not shown might be theirs"
        assert not [secret for secret in waiting if secret in said]
    # What the stream delivers after all changes nothing.
    after = deployment.sealed()
    assert deployment.reveal(after).status_code == 200
    deployment.erased(after)
    assert [deployment.receipt(secret) for secret in sealed] == receipts


def number_of(finding: str, said: str) -> int:
    """How many `reconcile` says it has found of that."""
    found = re.search(rf"^- (\d+) {finding}", said, re.MULTILINE)
    assert found, said
    return int(found[1])


def names_of(deployment: Deployment, secret_id: str) -> list[str]:
    return [event["event"] for event in deployment.events(secret_id)]


def has_erasure(events: list[dict[str, Any]]) -> bool:
    names = [event["event"] for event in events]
    return names.count("secret.erased") == 1 and len(names) >= 3


def test_a_young_object_without_a_record_and_what_lives_stay(
    deployment: Deployment, operator: Target
) -> None:
    alive = deployment.sent(b"alive")
    s3, bucket = deployment.client("s3"), deployment.outputs["files_bucket_name"]
    s3.put_object(Bucket=bucket, Key="elsewhere", Body=b"x")
    # Copied, because `stray` would delete what is put and has no record.
    lost = "files/" + "Z" * 22
    s3.copy_object(Bucket=bucket, Key=lost, CopySource=f"{bucket}/elsewhere")
    reconcile(operator)
    assert "Z" * 22 in deployment.objects(), "it is too young"
    assert alive["id"] in deployment.objects()
    s3.delete_object(Bucket=bucket, Key=lost)
    s3.delete_object(Bucket=bucket, Key="elsewhere")


def test_what_can_not_be_mended_is_told_with_what_to_do(
    deployment: Deployment, operator: Target
) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["receipts_table_name"]
    dynamodb.put_item(TableName=table, Item=serialize({"id": "unreadable"}))
    with pytest.raises(Problem, match=r"operations\.md#unreconciled"):
        reconcile(operator)
    dynamodb.delete_item(TableName=table, Key=key("unreadable"))
    until(lambda: [body for body in receive(deployment) if "unreadable" in body], bool)
    letters.drop(operator, None, auto=True)


def heads(operator: Target, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The first lines of the letters, without their ids."""
    capsys.readouterr()
    letters.list_letters(operator, None)
    lines = capsys.readouterr().out.splitlines()
    return [line[10:] for line in lines[1:] if line and not line.startswith(" ")]


def test_a_poisoned_record_comes_back_when_replayed_until_it_is_dropped(
    deployment: Deployment, operator: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    """No version can read it, so it is a new letter each time, until somebody drops it."""
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["receipts_table_name"]
    dynamodb.put_item(TableName=table, Item=serialize({"id": "poison", "state": "sealed"}))
    poisoned = "audit could not take a receipt's change: "
    until(partial(receive, deployment), bool)
    assert heads(operator, capsys) == [poisoned + "KeyError"]
    with pytest.raises(Problem, match=r"set aside again \(KeyError\)"):
        letters.replay(operator, None)
    until(partial(receive, deployment), bool)
    assert heads(operator, capsys) == [poisoned + "KeyError"]
    dynamodb.delete_item(TableName=table, Key=key("poison"))
    letters.drop(operator, None, auto=True)
    assert heads(operator, capsys) == []


# At the end of `events`: as if receipts had a field that this version does not know.
UNABLE: Final = b"""

def read(record):
    raise KeyError("a field of a later version")
"""


@contextmanager
def unable_to_read(deployment: Deployment) -> Iterator[None]:
    """While this lasts, a version of audit is deployed that can't read any receipt."""
    functions, name = deployment.client("lambda"), deployment.outputs["function_names"]["audit"]
    package = (PACKAGES / "reaper.zip").read_bytes()
    functions.update_function_code(FunctionName=name, ZipFile=append(package, "events.py", UNABLE))
    try:
        yield
    finally:
        functions.update_function_code(FunctionName=name, ZipFile=package)


def append(package: bytes, module: str, code: bytes) -> bytes:
    """A zip in which a module has more code at its end."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for each in old.infolist():
            new.writestr(each, old.read(each) + (code if each.filename == module else b""))
    return changed.getvalue()


def test_a_record_that_only_a_later_version_can_read_is_listed_replayed_and_gone(
    deployment: Deployment, operator: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    poisoned = "audit could not take a receipt's change: KeyError"
    with unable_to_read(deployment):
        sealed = deployment.sealed()
        until(
            partial(receive, deployment),
            lambda bodies: any(sealed["id"] in body for body in bodies),
        )
        # And of whatever else changes meanwhile.
        assert set(heads(operator, capsys)) == {poisoned}
        assert deployment.events(sealed["id"]) == []
    letters.replay(operator, None)
    assert names_of(deployment, sealed["id"]) == ["secret.created"]
    assert receive(deployment) == []


def test_a_position_is_read_from_the_stream_again_and_replayed_twice_changes_nothing(
    deployment: Deployment, operator: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    functions, name = deployment.client("lambda"), deployment.outputs["function_names"]["reap"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=1)
    try:
        with deployment.denied("reap", "s3:DeleteObject"):
            sealed = deployment.sent(b"x")
            assert deployment.reveal(sealed).status_code == 200
            gave_up = "reap failed at removals until Lambda gave up: RetryAttemptsExhausted"
            until(partial(receive, deployment), bool)
            assert gave_up in heads(operator, capsys)
            with pytest.raises(Problem, match="reap could not do it now"):
                letters.replay(operator, None)
    finally:
        functions.update_event_source_mapping(
            UUID=mapping["UUID"], MaximumRetryAttempts=mapping["MaximumRetryAttempts"]
        )
    bodies = receive(deployment)
    assert bodies
    letters.replay(operator, None)
    receipt = deployment.erased(sealed)
    assert sealed["id"] not in deployment.objects()
    time.sleep(1.1)
    for body in bodies:
        deployment.client("sqs").send_message(
            QueueUrl=deployment.outputs["reaper_dead_letters"], MessageBody=body
        )
    letters.replay(operator, None)
    assert deployment.receipt(sealed) == receipt
    assert receive(deployment) == []


def receive(deployment: Deployment) -> list[str]:
    answer = deployment.client("sqs").receive_message(
        QueueUrl=deployment.outputs["reaper_dead_letters"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
    )
    return [message["Body"] for message in answer.get("Messages", [])]


FORBIDDEN: dict[str, Callable[[Callable[..., Any], dict[str, Any]], object]] = {
    "invoke reap": lambda aws, o: invoke(aws, o, "reap"),
    "invoke audit": lambda aws, o: invoke(aws, o, "audit"),
    "invoke stray": lambda aws, o: invoke(aws, o, "stray"),
    "invoke reveal": lambda aws, o: invoke(aws, o, "reveal"),
    "write a letter": lambda aws, o: aws("sqs").send_message(
        QueueUrl=o["reaper_dead_letters"], MessageBody="{}"
    ),
    "take a letter": lambda aws, o: aws("sqs").receive_message(QueueUrl=o["reaper_dead_letters"]),
    "read receipts": lambda aws, o: aws("dynamodb").scan(TableName=o["receipts_table_name"]),
    "read secrets": lambda aws, o: aws("dynamodb").scan(TableName=o["secrets_table_name"]),
    "list files": lambda aws, o: aws("s3").list_objects_v2(Bucket=o["files_bucket_name"]),
    "write the audit log": lambda aws, o: aws("logs").create_log_stream(
        logGroupName=o["audit_log_group_name"], logStreamName="forged"
    ),
    "put events": lambda aws, o: aws("events").put_events(
        Entries=[{"EventBusName": o["event_bus_name"], "Source": "burnbag", "DetailType": "x",
                  "Detail": "{}"}]
    ),
}  # fmt: skip


def invoke(aws: Callable[..., Any], outputs: dict[str, Any], function: str) -> object:
    return aws("lambda").invoke(FunctionName=outputs["function_names"][function], Payload=b"{}")


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_an_operator_may_invoke_two_functions_and_nothing_else(
    deployment: Deployment, operator: Target, forbidden: str
) -> None:
    client = operator.client("sts")
    with pytest.raises(client.exceptions.ClientError, match=r"AccessDenied|not authorized"):
        FORBIDDEN[forbidden](operator.client, dict(deployment.outputs))
