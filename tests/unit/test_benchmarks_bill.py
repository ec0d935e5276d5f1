"""What a usage costs."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import access_log, prices
from benchmarks.account import order_streams
from benchmarks.bill import ANYWAY, Terms, make_bill, run_ms, slowness, total, total_in_batches
from benchmarks.functions import Function, count_routes, read_default, read_functions, read_windows
from benchmarks.meter import Meter
from benchmarks.usage import Run, Usage
from tests.support.api import request
from tests.support.configuration import lines_of, routes

TERMS = Terms(
    functions={
        name: Function("create", "app", memory)
        for name, memory in {"create": 512, "audit": 256, "reap": 256, "sweep": 256}.items()
    },
    cold_start_ms={"create": 500.0, "audit": 300.0, "reap": 300.0, "sweep": 300.0},
    receipt_days=90,
    audit_log_days=400,
    access_log_days=30,
)
OPERATIONS = ["dynamodb GetItem", "dynamodb TransactWriteItems", "kms Decrypt", "s3 PutObject"]
sizes = st.integers(0, 10**6)
runs = st.builds(
    Run,
    st.sampled_from(sorted(TERMS.functions)),
    st.dictionaries(st.sampled_from(OPERATIONS), st.integers(1, 9)),
    st.floats(0, 1000),
)
usages = st.builds(
    Usage,
    requests=st.integers(0, 9),
    runs=st.lists(runs, max_size=6).map(tuple),
    write_units=st.floats(0, 1000),
    read_units=st.floats(0, 1000),
    audit_log_bytes=sizes,
    access_log_bytes=sizes,
    function_log_bytes=sizes,
    receipt_bytes=sizes,
    record_bytes=sizes,
    object_bytes=sizes,
)


def add(one: Usage, other: Usage) -> Usage:
    both = {name: getattr(one, name) + getattr(other, name) for name in vars(one)}
    return Usage(**both)


@given(usages, usages)
def test_two_secrets_cost_what_each_of_them_costs(one: Usage, other: Usage) -> None:
    """But for what DynamoDB's storage adds to each item, which even nothing has here."""
    together, nothing = make_bill(add(one, other), TERMS), make_bill(Usage(), TERMS)
    for name, dollars in together.items():
        apart = make_bill(one, TERMS)[name] + make_bill(other, TERMS)[name] - nothing[name]
        assert dollars == pytest.approx(apart, abs=1e-6)


@given(usages, usages)
def test_nothing_becomes_cheaper_by_asking_for_more(one: Usage, other: Usage) -> None:
    less, more = make_bill(one, TERMS), make_bill(add(one, other), TERMS)
    assert all(more[name] >= less[name] - 1e-6 for name in less)
    assert all(dollars >= 0 for dollars in less.values())


@given(usages)
def test_batches_make_nothing_dearer(usage: Usage) -> None:
    assert total_in_batches(usage, TERMS) <= total(make_bill(usage, TERMS)) + 1e-6


@given(runs)
def test_a_run_is_billed_for_its_waiting_and_its_computing(run: Run) -> None:
    waiting = run_ms(replace(run, processor_ms=0.0), TERMS)
    computing = run_ms(replace(run, calls={}), TERMS)
    assert max(waiting, computing) <= run_ms(run, TERMS) <= waiting + computing
    assert run_ms(run, TERMS) >= run.processor_ms


