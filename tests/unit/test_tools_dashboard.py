"""`make dashboard`: from a definition and its values to a page."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import anchors
from tests.support.services import ROOT
from tests.support.watched import unwritten, written_metrics
from tools.console import Problem
from tools.dashboard import insights
from tools.dashboard.__main__ import write
from tools.dashboard.insights import Table
from tools.dashboard.page import Shown, write_page
from tools.dashboard.values import LONGEST, MOST_POINTS, Line, Span, find_span, read_lines
from tools.dashboard.widgets import Widget, parse, read_dashboard
from tools.target import Target

NOW = datetime(2030, 1, 2, tzinfo=UTC)
RUNBOOK = ROOT / "docs" / "operations.md"
DAY = Span(NOW - LONGEST, NOW)
GROUP = "/burnbag/dev/audit"
OUTPUTS = {"audit_log_group_name": GROUP, "dashboard_name": "burnbag-dev-eu-central-1"}
OWN = ("burnbag", "SecretsCreated", "environment", "dev")
ENDS = (
    "fields time, event, secret_id | "
    'filter event in ["secret.revealed", "secret.expired"] and ispresent(lifetime_seconds) | '
    "sort time desc | dedup event_id | limit 2"
)
CREATORS = (
    'filter event = "secret.created" | stats count_distinct(event_id) as secrets by created_by | '
    "sort secrets desc | limit 1"
)


def graph(*metrics: list[Any], **changed: Any) -> Widget:
    properties = {
        "title": "Secrets",
        "period": 3600,
        "yAxis": {"left": {"label": "number", "min": 0}},
        "metrics": [list(metric) for metric in metrics] or [[*OWN, option("m0")]],
    }
    return Widget("metric", 0, 0, 8, 6, properties | changed)


def option(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "stat": "Sum", "label": name, "visible": True} | more


def event(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"x:{name}:{number}",
        "event": f"secret.{name}",
        "time": f"{number}",
    } | fields


class Aws:
    """Any client: its methods answer with what they were given, and remember what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[dict[str, Any]]()

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **asked: Any) -> Any:
            self.asked.append(asked)
            found = self.answers[name]
            return (
                found.pop(0) if isinstance(found, list) and name.startswith("get_query") else found
            )

        return call

    def get_paginator(self, name: str) -> Any:
        return Paginator(self, name)

    def target(self, emulated: bool = False, **outputs: Any) -> Target:
        return Target(OUTPUTS | outputs, emulated, lambda service: self, pytest.fail)


class Paginator:
    def __init__(self, aws: Aws, name: str) -> None:
        self.aws, self.name = aws, name

    def paginate(self, **asked: Any) -> Any:
        self.aws.asked.append(asked)
        return self.aws.answers[self.name]


def test_asks_for_a_metric_by_its_dimensions_and_for_a_formula_by_ids() -> None:
    widget = graph(
        [*OWN, option("m0", visible=False)],
        [{"id": "f0", "label": "per hour", "expression": "m0 * 2"}],
    )
    statistic, formula = widget.queries(60)
    dimensions = [{"Name": "environment", "Value": "dev"}]
    metric = {"Namespace": "burnbag", "MetricName": "SecretsCreated", "Dimensions": dimensions}
    assert statistic["MetricStat"] == {"Metric": metric, "Stat": "Sum", "Period": 60}
    assert statistic["ReturnData"] is False
    assert formula == {"Id": "f0", "Label": "per hour", "Expression": "m0 * 2", "Period": 60}
    assert widget.metrics == [OWN]


def test_the_widgets_come_row_by_row() -> None:
    places = [(8, 8), (0, 8), (0, 0)]
    size = {"type": "text", "width": 8, "height": 2, "properties": {}}
    widgets = parse({"widgets": [{"x": x, "y": y, **size} for x, y in places]})
    assert [(widget.x, widget.y) for widget in widgets] == [(0, 0), (0, 8), (8, 8)]


def test_a_deployment_without_a_dashboard_is_a_problem() -> None:
    with pytest.raises(Problem, match="set dashboard = true"):
        read_dashboard(Aws().target(dashboard_name=None))


@given(
    st.timedeltas(min_value=timedelta(minutes=1), max_value=LONGEST),
    st.sampled_from([60, 300, 600, 3600]),
)
def test_a_period_is_the_widgets_own_or_shorter(age: timedelta, longest: int) -> None:
    period = Span(NOW - age, NOW).choose_period(longest)
    assert period <= longest
    assert period == longest or age.total_seconds() / period <= MOST_POINTS


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=1), timedelta(minutes=10)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=9), LONGEST),
    ],
)
def test_shows_a_day_or_the_life_of_a_younger_stack(age: timedelta, shown: timedelta) -> None:
    made = {"logGroupName": GROUP, "creationTime": (NOW - age).timestamp() * 1000}
    other = {"logGroupName": f"{GROUP}-old", "creationTime": 0}
    aws = Aws(describe_log_groups={"logGroups": [other, made]})
    assert find_span(aws.target(), NOW) == Span(NOW - shown, NOW)


