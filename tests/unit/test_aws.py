"""Conditional writes: conflicts are outlasted, refusals and failures are told apart."""

import random
import re
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from burnbag_core.aws import (
    TRIES,
    ConditionFailed,
    as_unavailable,
    client,
    session,
    transact,
    update,
)
from burnbag_core.errors import Interrupted, Unanswered, Unavailable

from tests.support import races
from tests.support.services import ROOT

ITEM = {"id": {"S": "x"}}
# Where a service makes a client.
CLIENT = re.compile(r"\bclient\(\"(\w+)\"")


def cancelled(*codes: str) -> ClientError:
    return races.cancelled(*codes, item=ITEM)


def failed(code: str, operation: str = "UpdateItem", status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, operation)


class FakeDynamoDB:
    """Answers each call with the next of `errors`, then with success."""

    def __init__(self, *errors: ClientError) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.tokens: set[str] = set()

    def transact_write_items(self, ClientRequestToken: str, **_: object) -> dict[str, str]:
        self.tokens.add(ClientRequestToken)
        return self.answer()

    def update_item(self, **_: object) -> dict[str, str]:
        return self.answer()

    def answer(self) -> dict[str, str]:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"done": "yes"}


@pytest.mark.parametrize(
    "error",
    [
        cancelled("None", "TransactionConflict"),
        cancelled("ThrottlingError", "None"),
        cancelled("None", "ProvisionedThroughputExceeded"),
        failed("TransactionConflictException"),
        failed("TransactionInProgressException"),
        failed("ThrottlingException"),
        failed("ProvisionedThroughputExceededException"),
        failed("RequestLimitExceeded"),
    ],
)
def test_a_passing_failure_is_tried_again(error: ClientError) -> None:
    pauses: list[float] = []
    dynamodb = FakeDynamoDB(error, error, error)
    transact(dynamodb, [{}], pauses.append)
    assert dynamodb.calls == 4
    assert len(pauses) == 3
    assert len(dynamodb.tokens) == 1


def test_pauses_grow_within_their_bound_and_differ() -> None:
    pauses: list[float] = []
    with pytest.raises(ClientError):
        transact(FakeDynamoDB(*[cancelled("TransactionConflict")] * TRIES), [{}], pauses.append)
    assert len(pauses) == TRIES - 1
    assert all(0 <= pause <= min(0.5, 0.02 * 2**number) for number, pause in enumerate(pauses))
    assert len(set(pauses)) > 1


def test_instances_from_one_snapshot_do_not_pause_alike() -> None:
    """A snapshot (SnapStart) has the state of the module `random` in it."""
    snapshot, runs = random.getstate(), list[list[float]]()
    for _ in range(2):
        random.setstate(snapshot)
        pauses: list[float] = []
        transact(FakeDynamoDB(*[cancelled("TransactionConflict")] * 5), [{}], pauses.append)
        runs.append(pauses)
    assert runs[0] != runs[1]


def test_pauses_double_from_twenty_milliseconds_to_half_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds: list[tuple[float, float]] = []

    def longest(lower: float, upper: float) -> float:
        bounds.append((lower, upper))
        return upper

    monkeypatch.setattr("burnbag_core.aws.RANDOM.uniform", longest)
    dynamodb, pauses = FakeDynamoDB(*[cancelled("TransactionConflict")] * 20), list[float]()
    with pytest.raises(ClientError):
        transact(dynamodb, [{}], pauses.append)
    assert dynamodb.calls == 16
    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32] + [0.5] * 10
    assert bounds == [(0, pause) for pause in pauses]


def test_a_refusal_is_final_and_tells_what_it_found() -> None:
    dynamodb = FakeDynamoDB(cancelled("ConditionalCheckFailed", "TransactionConflict"))
    with pytest.raises(ConditionFailed) as caught:
        transact(dynamodb, [{}, {}])
    assert (caught.value.refused, caught.value.items) == ([True, False], [ITEM, None])
    assert dynamodb.calls == 1


def test_a_refusal_of_another_write_waits_for_the_first_to_say_what_it_found() -> None:
    """A transaction that meets another's halfway is told of a conflict here, a refusal there."""
    met = cancelled("TransactionConflict", "ConditionalCheckFailed")
    dynamodb = FakeDynamoDB(met, met, cancelled("ConditionalCheckFailed", "ConditionalCheckFailed"))
    pauses: list[float] = []
    with pytest.raises(ConditionFailed) as caught:
        transact(dynamodb, [{}, {}], pauses.append)
    assert (caught.value.refused, caught.value.items) == ([True, True], [ITEM, ITEM])
    assert (dynamodb.calls, len(pauses), len(dynamodb.tokens)) == (3, 2, 1)


