"""The dashboard of the stack that is up: somebody writes each metric, and a load fills it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment, until
from tests.support.watched import unwritten
from tools import load
from tools.dashboard.__main__ import write
from tools.dashboard.values import find_span
from tools.dashboard.widgets import Metric, Widget, read_dashboard
from tools.stories import SMALL
from tools.target import Target, of_stack

pytestmark = pytest.mark.embedded("on AWS, metrics take minutes, and dashboards may cost")
# sweep counts in each tenth minute only.
TEN_MINUTES = 600
LIVING = "LivingSecrets"


@pytest.fixture(scope="module")
def target(deployment: Deployment) -> Target:
    return of_stack(deployment.stack)


@pytest.fixture(scope="module")
def widgets(target: Target) -> list[Widget]:
    return read_dashboard(target)


def missing(target: Target, widgets: list[Widget]) -> set[Metric]:
    """The metrics without any value: a 0 is one."""
    shown = {metric for widget in widgets for metric in widget.metrics}
    return {metric for metric in shown if not count_values(target, metric)}


def count_values(target: Target, metric: Metric) -> int:
    namespace, name, *dimensions = metric
    pairs = zip(dimensions[::2], dimensions[1::2], strict=True)
    now = datetime.now(UTC)
    found: dict[str, Any] = target.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": each, "Value": value} for each, value in pairs],
        StartTime=now - timedelta(hours=3),
        EndTime=now,
        Period=60,
        Statistics=["SampleCount"],
    )
    return len(found["Datapoints"])


def was_counted(deployment: Deployment) -> bool:
    """Whether the stack was up in a minute in which sweep counts, and for three minutes after."""
    span = find_span(of_stack(deployment.stack))
    counted = (span.end.timestamp() - 180) // TEN_MINUTES * TEN_MINUTES
    return span.start.timestamp() + 180 < counted


def test_somebody_writes_every_metric(widgets: list[Widget]) -> None:
    assert unwritten(widgets) == set()


@pytest.mark.last
def test_a_load_fills_every_graph(
    deployment: Deployment, target: Target, widgets: list[Widget], tmp_path: Path
) -> None:
    load.fill(deployment.stack, SMALL)
    late = set() if was_counted(deployment) else {LIVING}

    def look() -> set[Metric]:
        return {metric for metric in missing(target, widgets) if metric[1] not in late}

    until(look, lambda found: not found)
    write(target, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("no values") <= len(late)
    assert "no rows" not in page and "is not known here" not in page
    graphs = [widget for widget in widgets if widget.kind == "metric"]
    assert page.count("<svg") == len(graphs) - page.count("no values")
