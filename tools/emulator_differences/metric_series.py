"""What metrics and expressions are, by period: for alarms and for GetMetricData."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from ministack.services import cloudwatch

from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.metric_math import Expression, Series, Timeline
from tools.emulator_differences.metric_points import points_lock

WRAPPED: Final[Internals] = {
    cloudwatch: "_metrics _dims_from_list _dims_key _calc_stats _stat_value _is_percentile_stat"
}
STATISTICS: Final = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


class Queries:
    """Queries as in GetMetricData and PutMetricAlarm, each of which may name others by its id."""

    def __init__(self, queries: Iterable[Record], timeline: Callable[[int], Timeline]) -> None:
        self._queries = {query["Id"]: query for query in queries}
        self._timeline = timeline
        self._found: dict[str, Series | None] = {}

    def find(self, name: str) -> Series:
        """The series of the query `name`. Raises ValueError if it can't be evaluated."""
        if name not in self._queries:
            raise ValueError(f"The id '{name}' is not defined")
        if name not in self._found:
            self._found[name] = None
            self._found[name] = self._evaluate(self._queries[name])
        found = self._found[name]
        if found is None:
            raise ValueError(f"The expression '{name}' depends on itself")
        return found

    def _evaluate(self, query: Record) -> Series:
        if "MetricStat" in query:
            statistic = query["MetricStat"]
            return read_series(statistic, self._timeline(int(statistic["Period"])))
        timeline = self._timeline(int(query.get("Period") or self.period))
        return Expression(timeline, self.find, self.metrics).evaluate(query["Expression"])

    @property
    def metrics(self) -> list[str]:
        return [name for name, query in self._queries.items() if "MetricStat" in query]

    @property
    def period(self) -> int:
        """The period of the first query that has one."""
        stated = [query.get("Period") for query in self._queries.values()]
        periods = [self._queries[name]["MetricStat"]["Period"] for name in self.metrics]
        return int(next(filter(None, [*periods, *stated]), 60))


def read_series(query: Record, timeline: Timeline) -> Series:
    """A statistic of exactly one metric; with a `Unit`, only of what has that unit."""
    statistic = query["Stat"]
    if statistic not in STATISTICS and not cloudwatch._is_percentile_stat(statistic):
        raise ValueError(f"The embedded AWS doesn't know the statistic '{statistic}'")
    by_period = defaultdict(list)
    for point in read_points(query["Metric"], query.get("Unit")):
        number = int((point["Timestamp"] - timeline.start) // timeline.period)
        if 0 <= number < timeline.count:
            by_period[timeline.start + number * timeline.period].append(point)
    values = {at: value_of(points, statistic) for at, points in sorted(by_period.items())}
    return {at: value for at, value in values.items() if value is not None}


def read_points(metric: Record, unit: str | None) -> list[Record]:
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    with points_lock:
        points = [dict(point) for point in cloudwatch._metrics.get(key) or []]
    return [point for point in points if unit in (None, point["Unit"])]


def value_of(points: list[Record], statistic: str) -> float | None:
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
    return None if value is None else float(value)
