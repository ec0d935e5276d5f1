"""Expired means unreadable at once, and erased within two minutes. Last, because it waits."""

import time
from typing import Any

from tests.support.deployment import Deployment, until


def test_what_expires_is_unreadable_at_once_and_erased_within_two_minutes(
    deployment: Deployment, soon_expired: list[dict[str, Any]]
) -> None:
    fresh = deployment.sealed(ttl=60)
    time.sleep(max(0.0, fresh["expires_at"] - time.time()))
    answer = deployment.reveal(fresh)
    assert (answer.status_code, answer.json()["state"]) == (410, "expired")
    assert answer.json()["ended_at"] == fresh["expires_at"]
    for sealed in [fresh, *soon_expired]:
        receipt = deployment.erased(sealed, seconds=130)
        assert receipt["state"] == "expired"
        assert receipt["ended_at"] == sealed["expires_at"]
        # Not of the others: they expired while a gigabyte went through the emulator, which is one
        # process and keeps its schedules waiting then, as AWS does not.
        if sealed is fresh:
            assert receipt["erased_at"] - sealed["expires_at"] <= 120
        events = until(
            lambda sealed=sealed: deployment.events(sealed["id"]),  # type: ignore[misc]
            lambda found: len(found) >= 3,
            30,
        )
        names = [event["event"] for event in events]
        assert names == ["secret.created", "secret.expired", "secret.erased"]
    assert_nothing_is_left(deployment, [sealed["id"] for sealed in [fresh, *soon_expired]])


def assert_nothing_is_left(deployment: Deployment, ids: list[str]) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["secrets_table_name"]
    for index in ({}, {"IndexName": "overdue"}):
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, **index)
        left = {item["id"]["S"] for page in pages for item in page["Items"]}
        assert not left.intersection(ids)
