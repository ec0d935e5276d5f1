"""The Python client and what is written about it stay in step."""

import doctest
import re
from types import ModuleType
from typing import Any

import pytest

import burnbag
from burnbag import client, errors, results
from tests.support.server import Served
from tests.support.services import ROOT

GUIDE = (ROOT / "docs/python.md").read_text()


@pytest.fixture
def names(server: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> dict[str, Any]:
    """What the examples take for granted."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    return {"Burnbag": burnbag.Burnbag, "url": server.url} | fresh(server.url)


def fresh(url: str) -> dict[str, Any]:
    """A secret that nobody has opened."""
    sent = client.Burnbag(url, region="us-east-1").send("hunter2")
    return {"link": sent.link, "sent": sent}


@pytest.mark.parametrize("module", [burnbag, client], ids=["burnbag", "burnbag.client"])
def test_every_example_in_a_docstring_runs(
    module: ModuleType, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(burnbag, "Burnbag", lambda *_: client.Burnbag(names["url"]), raising=False)
    examples = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert examples
    for test in examples:
        test.globs |= names | fresh(names["url"])
        found = doctest.DocTestRunner().run(test)
        assert found.attempted and not found.failed


def test_the_guides_examples_run(names: dict[str, Any]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)


def test_every_public_name_is_in_the_guide_and_nothing_else_is_public() -> None:
    named = set(re.findall(r"`(\w+)`", GUIDE)) | {"Burnbag"}
    assert set(burnbag.__all__) <= named
    values = vars(burnbag).items()
    ours = {n for n, v in values if getattr(v, "__module__", "").startswith("burnbag.")}
    assert ours <= set(burnbag.__all__)
    for name in burnbag.__all__:
        assert getattr(burnbag, name).__doc__


def test_every_call_and_every_option_is_in_the_guide() -> None:
    calls = [call for call in vars(client.Burnbag).items() if not call[0].startswith("_")]
    assert {"send", "open", "peek", "receipt", "revoke", "close"} <= {name for name, _ in calls}
    for name, call in calls:
        assert f"`{name}" in GUIDE
        for option in set(call.__code__.co_varnames[: call.__code__.co_argcount]) - {"self"}:
            assert f"`{option}`" in GUIDE, (name, option)
        keywords = call.__code__.co_varnames[call.__code__.co_argcount :]
        for option in keywords[: call.__code__.co_kwonlyargcount]:
            assert f"`{option}`" in GUIDE, (name, option)


def test_the_tree_of_errors_shows_every_error() -> None:
    tree = errors.__doc__ or ""
    shown = re.findall(r"[├└]── (\w+)|^(BurnbagError)$", tree, re.MULTILINE)
    assert {a or b for a, b in shown} == {
        name for name, value in vars(errors).items() if isinstance(value, type)
    } - {"datetime"}


def test_results_are_frozen() -> None:
    for name in ("Sent", "Opened", "Peek", "Receipt", "View"):
        assert getattr(results, name).__dataclass_params__.frozen
