"""The documentation keeps up with the code."""

import re
from pathlib import Path

import pytest
from burnbag_core import errors

from tests.support.services import ROOT, load

API = (ROOT / "docs" / "api.md").read_text()
DOCUMENTS = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")]
NAMED_FILES = r"`((?:benchmarks|client|core|docs|services|terraform|tests|tools)/[\w./-]+)`"
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))


def problem_types() -> set[str]:
    return {kind.type for kind in vars(errors).values() if is_problem(kind)}


def is_problem(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, errors.BurnbagError) and "type" in vars(kind)


def test_every_problem_type_is_in_the_api_document() -> None:
    missing = {kind for kind in problem_types() if f"`{kind}`" not in API}
    assert not missing


def test_every_error_is_in_the_tree_that_introduces_them() -> None:
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.BurnbagError):
            assert name in (errors.__doc__ or "")


def test_every_field_of_an_order_is_in_the_api_document() -> None:
    fields = load("create", "chalicelib.order").FIELDS
    assert not {field for field in fields if f"`{field}`" not in API}


def test_every_call_is_in_the_api_document() -> None:
    routes = (ROOT / "terraform" / "routes.tf").read_text()
    calls = re.findall(r'"((?:GET|POST|DELETE) [^"]+)"', routes)
    assert calls
    assert not {call for call in calls if f"`{call}`" not in API}


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE)
        assert set(named) <= targets, document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    for name in re.findall(NAMED_FILES, document.read_text()):
        assert (ROOT / name).exists(), name
