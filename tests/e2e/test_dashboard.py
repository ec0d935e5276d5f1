"""The dashboard of the stack that is up: somebody writes each metric, and a load fills it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment, until
from tests.support.watched import unwritten
from tools.dashboard.__main__ import write
from tools.dashboard.widgets import Metric, Widget, read_dashboard
from tools.load import wait_until_erased
from tools.stories import Cast
from tools.target import Target, of_stack

pytestmark = pytest.mark.embedded("on AWS, metrics take minutes, and dashboards may cost")
# sweep counts what lives in each tenth minute only.
COUNTED_EVERY = 10


@pytest.fixture(scope="module")
def target(deployment: Deployment) -> Target:
    return of_stack(deployment.stack)


@pytest.fixture(scope="module")
def widgets(target: Target) -> list[Widget]:
    return read_dashboard(target)


def missing(target: Target, widgets: list[Widget]) -> set[Metric]:
    """The metrics without any value: a 0 is one."""
    shown = {metric for widget in widgets for metric in widget.metrics}
    return {metric for metric in shown if not read_minutes(target, metric)}


def read_minutes(target: Target, metric: Metric) -> set[int]:
    """In which minutes of the epoch the metric has values."""
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
    return {int(point["Timestamp"].timestamp()) // 60 for point in found["Datapoints"]}


def was_counted(target: Target) -> bool:
    """Whether sweep ran in a minute in which it counts: its other gauge comes with every run.

    That may be a minute late, so the minutes on both sides have to have it too.
    """
    runs = read_minutes(
        target, ("burnbag", "OldestOverdueSeconds", "environment", target.environment)
    )
    return any({at - 1, at, at + 1} <= runs for at in runs if at % COUNTED_EVERY == 0)


def test_somebody_writes_every_metric(widgets: list[Widget]) -> None:
    assert unwritten(widgets) == set()


@pytest.mark.last
def test_a_load_fills_every_graph(
    played: Cast, target: Target, widgets: list[Widget], tmp_path: Path
) -> None:
    wait_until_erased(played)
    late = set() if was_counted(target) else {"LivingSecrets"}
    until(lambda: {name for _, name, *_ in missing(target, widgets)}, late.issuperset)
    write(target, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("no values") <= len(late)
    assert "no rows" not in page and "is not known here" not in page
    graphs = [widget for widget in widgets if widget.kind == "metric"]
    assert page.count("<svg") == len(graphs) - page.count("no values")
