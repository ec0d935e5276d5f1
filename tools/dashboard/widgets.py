"""A dashboard's definition, as far as ours goes: each metric is written in full.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from dataclasses import dataclass
from typing import Any

from tools.console import Problem
from tools.target import Target

Json = dict[str, Any]
# Namespace, name, and the dimensions as names and values in turn.
Metric = tuple[str, ...]


@dataclass(frozen=True)
class Widget:
    """A widget: where it is on the grid of 24 columns, and what it shows."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    properties: Json

    @property
    def title(self) -> str:
        return str(self.properties.get("title", ""))

    @property
    def metrics(self) -> list[Metric]:
        """The metrics behind a graph, without its formulas."""
        rows = self.properties.get("metrics", [])
        return [tuple(row[:-1]) for row in rows if len(row) > 1]

    def queries(self, period: int) -> list[Json]:
        """What to ask GetMetricData for, in values of `period` seconds."""
        return [make_query(row, period) for row in self.properties["metrics"]]


def make_query(row: list[Any], period: int) -> Json:
    *metric, options = row
    query = {"Id": options["id"], "Label": options["label"]}
    if "expression" in options:
        return {**query, "Expression": options["expression"], "Period": period}
    namespace, name, *dimensions = metric
    pairs = zip(dimensions[::2], dimensions[1::2], strict=True)
    named = [{"Name": name, "Value": value} for name, value in pairs]
    asked = {"Namespace": namespace, "MetricName": name, "Dimensions": named}
    statistic = {"Metric": asked, "Stat": options["stat"], "Period": period}
    return {**query, "MetricStat": statistic, "ReturnData": options.get("visible", True)}


def read_dashboard(target: Target) -> list[Widget]:
    """The widgets of a deployment's dashboard, row by row. Raises Problem if it has none."""
    name = target.outputs.get("dashboard_name")
    if not name:
        raise Problem("it has no dashboard: set dashboard = true, and deploy")
    body = target.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    return parse(json.loads(body))


def parse(body: Json) -> list[Widget]:
    keys = ("type", "x", "y", "width", "height", "properties")
    widgets = [Widget(*(each[key] for key in keys)) for each in body["widgets"]]
    return sorted(widgets, key=lambda widget: (widget.y, widget.x))
