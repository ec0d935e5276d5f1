"""The Python client and what is written about it stay in step."""

import doctest
import inspect
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import burnbag
from burnbag import client, errors, pages, submitting, uploads, verifying
from tests.support.documents import blocks, names, rows, section
from tests.support.server import Served
from tests.support.services import ROOT

GUIDE = ROOT / "docs/python.md"


@pytest.fixture
def context(server: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> dict[str, Any]:
    """What the examples take for granted."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    (tmp_path / "disk.img").write_bytes(b"image")
    return {"Burnbag": burnbag.Burnbag, "url": server.url} | fresh(server.url)


def fresh(url: str) -> dict[str, Any]:
    """A secret that nobody has opened."""
    burnbag_client = client.Burnbag(url, region="us-east-1")
    sent = burnbag_client.send("hunter2")
    keys = burnbag_client.receipt_keys()
    signed = burnbag_client.signed_receipt(sent.id, sent.receipt_token)
    asked, answered = (burnbag_client.request("API key for staging") for _ in range(2))
    burnbag_client.submit(answered.link, "hunter2")
    return {"link": sent.link, "sent": sent, "signed": signed, "keys": keys} | {
        "asked": asked,
        "answered": answered,
    }


def break_off(url: str, monkeypatch: pytest.MonkeyPatch, is_answer: bool = False) -> Path:
    """What is left of an upload, or of an answer, that was interrupted."""

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    for module in (uploads, submitting):
        monkeypatch.setattr(module, "SMALLEST_IN_PARTS", 0)
    image, resume_file = Path("large.img").absolute(), Path("large.resume").absolute()
    image.write_bytes(bytes(5 * 1024 * 1024))
    with pytest.raises(KeyboardInterrupt), client.Burnbag(url, region="us-east-1") as sender:
        if is_answer:
            link = sender.request().link
            sender.submit(link, image, resume_file=resume_file, progress=interrupt)
        else:
            sender.send(image, resume_file=resume_file, progress=interrupt)
    return resume_file


@pytest.mark.parametrize("module", [burnbag, client, verifying, pages], ids=lambda it: it.__name__)
def test_every_example_in_a_docstring_runs(
    module: ModuleType, context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        burnbag, "Burnbag", lambda *_: client.Burnbag(context["url"]), raising=False
    )
    examples = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert examples
    for test in examples:
        test.globs |= context | fresh(context["url"])
        for name, is_answer in (("resume_file", False), ("answer_file", True)):
            if any(name in example.source for example in test.examples):
                Path("large.resume").unlink(missing_ok=True)
                test.globs[name] = break_off(context["url"], monkeypatch, is_answer)
        found = doctest.DocTestRunner().run(test)
        assert found.attempted and not found.failed


def test_the_guides_examples_run(context: dict[str, Any]) -> None:
    examples = [block.text for block in blocks(GUIDE) if block.language == "python"]
    assert len(examples) >= 4
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), context)


def test_nothing_else_is_public_and_every_public_name_has_a_docstring() -> None:
    assert sorted(burnbag.__all__) == burnbag.__all__
    for name in burnbag.__all__:
        assert getattr(burnbag, name).__doc__
    values = vars(burnbag).items()
    ours = {n for n, v in values if getattr(v, "__module__", "").startswith("burnbag.")}
    assert ours == set(burnbag.__all__)


def table(title: str, heading: str) -> list[tuple[list[str], list[str]]]:
    """What each row of a section's table names: in its first cell, and in its second."""
    text = section(GUIDE, f"## {title}")
    assert re.search(rf"^\| {heading} \| \|\n", text, re.MULTILINE)
    cells = rows(text)
    assert cells and all(row[1] for row in cells)
    return [(names(first), list(filter(str.isidentifier, names(text)))) for first, text in cells]


def parameters(call: Any) -> list[str]:
    return [name for name in inspect.signature(call).parameters if name != "self"]


@pytest.mark.parametrize(
    ("title", "call"),
    [
        ("`Burnbag`", client.Burnbag),
        ("`send`", client.Burnbag.send),
        ("`open`", client.Burnbag.open),
        ("Asking for a secret", client.Burnbag.request),
    ],
)
def test_the_table_of_a_call_has_exactly_its_arguments(title: str, call: Any) -> None:
    documented = [name for cell, _ in table(title, "argument") for name in cell]
    assert sorted(documented) == sorted(parameters(call))


def test_the_table_of_other_calls_has_exactly_the_rest() -> None:
    calls = {n: c for n, c in vars(client.Burnbag).items() if not n.startswith("_")}
    elsewhere = ("send", "open", "request", "submit", "open_answer")
    rest = [f"{n}({', '.join(parameters(calls[n]))})" for n in calls if n not in elsewhere]
    assert [cell for cell, _ in table("Other calls", "call")] == [[call] for call in rest]


def test_the_table_of_results_has_exactly_their_fields() -> None:
    documented = {cell[0]: found for cell, found in table("Results", "result")}
    public: dict[str, Any] = {name: getattr(burnbag, name) for name in burnbag.__all__}
    assert documented == {
        name: [field.name for field in fields(found)]
        for name, found in public.items()
        if is_dataclass(found)
    }


ERRORS = [
    errors.BurnbagError(),
    errors.ConfigurationError(),
    errors.Closed(),
    errors.LinkError(),
    errors.NotFound(),
    errors.Gone("revealed", None),
    errors.RequestGone("submitted", None),
    errors.NotAnswered(),
    errors.PassphraseError("", 5),
    errors.PassphraseRequired(5),
    errors.PassphraseWrong(4),
    errors.RecipientRequired(("iam",)),
    errors.NotTheRecipient(("iam",), "ada@example.com"),
    errors.Frozen(),
    errors.AlreadyOpened(),
    errors.NotArrived(),
    errors.Refused(""),
    errors.TooLarge(""),
    errors.Damaged(),
    errors.NotText(),
    errors.NotVerified(),
    errors.PageDiffers({}),
    errors.Unavailable(),
]


def test_the_table_of_errors_has_exactly_those_and_their_attributes() -> None:
    assert table("Errors", "error") == [([type(e).__name__], list(vars(e))) for e in ERRORS]
    public = {name for name in burnbag.__all__ if hasattr(errors, name)}
    assert {type(error).__name__ for error in ERRORS} == public


def test_the_tree_of_errors_shows_every_error() -> None:
    tree = errors.__doc__ or ""
    shown = re.findall(r"[├└]── (\w+)|^(BurnbagError)$", tree, re.MULTILINE)
    assert {a or b for a, b in shown} == {
        name for name, value in vars(errors).items() if isinstance(value, type)
    } - {"datetime"}


def test_results_are_frozen() -> None:
    for name in burnbag.__all__:
        found: Any = getattr(burnbag, name)
        assert not is_dataclass(found) or vars(found)["__dataclass_params__"].frozen
