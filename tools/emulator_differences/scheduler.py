"""EventBridge keeps a schedule to the minute: the n-th time of a rate is its start + n intervals.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from typing import Any, Final

from ministack.services import eventbridge

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {
    eventbridge: "_SCHEDULER_TICK_INTERVAL _tick_scheduled_rules _rule_last_fired _rules"
    " _parse_rate_seconds"
}
TICK_SECONDS: Final = 1


def correct() -> None:
    """Look each second which rule is due, and count a rate from when it was due, not from now.

    The emulator looks every ten seconds and counts from there, so that a rate of a minute is one
    of up to 70 s, and drifts.
    """
    tick = eventbridge._tick_scheduled_rules

    def tick_and_keep_time() -> None:
        before = dict(eventbridge._rule_last_fired)
        tick()
        for key, fired in list(eventbridge._rule_last_fired.items()):
            rule = eventbridge._rules._data.get(key) or {}
            start = before.get(key, rule.get("CreationTime", fired))
            interval = eventbridge._parse_rate_seconds(rule.get("ScheduleExpression", ""))
            if interval is not None and fired != start:
                eventbridge._rule_last_fired[key] = last_due(start, fired, interval)

    eventbridge._tick_scheduled_rules = tick_and_keep_time
    eventbridge._SCHEDULER_TICK_INTERVAL = TICK_SECONDS


def last_due(start: float, now: float, interval: int) -> Any:
    return start + (now - start) // interval * interval
