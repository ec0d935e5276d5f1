"""Filter patterns of the embedded AWS match what those of CloudWatch Logs match."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch_logs

from tests.support.corrected import corrected
from tools.emulator_differences import metric_filters, metric_points
from tools.emulator_differences.filter_patterns import compile_pattern

GROUP = "/burnbag/test/audit"
EVENT = {
    "event": "secret.created",
    "size": 4096,
    "ratio": 0.5,
    "label": None,
    "passphrase": True,
    "actor": {"arn": "arn:aws:iam::1:role/ci", "odd.name": "x"},
    "tags": ["a", "b"],
    "errors": [{"code": 403}, {"code": 500}],
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('$.event = "secret.created"', True),
        ("$.event = secret.created", True),
        ('$.event = "secret"', False),
        ('$.event = "secret.*"', True),
        ('$.event = "*created"', True),
        ("$.event = *", True),
        ('$.event != "secret.created"', False),
        ('$.event != "secret.revealed"', True),
        ('$.absent != "x"', False),
        ("$.absent = *", False),
        ("$.size = 4096", True),
        ("$.size = 4.096e3", True),
        ('$.size = "4096"', False),
        ("$.size > 4095", True),
        ("$.size >= 4097", False),
        ("$.size < 4096", False),
        ("$.size <= 4096", True),
        ("$.ratio < 1", True),
        ("$.event > 1", False),
        ("$.passphrase > 0", False),
        ("$.label IS NULL", True),
        ("$.event IS NULL", False),
        ("$.absent IS NULL", False),
        ("$.passphrase IS TRUE", True),
        ("$.passphrase IS FALSE", False),
        ("$.absent NOT EXISTS", True),
        ("$.label NOT EXISTS", False),
        ('$.actor.arn = "arn:aws:iam::*:role/*"', True),
        ("$.actor['odd.name'] = x", True),
        ("$.tags[1] = b", True),
        ("$.tags[7] = b", False),
        ("$.tags[*] = b", True),
        ("$.errors[*].code > 499", True),
        ("$.event = %^secret[.]c%", True),
        ('$.size > 1 && $.event = "secret.created"', True),
        ("$.size > 9999 && $.size = 4096", False),
        ("$.size > 9999 || $.size = 4096", True),
        ("$.size > 9999 && $.size > 1 || $.ratio = 0.5", True),
        ("$.size > 9999 && ($.size > 1 || $.ratio = 0.5)", False),
        ("($.label NOT EXISTS) || (($.size=4096))", True),
    ],
)
def test_json_patterns(condition: str, expected: bool) -> None:
    assert compile_pattern(f"{{ {condition} }}")(json.dumps(EVENT)) is expected


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400]", True),
        ("ERROR", "error", False),
        ("ERROR ARGUMENTS", "ARGUMENTS of ERROR", True),
        ("ERROR ARGUMENTS", "ERROR", False),
        ('"INTERNAL SERVER"', "an INTERNAL SERVER error", True),
        ('"INTERNAL SERVER"', "SERVER INTERNAL", False),
        ("?ERROR ?WARN", "WARN", True),
        ("?ERROR ?WARN", "INFO", False),
        ("ERROR -ARGUMENTS", "ERROR", True),
        ("ERROR -ARGUMENTS", "ERROR ARGUMENTS", False),
        ("%AUTH[A-Z]+%", "[401] UNAUTHORIZED", True),
        ("%^AUTH%", "UNAUTHORIZED", False),
        ("{ $.a = 1 }", "no JSON", False),
        ("{ $.a = 1 }", "17", False),
    ],
)
def test_terms(pattern: str, message: str, expected: bool) -> None:
    assert compile_pattern(pattern)(message) is expected


BAD_PATTERNS = [
    *("{ $.a }", "{ $.a = }", "{ $.a = 1", "{ a = 1 }", "{ ($.a = 1 }", "{ $.a = 1 $.b = 2 }"),
    *("{ }", "{ $.a EXISTS }", "{ $.a IS MAYBE }", "{ $.a > x }", "[ip, user]", "%[%"),
    *("{ $.a = 1 && }", "{ $.a = ( }", "{ $.a ( 1 }", "{ ; }"),
]


@pytest.mark.parametrize("pattern", BAD_PATTERNS)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        compile_pattern(pattern)


@pytest.fixture
def logs() -> Iterator[None]:
    with corrected(metric_points, metric_filters):
        cloudwatch_logs._create_log_group({"logGroupName": GROUP})
        cloudwatch_logs._create_log_stream({"logGroupName": GROUP, "logStreamName": "s"})
        yield


def log(*messages: str) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    put = {"logGroupName": GROUP, "logStreamName": "s", "logEvents": events}
    assert cloudwatch_logs._put_log_events(put)[0] == 200


def put_filter(pattern: str, **changes: Any) -> int:
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", **changes}
    request = {"logGroupName": GROUP, "filterName": "f", "filterPattern": pattern}
    status, _, _ = cloudwatch_logs._put_metric_filter(
        {**request, "metricTransformations": [transformation]}
    )
    return int(status)


def values(**dimensions: str) -> list[tuple[float, float]]:
    found = metric_points.find_points("n", "m", dimensions)
    return [(each["Value"], each["Count"]) for each in found]


def test_a_search_finds_what_matches(logs: None) -> None:
    log(json.dumps(EVENT), json.dumps({**EVENT, "size": 1}), "plain")
    request = {"logGroupName": GROUP, "filterPattern": "{ $.size > 1 }"}
    status, _, body = cloudwatch_logs._filter_log_events(request)
    [found] = json.loads(body)["events"]
    assert (status, json.loads(found["message"])["size"]) == (200, 4096)
    assert cloudwatch_logs._filter_log_events({**request, "filterPattern": "[a]"})[0] == 400


def test_a_metric_filter_counts_what_matches(logs: None) -> None:
    assert put_filter("AccessDeniedException -ignored", unit="Count") == 200
    log("AccessDeniedException", "AccessDeniedException ignored", "AccessDeniedException of KMS")
    assert values() == [(1.0, 2.0)]


def test_a_metric_filter_takes_a_field_s_value_by_other_fields(logs: None) -> None:
    put_filter("{ $.size = * }", metricValue="$.size", dimensions={"event": "$.event"})
    log(json.dumps(EVENT), json.dumps({"size": "text", "event": "e"}), json.dumps({"size": 1}))
    assert values(event="secret.created") == [(4096.0, 1.0)]
    assert values(event="e") == values() == []


def test_a_metric_filter_has_a_default_where_nothing_matches(logs: None) -> None:
    put_filter("AccessDeniedException", defaultValue=0)
    log("plain")
    assert values() == [(0.0, 1.0)]
    log("AccessDeniedException", "plain")
    assert values() == [(0.0, 1.0), (1.0, 1.0)]


def test_a_metric_filter_without_a_pattern_that_can_be_read_is_refused(logs: None) -> None:
    assert put_filter("{ $.a }") == 400
    log("plain")
    assert values() == []


def test_a_subscription_gets_what_matches(logs: None) -> None:
    matches = cloudwatch_logs._subscription_pattern_matches
    assert matches('{ $.event = "secret.*" }', json.dumps(EVENT))
    assert not matches('{ $.event = "user.*" }', json.dumps(EVENT))
    assert matches("", "plain")
