"""The figures in the documentation are those that were measured, at the prices of the list."""

import re
from pathlib import Path

import pytest

from benchmarks import cost_page, performance_page
from benchmarks.__main__ import main
from benchmarks.bill import make_bill, total
from benchmarks.results import Part, Results, to_json
from benchmarks.tables import fill, table
from benchmarks.usage import Run, Usage
from tests.support.services import ROOT


@pytest.mark.parametrize("page", [cost_page, performance_page])
def test_a_pages_tables_are_made_of_what_was_measured(page: object) -> None:
    """Otherwise: `make bench PART=write`."""
    assert page.render(Results.load()) == page.PAGE.read_text()  # type: ignore[attr-defined]


def test_the_readme_tells_the_cost_that_the_page_computes() -> None:
    results = Results.load()
    usages, terms = cost_page.read_usages(results), cost_page.make_terms(results)
    idle = total(cost_page.idle_bill(usages["minute"], terms))
    million = total(make_bill(usages["REST text"], terms))
    told = re.search(
        r"about ([\d.]+) USD a month .*?about (\d+) USD per million",
        (ROOT / "README.md").read_text().replace("\n", " "),
    )
    assert told and abs(float(told[1]) - idle) <= 0.1 and abs(float(told[2]) - million) <= 1


def test_a_page_keeps_what_is_not_a_table() -> None:
    page = "# Page\n\n<!-- one -->\nold\n<!-- /one -->\n\nText.\n"
    assert fill(page, {"one": "new\n"}) == page.replace("old", "new")
    assert fill(fill(page, {"one": "new\n"}), {"one": "old\n"}) == page


@pytest.mark.parametrize("page", ["", "<!-- one -->\n", "<!-- one -->\n<!-- /one -->\n" * 2])
def test_a_table_without_one_place_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="one"):
        fill(page, {"one": "new\n"})


def test_figures_are_aligned_to_the_right_and_words_to_the_left() -> None:
    assert table(["", "USD", "how"], [["KMS", "3.00", "3 keys"], ["", "**3.06**", "a sum"]]) == (
        "|  | USD | how |\n| --- | ---: | --- |\n| KMS | 3.00 | 3 keys |\n|  | **3.06** | a sum |\n"
    )


def test_what_was_measured_is_read_back_as_it_was(tmp_path: Path) -> None:
    usage = Usage(requests=2, runs=(Run("create", {"kms Decrypt": 1}, 1.5),), write_units=11.0)
    part = Part("now", "here", "3.11", (0.5, 1.0), to_json({"text": usage}))
    Results({"cost": part}).save(tmp_path / "measured.json")
    found = Results.load(tmp_path / "measured.json")["cost"]
    assert Usage.of_json(found.values["text"]) == usage
    assert Results.load(tmp_path / "none.json") == {}


def test_an_unknown_part_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "costs"])
    with pytest.raises(SystemExit):
        main()
    assert "there is no part costs" in capsys.readouterr().err
