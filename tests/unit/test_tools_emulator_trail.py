"""What CloudTrail records of the embedded AWS reaches EventBridge as on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack import app
from ministack.services import cloudtrail, eventbridge

from tools.emulator_differences import trail

ROLE = {"Action": "PutRolePolicy", "RoleName": "burnbag-test-create"}
KEY = "arn:aws:kms:us-east-1:000000000000:key/k"


@pytest.fixture
def forwarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The details of what is put on the default bus."""
    details: list[dict[str, Any]] = []

    def put(request: dict[str, Any], allow_aws_source: bool) -> None:
        (entry,) = request["Entries"]
        assert allow_aws_source
        assert entry["DetailType"] == "AWS API Call via CloudTrail"
        details.append({"source": entry["Source"], **json.loads(entry["Detail"])})

    monkeypatch.setattr(eventbridge, "_put_events", put)
    monkeypatch.setattr(cloudtrail, "record_event", cloudtrail.record_event)
    monkeypatch.setattr(app, "_ct_request_params", app._ct_request_params)
    trail.correct()
    yield details
    cloudtrail.reset()


def call(service: str, name: str, resources: Any = (), **parameters: str) -> None:
    cloudtrail.record_event(
        service=service,
        event_name=name,
        username="u",
        access_key_id="a",
        resources=list(resources),
        region="us-east-1",
        request_id="r",
        user_agent="",
        request_params=parameters,
        method="POST",
    )


@pytest.mark.parametrize("given", ["k", KEY])
def test_a_change_of_a_key_names_the_key(forwarded: list[dict[str, Any]], given: str) -> None:
    call("kms", "PutKeyPolicy", KeyId=given, Policy="{}")
    (event,) = forwarded
    assert (event["source"], event["eventName"]) == ("aws.kms", "PutKeyPolicy")
    assert event["resources"] == [{"ARN": KEY}]
    assert event["requestParameters"]["keyId"] == given


def test_a_call_in_a_form_is_named_by_its_action(forwarded: list[dict[str, Any]]) -> None:
    call("iam", "POST.iam", **ROLE)
    (event,) = forwarded
    assert event["eventName"] == "PutRolePolicy"
    assert event["requestParameters"] == {"roleName": "burnbag-test-create"}


def test_a_function_is_named_though_its_name_stands_in_the_path(
    forwarded: list[dict[str, Any]],
) -> None:
    name = {"ResourceName": "burnbag-test-reveal", "ResourceType": "AWS::Lambda::Function"}
    call("lambda", "UpdateFunctionCode", [name])
    assert forwarded[0]["requestParameters"] == {"functionName": "burnbag-test-reveal"}


@pytest.mark.parametrize(
    ("service", "name"),
    [("kms", "Decrypt"), ("dynamodb", "PutItem"), ("s3", "PutObject"), ("sqs", "DeleteMessage")],
)
def test_what_changes_nothing_of_the_stack_is_only_recorded(
    forwarded: list[dict[str, Any]], service: str, name: str
) -> None:
    call(service, name)
    assert forwarded == []
    assert cloudtrail._get_event_queue()[-1]["EventName"] == name


def test_an_upload_is_not_parsed(forwarded: list[dict[str, Any]]) -> None:
    """A gigabyte of it kept the emulator from answering anybody for longer than callers wait."""
    form = {"content-type": "multipart/form-data; boundary=b"}
    assert app._ct_request_params(form, b"a=1", {}) == {}
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert app._ct_request_params(form, b"a=1", {}) == {"a": "1"}
