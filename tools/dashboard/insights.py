"""The tables' queries, in the language of CloudWatch Logs Insights.

AWS runs them. The embedded AWS doesn't know all of the language, so there they are answered here,
from what FilterLogEvents finds: the commands that the dashboard uses, and no other.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tools.console import Problem
from tools.dashboard.values import Span
from tools.target import Target

Row = dict[str, Any]
SOURCE: Final = re.compile(r"SOURCE '([^']+)' \| ")
COMPARISON: Final = re.compile(r'(\w+) (=|!=) "([^"]*)"')
AMONG: Final = re.compile(r"(\w+) in (\[.*\])")
PRESENT: Final = re.compile(r"ispresent\((\w+)\)")
STATS: Final = re.compile(r"count_distinct\((\w+)\) as (\w+) by (\w+)")
WAIT_SECONDS: Final = 60.0
DONE: Final = {"Complete", "Failed", "Cancelled", "Timeout"}


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[Row]


def run(target: Target, query: str, span: Span) -> Table:
    """The table that `query` makes of the log group that it names. Raises Problem."""
    found = SOURCE.match(query)
    if found is None:
        raise Problem(f"the query names no log group: {query}")
    group, commands = found[1], query[found.end() :]
    if target.emulated:
        return answer(commands, read_events(target, group, span))
    return ask(target, group, commands, span)


def ask(target: Target, group: str, commands: str, span: Span) -> Table:
    """Have AWS run the query. Raises Problem if it doesn't."""
    logs, deadline = target.client("logs"), time.monotonic() + WAIT_SECONDS
    times = {"startTime": int(span.start.timestamp()), "endTime": int(span.end.timestamp())}
    started = logs.start_query(logGroupName=group, queryString=commands, **times)["queryId"]
    while (found := logs.get_query_results(queryId=started))["status"] not in DONE:
        if time.monotonic() > deadline:
            raise Problem(f"a query took more than {WAIT_SECONDS:.0f} s: {commands}")
        time.sleep(0.5)
    if found["status"] != "Complete":
        raise Problem(f"a query ended as {found['status']}: {commands}")
    rows = [{each["field"]: each["value"] for each in row} for row in found["results"]]
    return Table(find_columns(commands), rows)


def read_events(target: Target, group: str, span: Span) -> list[Row]:
    pages = target.client("logs").get_paginator("filter_log_events")
    times = {"startTime": int(span.start.timestamp() * 1000)}
    found = pages.paginate(logGroupName=group, **times)
    return [json.loads(event["message"]) for page in found for event in page["events"]]


def answer(commands: str, events: list[Row]) -> Table:
    """What the query makes of `events`. Raises Problem for a command that it doesn't know."""
    rows = events
    for command in commands.split(" | "):
        name, _, rest = command.partition(" ")
        if name not in COMMANDS:
            raise Problem(f"the command {name} of Logs Insights is not known here")
        rows = COMMANDS[name](rows, rest)
    return Table(find_columns(commands), rows)


def find_columns(commands: str) -> list[str]:
    """What `fields` names, or what `stats` makes."""
    for command in commands.split(" | "):
        name, _, rest = command.partition(" ")
        if name == "fields":
            return rest.split(", ")
        if name == "stats" and (found := STATS.fullmatch(rest)):
            return [found[3], found[2]]
    return []


def keep_if(rows: list[Row], conditions: str) -> list[Row]:
    tests = [read_condition(each) for each in conditions.split(" and ")]
    return [row for row in rows if all(test(row) for test in tests)]


def read_condition(text: str) -> Callable[[Row], bool]:
    if found := COMPARISON.fullmatch(text):
        name, sign, value = found.groups()
        return lambda row: (row.get(name) == value) == (sign == "=")
    if found := AMONG.fullmatch(text):
        name, values = found[1], json.loads(found[2])
        return lambda row: row.get(name) in values
    if found := PRESENT.fullmatch(text):
        name = found[1]
        return lambda row: row.get(name) is not None
    raise Problem(f"the condition {text} of Logs Insights is not known here")


def count_distinct(rows: list[Row], text: str) -> list[Row]:
    found = STATS.fullmatch(text)
    if found is None:
        raise Problem(f"the statistic {text} of Logs Insights is not known here")
    counted, name, by = found.groups()
    groups: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        groups[row.get(by)].add(row.get(counted))
    return [{by: group, name: len(values)} for group, values in groups.items()]


def sort(rows: list[Row], text: str) -> list[Row]:
    name, _, order = text.partition(" ")
    there = [row for row in rows if row.get(name) is not None]
    return sorted(there, key=lambda row: row[name], reverse=order == "desc")


def drop_duplicates(rows: list[Row], name: str) -> list[Row]:
    first: dict[Any, Row] = {}
    for row in rows:
        first.setdefault(row.get(name), row)
    return list(first.values())


COMMANDS: Final[dict[str, Callable[[list[Row], str], list[Row]]]] = {
    "fields": lambda rows, names: rows,
    "filter": keep_if,
    "stats": count_distinct,
    "sort": sort,
    "dedup": drop_duplicates,
    "limit": lambda rows, most: rows[: int(most)],
}