def test_lines_continue_over_pages() -> None:
    times = [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    pages = [
        {"MetricDataResults": [{"Id": "m0", "Label": "a", "Timestamps": [at], "Values": [n]}]}
        for n, at in enumerate(times)
    ]
    (line,) = read_lines(Aws(get_metric_data=pages).target(), graph(), DAY)
    assert line == Line("a", [(times[0], 0), (times[1], 1)])


def test_answers_which_secrets_ended_last_each_once() -> None:
    ended = {"lifetime_seconds": 5}
    events = [
        event(1, "revealed", **ended),
        event(2, "expired", **ended),
        event(2, "expired", **ended),
        event(3, "revealed"),
        event(4, "revealed", **ended),
        event(5, "erased", **ended),
    ]
    table = insights.answer(ENDS, events)
    assert table.columns == ["time", "event", "secret_id"]
    assert [row["time"] for row in table.rows] == ["4", "2"]


def test_answers_who_created_most_counting_each_event_once() -> None:
    events = [event(1, "created", created_by="a")] * 3
    events += [event(number, "created", created_by="b") for number in (2, 3)]
    events += [event(number, "erased", created_by="a") for number in (4, 5, 6)]
    table = insights.answer(CREATORS, events)
    assert table == Table(["created_by", "secrets"], [{"created_by": "b", "secrets": 2}])


@pytest.mark.parametrize(
    "commands", ["parse @message", "filter a like /b/", "stats sum(a) as b by c"]
)
def test_says_which_query_it_cannot_answer(commands: str) -> None:
    with pytest.raises(Problem, match="Logs Insights is not known here"):
        insights.answer(commands, [])


def test_aws_runs_the_query_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    found = [[{"field": "created_by", "value": "a"}, {"field": "secrets", "value": "2"}]]
    aws = Aws(
        start_query={"queryId": "q"},
        get_query_results=[{"status": "Running"}, {"status": "Complete", "results": found}],
    )
    table = insights.run(aws.target(), f"SOURCE '{GROUP}' | {CREATORS}", DAY)
    assert table == Table(["created_by", "secrets"], [{"created_by": "a", "secrets": "2"}])
    assert aws.asked[0]["logGroupName"] == GROUP and aws.asked[0]["queryString"] == CREATORS


def test_a_query_that_fails_is_a_problem() -> None:
    aws = Aws(start_query={"queryId": "q"}, get_query_results=[{"status": "Failed"}])
    with pytest.raises(Problem, match="a query ended as Failed"):
        insights.run(aws.target(), f"SOURCE '{GROUP}' | {CREATORS}", DAY)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def page_of(*shown: Shown) -> tuple[str, Tags]:
    document, tags = write_page("burnbag-dev", shown, DAY), Tags()
    tags.feed(document)
    return document, tags


def test_the_page_has_the_grid_of_the_dashboard() -> None:
    line = Line("created", [(NOW - timedelta(hours=n), float(n)) for n in (3, 2, 1)])
    text = Widget("text", 8, 6, 8, 2, {"markdown": "Fine. [Runbook](https://x.example/a#b)"})
    document, tags = page_of(Shown(graph(), [line]), Shown(text))
    places = [attributes["style"] for tag, attributes in tags.found if tag == "section"]
    assert places == [
        "grid-column: 1 / span 8; grid-row: 1 / span 6",
        "grid-column: 9 / span 8; grid-row: 7 / span 2",
    ]
    assert '<a href="https://x.example/a#b">Runbook</a>' in document
    assert "</i>created</li>" in document


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    hostile = "<script src=https://x.example></script>"
    table = Table(["label"], [{"label": hostile}])
    line = Line(hostile, [(NOW, 1.0)])
    _, tags = page_of(Shown(graph(), [line]), Shown(graph(title=hostile), table))
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in tags.found}
    for tag, attributes in tags.found:
        fetched = {"src", "srcset", "data"} & attributes.keys()
        assert not fetched, (tag, attributes)


def test_a_graph_without_values_says_so() -> None:
    document, tags = page_of(Shown(graph(), [Line("created", [])]))
    assert "no values" in document and "svg" not in {tag for tag, _ in tags.found}


def test_a_line_that_should_not_be_crossed_is_in_sight() -> None:
    mark = {"label": "promised: 120 s", "value": 120, "color": "#d62728"}
    document, _ = page_of(
        Shown(graph(annotations={"horizontal": [mark]}), [Line("lag", [(NOW, 2.0)])])
    )
    assert "promised: 120 s" in document and ">120<" in document


def test_a_table_that_cannot_be_made_says_why_in_its_place(tmp_path: Any) -> None:
    properties = {"title": "Ends", "query": f"SOURCE '{GROUP}' | parse @message"}
    place = {"type": "log", "x": 0, "y": 0, "width": 24, "height": 6, "properties": properties}
    aws = Aws(
        get_dashboard={"DashboardBody": f'{{"widgets": [{json.dumps(place)}]}}'},
        describe_log_groups={"logGroups": []},
        filter_log_events=[],
    )
    write(aws.target(emulated=True), tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text()
    assert "the command parse of Logs Insights is not known here" in page


def test_every_graph_has_its_section_in_the_runbook() -> None:
    table = (ROOT / "terraform/modules/burnbag/dashboard.tf").read_text()
    sections = set(re.findall(r'runbook = "([\w-]+)"', table))
    assert sections and sections <= anchors(RUNBOOK)


def test_knows_the_metrics_that_the_code_writes() -> None:
    assert written_metrics() >= {
        *("SecretsCreated", "SecretsExpiredUnread", "erase_lag_seconds"),
        *("OldestOverdueSeconds", "LivingSecrets", "AuditBehindSeconds"),
    }


@pytest.mark.parametrize(
    "metric", [("burnbag", "SecretsLost"), ("AWS/Lambda", "Mistakes"), ("AWS/Other", "Errors")]
)
def test_notices_a_metric_that_nobody_writes(metric: tuple[str, str]) -> None:
    assert unwritten([graph([*OWN, option("m0")], [*metric, option("m1")])]) == {metric}
