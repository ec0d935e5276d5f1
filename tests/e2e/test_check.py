"""`make check` on the stack that is up: all is well, and then somebody turns backups on."""

import pytest

from tests.support.deployment import Deployment
from tools.check import check
from tools.console import Problem
from tools.target import of_stack


def test_a_good_stack_passes(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    check(of_stack(deployment.stack))
    said = capsys.readouterr().out
    for line in (
        "- a text was sealed, opened once, and gone afterwards",
        "- an upload was sealed, opened once, and gone afterwards",
        "- both were erased, as their receipts say",
        "- the audit log has their events",
        "- the metric SecretsErased counts them",
        "- grants on the sealing key: none",
        "Everything that could be looked at is as it should be.",
    ):
        assert line in said


def test_point_in_time_recovery_fails_it(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs["secrets_table_name"]

    def recover(enabled: bool) -> None:
        dynamodb.update_continuous_backups(
            TableName=table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled},
        )

    recover(True)
    try:
        with pytest.raises(Problem, match="1 of 9 are not as they should be"):
            check(of_stack(deployment.stack))
    finally:
        recover(False)
    found = "! point-in-time recovery of the secrets table: point-in-time recovery is ENABLED"
    assert found in capsys.readouterr().out
