"""CloudWatch evaluates alarms as time passes, not as data arrives.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import logging
import operator
import os
import threading
import time
from typing import Any, Final

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from tools.emulator_differences.alarm_states import decide
from tools.emulator_differences.internals import Internals, Record, repeat_in_background
from tools.emulator_differences.metric_math import Timeline
from tools.emulator_differences.metric_series import Queries, read_series

WRAPPED: Final[Internals] = {
    cloudwatch: "_alarms _evaluate_alarm _put_metric_alarm _record_history _dispatch_alarm_actions"
    " _evaluate_parent_alarms"
}
# How often alarms are evaluated; the ends of periods stay where they are.
INTERVAL: Final = "CLOUDWATCH_ALARM_SECONDS"
MINUTE: Final = 60
TEN_SECONDS: Final = 10
# AWS retrieves more periods than it evaluates and doesn't say how many: its examples have five of
# them for three.
MORE_PERIODS: Final = 2
ONE_METRIC: Final = (
    *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"),
)
COMPARISONS: Final = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
evaluation_lock: Final = threading.RLock()
logger: Final = logging.getLogger("burnbag")


def correct() -> None:
    """Evaluate every alarm every few seconds, by the periods that have ended.

    The emulator evaluates an alarm only when somebody calls PutMetricData, mixes all metrics of the
    name, takes the whole window for one period, and knows neither missing data nor M out of N nor
    metric math.
    """
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._put_metric_alarm = keep_queries(cloudwatch._put_metric_alarm)
    repeat_in_background("alarms", float(os.environ.get(INTERVAL) or "5"), evaluate_all)


def keep_queries(put: Any) -> Any:
    """Store an alarm's queries, and only one kind of statistic, so that Terraform finds them."""

    def put_metric_alarm(params: Record, request: Record, is_cbor: bool, is_json: bool) -> Any:
        answer = put(params, request, is_cbor, is_json)
        alarm = cloudwatch._alarms.get(request.get("AlarmName"))
        if answer[0] == 200 and alarm is not None:
            complete(alarm, request)
            evaluate(alarm)
        return answer

    return put_metric_alarm


def complete(alarm: Record, request: Record) -> None:
    for name in ("Metrics", "EvaluateLowSampleCountPercentile"):
        if request.get(name):
            alarm[name] = request[name]
    if request.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)
    if request.get("Metrics"):
        for name in ONE_METRIC:
            alarm.pop(name, None)


def evaluate_all() -> None:
    for (account, region, name), alarm in cloudwatch._alarms.all_items():
        with request_scope(account, region):
            try:
                evaluate(alarm)
            except ValueError as error:
                logger.warning("the alarm %s can't be evaluated: %s", name, error)


def evaluate(alarm: Record) -> None:
    """Bring the alarm into the state that its data say, and tell it if that is another one."""
    with evaluation_lock:
        values = read_values(alarm, time.time())
        compare = COMPARISONS.get(alarm.get("ComparisonOperator") or "")
        if values is None or compare is None:
            return
        threshold = alarm["Threshold"]
        breaches = [None if value is None else compare(value, threshold) for value in values]
        periods = alarm["EvaluationPeriods"]
        needed = alarm.get("DatapointsToAlarm") or periods
        missing = alarm.get("TreatMissingData") or "missing"
        state = decide(breaches, needed, periods, missing) or alarm["StateValue"]
        if state != alarm["StateValue"]:
            change_state(alarm, state, explain(alarm, state, values))


def read_values(alarm: Record, now: float) -> list[float | None] | None:
    """The newest value of each period, oldest first. None if the alarm has no metric yet."""

    def timeline(period: int) -> Timeline:
        count = alarm["EvaluationPeriods"] + MORE_PERIODS
        step = MINUTE if period >= MINUTE else TEN_SECONDS
        end = now // step * step
        return Timeline(end - count * period, period, count)

    if alarm.get("Metrics"):
        queries = Queries(alarm["Metrics"], timeline)
        judged = [each for each in alarm["Metrics"] if each.get("ReturnData") is not False]
        found, line = queries.find(judged[0]["Id"]), timeline(queries.period)
    elif alarm.get("MetricName"):
        line = timeline(alarm["Period"])
        statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        found = read_series({"Metric": alarm, "Stat": statistic, "Unit": alarm.get("Unit")}, line)
    else:
        return None
    return [found.get(start) for start in line.starts]


def explain(alarm: Record, state: str, values: list[float | None]) -> str:
    shown = ", ".join("missing" if value is None else f"{value:g}" for value in values)
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: the newest datapoints are [{shown}]"
    rule = f"{alarm['ComparisonOperator']} {alarm['Threshold']:g}"
    return f"Threshold Crossed: the newest datapoints are [{shown}], the rule is {rule}"


def change_state(alarm: Record, state: str, reason: str) -> None:
    before, now = alarm["StateValue"], int(time.time())
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": now}
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
