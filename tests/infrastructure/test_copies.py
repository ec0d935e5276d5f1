"""What would keep a copy of a secret is found and named, in an account of its own."""

import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tools import emulator
from tools.copies import look
from tools.target import Target


@pytest.fixture
def target(embedded_aws: emulator.Emulator) -> Target:
    """Just what is looked at, as Terraform makes it; new each time, for backups outlive a table."""

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=embedded_aws.url)  # type: ignore[call-overload]

    name = f"looked-at-{uuid.uuid4()}"
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    for bucket in (name, f"{name}-copy"):
        client("s3").create_bucket(Bucket=bucket)
    outputs = {
        "sealing_key_arn": client("kms").create_key()["KeyMetadata"]["Arn"],
        "secrets_table_name": name,
        "files_bucket_name": name,
    }
    return Target(outputs, True, client, pytest.fail)


def name_of(target: Target) -> str:
    return str(target.outputs["secrets_table_name"])


def found(target: Target) -> dict[str, str]:
    return {sight.title: str(sight) for sight in look(target) if not sight.is_fine}


def table_arn(target: Target) -> str:
    return target.arn("dynamodb", f"table/{name_of(target)}")


def recover(target: Target) -> None:
    target.client("dynamodb").update_continuous_backups(
        TableName=name_of(target),
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


def back_up(target: Target) -> None:
    target.client("dynamodb").create_backup(TableName=name_of(target), BackupName="by-hand")


def export(target: Target) -> None:
    recover(target)
    target.client("dynamodb").export_table_to_point_in_time(
        TableArn=table_arn(target), S3Bucket=name_of(target)
    )


def stream(target: Target) -> None:
    arn = target.arn("kinesis", "stream/copy")
    dynamodb = target.client("dynamodb")
    dynamodb.enable_kinesis_streaming_destination(TableName=name_of(target), StreamArn=arn)


def grant(target: Target) -> None:
    target.client("kms").create_grant(
        KeyId=target.outputs["sealing_key_arn"],
        GranteePrincipal=target.arn("iam", "role/stranger").replace(":us-east-1:", "::"),
        Operations=["Decrypt"],
    )


def version(target: Target) -> None:
    target.client("s3").put_bucket_versioning(
        Bucket=name_of(target), VersioningConfiguration={"Status": "Enabled"}
    )


def suspend(target: Target) -> None:
    version(target)
    target.client("s3").put_bucket_versioning(
        Bucket=name_of(target), VersioningConfiguration={"Status": "Suspended"}
    )


def replicate(target: Target) -> None:
    rule = {
        "ID": "copy",
        "Status": "Enabled",
        "Prefix": "",
        "Destination": {"Bucket": f"arn:aws:s3:::{name_of(target)}-copy"},
    }
    for bucket in (name_of(target), f"{name_of(target)}-copy"):
        target.client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    role = target.arn("iam", "role/copier").replace(":us-east-1:", "::")
    target.client("s3").put_bucket_replication(
        Bucket=name_of(target), ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


def test_a_good_stack_has_nothing_that_keeps_a_copy(target: Target) -> None:
    assert not found(target)
    (unseen,) = [sight for sight in look(target) if sight.unseen]
    assert str(unseen) == (
        "recovery points of AWS Backup: not looked for, because the embedded AWS has none"
    )


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (recover, {"point-in-time recovery of the secrets table": "is ENABLED"}),
        (back_up, {"backups of the secrets table": "/backup/"}),
        (
            export,
            {
                "point-in-time recovery of the secrets table": "is ENABLED",
                "exports of the secrets table": "/export/",
            },
        ),
        (stream, {"Kinesis streams of the secrets table": "stream/copy"}),
        (grant, {"grants on the sealing key": "role/stranger may Decrypt"}),
        (version, {"versions in the bucket": "versioning is Enabled"}),
        (suspend, {"versions in the bucket": "versioning is Suspended"}),
        (
            replicate,
            {
                "versions in the bucket": "versioning is Enabled",
                "replication of the bucket": "replication to arn:aws:s3:::looked-at-",
            },
        ),
    ],
)
def test_what_keeps_a_copy_is_named(
    target: Target, make: Callable[[Target], None], named: dict[str, str]
) -> None:
    make(target)
    seen = found(target)
    assert seen.keys() == named.keys()
    assert all(words in seen[title] for title, words in named.items())


def test_what_cannot_be_looked_at_is_no_all_clear(target: Target) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListBackups")

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return refuse if name == "list_backups" else getattr(target.client("dynamodb"), name)

    def client(service: str) -> Any:
        return Refusing() if service == "dynamodb" else target.client(service)

    looked_at = Target(target.outputs, True, client, pytest.fail)
    (said,) = found(looked_at).values()
    assert "not looked for, because AWS says:" in said and "AccessDeniedException" in said


def test_recovery_points_and_replicas_are_named_where_there_is_aws(target: Target) -> None:
    """What the embedded AWS can't make, told by fakes."""

    class Backup:
        def get_paginator(self, _: str) -> "Backup":
            return self

        def paginate(self, ResourceArn: str) -> list[dict[str, Any]]:
            return [{"RecoveryPoints": [{"RecoveryPointArn": f"point of {ResourceArn}"}]}]

    class Table:
        def describe_table(self, TableName: str) -> dict[str, Any]:
            stream = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
            table = {"StreamSpecification": stream, "Replicas": [{"RegionName": "eu-west-1"}]}
            return {"Table": table}

        def __getattr__(self, name: str) -> Any:
            return getattr(target.client("dynamodb"), name)

    fakes = {"backup": Backup(), "dynamodb": Table()}

    def client(service: str) -> Any:
        return fakes.get(service) or target.client(service)

    seen = found(Target(target.outputs, False, client, pytest.fail))
    assert seen == {
        "replicas and streamed contents of the secrets table": (
            "replicas and streamed contents of the secrets table: "
            "a replica in eu-west-1, the stream carries NEW_AND_OLD_IMAGES"
        ),
        "recovery points of AWS Backup": (
            f"recovery points of AWS Backup: point of {table_arn(target)}, "
            f"point of arn:aws:s3:::{name_of(target)}"
        ),
    }
