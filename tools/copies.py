"""Looks for what would keep a copy of a secret, or open one, behind burnbag's back.

Terraform makes none of it, and a plan shows little of it: somebody made it by hand, or a
backup plan for the whole account did.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tools.target import Target

Look = Callable[[Target], list[str]]


@dataclass(frozen=True)
class Sight:
    """What one look has found: nothing if all is well. `unseen` says why it could not look."""

    title: str
    found: tuple[str, ...] = ()
    unseen: str | None = None
    # Whether it is known that this can't be looked at here.
    excused: bool = False

    @property
    def is_fine(self) -> bool:
        return not self.found and (self.unseen is None or self.excused)

    def __str__(self) -> str:
        if self.unseen:
            return f"{self.title}: not looked for, because {self.unseen}"
        return f"{self.title}: {', '.join(self.found) or 'none'}"


def table_of(target: Target) -> str:
    return str(target.outputs["secrets_table_name"])


def bucket_of(target: Target) -> str:
    return str(target.outputs["files_bucket_name"])


def find_backups(target: Target) -> list[str]:
    pages = read_pages(
        target.client("dynamodb").list_backups,
        "LastEvaluatedBackupArn",
        "ExclusiveStartBackupArn",
        TableName=table_of(target),
        BackupType="ALL",
    )
    return [backup["BackupArn"] for page in pages for backup in page["BackupSummaries"]]


def find_recovery(target: Target) -> list[str]:
    answer = target.client("dynamodb").describe_continuous_backups(TableName=table_of(target))
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    status = recovery["PointInTimeRecoveryStatus"]
    return [] if status == "DISABLED" else [f"point-in-time recovery is {status}"]


def find_exports(target: Target) -> list[str]:
    table = target.arn("dynamodb", f"table/{table_of(target)}")
    pages = read_pages(
        target.client("dynamodb").list_exports, "NextToken", "NextToken", TableArn=table
    )
    return [export["ExportArn"] for page in pages for export in page["ExportSummaries"]]


def find_kinesis_streams(target: Target) -> list[str]:
    describe = target.client("dynamodb").describe_kinesis_streaming_destination
    found = describe(TableName=table_of(target)).get("KinesisDataStreamDestinations", [])
    return [each["StreamArn"] for each in found if each["DestinationStatus"] != "DISABLED"]


def find_replicas(target: Target) -> list[str]:
    """Replicas in other regions, and a stream that carries more than keys."""
    table = target.client("dynamodb").describe_table(TableName=table_of(target))["Table"]
    view = table.get("StreamSpecification", {}).get("StreamViewType", "KEYS_ONLY")
    replicas = [f"a replica in {each['RegionName']}" for each in table.get("Replicas", [])]
    return replicas + ([] if view == "KEYS_ONLY" else [f"the stream carries {view}"])


def find_grants(target: Target) -> list[str]:
    paginator = target.client("kms").get_paginator("list_grants")
    pages = paginator.paginate(KeyId=target.outputs["sealing_key_arn"])
    return [
        f"{grant['GranteePrincipal']} may {', '.join(grant['Operations'])}"
        for page in pages
        for grant in page["Grants"]
    ]


def find_versions(target: Target) -> list[str]:
    """Versioning, which keeps what it once kept when it is suspended."""
    status = target.client("s3").get_bucket_versioning(Bucket=bucket_of(target)).get("Status")
    return [f"versioning is {status}"] if status else []


def find_replication(target: Target) -> list[str]:
    try:
        answer = target.client("s3").get_bucket_replication(Bucket=bucket_of(target))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ReplicationConfigurationNotFoundError":
            return []
        raise
    rules = answer["ReplicationConfiguration"]["Rules"]
    return [f"replication to {rule['Destination']['Bucket']}" for rule in rules]


def find_recovery_points(target: Target) -> list[str]:
    """What AWS Backup keeps of the table and the bucket."""
    partition = target.arn("s3", "").split(":")[1]
    resources = [
        target.arn("dynamodb", f"table/{table_of(target)}"),
        f"arn:{partition}:s3:::{bucket_of(target)}",
    ]
    paginator = target.client("backup").get_paginator("list_recovery_points_by_resource")
    return [
        point["RecoveryPointArn"]
        for resource in resources
        for page in paginator.paginate(ResourceArn=resource)
        for point in page["RecoveryPoints"]
    ]


LOOKS: Final[dict[str, Look]] = {
    "point-in-time recovery of the secrets table": find_recovery,
    "backups of the secrets table": find_backups,
    "exports of the secrets table": find_exports,
    "Kinesis streams of the secrets table": find_kinesis_streams,
    "replicas and streamed contents of the secrets table": find_replicas,
    "grants on the sealing key": find_grants,
    "versions in the bucket": find_versions,
    "replication of the bucket": find_replication,
    "recovery points of AWS Backup": find_recovery_points,
}
# What the embedded AWS has nothing of.
NOT_EMULATED: Final = {"recovery points of AWS Backup"}


def look(target: Target) -> Iterator[Sight]:
    """What each look has found. One that fails is no all-clear: it says why."""
    for title, find in LOOKS.items():
        if target.emulated and title in NOT_EMULATED:
            yield Sight(title, unseen="the embedded AWS has none", excused=True)
            continue
        try:
            yield Sight(title, tuple(find(target)))
        except (ClientError, BotoCoreError) as error:
            yield Sight(title, unseen=f"AWS says: {error}")


def read_pages(call: Callable[..., Any], last: str, start: str, **asked: Any) -> Iterator[Any]:
    """Every page of a call that botocore has no paginator for."""
    while True:
        page = call(**asked)
        yield page
        if not (token := page.get(last)):
            return
        asked[start] = token
