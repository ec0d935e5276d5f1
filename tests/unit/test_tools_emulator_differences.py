"""The corrections of the embedded AWS behave as AWS documents it."""

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, lambda_svc

from tools.emulator_differences import attributes, small
from tools.emulator_differences.__main__ import CORRECTIONS
from tools.emulator_differences.internals import check_internals
from tools.emulator_differences.streams import StreamDelivery

STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/receipts/stream/2026"
FUNCTION = {"config": {"FunctionName": "audit"}}
RECORDS = [
    {"eventSourceARN": STREAM, "dynamodb": {"SequenceNumber": str(number)}} for number in range(4)
]
Answer = dict[str, Any]


class Lambda:
    """A function that fails at some sequence numbers, and what it was called with."""

    def __init__(self, answer: Callable[[list[str]], Answer]) -> None:
        self.answer = answer
        self.calls: list[list[str]] = []

    def __call__(self, function: Answer, event: Answer) -> Answer:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.calls.append(numbers)
        return self.answer(numbers)


def fail_at(*failing: str) -> Lambda:
    return Lambda(
        lambda numbers: {
            "body": {"batchItemFailures": [{"itemIdentifier": n} for n in numbers if n in failing]}
        }
    )


@pytest.fixture
def mapping(monkeypatch: pytest.MonkeyPatch) -> Answer:
    mapping: Answer = {
        "UUID": "m",
        "FunctionName": "audit",
        "EventSourceArn": STREAM,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BatchSize": 10,
    }
    monkeypatch.setattr(lambda_svc, "_iter_all_esms", lambda: [("a", "r", mapping)])
    monkeypatch.setattr(lambda_svc, "_dynamodb_stream_positions", {"m": 100})
    monkeypatch.setattr(dynamodb, "stream_records_since", lambda *_: RECORDS)
    return mapping


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    sent: list[list[str]] = []

    def send(_mapping: Any, _func: Any, records: Any, _arn: Any, _answer: Any, why: str) -> None:
        assert why == "RetryAttemptsExhausted"
        sent.append([record["dynamodb"]["SequenceNumber"] for record in records])

    monkeypatch.setattr(lambda_svc, "_send_ddb_stream_failure_record", send)
    return sent


def position() -> int:
    return int(lambda_svc._dynamodb_stream_positions["m"])


def test_the_pinned_emulator_has_what_is_corrected() -> None:
    check_internals(CORRECTIONS)


def test_only_shutdown_closes_an_idle_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TCPServer, "_idle_timeout", TCPServer._idle_timeout)
    small.keep_idle_connections()
    closed: list[str] = []

    async def close() -> None:
        closed.append("closed")

    async def idle() -> None:
        terminated = asyncio.Event()
        server: Any = SimpleNamespace(
            context=SimpleNamespace(terminated=terminated),
            config=SimpleNamespace(keep_alive_timeout=0),
            _initiate_server_close=close,
        )
        waiting = asyncio.create_task(TCPServer._idle_timeout(server))
        await asyncio.sleep(0.05)
        assert not closed
        terminated.set()
        await waiting

    asyncio.run(idle())
    assert closed == ["closed"]


