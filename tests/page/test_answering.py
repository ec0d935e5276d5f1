"""Answering a request by the page: nobody signs in, and only who asked can read it."""

import io
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from burnbag import Burnbag
from burnbag.request_links import RequestLink
from burnbag.results import Request as Asked
from tests.page.requester import LABEL, Requester, answer_text, ask
from tests.page.test_canary import STORED
from tests.support.server import Served

MIB = 1024 * 1024
SECRET = "hunter2\n  Grüße, 秘密"
HOSTILE = "<img src=x onerror=alert(1)><b>Bank</b> \u202etxt.exe"


@pytest.fixture
def facts() -> dict[str, Any]:
    """Nobody can sign in here: who answers need not."""
    return {"people_auth": None}


@pytest.fixture
def somebody(page: Page, server: Served) -> Requester:
    return Requester(page, server)


@pytest.fixture
def asked(server: Served) -> Asked:
    return ask(server, ttl="3d")


def test_what_was_asked_by_the_command_is_answered_in_the_page(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.answer_with(asked.link, SECRET)
    assert answer_text(server, asked) == SECRET
    somebody.says("Only who asked can open it now, and only once.")


def test_the_page_says_who_asks_for_what_until_when_and_how_much(
    somebody: Requester, asked: Asked
) -> None:
    somebody.begin_answer(asked.link)
    for words in ("arn:aws:sts::123456789012:", LABEL, "A text or files", "in 3 days", "at most"):
        assert words in somebody.facts
    somebody.says(re.compile("Answer only if you know who asks"))


@pytest.mark.parametrize(
    ("size", "kind"), [(5000, "file"), (6 * MIB, "upload"), (33 * MIB, "upload")]
)
def test_a_file_of_any_size_answers(
    size: int, kind: str, somebody: Requester, server: Served, asked: Asked, tmp_path: Path
) -> None:
    path = tmp_path / "backup.bin"
    path.write_bytes(os.urandom(size))
    somebody.answer_with_files(asked.link, path)
    with Burnbag(server.url, region="us-east-1") as client:
        opened = client.open_answer(asked.keep)
    assert (opened.kind, opened.filename, opened.data) == (kind, path.name, path.read_bytes())


def test_several_files_answer_as_a_zip(
    somebody: Requester, server: Served, asked: Asked, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    somebody.answer_with_files(asked.link, tmp_path / "a.txt", tmp_path / "b.txt")
    with Burnbag(server.url, region="us-east-1") as client:
        opened = client.open_answer(asked.keep)
    assert zipfile.ZipFile(io.BytesIO(opened.data)).namelist() == ["a.txt", "b.txt"]


def test_a_password_can_be_made_for_the_answer(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.begin_answer(asked.link)
    somebody.page.get_by_text("Make a password").click()
    somebody.press("Make one")
    made = somebody.page.get_by_label("What is secret").input_value()
    somebody.answer()
    somebody.see_done()
    assert len(made) == 20
    assert answer_text(server, asked) == made


def test_who_asks_and_for_what_is_text_and_never_markup(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    receipt = server.store.receipts[asked.id]
    # Worse than any server lets through.
    forged = replace(receipt, created_by=HOSTILE, label=HOSTILE)
    server.store.receipts[asked.id] = forged
    somebody.begin_answer(asked.link)
    assert somebody.page.locator(".facts bdi").all_text_contents() == [HOSTILE, HOSTILE]
    assert somebody.page.locator("main img, main b").count() == 0


def test_whoever_the_server_does_not_know_is_not_named(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    receipt = server.store.receipts[asked.id]
    server.store.receipts[asked.id] = replace(receipt, created_by=None, label=None)
    somebody.begin_answer(asked.link)
    assert "This server does not know." in somebody.facts
    assert "What it is for" not in somebody.facts


def test_only_what_is_asked_for_is_taken(somebody: Requester, server: Served) -> None:
    texts, files = (ask(server, kinds=kinds) for kinds in (["text"], ["file", "upload"]))
    somebody.begin_answer(texts.link)
    assert "A text only" in somebody.facts
    expect(somebody.page.get_by_label("Choose files")).to_be_hidden()
    expect(somebody.page.get_by_label("Files", exact=True)).to_have_count(0)
    somebody.begin_answer(files.link)
    expect(somebody.page.get_by_label("What is secret")).to_be_hidden()
    expect(somebody.page.locator("label", has_text="Choose files")).to_be_visible()
    somebody.answer()
    somebody.says("Choose a file first.")


def test_more_than_is_asked_for_is_said_before_it_is_sent(
    somebody: Requester, server: Served, tmp_path: Path
) -> None:
    asked = ask(server, max_bytes=2000)
    somebody.begin_answer(asked.link)
    assert "at most 2 kB" in somebody.facts
    (tmp_path / "large.bin").write_bytes(bytes(3000))
    somebody.choose(tmp_path / "large.bin")
    somebody.says("That is too large: at most 2 kB can be sent.")
    somebody.answer()
    assert not somebody.calls("POST /live/v1/requests/")


def test_the_link_leaves_the_address_and_the_history(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.begin_answer(asked.link)
    assert somebody.page.url == f"{server.url}/"
    somebody.page.go_back()
    assert "request" not in somebody.page.url


def test_a_link_that_was_pasted_is_answered_too(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.visit(f"{server.url}/")
    somebody.page.get_by_label("The link").fill(asked.link)
    somebody.press("Look")
    expect(somebody.heading("You are asked for a secret")).to_be_visible()
    somebody.type(SECRET)
    somebody.answer()
    somebody.see_done()
    assert answer_text(server, asked) == SECRET


def change(link: str, part: int) -> str:
    """The same link with one character of a part mistyped."""
    base, _, fragment = link.partition("#")
    parts = fragment.split(".")
    letter = "B" if parts[part][3] == "A" else "A"
    parts[part] = parts[part][:3] + letter + parts[part][4:]
    return f"{base}#{'.'.join(parts)}"


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_mistyped_link_asks_nothing(part: int, somebody: Requester, asked: Asked) -> None:
    somebody.visit(change(asked.link, part))
    expect(somebody.heading("This link is incomplete")).to_be_visible()
    assert not somebody.calls("/v1/requests/")


@pytest.mark.parametrize("kept", [20, 80, 160])
def test_a_link_that_was_cut_asks_nothing(kept: int, somebody: Requester, asked: Asked) -> None:
    somebody.visit(asked.link[: asked.link.index("#") + kept])
    expect(somebody.heading("This link is incomplete")).to_be_visible()
    assert not somebody.calls("/v1/requests/")


@pytest.mark.parametrize(
    "fragment",
    [
        "request",
        "request.",
        "request...",
        "request.<img src=x onerror=alert(1)>.x.y",
        "request.__proto__.constructor.toString",
        "request." + "A" * 100_000,
        "request.%00.%ff.\U0001f4a5",
    ],
    ids=lambda text: text[:20].encode("ascii", "replace").decode(),
)
def test_a_hostile_fragment_is_no_more_than_an_incomplete_link(
    fragment: str, somebody: Requester, server: Served
) -> None:
    somebody.visit(f"{server.url}/#{fragment}")
    expect(somebody.heading("This link is incomplete")).to_be_visible()
    assert not somebody.calls("/v1/requests/")


def test_a_key_that_is_no_point_of_the_curve_gets_nothing(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    parsed = RequestLink.parse(asked.link)
    forged = replace(parsed, public_key=b"\x01" * 64).reveal()
    somebody.visit(forged)
    expect(somebody.heading("This link is incomplete")).to_be_visible()
    assert not somebody.calls("/v1/requests/")


def test_a_request_that_is_not_there_says_so(somebody: Requester, asked: Asked) -> None:
    somebody.server.store.receipts.clear()
    somebody.visit(asked.link)
    expect(somebody.heading("Nothing is here")).to_be_visible()


@pytest.mark.alone
def test_who_comes_second_is_told_that_it_was_answered(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    somebody.begin_answer(asked.link)
    somebody.type("too late")
    with Burnbag() as other:
        other.submit(asked.link, SECRET)
    somebody.answer()
    somebody.says("The request was answered")
    somebody.says(re.compile("If that was not you, tell whoever asked."))
    somebody.says("What you put in is still here.")
    somebody.page.on("dialog", lambda dialog: dialog.accept())
    somebody.visit(asked.link)
    expect(somebody.heading("The request was answered")).to_be_visible()
    assert answer_text(server, asked) == SECRET


def test_what_was_withdrawn_says_so(somebody: Requester, server: Served, asked: Asked) -> None:
    with Burnbag(server.url, region="us-east-1") as client:
        client.revoke(asked.id, asked.receipt_token)
    somebody.visit(asked.link)
    expect(somebody.heading("The request was withdrawn")).to_be_visible()


def test_what_has_expired_says_so(somebody: Requester, server: Served, asked: Asked) -> None:
    receipt = server.store.receipts[asked.id]
    server.store.receipts[asked.id] = replace(receipt, expires_at=receipt.created_at)
    somebody.visit(asked.link)
    expect(somebody.heading("The request has expired")).to_be_visible()


class Watched:
    """Whatever leaves the page of who answers."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request))
        page.on("console", lambda message: self.said.append(message.text))


def test_nothing_secret_goes_or_stays_anywhere(
    somebody: Requester, server: Served, asked: Asked
) -> None:
    watched = Watched(somebody.page)
    _, submit_token, key = asked.link.partition("#")[2].split(".")[1:]
    somebody.answer_with(asked.link, "canary in a coal mine")
    for request in watched.requests:
        told = f"{request.url} {request.all_headers()} {request.post_data}"
        assert request.url == "about:blank" or request.url.startswith(server.url), request.url
        assert "canary" not in told and key not in told
        assert submit_token not in request.url
        assert (submit_token in told) == ("/v1/requests/" in request.url)
    left: dict[str, Any] = {
        "stored": somebody.page.evaluate(STORED),
        "document": somebody.page.evaluate("document.documentElement.outerHTML"),
        "fields": somebody.page.evaluate(
            "[...document.querySelectorAll('input, textarea')].map((each) => each.value).join()"
        ),
    }
    for where, found in left.items():
        for secret in ("canary", submit_token, key):
            assert secret not in found, where
    assert not [words for words in watched.said if "Permissions-Policy" not in words]


def test_by_the_keyboard_alone(somebody: Requester, server: Served, asked: Asked) -> None:
    somebody.visit(asked.link)
    expect(somebody.heading("You are asked for a secret")).to_be_focused()
    press = somebody.page.keyboard.press
    for _ in range(3):
        press("Tab")
        if somebody.page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    somebody.page.keyboard.type("hunter2")
    for _ in range(5):
        press("Tab")
        if somebody.page.evaluate("document.activeElement.textContent") == "Encrypt and send":
            break
    press("Enter")
    expect(somebody.heading("It has arrived")).to_be_focused()
    assert answer_text(server, asked) == "hunter2"
