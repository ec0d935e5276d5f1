"""Every state that asking and answering have, and how somebody gets there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Route, expect

from burnbag import Burnbag
from tests.page.requester import Requester, ask

STATES: Final[dict[str, Callable[[Requester, Path], None]]] = {}


def state(reach: Callable[[Requester, Path], None]) -> Callable[[Requester, Path], None]:
    STATES[reach.__name__.replace("_", "-")] = reach
    return reach


@state
def ask_empty(who: Requester, folder: Path) -> None:
    who.visit(f"{who.server.url}/#ask")
    expect(who.heading("Ask for a secret")).to_be_visible()


@state
def ask_failed(who: Requester, folder: Path) -> None:
    who.server.faults.refuse += [("POST /live/people/requests", 503)] * 5
    ask_empty(who, folder)
    who.press("Make the links")
    who.says("What you put in is still here.")


@state
def asked(who: Requester, folder: Path) -> None:
    who.ask()


@state
def asked_and_kept(who: Requester, folder: Path) -> None:
    who.ask()
    who.page.get_by_text("QR code").click()
    expect(who.page.locator("svg.qr")).to_be_visible()
    who.press("Copy the link to keep")
    who.says("See whether it was answered")


@state
def request_closed(who: Requester, folder: Path) -> None:
    who.begin_answer(ask(who.server).link)


@state
def request_of_texts(who: Requester, folder: Path) -> None:
    label = "the-password-of-the-database-of-staging" * 4
    who.begin_answer(ask(who.server, label, kinds=["text"]).link)
    who.type("hunter2")


@state
def request_of_files(who: Requester, folder: Path) -> None:
    (folder / "note.txt").write_text("hunter2")
    who.begin_answer(ask(who.server, kinds=["file", "upload"]).link)
    who.page.locator("input[type=file]").set_input_files(folder / "note.txt")
    who.says("note.txt")


def submit_part(who: Requester) -> None:
    """Begin to send a file, and stop in the middle of it."""
    held: list[Route] = []
    who.page.route("**/bucket", lambda route: held.append(route))
    with who.page.expect_request("**/bucket"):
        who.answer()


@state
def request_sending(who: Requester, folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(8_000_000))
    who.begin_answer(ask(who.server).link)
    who.choose(folder / "large.bin")
    submit_part(who)


@state
def request_stopped(who: Requester, folder: Path) -> None:
    request_sending(who, folder)
    who.press("Stop")
    who.says("Stopped. A part of it may have arrived, so only the same can be sent now.")


@state
def request_begun(who: Requester, folder: Path) -> None:
    request_stopped(who, folder)
    who.page.get_by_label("Text", exact=True).check()
    who.type("something else")
    who.answer()
    who.says("What you sent before has arrived, or a part of it.")


@state
def request_done(who: Requester, folder: Path) -> None:
    who.answer_with(ask(who.server).link, "hunter2")


@state
def request_too_late(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    who.begin_answer(found.link)
    who.type("hunter2")
    with Burnbag() as other:
        other.submit(found.link, "hunter3")
    who.answer()
    who.says("The request was answered")


@state
def request_submitted(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    with Burnbag() as other:
        other.submit(found.link, "hunter3")
    who.visit(found.link)
    expect(who.heading("The request was answered")).to_be_visible()


@state
def request_revoked(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    with Burnbag(who.server.url, region="us-east-1") as client:
        client.revoke(found.id, found.receipt_token)
    who.visit(found.link)
    expect(who.heading("The request was withdrawn")).to_be_visible()


@state
def request_expired(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    who.server.store.write(found.id, expires_at=int(found.created_at.timestamp()))
    who.visit(found.link)
    expect(who.heading("The request has expired")).to_be_visible()


@state
def request_none(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    who.server.store.receipts.clear()
    who.visit(found.link)
    expect(who.heading("Nothing is here")).to_be_visible()


@state
def request_busy(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    words = {"type": "urn:burnbag:problem:being-answered", "title": "Being answered"}
    who.server.faults.words = json.dumps(words).encode()
    who.server.faults.refuse += [(f"/v1/requests/{found.id}/submit", 429)] * 5
    who.begin_answer(found.link)
    who.type("hunter2")
    who.answer()
    who.says("Another answer is just arriving. If it fails, yours can still be sent.")


@state
def answer_waiting(who: Requester, folder: Path) -> None:
    who.visit(ask(who.server).keep)
    who.says("Nobody has answered yet.")


@state
def answer_withdrawing(who: Requester, folder: Path) -> None:
    answer_waiting(who, folder)
    who.press("Withdraw the request")


@state
def answer_unanswered(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    who.server.store.write(found.id, expires_at=int(found.created_at.timestamp()) + 1)
    who.visit(found.keep)
    expect(who.page.locator(".state")).to_contain_text("Nobody answered until")


@state
def answer_opened(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    with Burnbag(who.server.url, region="us-east-1") as client:
        client.submit(found.link, "hunter2")
        client.open_answer(found.keep)
    who.visit(found.keep)
    expect(who.page.locator(".views")).to_be_visible()


@state
def answer_closed(who: Requester, folder: Path) -> None:
    found = ask(who.server)
    with Burnbag() as other:
        other.submit(found.link, "hunter2")
    who.visit(found.keep)
    expect(who.heading("Somebody sent you a text")).to_be_visible()
