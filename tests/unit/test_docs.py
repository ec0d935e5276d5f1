"""The documentation keeps up with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from burnbag_core import errors

from tests.support.configuration import routes
from tests.support.documents import (
    DOCUMENTS,
    anchors,
    blocks,
    code_spans,
    names,
    prose,
    rows,
    section,
)
from tests.support.services import ROOT, load

API = ROOT / "docs" / "api.md"
FOLDERS = "benchmarks|client|core|docs|services|terraform|tests|tools"
README_LINES = 120

of_each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def error_classes() -> dict[str, type[errors.BurnbagError]]:
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.BurnbagError)
    }


def test_the_api_document_has_every_problem_with_its_status_and_no_other() -> None:
    table = {
        (int(status), name)
        for status, types, _ in rows(section(API, "## Problems"))
        for name in names(types)
    }
    kinds = [kind for kind in error_classes().values() if "type" in vars(kind)]
    assert table == {(kind.status, kind.type) for kind in kinds}


def test_the_api_document_has_every_problem_of_api_gateway_and_no_other() -> None:
    text = (ROOT / "terraform/modules/burnbag/modules/api/problems.tf").read_text()
    declared = re.findall(r'^    [A-Z_0-9]+ += \{ type = "([\w-]+)"', text, re.MULTILINE)
    table = [types for _, types, _ in rows(section(API, "## Problems of API Gateway"))]
    assert sorted(names(" ".join(table))) == sorted(set(declared))


def test_the_tree_of_errors_has_every_error_with_its_status_and_parent() -> None:
    tree = re.findall(r"^([│ ]*)[├└]── (\w+) +(\d+) ", errors.__doc__ or "", re.MULTILINE)
    parents, shown = ["BurnbagError"], set()
    for indentation, name, status in tree:
        depth = len(indentation) // 4 + 1
        parents[depth:] = [name]
        shown.add((name, int(status), parents[depth - 1]))
    classes = {name: kind for name, kind in error_classes().items() if name != "BurnbagError"}
    assert shown == {
        (name, kind.status, kind.__bases__[0].__name__) for name, kind in classes.items()
    }


@pytest.mark.parametrize(("heading", "fields"), [("Seal", "FIELDS"), ("Upload", "UPLOAD_FIELDS")])
def test_the_api_document_has_every_field_of_an_order_and_no_other(
    heading: str, fields: str
) -> None:
    table = [name for first, *_ in rows(section(API, f"## {heading}")) for name in names(first)]
    assert sorted(table) == sorted(getattr(load("create", "chalicelib.order"), fields))


def test_the_api_document_has_every_call_and_no_other() -> None:
    top = API.read_text().split("\n## ", 1)[0]
    assert sorted(names(" ".join(call for call, *_ in rows(top)))) == sorted(routes())


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < README_LINES


@of_each_document
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    documented = set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE))
    assert set(make_targets(document)) <= documented


def make_targets(document: Path) -> Iterator[str]:
    """The targets of the make commands in a document's blocks and code spans."""
    commands = [line for block in blocks(document) for line in block.text.splitlines()]
    for command in commands + code_spans(document):
        yield from re.findall(r"(?:^|[$(&;] ?)make (?:-s )?([a-z-]+)", command.strip())


@of_each_document
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    for name in code_spans(document):
        if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]+", name):
            assert (ROOT / name).exists(), name


@of_each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(document)):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            page = document.parent / file if file else document
            assert page.exists(), target
            assert not anchor or anchor in anchors(page), target


def test_every_alarm_has_a_section_that_says_what_it_means_and_what_to_do() -> None:
    """An alarm's description leads to its section."""
    declared = (ROOT / "terraform/modules/burnbag/alarms.tf").read_text()
    simple = declared[declared.index("simple_alarms") : declared.index("function_alarms")]
    composed = declared[declared.index("composed_alarms") : declared.index("# What breaks")]
    names = re.findall(r"^    ([a-z-]+) = \{$", simple + composed, re.MULTILINE)
    names += ["function-errors", "keeps-its-promises"]
    page = (ROOT / "docs/operations.md").read_text()
    sections = page[page.index("## Alarms") : page.index("## The watch-list")]
    assert sorted(re.findall(r"^### ([a-z-]+)$", sections, re.MULTILINE)) == sorted(names)
    assert sections.count("**Means:**") == len(names) - 1, "the alarm above all means the others"
