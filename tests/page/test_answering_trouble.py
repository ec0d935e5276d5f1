"""What goes wrong while one answers: nothing that was put in is lost, and one answer arrives."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from burnbag import Burnbag
from burnbag.results import Request as Asked
from tests.page.requester import Requester, answer_text, ask
from tests.page.test_sending_trouble import forget_network_errors
from tests.support.browser import Complaints
from tests.support.server import Served

MIB = 1024 * 1024


@pytest.fixture
def facts() -> dict[str, Any]:
    return {"people_auth": None}


@pytest.fixture
def asked(server: Served) -> Asked:
    return ask(server)


@pytest.fixture
def somebody(page: Page, server: Served, asked: Asked) -> Requester:
    """Somebody who looks at what is asked for, and doesn't wait between tries."""
    somebody = Requester(page, server)
    somebody.begin_answer(asked.link)
    return somebody


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(b"0123456789abcdef" * (6 * MIB // 16))
    return path


def typed(somebody: Requester) -> str:
    return somebody.page.get_by_label("What is secret").input_value()


def submit_path(asked: Asked) -> str:
    return f"POST /live/v1/requests/{asked.id}/submit"


def open_file(server: Served, asked: Asked) -> bytes:
    with Burnbag(server.url, region="us-east-1") as client:
        found: bytes = client.open_answer(asked.keep).data
        return found


def refuse(server: Served, asked: Asked, problem: str, status: int, times: int = 1) -> None:
    words = {"type": f"urn:burnbag:problem:{problem}", "title": problem}
    server.faults.words = json.dumps(words).encode()
    server.faults.refuse += [(submit_path(asked), status)] * times


@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_a_lost_answer_makes_one_secret(
    kind: str,
    somebody: Requester,
    server: Served,
    asked: Asked,
    large: Path,
    tmp_path: Path,
    complaints: Complaints,
) -> None:
    (tmp_path / "small.txt").write_text("hunter2")
    server.faults.drop.append(submit_path(asked))
    if kind == "text":
        somebody.type("hunter2")
    else:
        somebody.choose(tmp_path / "small.txt" if kind == "file" else large)
    somebody.answer()
    somebody.see_done()
    assert somebody.calls(submit_path(asked)) == 2
    expected = large.read_bytes() if kind == "upload" else b"hunter2"
    assert open_file(server, asked) == expected
    forget_network_errors(complaints)


def lose_all_answers(somebody: Requester) -> None:
    """The server takes what is submitted, and nobody hears of it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    somebody.page.route("**/submit", lose)


def test_what_may_have_arrived_is_sent_again_as_it_was(
    somebody: Requester, server: Served, asked: Asked, complaints: Complaints
) -> None:
    lose_all_answers(somebody)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("No answer")
    somebody.says("What you put in is still here.")
    somebody.page.unroute("**/submit")
    somebody.answer()
    somebody.see_done()
    assert answer_text(server, asked) == "hunter2"
    complaints.expect("net::ERR")


def test_something_else_does_not_take_the_place_of_what_has_arrived(
    somebody: Requester, server: Served, asked: Asked, complaints: Complaints
) -> None:
    lose_all_answers(somebody)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("No answer")
    somebody.page.unroute("**/submit")
    somebody.type("hunter3")
    somebody.answer()
    somebody.says("What you sent before has arrived, or a part of it.")
    somebody.press("Send that again")
    somebody.see_done()
    assert answer_text(server, asked) == "hunter2"
    complaints.expect("net::ERR")


def test_what_never_arrived_may_be_another(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    refuse(server, asked, "unavailable", 503, times=5)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("This does not work right now")
    somebody.type("hunter3")
    somebody.answer()
    somebody.see_done()
    assert answer_text(server, asked) == "hunter3"


def test_an_upload_that_breaks_off_goes_on(
    somebody: Requester, server: Served, asked: Asked, large: Path, complaints: Complaints
) -> None:
    server.faults.refuse.append(("POST /bucket", 403))
    somebody.choose(large)
    somebody.answer()
    somebody.says("What you put in is still here.")
    somebody.answer()
    somebody.see_done()
    assert open_file(server, asked) == large.read_bytes()
    complaints.expect("403")


def test_an_upload_that_was_stopped_can_only_be_gone_on_with(
    somebody: Requester, server: Served, asked: Asked, large: Path
) -> None:
    held: list[Route] = []
    somebody.page.route("**/bucket", lambda route: held.append(route))
    somebody.choose(large)
    with somebody.page.expect_request("**/bucket"):
        somebody.answer()
    somebody.press("Stop")
    somebody.says("Stopped. A part of it may have arrived")
    somebody.page.unroute("**/bucket")
    somebody.page.get_by_label("Text", exact=True).check()
    somebody.type("something else")
    somebody.answer()
    somebody.says("What you sent before has arrived, or a part of it.")
    somebody.press("Send that again")
    somebody.see_done()
    assert open_file(server, asked) == large.read_bytes()


def test_stopping_before_anything_was_sent_leaves_everything_as_it_was(
    somebody: Requester, server: Served, asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "larger.bin").write_bytes(bytes(160 * MIB))
    somebody.choose(tmp_path / "larger.bin")
    somebody.answer()
    somebody.says("Encrypting …")
    somebody.press("Stop")
    expect(somebody.heading("You are asked for a secret")).to_be_visible()
    expect(somebody.page.get_by_role("listitem").filter(has_text="larger.bin")).to_be_visible()
    expect(somebody.page.locator(".alert")).to_be_empty()
    assert not somebody.calls(submit_path(asked))


def test_without_a_connection_nothing_is_lost(
    somebody: Requester, server: Served, asked: Asked, complaints: Complaints
) -> None:
    somebody.type("hunter2")
    somebody.page.wait_for_load_state("networkidle")
    somebody.page.context.set_offline(True)
    somebody.answer()
    somebody.says("You are offline")
    somebody.page.context.set_offline(False)
    assert typed(somebody) == "hunter2"
    somebody.answer()
    somebody.see_done()
    assert answer_text(server, asked) == "hunter2"
    forget_network_errors(complaints)


def test_whoever_has_to_wait_is_told_how_long(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    server.faults.retry_after = "840"
    refuse(server, asked, "throttled", 429)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("Too much at once")
    somebody.says("You can try again in 14 minutes.")
    assert typed(somebody) == "hunter2"
    somebody.answer()
    somebody.see_done()


@pytest.mark.alone
def test_a_request_that_can_not_be_looked_at_can_be_tried_again(
    page: Page, server: Served, asked: Asked
) -> None:
    server.faults.refuse += [(f"GET /live/v1/requests/{asked.id}", 503)] * 5
    somebody = Requester(page, server)
    somebody.visit(asked.link)
    expect(somebody.heading("This does not work right now")).to_be_visible()
    somebody.press("Try again")
    expect(somebody.heading("You are asked for a secret")).to_be_visible()
    page.close()


def test_somebody_elses_answer_that_is_just_arriving_is_said(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    refuse(server, asked, "being-answered", 429, times=5)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("Another answer is just arriving. If it fails, yours can still be sent.")
    somebody.answer()
    somebody.see_done()


def test_a_server_with_smaller_limits_than_it_told_gets_it_another_way(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    refuse(server, asked, "too-large", 413)
    somebody.type("hunter2")
    somebody.answer()
    somebody.see_done()
    with Burnbag(server.url, region="us-east-1") as client:
        assert client.open_answer(asked.keep).kind == "file"


def test_what_the_server_takes_in_no_way_is_still_there(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    refuse(server, asked, "too-large", 413, times=3)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("The server does not take this.")
    assert typed(somebody) == "hunter2"


def test_a_request_that_ends_meanwhile_loses_nothing_that_was_typed(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.type("hunter2")
    with Burnbag(server.url, region="us-east-1") as client:
        client.revoke(asked.id, asked.receipt_token)
    somebody.answer()
    somebody.says("The request was withdrawn")
    assert typed(somebody) == "hunter2"


@pytest.mark.alone
def test_leaving_with_something_unsent_asks_first(somebody: Requester) -> None:
    somebody.type("hunter2")
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    somebody.page.on("dialog", agree)
    somebody.page.goto("about:blank")
    assert asked == ["beforeunload"]


@pytest.mark.alone
def test_leaving_after_it_has_arrived_does_not_ask(somebody: Requester) -> None:
    somebody.type("hunter2")
    somebody.answer()
    somebody.see_done()
    somebody.page.on("dialog", lambda dialog: pytest.fail(dialog.type))
    somebody.page.goto("about:blank")


def test_whoever_looks_elsewhere_and_comes_back_finds_what_was_typed(
    somebody: Requester, asked: Asked
) -> None:
    somebody.type("hunter2")
    somebody.page.evaluate("location.hash = 'history'")
    expect(somebody.heading("What you have sent")).to_be_visible()
    somebody.page.evaluate("(hash) => { location.hash = hash }", asked.link.partition("#")[2])
    expect(somebody.heading("You are asked for a secret")).to_be_visible()
    assert typed(somebody) == "hunter2"
    assert "request" not in somebody.page.url


def test_a_page_that_was_left_holds_nothing_any_more(somebody: Requester, asked: Asked) -> None:
    somebody.type("hunter2")
    somebody.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    somebody.page.evaluate("(hash) => { location.hash = hash }", asked.link.partition("#")[2])
    expect(somebody.heading("You are asked for a secret")).to_be_visible()
    assert typed(somebody) == ""


def test_an_answer_about_another_request_is_not_believed(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "id": "A" * 22})

    somebody.page.route("**/submit", change)
    somebody.type("hunter2")
    somebody.answer()
    somebody.says("What you put in is still here.")
    expect(somebody.heading("It has arrived")).to_have_count(0)


def test_half_a_character_is_not_sent(somebody: Requester, asked: Asked) -> None:
    somebody.page.evaluate("document.querySelector('textarea').value = '\\ud83d'")
    somebody.answer()
    somebody.says("The server does not take this.")
    assert not somebody.calls(submit_path(asked))


def test_a_request_of_kinds_that_this_page_does_not_know_says_so(
    page: Page, server: Served, asked: Asked
) -> None:
    receipt = server.store.receipts[asked.id]
    server.store.receipts[asked.id] = replace(receipt, kinds=("hologram",))
    somebody = Requester(page, server)
    somebody.visit(asked.link)
    expect(somebody.heading("This is our fault")).to_be_visible()
    page.close()
