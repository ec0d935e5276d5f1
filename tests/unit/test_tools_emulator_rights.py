"""What IAM is asked on the embedded AWS, and whether it believes a signature."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_actions, iam_evaluator, sigv4
from ministack.services import dynamodb, dynamodb_streams, lambda_svc, s3, sqs

from tools.emulator_differences import (
    encryption_context,
    event_sources,
    signatures,
    source_function,
    stores,
    stream_rights,
    table_policies,
)

KEY = "arn:aws:kms:us-east-1:000000000000:key/storage"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/secrets"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/kms/aws4_request, SignedHeaders=host,"
    " Signature=0"
)
Asked = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the corrections back after each test."""
    for module in (
        *(encryption_context, event_sources, signatures),
        *(source_function, stores, stream_rights, table_policies),
    ):
        for owner, names in module.WRAPPED.items():
            for name in names.split():
                monkeypatch.setattr(owner, name, getattr(owner, name))


def context_of(service: str, request: dict[str, Any]) -> dict[str, Any]:
    encryption_context.correct()
    body = json.dumps(request).encode()
    found: dict[str, Any] = iam_actions.request_tag_context(service, f"{service}:Decrypt", body, {})
    return found


def test_a_kms_call_has_the_condition_keys_of_its_encryption_context() -> None:
    assert context_of("kms", {"EncryptionContext": {"a": "1", "B": "2"}}) == {
        "kms:EncryptionContext:a": "1",
        "kms:EncryptionContext:B": "2",
        "kms:EncryptionContextKeys": ["a", "B"],
    }


@pytest.mark.parametrize("request_", [{}, {"EncryptionContext": {}}, {"EncryptionContext": None}])
def test_without_an_encryption_context_there_are_no_such_keys(request_: dict[str, Any]) -> None:
    assert context_of("kms", request_) == {}


def test_only_kms_has_an_encryption_context() -> None:
    assert context_of("sqs", {"EncryptionContext": {"a": "1"}}) == {}


def events_context_of(action: str, *sources: str) -> dict[str, Any]:
    event_sources.correct()
    entries = [{"Source": source, "DetailType": "secret.created"} for source in sources]
    body = json.dumps({"Entries": entries}).encode()
    found: dict[str, Any] = iam_actions.request_tag_context("events", action, body, {})
    return found


def test_events_that_are_put_have_the_condition_keys_of_their_source_and_type() -> None:
    assert events_context_of("events:PutEvents", "burnbag", "burnbag") == {
        "events:source": "burnbag",
        "events:detail-type": "secret.created",
    }


def test_events_of_several_sources_meet_no_condition_on_one() -> None:
    found = events_context_of("events:PutEvents", "burnbag", "aws.kms")
    assert "events:source" not in found


def test_only_putting_events_has_these_keys() -> None:
    assert events_context_of("events:PutRule", "burnbag") == {}


@pytest.mark.parametrize(
    ("session", "named"),
    [
        ("role-of-reveal/reveal", True),
        ("role-of-reveal/somebody-else", False),
        ("another-role/reveal", False),
    ],
)
def test_a_function_s_own_credentials_name_the_function(
    monkeypatch: pytest.MonkeyPatch, session: str, named: bool
) -> None:
    function, role = "arn:aws:lambda:::function:reveal", "arn:aws:iam:::role/role-of-reveal"
    configuration = {"FunctionArn": function, "Role": role}
    monkeypatch.setattr(lambda_svc, "_functions", {"reveal": {"config": configuration}})
    monkeypatch.setattr(iam_evaluator, "_principal_keys", lambda _: {"aws:userid": "x"})
    source_function.correct()
    credential = SimpleNamespace(principal_arn=f"arn:aws:sts:::assumed-role/{session}")
    keys = iam_evaluator._principal_keys(credential)
    found = {"lambda:sourcefunctionarn": function} if named else {}
    assert keys == {"aws:userid": "x"} | found


