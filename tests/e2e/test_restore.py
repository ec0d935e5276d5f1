"""Receipts that were lost come back from DynamoDB's point-in-time recovery."""

import time

import pytest
from burnbag_core.items import key

from tests.support.deployment import Deployment, until
from tools import target
from tools.restore import restore

pytestmark = pytest.mark.embedded("a table of AWS takes a quarter of an hour to restore")


def test_lost_receipts_are_put_back_and_tell_the_same(deployment: Deployment) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["receipts_table_name"]
    opened, sealed = deployment.sealed(), deployment.sealed()
    assert deployment.reveal(opened).status_code == 200
    before = [deployment.erased(opened), deployment.receipt(sealed)]
    copy = f"{table}-restored"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=copy, UseLatestRestorableTime=True
    )
    try:
        for secret in (opened, sealed):
            dynamodb.delete_item(TableName=table, Key=key(secret["id"]))
        restore(target.of_stack(deployment.stack), copy, int(time.time()))
    finally:
        dynamodb.delete_table(TableName=copy)
    assert [deployment.receipt(secret) for secret in (opened, sealed)] == before
    # The stream tells the log of both again, by the events' own ids.
    until(
        lambda: [each["event_id"] for each in deployment.events(opened["id"])],
        lambda ids: ids.count(f"{opened['id']}:erased:1") >= 2,
    )
    assert deployment.reveal(sealed).status_code == 200