def test_a_refusal_among_lasting_conflicts_is_told_in_the_end() -> None:
    met = cancelled("None", "TransactionConflict", "ConditionalCheckFailed")
    dynamodb = FakeDynamoDB(*[met] * TRIES)
    pauses: list[float] = []
    with pytest.raises(ConditionFailed) as caught:
        transact(dynamodb, [{}, {}, {}], pauses.append)
    assert caught.value.refused == [False, False, True]
    assert caught.value.items == [None, None, ITEM]
    assert (dynamodb.calls, len(pauses)) == (TRIES, TRIES - 1)


def test_a_refusal_of_another_write_without_a_conflict_is_final() -> None:
    dynamodb = FakeDynamoDB(cancelled("None", "ConditionalCheckFailed"))
    with pytest.raises(ConditionFailed) as caught:
        transact(dynamodb, [{}, {}])
    assert (caught.value.refused, dynamodb.calls) == ([False, True], 1)


def test_a_refused_update_tells_what_it_found() -> None:
    error = failed("ConditionalCheckFailedException")
    error.response["Item"] = ITEM  # type: ignore[typeddict-unknown-key]
    with pytest.raises(ConditionFailed) as caught:
        update(FakeDynamoDB(error), {})
    assert caught.value.items == [ITEM]


def test_another_error_is_passed_on_at_once() -> None:
    dynamodb = FakeDynamoDB(failed("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        update(dynamodb, {})
    assert dynamodb.calls == 1


@pytest.mark.parametrize(
    ("error", "raised", "cause"),
    [
        (failed("AccessDenied"), Unavailable, "UpdateItem AccessDenied"),
        (failed("X", "GetItem", 500), Unavailable, "GetItem X"),
        (failed("X", "TransactWriteItems"), Unavailable, "TransactWriteItems X"),
        (failed("X", "TransactWriteItems", 500), Interrupted, "TransactWriteItems X"),
        (ReadTimeoutError(endpoint_url="https://hunter2"), Unanswered, "ReadTimeoutError"),
    ],
)
def test_callers_learn_whether_aws_answered_and_the_log_what(
    error: ClientError | BotoCoreError, raised: type[Unavailable], cause: str
) -> None:
    with pytest.raises(Unavailable) as caught, as_unavailable():
        raise error
    assert type(caught.value) is raised
    assert caught.value.cause == cause


@pytest.mark.parametrize("bucket", ["abc", "burnbag-prod-files-123456789012"])
@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_links_to_objects_name_the_bucket_and_its_region_in_their_host(
    monkeypatch: pytest.MonkeyPatch, bucket: str, region: str
) -> None:
    """S3 answers its global host with a redirect, which a signed POST doesn't survive."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    s3, key = client("s3"), "files/x"
    host = f"https://{bucket}.s3.{region}.amazonaws.com/"
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    assert link.startswith(f"{host}{key}?")
    assert s3.generate_presigned_post(bucket, key)["url"] == host


def test_links_to_an_endpoint_without_a_name_have_the_bucket_in_their_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert client("s3").generate_presigned_post("abc", "x")["url"] == "http://127.0.0.1:4566/abc"


def test_a_client_gives_up_early_unless_it_is_told_to_wait() -> None:
    timeouts = [
        (made.meta.config.connect_timeout, made.meta.config.read_timeout)
        for made in (client("s3"), client("s3", read_timeout=15))
    ]
    assert timeouts == [(1, 2), (1, 15)]


@pytest.mark.parametrize("service", ["dynamodb", "kms", "s3"])
def test_a_call_that_fails_is_made_once_more(service: str) -> None:
    assert client(service).meta.config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_a_call_names_burnbag_and_is_sent_as_it_is() -> None:
    """CloudTrail shows who called. botocore's checks of a call's shape cost time in each call."""
    sent: list[Any] = []

    def answer(params: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, Any]]:
        sent.append((params["headers"]["User-Agent"], params["body"]))
        return AWSResponse("", 200, HTTPHeaders(), None), {}

    dynamodb = client("dynamodb")
    dynamodb.meta.events.register("before-call", answer)
    dynamodb.get_item(TableName="secrets")  # and no key
    assert sent == [("burnbag", b'{"TableName": "secrets"}')]


def test_botocore_looks_for_no_service_that_is_never_called() -> None:
    sources = (ROOT / "services").rglob("*.py")
    called = {name for path in sources for name in CLIENT.findall(path.read_text())}
    assert session().get_available_services() == sorted(called)


def test_links_to_objects_are_signed_in_the_way_that_kms_asks_for_and_nothing_else_is() -> None:
    assert client("s3").meta.config.signature_version == "s3v4"
    assert client("dynamodb").meta.config.signature_version == "v4"