def test_root_and_users_are_no_functions() -> None:
    assert source_function.find_function("arn:aws:iam::000000000000:root") is None


@pytest.mark.parametrize("name", ["TableName", "TableArn", "SourceTableArn", "SourceTableName"])
def test_a_table_has_its_policy_however_a_request_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lookups: dict[str, Any] = {}
    monkeypatch.setattr(iam_evaluator, "_RESOURCE_POLICY_LOOKUPS", lookups)
    monkeypatch.setattr(dynamodb, "_resource_policies", {TABLE: {"Policy": "{}"}})
    table_policies.correct()
    body = json.dumps({name: TABLE if name.endswith("Arn") else "secrets"}).encode()
    (arn,) = iam_actions.dynamodb_resource_arns(body, "us-east-1", "0" * 12)
    assert table_policies.find_policy(arn) == ("{}", "0" * 12)
    assert table_policies.find_policy(f"{arn}/index/overdue") == ("{}", "0" * 12)
    assert table_policies.find_policy(f"{arn}-of-another") is None
    assert lookups == {"dynamodb": ("dynamodb", "table_policy_for_arn")}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What IAM is asked, by an IAM that allows everything but `kms:GenerateDataKey`."""
    found: Asked = []

    def enforce(
        _caller: str, action: str, _service: str, _region: str, arn: str, *, service_context: Any
    ) -> object:
        found.append((action, arn, service_context))
        return "refused" if action == "kms:GenerateDataKey" else None

    encrypted = {"SSEDescription": {"KMSMasterKeyArn": KEY}}
    headers = {"x-amz-server-side-encryption-aws-kms-key-id": KEY}
    queue = {"attributes": {"KmsMasterKeyId": KEY}}
    monkeypatch.setattr(iam_evaluator, "enforce", enforce)
    monkeypatch.setattr(dynamodb, "_tables", {"secrets": encrypted, "plain": {}})
    monkeypatch.setattr(s3, "_bucket_default_sse_headers", {"files": headers, "plain": {}}.get)
    monkeypatch.setattr(
        sqs, "_queue_by_arn", lambda arn: queue if arn.endswith("letters") else None
    )
    stores.correct()
    return found


@pytest.mark.parametrize(
    ("service", "action", "arn", "uses"),
    [
        ("dynamodb", "GetItem", TABLE, ["Decrypt"]),
        ("dynamodb", "Query", f"{TABLE}/index/overdue", ["Decrypt"]),
        ("dynamodb", "PartiQLDelete", TABLE, ["Decrypt"]),
        ("dynamodb", "GetItem", TABLE.replace("secrets", "plain"), []),
        ("dynamodb", "GetItem", TABLE.replace("secrets", "missing"), []),
        ("dynamodb", "DescribeTable", TABLE, []),
        ("s3", "GetObject", "arn:aws:s3:::files/a/b", ["Decrypt"]),
        ("s3", "PutObject", "arn:aws:s3:::files/a/b", ["GenerateDataKey"]),
        ("s3", "DeleteObject", "arn:aws:s3:::files/a/b", []),
        ("s3", "PutObject", "arn:aws:s3:::plain/a", []),
        ("sqs", "SendMessage", "arn:aws:sqs:us-east-1:1:dead-letters", ["GenerateDataKey"]),
        ("sqs", "SendMessage", "arn:aws:sqs:us-east-1:1:plain", []),
    ],
)
def test_who_uses_a_store_is_asked_for_its_key_too(
    asked: Asked, service: str, action: str, arn: str, uses: list[str]
) -> None:
    answer = iam_evaluator.enforce("key", f"{service}:{action}", service, "us-east-1", arn)
    host = f"{service}.us-east-1.amazonaws.com"
    via = {"kms:ViaService": host, "aws:ViaAWSService": "true"}
    assert asked[0][:2] == (f"{service}:{action}", arn)
    assert asked[1:] == [(f"kms:{use}", KEY, via) for use in uses]
    assert answer == ("refused" if "GenerateDataKey" in uses else None)


@pytest.mark.parametrize(
    ("query", "use"), [({"uploads": ""}, "GenerateDataKey"), ({"uploadId": "u"}, "Decrypt")]
)
def test_an_upload_in_parts_makes_its_key_once_and_decrypts_it_for_each_part(
    asked: Asked, query: dict[str, str], use: str
) -> None:
    request = iam_evaluator.SignedRequest("key", "PUT", "/files/a", query, {})
    token = iam_evaluator._signed_request.set(request)
    try:
        iam_evaluator.enforce("key", "s3:PutObject", "s3", "us-east-1", "arn:aws:s3:::files/a")
    finally:
        iam_evaluator._signed_request.reset(token)
    assert [action for action, _, _ in asked[1:]] == [f"kms:{use}"]


def test_who_may_not_use_a_store_is_not_asked_for_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(iam_evaluator, "enforce", lambda *_, **__: "refused")
    stores.correct()
    assert iam_evaluator.enforce("key", "s3:GetObject", "s3", "r", "arn:aws:s3:::files/a")


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        (AUTHORIZATION % "test", "test"),
        (AUTHORIZATION % "AKIDEXAMPLE", None),
        (AUTHORIZATION % "", None),
        ("Bearer test", None),
        ("", None),
    ],
)
def test_root_is_known_by_the_key_that_signed(authorization: str, key: str | None) -> None:
    assert signatures.root_key(authorization) == key


def test_a_call_of_root_is_kept_for_its_check() -> None:
    signatures.correct()
    headers = [(b"Authorization", (AUTHORIZATION % "test").encode()), (b"A", b"1"), (b"a", b"2")]
    app.pin_signed_request("GET", "/path", {}, headers)
    pinned = iam_evaluator._signed_request.get()
    iam_evaluator._signed_request.set(None)
    assert (pinned.access_key_id, pinned.method, pinned.raw_path) == ("test", "GET", "/path")
    assert pinned.headers["a"] == "1,2"


@pytest.mark.parametrize(
    ("service", "declared", "refused"),
    [
        ("execute-api", None, False),
        ("execute-api", hashlib.sha256(b"body").hexdigest(), False),
        ("execute-api", hashlib.sha256(b"another").hexdigest(), True),
        ("execute-api", "UNSIGNED-PAYLOAD", True),
        ("s3", "UNSIGNED-PAYLOAD", False),
    ],
)
def test_a_declared_hash_must_be_that_of_the_body(
    monkeypatch: pytest.MonkeyPatch, service: str, declared: str | None, refused: bool
) -> None:
    monkeypatch.setattr(sigv4, "header_signature_failure", lambda *_, **__: None)
    signatures.correct()
    headers: dict[str, str] = {"x-amz-content-sha256": declared} if declared else {}
    request: Any = ("secret", "POST", "/", {}, headers, b"body")
    failure = sigv4.header_signature_failure(SimpleNamespace(service=service), *request)
    assert bool(failure) == refused


def test_reading_a_stream_is_a_right_to_that_stream() -> None:
    """Its iterator names it too; what names none is asked about as before."""
    stream = f"{TABLE}/stream/2026"
    iterator = dynamodb_streams._encode_iterator("secrets", "shard", 0, stream_arn=stream)
    stream_rights.correct()

    def resource(service: str, request: dict[str, Any]) -> str:
        body = json.dumps(request).encode()
        found: str = iam_actions.extract_resource_arn(
            service, "POST", "/", {}, body, {}, "us-east-1", "000000000000"
        )
        return found

    assert resource("dynamodbstreams", {"StreamArn": stream}) == stream
    assert resource("dynamodbstreams", {"ShardIterator": iterator}) == stream
    assert resource("dynamodbstreams", {}) == "*"
    assert resource("dynamodb", {"TableName": "secrets", "StreamArn": stream}) == TABLE
