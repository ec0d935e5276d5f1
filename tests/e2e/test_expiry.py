"""Expired means unreadable at once, and erased within two minutes."""

import pytest

from tests.e2e.conftest import Expiring
from tests.support.deployment import PATIENCE, Deployment, assert_erased_in_time, until


@pytest.mark.last
def test_what_expires_is_unreadable_at_once_and_erased_within_two_minutes(
    deployment: Deployment, expiring: Expiring
) -> None:
    assert 0 < expiring.last_readable.result(PATIENCE) < expiring.secrets[0]["expires_at"]
    for sealed in expiring.secrets:
        until(lambda sealed=sealed: deployment.peek(sealed).status_code, lambda s: s == 410)  # type: ignore[misc]
        answer = deployment.reveal(sealed)
        assert (answer.status_code, answer.json()["state"]) == (410, "expired")
        assert answer.json()["ended_at"] == sealed["expires_at"]
    for sealed in expiring.secrets:
        receipt = deployment.erased(sealed)
        assert receipt["state"] == "expired"
        assert receipt["ended_at"] == sealed["expires_at"]
        assert_erased_in_time(deployment, sealed["expires_at"], receipt["erased_at"])
        events = until(
            lambda sealed=sealed: deployment.events(sealed["id"]),  # type: ignore[misc]
            lambda found: len(found) >= 3,
        )
        names = [event["event"] for event in events]
        assert names == ["secret.created", "secret.expired", "secret.erased"]
    assert_nothing_is_left(deployment, [sealed["id"] for sealed in expiring.secrets])


def assert_nothing_is_left(deployment: Deployment, ids: list[str]) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["secrets_table_name"]
    for index in ({}, {"IndexName": "overdue"}):
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, **index)
        left = {item["id"]["S"] for page in pages for item in page["Items"]}
        assert not left.intersection(ids)
