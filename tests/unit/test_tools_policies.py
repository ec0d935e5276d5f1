"""The second opinion on the policies: what it finds, what is accepted, and what it reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.policies import (
    Accepted,
    Policy,
    analyze,
    find_policies,
    judge,
    lend_provider,
    read_accepted,
)

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/secrets"
STAR = Accepted("RESOURCE_STAR", "role.policy", "because")


def policy(action: str, resource: str, **more: Any) -> Policy:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    return Policy("role.policy", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.mark.parametrize(
    ("wrong", "issue"),
    [
        (policy("dynamodb:PartiqlUpdate2", TABLE), "UNKNOWN_ACTION"),
        (policy("dynamo:PutItem", TABLE), "UNKNOWN_PREFIX"),
        (policy("s3:GetObject", "arn:aws:s3:::bucket"), "RESOURCE_MISMATCH"),
        (policy("dynamodb:PutItem", "*"), "RESOURCE_STAR"),
        (
            policy("dynamodb:PutItem", TABLE, Condition={"StringEquals": {"kms:ViaService": "x"}}),
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
        (Policy("role.policy", "{}"), "NOT_RENDERED"),
    ],
)
def test_finds_what_aws_would_not_understand(wrong: Policy, issue: str) -> None:
    assert [finding.issue for finding in analyze(wrong)] == [issue]


def test_knows_partiql_and_the_conditions_on_keys() -> None:
    context = {"StringEquals": {"kms:EncryptionContext:burnbag:environment": "dev"}}
    key = "arn:aws:kms:eu-central-1:123456789012:key/sealing"
    for good in (
        policy("dynamodb:PartiQLUpdate", TABLE),
        policy("kms:Decrypt", key, Condition=context),
    ):
        assert not list(analyze(good))


def test_a_trust_policy_is_read_though_it_has_no_resource() -> None:
    statement = {"Effect": "Allow", "Action": "sts:Asume", "Principal": {"Service": "x"}}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    findings = analyze(Policy("role.assume_role_policy", text))
    assert [finding.issue for finding in findings] == ["UNKNOWN_ACTION"]


def test_accepts_what_is_explained() -> None:
    assert not judge([policy("dynamodb:PutItem", "*")], [STAR])


def test_an_explanation_that_explains_nothing_is_to_mend() -> None:
    (wrong,) = judge([policy("dynamodb:PutItem", TABLE)], [STAR])
    assert "explains what is not there" in wrong


@pytest.mark.parametrize(
    "other", [{"place": "other.policy"}, {"issue": "X"}, {"detail": "['s3:*']"}]
)
def test_an_explanation_is_of_one_issue_at_one_place(other: dict[str, str]) -> None:
    accepted = Accepted(**{"issue": STAR.issue, "place": STAR.place, "reason": ""} | other)
    assert len(judge([policy("dynamodb:PutItem", "*")], [accepted])) == 2


def test_every_exception_says_why() -> None:
    assert all(len(accepted.reason) > 20 for accepted in read_accepted())


def test_reads_policies_of_all_modules_and_of_resources_only() -> None:
    def resource(mode: str, value: str) -> dict[str, Any]:
        return {"address": "a.b", "mode": mode, "values": {"policy": value, "name": "{id}"}}

    inner = {"resources": [resource("managed", "{}"), resource("managed", "qhtzrsfv")]}
    outer = {"resources": [resource("data", "{}")], "child_modules": [inner]}
    assert list(find_policies(outer)) == [Policy("a.b.policy", "{}")]


def test_only_documents_and_the_way_to_them_get_the_real_provider(tmp_path: Path) -> None:
    call = 'module "%s" {\n  source = "./%s"\n}\n'
    (tmp_path / "main.tf").write_text(call % ("with", "with") + call % ("without", "without"))
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    (tmp_path / "with" / "main.tf").write_text('data "aws_iam_policy_document" "role" {\n}\n')
    (tmp_path / "without" / "main.tf").write_text('resource "aws_kms_key" "any" {\n}\n')
    assert lend_provider(tmp_path)
    root = (tmp_path / "documents_override.tf").read_text()
    assert 'module "with"' in root and "without" not in root
    assert '"role"' in (tmp_path / "with" / "documents_override.tf").read_text()
    assert not (tmp_path / "without" / "documents_override.tf").exists()
