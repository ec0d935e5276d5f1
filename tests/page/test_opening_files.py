"""Opening a file: its name and size, how it is saved, and what happens when that breaks off."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page

from tests.page.states import LARGE, Visitor
from tests.support.browser import Complaints
from tests.support.server import views_left

# What keeps a browser from having its own dialog, so that it has to save in another way.
NO_DIALOG = "delete window.showSaveFilePicker"
NO_WORKER = "if (navigator.serviceWorker) navigator.serviceWorker.register = () => Promise.reject()"
# A dialog as the browser's, that writes into a file of the page's own.
DIALOG = """
window.showSaveFilePicker = async ({ suggestedName }) => {
  window.suggested = suggestedName;
  const folder = await navigator.storage.getDirectory();
  return folder.getFileHandle("saved", { create: true });
};
void 0;
"""
READ_SAVED = """async () => {
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle("saved")).getFile();
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [window.suggested, file.size, Array.from(new Uint8Array(digest))];
}"""
HUGE = 33 * 1024 * 1024
# What comes of a download of so many bytes: the bytes, and the name of the error.
TAKE = """async ([url, size]) => {
  const { Download } = await import("/scripts/open/download.js");
  const decoder = new TextDecoder();
  let taken = "";
  try {
    const reader = new Download(size, async () => url).stream.getReader();
    for (let piece; !(piece = await reader.read()).done;) taken += decoder.decode(piece.value);
    return [taken, ""];
  } catch (error) {
    return [taken, error.name];
  }
}"""


def save(visitor: Visitor) -> Download:
    with visitor.page.expect_download() as download:
        visitor.press("Save the file")
    visitor.wait_for("Saved on your device.")
    return download.value


def assert_saved(download: Download, name: str, data: bytes) -> None:
    assert download.suggested_filename == name
    assert hashlib.sha256(download.path().read_bytes()).digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize("server_side", [False, True])
def test_a_small_file_is_saved_under_its_name(server_side: bool, visitor: Visitor) -> None:
    data = os.urandom(5000)
    visitor.visit(visitor.send(data, filename="café plan.pdf", server_side=server_side))
    assert "Somebody sent you a file" in visitor.said
    assert "café" not in visitor.said
    visitor.hold()
    visitor.wait_for("café plan.pdf")
    assert_saved(save(visitor), "café plan.pdf", data)


def test_a_file_of_the_command_line_is_saved(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a text, but a file")
    visitor.open(visitor.send(tmp_path / "notes.txt"))
    assert_saved(save(visitor), "notes.txt", b"a text, but a file")


def test_bytes_without_a_name_are_saved_and_not_shown(visitor: Visitor) -> None:
    visitor.open(visitor.send(b"\x00\xff\x00"))
    assert_saved(save(visitor), "secret", b"\x00\xff\x00")


def test_an_upload_is_fetched_from_where_it_lies(visitor: Visitor) -> None:
    data = os.urandom(LARGE)
    visitor.open(visitor.send(data, filename="backup.tar"))
    assert_saved(save(visitor), "backup.tar", data)


def test_an_upload_that_the_server_did_not_see_encrypted_is_saved_as_it_is(
    visitor: Visitor,
) -> None:
    data = os.urandom(LARGE)
    visitor.open(visitor.send(data, filename="backup.tar"))
    with visitor.page.expect_response("**/confirm") as answer:
        save(visitor)
    assert answer.value.status == 204


def test_nothing_is_confirmed_before_it_is_saved(visitor: Visitor) -> None:
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    assert visitor.calls == ["GET", "POST /reveal"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202efdp.exe", "CON", ".bashrc"])
def test_a_sender_can_give_no_dangerous_name(name: str, visitor: Visitor) -> None:
    visitor.open(visitor.send(b"x", filename=name))
    saved = save(visitor).suggested_filename
    assert "/" not in saved and "\u202e" not in saved
    assert not saved.startswith(".") and saved != "CON"


def test_a_download_that_breaks_off_goes_on_where_it_broke(
    visitor: Visitor, complaints: Complaints
) -> None:
    data = os.urandom(LARGE)
    visitor.served.faults.cut += [100_000, 700_000, 1_000_000]
    visitor.open(visitor.send(data, filename="backup.tar"))
    assert_saved(save(visitor), "backup.tar", data)
    fetched = [each for each in visitor.served.requests if each.startswith("GET /bucket/")]
    assert len(fetched) == 4
    complaints.expect("ERR_CONTENT_LENGTH_MISMATCH")


def test_a_download_that_can_not_go_on_waits_until_it_is_told_to(
    visitor: Visitor, complaints: Complaints
) -> None:
    data = os.urandom(LARGE)
    visitor.break_off(5_000_000)
    visitor.open(visitor.send(data, filename="backup.tar"))
    visitor.press("Save the file")
    visitor.wait_for("The connection broke off after")
    visitor.page.unroute("**/bucket/**")
    with visitor.page.expect_download() as download:
        visitor.press("Go on")
    visitor.wait_for("Saved on your device.")
    assert_saved(download.value, "backup.tar", data)
    complaints.expect("net::ERR")


def test_a_download_goes_on_by_itself_when_the_connection_is_back(
    visitor: Visitor, complaints: Complaints
) -> None:
    visitor.break_off(5_000_000)
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    visitor.press("Save the file")
    visitor.wait_for("broke off")
    visitor.page.unroute("**/bucket/**")
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.wait_for("Saved on your device.")
    complaints.expect("net::ERR")


def test_an_expired_url_is_asked_for_anew(visitor: Visitor, complaints: Complaints) -> None:
    link = visitor.send(os.urandom(LARGE), filename="backup.tar", views=2)
    visitor.served.faults.refuse.append(("GET /bucket/", 403))
    visitor.open(link)
    save(visitor)
    assert visitor.calls.count("POST /reveal") == 2
    assert views_left(visitor.served, link) == 1
    complaints.expect("403")


@pytest.mark.alone
def test_after_the_claim_has_ended_going_on_uses_no_other_view(
    visitor: Visitor, complaints: Complaints
) -> None:
    """Somebody puts a laptop to sleep in the middle of a download."""
    link = visitor.send(os.urandom(LARGE), filename="backup.tar", views=2)
    visitor.break_off(5_000_000)
    visitor.open(link)
    visitor.press("Save the file")
    visitor.wait_for("broke off")
    visitor.page.unroute("**/bucket/**")
    visitor.served.faults.refuse.append(("GET /bucket/", 403))
    visitor.page.clock.set_fixed_time(time.time() + 16 * 60)
    visitor.press("Go on")
    visitor.wait_for("You had this view before")
    assert visitor.calls.count("POST /reveal") == 1
    assert views_left(visitor.served, link) == 1
    complaints.expect("net::ERR|403")


def test_a_download_can_be_stopped_and_begun_again(visitor: Visitor) -> None:
    data = os.urandom(LARGE)
    visitor.served.faults.slow = 0.05
    visitor.open(visitor.send(data, filename="backup.tar"))
    visitor.press("Save the file")
    visitor.page.wait_for_selector("progress")
    visitor.press("Stop")
    visitor.wait_for("Stopped.")
    visitor.served.faults.slow = 0.0
    assert_saved(save(visitor), "backup.tar", data)


def test_what_is_longer_than_was_said_is_not_handed_on(blank: Page, web_url: str) -> None:
    """Whoever lies about the size would otherwise fill the memory, or the disk."""
    blank.route("**/bucket", lambda route: route.fulfill(status=206, body="1234567"))
    taken = blank.evaluate(TAKE, [f"{web_url}/bucket", 6])
    assert taken == ["", "Damaged"]
    assert blank.evaluate(TAKE, [f"{web_url}/bucket", 7]) == ["1234567", ""]


def test_what_was_changed_on_the_way_is_not_saved(visitor: Visitor) -> None:
    visitor.served.faults.change = lambda data: data[:-1] + bytes([data[-1] ^ 1])
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    visitor.press("Save the file")
    visitor.wait_for("What is stored is not what was sent")
    assert "Saved" not in visitor.said


@pytest.mark.alone
def test_a_large_file_goes_through_the_browsers_dialog(visitor: Visitor) -> None:
    data = os.urandom(HUGE)
    visitor.page.add_init_script(DIALOG)
    visitor.open(visitor.send(data, filename="disk.img"))
    visitor.press("Save the file")
    visitor.wait_for("Saved on your device.")
    name, size, digest = visitor.page.evaluate(READ_SAVED)
    assert (name, size, bytes(digest)) == ("disk.img", HUGE, hashlib.sha256(data).digest())


@pytest.mark.alone
def test_a_large_file_that_is_damaged_leaves_nothing_behind_the_dialog(visitor: Visitor) -> None:
    visitor.page.add_init_script(DIALOG)
    visitor.served.faults.change = lambda data: data[:-1] + bytes([data[-1] ^ 1])
    visitor.open(visitor.send(os.urandom(HUGE), filename="disk.img"))
    visitor.press("Save the file")
    visitor.wait_for("What is stored is not what was sent")
    assert visitor.page.evaluate(READ_SAVED)[1] == 0


@pytest.mark.alone
def test_who_closes_the_dialog_can_save_later(visitor: Visitor) -> None:
    refuse = "async () => { throw new DOMException('closed', 'AbortError'); }"
    visitor.page.add_init_script(f"window.showSaveFilePicker = {refuse}")
    visitor.open(visitor.send(os.urandom(HUGE), filename="disk.img"))
    visitor.press("Save the file")
    visitor.wait_for("Stopped.")
    visitor.page.evaluate(DIALOG)
    visitor.press("Save the file")
    visitor.wait_for("Saved on your device.")


@pytest.mark.alone
def test_a_large_file_goes_through_a_worker_where_there_is_no_dialog(visitor: Visitor) -> None:
    data = os.urandom(HUGE)
    visitor.page.add_init_script(NO_DIALOG)
    visitor.open(visitor.send(data, filename="disk image's.img"))
    assert_saved(save(visitor), "disk image's.img", data)
    workers = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"
    assert visitor.page.evaluate(workers) == 0


@pytest.mark.alone
def test_a_large_file_goes_through_the_memory_where_there_is_no_worker(visitor: Visitor) -> None:
    data = os.urandom(HUGE)
    visitor.page.add_init_script(NO_DIALOG)
    visitor.page.add_init_script(NO_WORKER)
    visitor.open(visitor.send(data, filename="disk.img"))
    assert_saved(save(visitor), "disk.img", data)


@pytest.mark.alone
def test_what_no_memory_should_hold_is_said_before_a_view_is_used(visitor: Visitor) -> None:
    visitor.page.add_init_script(NO_DIALOG)
    visitor.page.add_init_script(NO_WORKER)
    link = visitor.send(os.urandom(HUGE), filename="disk.img")
    visitor.page.route(
        "**/v1/secrets/*",
        lambda route: route.fulfill(
            response=(r := route.fetch()), json={**r.json(), "size": 300_000_000}
        ),
    )
    visitor.visit(link)
    visitor.wait_for("This file is too large for this browser")
    assert visitor.page.locator(".gesture").count() == 0
    assert visitor.calls == ["GET"]


def test_what_was_saved_from_memory_can_be_saved_again(visitor: Visitor) -> None:
    """The browser does not say whether somebody has refused it, and the server has it no more."""
    data = os.urandom(1000)
    visitor.open(visitor.send(data, filename="report.pdf"))
    assert_saved(save(visitor), "report.pdf", data)
    visitor.wait_for("Saved on your device.")
    assert_saved(save(visitor), "report.pdf", data)
