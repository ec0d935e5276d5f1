"""The saved queries ask for what the events say, in the language that Logs Insights reads.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import re
import textwrap

import pytest

from burnbag.audit.events import FIELDS
from burnbag.audit.names import KINDS, NAMES, PREFIX
from tests.support.documents import code_spans
from tests.support.services import ROOT

FILE = ROOT / "terraform/modules/burnbag/queries.tf"
QUERIES = {
    name: textwrap.dedent(text).strip()
    for name, text in re.findall(
        r"^    ([\w-]+) = <<-EOT\n(.*?)^    EOT$", FILE.read_text(), re.M | re.S
    )
}
COMMANDS = {"fields", "filter", "stats", "sort", "dedup", "limit"}
FUNCTIONS = {
    "coalesce", "count", "count_distinct", "earliest", "isIpv4InSubnet", "ispresent", "latest",
    "max", "sum",
}  # fmt: skip
WORDS = {"and", "as", "asc", "by", "desc", "in", "like", "not"}
TEXT = re.compile(r'"([^"]*)"')


def commands(query: str) -> list[tuple[str, str]]:
    """Each command of a query, with what it is given."""
    return [
        (words.partition(" ")[0], words.partition(" ")[2]) for words in re.split(r"\n\| ", query)
    ]


def aliases(text: str) -> set[str]:
    return set(re.findall(r"\bas (\w+)", text))


def names(text: str) -> set[str]:
    """The fields that an expression reads."""
    words = set(re.findall(r"@?\b[A-Za-z_]\w*", TEXT.sub("", text)))
    return words - FUNCTIONS - WORDS - aliases(text)


def test_there_are_ten() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_reads_fields_of_an_event_and_what_it_has_made_of_them(query: str) -> None:
    known = {*FIELDS, "@timestamp"}
    for command, text in commands(query):
        assert command in COMMANDS
        assert names(text) <= known, names(text) - known
        if command == "stats":
            # Nothing else is left after it.
            known = aliases(text) | names(text.rpartition(" by ")[2])
        known |= aliases(text)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_keeps_to_what_insights_allows(query: str) -> None:
    used = [command for command, _ in commands(query)]
    assert used.count("stats") <= 2
    if "dedup" in used:
        assert used[used.index("dedup") :] == ["dedup", "limit"]
        assert "stats" not in used
    assert len(query) <= 10_000


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_names_events_and_kinds_that_there_are(query: str) -> None:
    for text in TEXT.findall(query):
        assert not text.startswith(PREFIX) or text.removeprefix(PREFIX) in NAMES
    for kinds in re.findall(r"kind in \[(.*?)\]", query):
        assert set(TEXT.findall(kinds)) <= set(KINDS)


def test_the_page_for_auditors_names_every_query_and_no_other() -> None:
    named = [span for span in code_spans(ROOT / "docs" / "audit.md") if span.startswith("burnbag/")]
    assert sorted(named) == sorted(f"burnbag/prod/{name}" for name in QUERIES)
