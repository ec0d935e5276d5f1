"""What CloudTrail records of the embedded AWS reaches EventBridge as on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_evaluator
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
    monkeypatch.setitem(cloudtrail._DISPATCH, "LookupEvents", cloudtrail._lookup_events)
    trail.correct()
    yield details
    cloudtrail.reset()


def call(service: str, name: str, resources: Any = (), **parameters: Any) -> None:
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


def look_up(**request: Any) -> tuple[list[dict[str, Any]], str | None]:
    _, _, body = cloudtrail._DISPATCH["LookupEvents"](request)
    answer = json.loads(body)
    found = [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]
    return found, answer.get("NextToken")


def by(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


@pytest.mark.usefixtures("forwarded")
def test_a_use_of_a_key_is_found_by_the_key_and_says_for_what_but_not_with_what() -> None:
    context = {"burnbag:id": "A" * 22}
    call("kms", "Decrypt", KeyId=KEY, CiphertextBlob="YQ==", EncryptionContext=context)
    call("kms", "Decrypt", KeyId="another")
    (event,), _ = look_up(LookupAttributes=by("ResourceName", KEY))
    assert event["requestParameters"] == {"keyId": KEY, "encryptionContext": context}
    assert event["resources"] == [{"ARN": KEY}]
    assert len(look_up(LookupAttributes=by("EventName", "Decrypt"))[0]) == 2


@pytest.mark.usefixtures("forwarded")
@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:sts::000000000000:assumed-role/r/s", "AssumedRole"),
        ("arn:aws:iam::000000000000:root", "Root"),
        ("arn:aws:iam::000000000000:user/u", "IAMUser"),
    ],
)
def test_a_record_names_its_caller(monkeypatch: pytest.MonkeyPatch, arn: str, kind: str) -> None:
    monkeypatch.setattr(iam_evaluator, "caller_arn", lambda: arn)
    call("kms", "Decrypt", KeyId=KEY)
    ((event,), _) = look_up()
    assert event["userIdentity"] == {"type": kind, "arn": arn, "accountId": "000000000000"}


@pytest.mark.usefixtures("forwarded")
def test_the_newest_come_first_and_in_pages() -> None:
    for number in range(120):
        call("kms", "Decrypt", KeyId=str(number))
    keys, token = list[str](), None
    sizes = list[int]()
    while not sizes or token:
        page, token = look_up(MaxResults=50, **({"NextToken": token} if token else {}))
        sizes.append(len(page))
        keys += [event["requestParameters"]["keyId"] for event in page]
    assert sizes == [50, 50, 20]
    assert keys == [str(number) for number in reversed(range(120))]
    assert look_up(EndTime=1)[0] == []
