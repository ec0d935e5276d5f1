"""The values of graphs over a span of time, from GetMetricData."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tools.dashboard.widgets import Widget
from tools.target import Target

# A graph of more points is not easier to read, and of a younger stack a graph has fewer.
MOST_POINTS: Final = 90
PERIODS: Final = (60, 300, 600, 900, 3600)
LONGEST: Final = timedelta(days=1)
SHORTEST: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Line:
    """One line of a graph: (time, value), the oldest first."""

    label: str
    points: list[tuple[datetime, float]]

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.points]

    def since(self, start: datetime) -> "Line":
        """Without what began earlier: a period does not begin when a span does."""
        return Line(self.label, [(at, value) for at, value in self.points if at >= start])


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime

    def choose_period(self, longest: int) -> int:
        """A widget's own period, or a shorter one if few points would be left."""
        seconds = (self.end - self.start).total_seconds()
        fine = [each for each in PERIODS if seconds / each <= MOST_POINTS]
        return min([longest, *fine[:1]])


def find_span(target: Target, now: datetime | None = None) -> Span:
    """The last day, or less of a younger deployment: since its audit log group was made.

    It ends with the last whole minute, or the last value would always be low.
    """
    now = (now or datetime.now(UTC)).replace(second=0, microsecond=0)
    name = target.outputs["audit_log_group_name"]
    groups = target.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    made = [each["creationTime"] for each in groups if each["logGroupName"] == name]
    young = [datetime.fromtimestamp(at / 1000, UTC) for at in made]
    return Span(min(max([now - LONGEST, *young]), now - SHORTEST), now)


def read_lines(target: Target, widget: Widget, span: Span) -> list[Line]:
    """The lines of a graph, in the order of its definition."""
    period = span.choose_period(widget.properties["period"])
    asked: dict[str, Any] = {
        "MetricDataQueries": widget.queries(period),
        "StartTime": span.start,
        "EndTime": span.end,
        "ScanBy": "TimestampAscending",
    }
    lines: dict[str, Line] = {}
    for page in target.client("cloudwatch").get_paginator("get_metric_data").paginate(**asked):
        for found in page["MetricDataResults"]:
            line = lines.setdefault(found["Id"], Line(found["Label"], []))
            values = map(float, found["Values"])
            line.points.extend(zip(found["Timestamps"], values, strict=True))
    return list(lines.values())
