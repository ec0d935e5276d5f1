"""Which layer may import which: the pure parts know neither the web nor AWS nor cryptography."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.services import ROOT
from tools import package

CORE = ROOT / "core" / "burnbag_core"
FORMAT = ROOT / "client" / "burnbag_format"
SERVICES = ROOT / "services"

# What each module of core may import beyond the standard library. A new one must be put here.
CORE_IMPORTS = {
    "__init__": set(),
    "errors": set(),
    "settings": set(),
    "header": {"burnbag_format"},
    "records": {"burnbag_core.header"},
    "capability": {"burnbag_format", "burnbag_core.errors", "burnbag_core.header"},
    "fields": {"burnbag_core.errors"},
    "people": {"burnbag_core.errors"},
    "recipients": {"burnbag_core.people"},
    "sealing": {
        "burnbag_format",
        "burnbag_core.capability",
        "burnbag_core.header",
        "cryptography",
    },
    "items": {"boto3", "burnbag_core.records"},
    "services": {"botocore"},
    "aws": {
        "boto3",
        "botocore",
        "burnbag_core.errors",
        "burnbag_core.items",
        "burnbag_core.services",
    },
    "http": {"chalice", "burnbag_core", "burnbag_core.errors", "burnbag_core.records"},
}
# What decides in a service: no AWS, and no web.
LOGIC = [
    "create/chalicelib/sender.py",
    "create/chalicelib/signatures.py",
    "create/chalicelib/asked.py",
    "create/chalicelib/listing.py",
    "create/chalicelib/revoking.py",
    "create/chalicelib/order.py",
    "create/chalicelib/naming.py",
    "create/chalicelib/form.py",
    "reveal/chalicelib/recipient.py",
    "reveal/chalicelib/door.py",
    "reveal/chalicelib/kinds.py",
    "reaper/events.py",
    "reaper/heartbeat.py",
    "reaper/metrics.py",
]


def imports(path: Path) -> Iterator[str]:
    """The packages that a module imports; of burnbag_core, its modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            yield name if name.startswith("burnbag_core.") else name.split(".")[0]


def foreign(path: Path) -> set[str]:
    """What a module imports that is neither Python's own nor its service's."""
    own = {"chalicelib", "events", "objects", "batches", "metrics"}
    return {name for name in imports(path) if name not in sys.stdlib_module_names | own}


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.stem)
def test_core_imports_from_the_layers_below_only(path: Path) -> None:
    assert foreign(path) <= CORE_IMPORTS[path.stem]


@pytest.mark.parametrize("path", sorted(FORMAT.glob("*.py")), ids=lambda path: path.stem)
def test_the_format_imports_the_standard_library_only(path: Path) -> None:
    """Except for what the reaper, which has no cryptography, never imports."""
    deriving = {"cryptography"} if path.stem == "identity" else set()
    assert not foreign(path) - {"burnbag_format"} - deriving


@pytest.mark.parametrize("name", LOGIC)
def test_logic_knows_neither_the_web_nor_aws(name: str) -> None:
    known = foreign(SERVICES / name)
    assert not known & {"boto3", "botocore", "chalice", "burnbag_core.aws", "burnbag_core.http"}


def test_the_page_needs_nobody_else_and_nothing_that_could_reach_aws() -> None:
    for name in package.PAGE_MODULES:
        path = SERVICES / "reveal" / name
        own = {Path(each).stem for each in package.PAGE_MODULES}
        assert foreign(path) - own <= {"burnbag_core", "burnbag_core.errors", "burnbag_format"}
        assert set(imports(path)).isdisjoint({"socket", "urllib3", "http"})


def test_the_reaper_needs_neither_chalice_nor_cryptography() -> None:
    for path in (SERVICES / "reaper").glob("*.py"):
        barred = {"chalice", "cryptography", "burnbag_core.http", "burnbag_core.sealing"}
        assert not foreign(path) & barred
        assert "burnbag_format.identity" not in path.read_text()
