"""A schedule of the embedded AWS keeps its time, however late it is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import eventbridge

from tests.support.corrected import corrected
from tools.emulator_differences import scheduler

KEY = ("000000000000", "us-east-1", "sweep")
ARN = "arn:aws:events:us-east-1:000000000000:rule/sweep"


@pytest.fixture(autouse=True)
def events() -> Iterator[None]:
    with corrected(scheduler):
        yield
    eventbridge.reset()


def fire(schedule: str, *looks: float) -> list[float]:
    """When a rule that was made at 0 calls its target, if it is looked at then."""
    eventbridge.reset()
    rule = {"State": "ENABLED", "ScheduleExpression": schedule, "CreationTime": 0.0, "Arn": ARN}
    eventbridge._rules._data[KEY] = rule
    eventbridge._targets._data[KEY] = [{"Id": "t", "Arn": "arn"}]
    fired: list[float] = []

    def invoke(target: Any, event: Any, *rest: Any) -> None:
        fired.append(event["Time"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eventbridge, "_invoke_target", invoke)
        for now in looks:
            patch.setattr(eventbridge, "_now_ts", lambda now=now: now)
            eventbridge._tick_scheduled_rules()
    return fired


def test_a_rate_doesn_t_drift() -> None:
    looks = (0.5, 59.0, 67.0, 119.0, 121.0, 175.0, 180.0, 181.0)
    assert fire("rate(1 minute)", *looks) == [67.0, 121.0, 180.0]


def test_times_that_were_missed_are_not_made_up_for() -> None:
    assert fire("rate(1 minute)", 1.0, 250.0, 251.0, 299.0, 300.0) == [250.0, 300.0]


@given(st.lists(st.floats(0, 2), min_size=300, max_size=300))
def test_a_rate_fires_once_an_interval(delays: list[float]) -> None:
    looks = [number + delay for number, delay in enumerate(delays)]
    fired = fire("rate(1 minute)", *sorted(looks))
    assert [int(at // 60) for at in fired] == [*range(1, len(fired) + 1)]


def test_cron_is_left_as_it_is() -> None:
    assert fire("cron(* * * * ? *)", 1.0, 59.0, 61.0, 100.0, 122.0) == [61.0, 122.0]


def test_looks_each_second() -> None:
    assert eventbridge._SCHEDULER_TICK_INTERVAL == 1
