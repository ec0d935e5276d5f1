"""Which metrics there are: those that our code writes, and those that AWS makes of itself."""

import ast
from collections.abc import Iterator
from itertools import chain

from tests.support.services import ROOT, load
from tools.dashboard.widgets import Metric, Widget

OWN = "burnbag"
# By the service that makes them, those that burnbag looks at.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
OF_AWS = {
    "AWS/Lambda": {"Errors", "Throttles", "Duration", "ConcurrentExecutions", "IteratorAge"},
    "AWS/ApiGateway": {"4XXError", "5XXError", "Latency"},
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible"},
}


def written_metrics() -> set[str]:
    """The names of burnbag's own metrics, from the code that writes them."""
    metrics = load("reaper", "metrics")
    counted = {*chain(*metrics.COUNTS.values()), *metrics.DURATIONS.values()}
    return counted | set(described()) | set(gauges())


def described() -> Iterator[str]:
    """Names that metrics.py writes by themselves."""
    tree = ast.parse((ROOT / "services/reaper/metrics.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            fields = {ast.unparse(key): value for key, value in pairs if key is not None}
            if isinstance(name := fields.get("'Name'"), ast.Constant):
                yield str(name.value)


def gauges() -> Iterator[str]:
    """What the functions print with `print_gauge(environment, name, value, unit)`."""
    for file in (ROOT / "services/reaper").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("print_gauge"):
                yield from (str(it.value) for it in node.args[1:2] if isinstance(it, ast.Constant))


def unwritten(widgets: list[Widget]) -> set[Metric]:
    """The metrics on a dashboard that nobody writes."""
    known = OF_AWS | {OWN: written_metrics()}
    shown = {metric for widget in widgets for metric in widget.metrics}
    return {metric for metric in shown if metric[1] not in known.get(metric[0], set())}