def test_a_connection_that_the_client_has_closed_is_closed_here_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each that stays open holds a port on both sides, and Terraform makes hundreds of them."""
    for name in ("_idle_timeout", "_read_data"):
        monkeypatch.setattr(TCPServer, name, getattr(TCPServer, name))
    small.keep_idle_connections()

    async def come_and_go() -> None:
        ended = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nobody: Any = None
            loop = asyncio.get_running_loop()
            await TCPServer(nobody, loop, Config(), WorkerContext(None), {}, reader, writer)
            ended.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            await asyncio.wait_for(ended.wait(), 60)

    asyncio.run(come_and_go())


def test_an_update_names_its_attributes_wherever_it_mentions_them() -> None:
    request = {
        "Key": {"id": {"S": "x"}},
        "UpdateExpression": "SET #v = #v - :one, claims.#key = :claim REMOVE frozen_at",
        "ConditionExpression": "attribute_exists(id) AND size(views) < max_views AND (a <> :b)",
        "ExpressionAttributeNames": {"#v": "views_left", "#key": "hash"},
    }
    named = attributes.find_attributes(request)
    assert named == ["a", "claims", "frozen_at", "id", "max_views", "views", "views_left"]


def test_each_item_of_a_transaction_is_checked_for_its_own_attributes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def enforce(key: str, action: str, *rest: Any, service_context: Any) -> None:
        asked.append((action, service_context["dynamodb:Attributes"]))

    monkeypatch.setattr(iam_evaluator, "enforce", enforce)
    for name in ("dynamodb_service_context", "dynamodb_transaction_checks"):
        monkeypatch.setattr(iam_actions, name, getattr(iam_actions, name))
    attributes.correct()
    items = [
        {"Update": {"TableName": "t", "Key": {"id": {}}, "UpdateExpression": "SET erase_at = :x"}},
        {"Put": {"TableName": "t", "Item": {"id": {}, "label": {}}}},
    ]
    body = json.dumps({"TransactItems": items}).encode()
    action = "dynamodb:TransactWriteItems"
    context = iam_actions.dynamodb_service_context(body)
    for item, _ in iam_actions.dynamodb_transaction_checks(action, body, "r", "1"):
        iam_evaluator.enforce("key", item, service_context=context)
    assert asked == [
        ("dynamodb:UpdateItem", ["erase_at", "id"]),
        ("dynamodb:PutItem", ["id", "label"]),
    ]


def test_a_batch_that_went_well_is_left_to_the_emulator(mapping: Answer) -> None:
    answer = StreamDelivery(fail_at()).deliver(FUNCTION, RECORDS)
    assert "error" not in answer
    assert position() == 100


def test_the_stream_resumes_at_the_first_failed_record(mapping: Answer) -> None:
    answer = StreamDelivery(fail_at("3", "2")).deliver(FUNCTION, RECORDS)
    assert answer["error"]
    assert position() == 102


def test_an_unknown_identifier_fails_the_whole_batch(mapping: Answer) -> None:
    function = Lambda(lambda _: {"body": {"batchItemFailures": [{"itemIdentifier": "other"}]}})
    assert StreamDelivery(function).deliver(FUNCTION, RECORDS)["error"]
    assert position() == 100


def test_without_the_response_type_a_report_means_nothing(mapping: Answer) -> None:
    mapping["FunctionResponseTypes"] = []
    assert "error" not in StreamDelivery(fail_at("1")).deliver(FUNCTION, RECORDS)


def test_without_a_limit_a_failure_is_retried_for_ever(
    mapping: Answer, dead_letters: list[list[str]]
) -> None:
    delivery = StreamDelivery(fail_at("0"))
    assert all(delivery.deliver(FUNCTION, RECORDS)["error"] for _ in range(50))
    assert dead_letters == []


def test_after_the_last_retry_the_rest_of_the_batch_is_set_aside(
    mapping: Answer, dead_letters: list[list[str]]
) -> None:
    mapping["MaximumRetryAttempts"] = 2
    delivery = StreamDelivery(fail_at("1"))
    answers = [delivery.deliver(FUNCTION, RECORDS) for _ in range(3)]
    assert [bool(answer.get("error")) for answer in answers] == [True, True, False]
    assert dead_letters == [["1", "2", "3"]]


def test_bisecting_sets_aside_the_poisoned_record_alone(
    mapping: Answer, dead_letters: list[list[str]]
) -> None:
    mapping |= {"MaximumRetryAttempts": 0, "BisectBatchOnFunctionError": True}
    function = fail_at("1")
    assert "error" not in StreamDelivery(function).deliver(FUNCTION, RECORDS)
    assert dead_letters == [["1"]]
    assert function.calls == [["0", "1", "2", "3"], ["1"], ["2"], ["3"]]


def test_a_function_that_raises_fails_its_whole_batch(
    mapping: Answer, dead_letters: list[list[str]]
) -> None:
    mapping["MaximumRetryAttempts"] = 1
    delivery = StreamDelivery(Lambda(lambda _: {"error": True, "body": {}}))
    assert delivery.deliver(FUNCTION, RECORDS)["error"]
    assert "error" not in delivery.deliver(FUNCTION, RECORDS)
    assert dead_letters == [["0", "1", "2", "3"]]


def test_progress_starts_the_count_of_retries_anew(
    mapping: Answer, dead_letters: list[list[str]]
) -> None:
    mapping["MaximumRetryAttempts"] = 1
    failing = ["1"]
    function = Lambda(lambda _: {"body": {"batchItemFailures": [{"itemIdentifier": failing[0]}]}})
    delivery = StreamDelivery(function)
    assert delivery.deliver(FUNCTION, RECORDS)["error"]
    failing[0] = "2"
    assert delivery.deliver(FUNCTION, RECORDS[1:])["error"]
    assert dead_letters == []
