"""Alarms of the embedded AWS change their state as CloudWatch's do."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import cloudwatch

from tests.support.corrected import corrected
from tools.emulator_differences import alarms, metric_points
from tools.emulator_differences.alarm_states import decide
from tools.emulator_differences.metric_points import keep_value

Record = dict[str, Any]
BREACHES = {"0": False, "X": True, "-": None}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
INSUFFICIENT = "INSUFFICIENT_DATA"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The states that alarms tell, in the middle of a minute that does not end."""
    monkeypatch.setattr(time, "time", lambda: 1_800_000_030.0)
    with corrected(metric_points, alarms):
        found: list[str] = []
        cloudwatch._dispatch_alarm_actions = lambda alarm, old, new, reason: found.append(new)
        yield found


def put_alarm(**changes: Any) -> Record:
    request = {
        "AlarmName": "a",
        "Namespace": "burnbag",
        "MetricName": "SecretsCreated",
        "Dimensions": [{"Name": "environment", "Value": "test"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    request = {name: value for name, value in request.items() if value is not None}
    assert cloudwatch._put_metric_alarm({}, request, False, True)[0] == 200
    alarm: Record = cloudwatch._alarms["a"]
    return alarm


def keep(value: float, minutes_ago: int = 1, environment: str = "test", name: str = "") -> None:
    at = time.time() - 60 * minutes_ago
    dimensions = {"environment": environment}
    keep_value("burnbag", name or "SecretsCreated", value, "Count", dimensions, at)


@pytest.mark.parametrize(
    ("shown", "needed", "states"),
    [
        # The tables of "Configuring how CloudWatch alarms treat missing data": 3 of 3, 2 of 3.
        ("0-X-X", 3, ("OK", "OK", "OK", "OK")),
        ("0----", 3, ("OK", "OK", "OK", "OK")),
        ("-----", 3, (INSUFFICIENT, None, "ALARM", "OK")),
        ("0XX-X", 3, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("--X--", 3, ("ALARM", None, "ALARM", "OK")),
        ("0-X-X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("00X0X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0-X--", 2, ("OK", "OK", "ALARM", "OK")),
        ("----0", 2, ("OK", "OK", "ALARM", "OK")),
        ("---X-", 2, ("ALARM", None, "ALARM", "OK")),
    ],
)
def test_missing_data_are_treated_as_aws_tabulates(
    shown: str, needed: int, states: tuple[str | None, ...]
) -> None:
    breaches = [BREACHES[each] for each in shown]
    assert tuple(decide(breaches, needed, 3, missing) for missing in TREATMENTS) == states


def test_a_breach_that_is_too_new_is_no_alarm_yet() -> None:
    assert decide([None, None, None, None, True], 3, 3, "missing") == "OK"


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.sampled_from(TREATMENTS))
def test_without_missing_data_only_the_count_matters(breaches: list[bool], missing: str) -> None:
    state = "ALARM" if sum(breaches) >= 2 else "OK"
    assert decide([None, True, *breaches], 2, 3, missing) == state


def test_counts_exactly_its_own_metric(told: list[str]) -> None:
    keep(9, environment="prod")
    keep_value("burnbag", "SecretsCreated", 9, at=time.time() - 60)
    keep(1)
    assert put_alarm()["StateValue"] == "OK"
    assert told == ["OK"]


def test_judges_periods_that_have_ended(told: list[str]) -> None:
    keep(9, minutes_ago=0)
    assert put_alarm()["StateValue"] == INSUFFICIENT
    keep(9)
    alarms.evaluate_all()
    assert (cloudwatch._alarms["a"]["StateValue"], told) == ("ALARM", ["ALARM"])


def test_periods_of_ten_seconds_end_every_ten_seconds(told: list[str]) -> None:
    alarm = put_alarm(Period=10)
    keep_value("burnbag", "SecretsCreated", 5, "Count", {"environment": "test"}, 1000.0, 1)
    assert alarms.read_values(alarm, 1009.9) == [None, None, None]
    assert alarms.read_values(alarm, 1010.0) == [None, None, 5.0]
    assert alarms.read_values(alarm, 1035.0) == [5.0, None, None]


def test_a_longer_period_slides_by_the_minute(told: list[str]) -> None:
    alarm = put_alarm(Period=300)
    for minute in range(5):
        keep_value("burnbag", "SecretsCreated", 1, "Count", {"environment": "test"}, 60.0 * minute)
    assert alarms.read_values(alarm, 300.0) == [None, None, 5.0]
    assert alarms.read_values(alarm, 360.0) == [None, 1.0, 4.0]


@pytest.mark.parametrize(("minutes", "state"), [((1, 2, 3), "OK"), ((1, 2, 3, 4), "ALARM")])
def test_m_out_of_n(told: list[str], minutes: tuple[int, ...], state: str) -> None:
    for minute in range(1, 6):
        keep(2 if minute in minutes else 0, minutes_ago=minute)
    alarm = put_alarm(EvaluationPeriods=5, DatapointsToAlarm=4)
    assert alarm["StateValue"] == state


def test_missing_heartbeats_breach_and_the_next_ones_mend_it(told: list[str]) -> None:
    heartbeat = {"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
    alarm = put_alarm(**heartbeat)
    assert alarm["StateValue"] == "ALARM"
    keep(5)
    alarms.evaluate_all()
    alarms.evaluate_all()
    assert (alarm["StateValue"], told) == ("OK", ["ALARM", "OK"])


def test_a_percentile(told: list[str]) -> None:
    for value in range(1, 101):
        keep(value)
    alarm = put_alarm(Statistic=None, ExtendedStatistic="p99", Threshold=98.0)
    assert "Statistic" not in alarm
    assert (alarm["StateValue"], alarms.read_values(alarm, time.time())) == (
        "ALARM",
        [None, None, pytest.approx(99.01)],
    )


def test_another_unit_is_other_data(told: list[str]) -> None:
    keep(9)
    assert put_alarm(Unit="Seconds")["StateValue"] == INSUFFICIENT


def query(name: str, metric: str) -> Record:
    place = {"Namespace": "burnbag", "MetricName": metric}
    place["Dimensions"] = [{"Name": "environment", "Value": "test"}]  # type: ignore[assignment]
    statistic = {"Metric": place, "Period": 60, "Stat": "Sum"}
    return {"Id": name, "MetricStat": statistic, "ReturnData": False}


def put_rate_alarm() -> Record:
    share = {"Id": "share", "Expression": "100 * FILL(bad, 0) / IF(good > 0, good, 1)"}
    queries = [{**share, "ReturnData": True}, query("bad", "Bad"), query("good", "Good")]
    single = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    return put_alarm(Metrics=queries, Threshold=40.0, **single)


def test_metric_math(told: list[str]) -> None:
    alarm = put_rate_alarm()
    assert [each["Id"] for each in alarm["Metrics"]] == ["share", "bad", "good"]
    assert not {"MetricName", "Statistic", "Period", "Dimensions"} & set(alarm)
    keep(10, name="Good")
    alarms.evaluate_all()
    assert alarm["StateValue"] == "OK"
    keep(5, name="Bad")
    alarms.evaluate_all()
    assert (alarm["StateValue"], told) == ("ALARM", ["OK", "ALARM"])


def test_an_expression_that_can_t_be_evaluated_leaves_the_other_alarms_alone(
    told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    alarm = put_rate_alarm()
    alarm["Metrics"][0]["Expression"] = "SORT(bad)"
    cloudwatch._alarms["b"] = {**put_alarm(), "AlarmName": "b"}
    cloudwatch._alarms["a"] = alarm
    keep(9)
    alarms.evaluate_all()
    assert cloudwatch._alarms["b"]["StateValue"] == "ALARM"
    assert "SORT is not supported" in caplog.text


def test_a_composite_follows_its_children(told: list[str]) -> None:
    put_alarm()
    request = {"AlarmName": "all", "AlarmRule": "ALARM(a)"}
    cloudwatch._put_composite_alarm({}, request, False, True)
    keep(9)
    alarms.evaluate_all()
    assert cloudwatch._composite_alarms["all"]["StateValue"] == "ALARM"
    assert told == ["OK", "ALARM", "ALARM"]