@given(st.integers(128, 10_240), st.integers(128, 10_240))
def test_more_memory_never_computes_longer(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert slowness(Function("", "", less)) >= slowness(Function("", "", more)) >= 1.0


@pytest.mark.parametrize(
    ("usage", "line", "dollars"),
    [
        (Usage(requests=2), "API Gateway", 7.00),
        (Usage(write_units=11.0), "DynamoDB, writes", 6.875),
        (Usage(read_units=1.0), "DynamoDB, reads", 0.125),
        (Usage(runs=(Run("create", {"kms GenerateDataKey": 1}),)), "KMS", 3.00),
        (Usage(runs=(Run("create", {"s3 PutObject": 1, "s3 GetObject": 1}),)), "S3", 5.40),
        (Usage(runs=(Run("create", {}), Run("audit", {}))), "Lambda, runs", 0.40),
        (Usage(runs=(Run(ANYWAY, {"dynamodb Query": 8}, 10.0),)), "Lambda, runs", 0.0),
        (Usage(runs=(Run(ANYWAY, {"dynamodb Query": 8}, 10.0),)), "Lambda, time", 0.0),
    ],
)
def test_a_line_of_a_bill_is_that_of_the_price_list(
    usage: Usage, line: str, dollars: float
) -> None:
    assert make_bill(usage, TERMS)[line] == pytest.approx(dollars)


def test_a_function_with_less_than_a_processor_is_billed_for_longer() -> None:
    run = Run("create", {"dynamodb GetItem": 1, "kms Decrypt": 1}, processor_ms=10.0)
    waiting = prices.WAITS["dynamodb"] + prices.WAITS["kms"]
    assert run_ms(run, TERMS) == math.ceil(10.0 * 1769 / 512 + waiting)


def test_a_stored_byte_costs_by_the_days_that_it_is_kept() -> None:
    month = replace(TERMS, receipt_days=prices.DAYS_PER_MONTH - prices.DAYS_SEALED)
    usage = Usage(receipt_bytes=1000 - prices.ITEM_OVERHEAD_BYTES)
    more = make_bill(usage, month)["storage"] - make_bill(Usage(), month)["storage"]
    assert more == pytest.approx(900 * 1e6 / prices.GB * (0.25 + 0.20))


def test_every_function_of_terraform_is_read_with_its_memory() -> None:
    found = read_functions()
    reaper = {"reap", "sweep", "audit", "stray", "reconcile", "letters"}
    assert set(found) == {"create", "reveal", "page"} | reaper
    assert found["create"].memory_mb == read_default("api_memory_mb")
    assert (found["page"].package, found["page"].module) == ("page", "page")
    assert (found["stray"].package, found["stray"].module) == ("reaper", "stray")


def test_audit_gathers_for_longer_than_reap_so_that_a_reveal_and_its_erasure_share_a_run() -> None:
    windows = read_windows()
    assert windows == {"reap": 0, "audit": 1}
    assert order_streams(windows) == ["reap", "audit"]


def test_streams_that_gather_for_as_long_share_nothing() -> None:
    assert order_streams({"reap": 1, "audit": 1}) == ["audit", "reap"]


def test_every_call_of_terraform_is_counted() -> None:
    others = [*lines_of("routes.tf", "other_calls")]
    assert count_routes() == len(routes()) + len(others)


def test_an_access_logs_line_has_the_fields_that_terraform_sets_and_no_path() -> None:
    event = request("POST", "/v1/secrets/a-secrets-id/reveal", b"", {"X-Burnbag-Token": "token"})
    line = access_log.make_line(event, {"statusCode": 200, "body": "hunter2"})
    found = json.loads(line)
    assert set(found) == set(access_log.read_format())
    assert (found["status"], found["resource"]) == ("200", "/v1/secrets/{id}/reveal")
    assert not [word for word in ("a-secrets-id", "token", "hunter2") if word in line]


def model(service: str, name: str) -> Any:
    return SimpleNamespace(service_model=SimpleNamespace(service_name=service), name=name)


def test_the_meter_asks_for_units_and_adds_them_up() -> None:
    meter = Meter()
    for name, answer in {
        "TransactWriteItems": [{"CapacityUnits": 5.0}, {"CapacityUnits": 2.0}],
        "GetItem": {"CapacityUnits": 1.0},
        "Query": {"CapacityUnits": 0.5},
        "BatchExecuteStatement": [{"CapacityUnits": 3.0}],
    }.items():
        sent: dict[str, Any] = {"body": b'{"Key": 1}'}
        context: dict[str, Any] = {}
        meter.begin(model("dynamodb", name), sent, context)
        assert json.loads(sent["body"]) == {"Key": 1, "ReturnConsumedCapacity": "TOTAL"}
        meter.end(model("dynamodb", name), {"ConsumedCapacity": answer}, context)
    assert (meter.write_units, meter.read_units) == (10.0, 1.5)
    assert meter.calls["dynamodb GetItem"] == 1


def test_the_meter_counts_a_log_events_bytes_as_aws_does() -> None:
    meter, events = Meter(), [{"timestamp": 1, "message": "caf\u00e9"}, {"message": ""}]
    body = json.dumps({"logEvents": events}).encode()
    meter.begin(model("logs", "PutLogEvents"), {"body": body}, {})
    assert meter.log_bytes == 5 + 26 + 26
