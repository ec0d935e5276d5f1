"""Sending by the page: what is put in comes out at the other end, whoever opens it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from burnbag import Burnbag, PassphraseWrong
from burnbag.links import Link
from tests.page.sender import Sender, open_link
from tests.support.sending import run_sending_page
from tests.support.server import Served, views_left

DROP = """async (files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const events = ["dragenter", "dragover", "drop"].map((type) => (
    new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true })
  ));
  for (const event of events) document.body.dispatchEvent(event);
}"""
PASTE = """async ([name, text, asText]) => {
  const clipboardData = new DataTransfer();
  if (asText) clipboardData.setData("text/plain", text);
  clipboardData.items.add(new File([text], name, { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def sender(page: Page, server: Served) -> Sender:
    return Sender(page, server)


def test_a_text_is_opened_by_the_command(sender: Sender) -> None:
    text = "hunter2\n  Grüße, 秘密 🔑\n"
    opened = open_link(sender.send_text(text))
    assert opened.data == text.encode()
    assert (opened.kind, opened.media_type, opened.filename) == (
        *("text", "text/plain; charset=utf-8", ""),
    )


def test_the_server_is_told_neither_the_text_nor_the_key_nor_the_passphrase(
    sender: Sender, server: Served
) -> None:
    bodies: list[bytes] = []
    sender.page.on("request", lambda request: bodies.append(request.post_data_buffer or b""))
    sender.begin()
    sender.type("hunter2 is my password")
    sender.more(passphrase="korrekt pferd batterie")
    link = sender.send()
    key = link.rpartition(".")[2]
    everything = b"".join(bodies) + "".join(server.requests).encode()
    assert len(everything) > 300
    for secret in (b"hunter2", b"korrekt", key.encode(), Link.parse(link).token.encode()):
        assert secret not in everything


@pytest.mark.full_argon2
def test_a_passphrase_is_needed_if_one_was_set(sender: Sender, server: Served) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.more(passphrase="korrekt pferd batterie")
    link = sender.send()
    sender.says("korrekt pferd batterie")
    sender.says("Send it by another way than the link, or tell it by phone.")
    with pytest.raises(PassphraseWrong):
        open_link(link, passphrase="falsch")
    assert open_link(link, passphrase="korrekt pferd batterie").data == b"hunter2"


def test_views_time_label_and_lock_are_what_was_chosen(sender: Sender, server: Served) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.page.get_by_label("Destroyed after").select_option("7 days")
    sender.page.get_by_label("How often it can be opened").fill("3")
    sender.more(passphrase="korrekt pferd batterie", label="for Jo")
    sender.page.get_by_label("Close it until I allow more").check()
    secret_id = Link.parse(sender.send()).id
    stored, receipt = server.store.secrets[secret_id], server.store.receipts[secret_id]
    assert stored.max_views == 3
    assert stored.expires_at - stored.created_at == 7 * 86400
    assert (receipt.label, receipt.on_lock, receipt.passphrase) == ("for Jo", "freeze", True)
    assert receipt.encrypted


def test_one_file_keeps_its_name(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "Bericht über Ärger.pdf"
    path.write_bytes(b"%PDF" + bytes(range(256)) * 100)
    sender.begin()
    sender.choose(path)
    opened = open_link(sender.send())
    assert (opened.kind, opened.filename) == ("file", path.name)
    assert opened.media_type == "application/pdf"
    assert opened.data == path.read_bytes()


def test_a_large_file_goes_into_the_bucket(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"0123456789abcdef" * 400_000)
    sender.begin()
    sender.choose(path)
    opened = open_link(sender.send())
    assert (opened.kind, opened.filename) == ("upload", "large.bin")
    assert opened.data == path.read_bytes()
    assert sender.calls("POST /bucket") == 1


def test_several_files_arrive_as_one_zip(sender: Sender, tmp_path: Path) -> None:
    names = ["a.txt", "Grüße.txt", "empty"]
    paths = [tmp_path / name for name in names]
    for path in paths[:2]:
        path.write_text(f"this is {path.name}")
    paths[2].touch()
    sender.begin()
    sender.choose(*paths)
    sender.says("3 files, 32 bytes, sent as one zip")
    opened = open_link(sender.send())
    assert (opened.filename, opened.media_type) == ("files.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(opened.data or b"")) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist()} == {
            path.name: path.read_bytes() for path in paths
        }


def test_a_file_can_be_taken_out_again(sender: Sender, tmp_path: Path) -> None:
    for name in ("keep.txt", "drop.txt"):
        (tmp_path / name).write_text(name)
    sender.begin()
    sender.choose(tmp_path / "keep.txt", tmp_path / "drop.txt")
    row = sender.page.get_by_role("listitem").filter(has_text="drop.txt")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(sender.page.get_by_role("button", name="Remove")).to_be_focused()
    assert open_link(sender.send()).filename == "keep.txt"


def test_files_can_be_dropped_anywhere(sender: Sender) -> None:
    sender.begin()
    sender.page.evaluate(DROP, [["note.txt", "dropped"]])
    expect(sender.page.get_by_label("Files", exact=True)).to_be_checked()
    opened = open_link(sender.send())
    assert (opened.filename, opened.data) == ("note.txt", b"dropped")


def test_a_picture_can_be_pasted(sender: Sender) -> None:
    sender.begin()
    sender.page.get_by_label("What is secret").focus()
    sender.page.evaluate(PASTE, ["image.png", "PNG", False])
    opened = open_link(sender.send())
    assert (opened.filename, opened.media_type, opened.data) == ("image.png", "image/png", b"PNG")


def test_a_text_that_is_pasted_with_a_picture_of_it_is_a_text(sender: Sender) -> None:
    sender.begin()
    sender.page.get_by_label("What is secret").focus()
    sender.page.evaluate(PASTE, ["image.png", "hunter2", True])
    expect(sender.page.get_by_label("Text", exact=True)).to_be_checked()


def test_a_text_that_was_typed_before_files_is_not_sent_in_silence(
    sender: Sender, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").touch()
    sender.begin()
    sender.type("hunter2")
    sender.choose(tmp_path / "a.txt")
    sender.says("Only the files are sent, not the text that you typed.")
    sender.page.get_by_label("Text", exact=True).check()
    assert open_link(sender.send()).data == b"hunter2"


def test_a_password_can_be_made_and_sent(sender: Sender) -> None:
    sender.begin()
    sender.page.get_by_text("Make a password").click()
    sender.press("Make one")
    made = sender.page.get_by_label("What is secret").input_value()
    assert len(made) == 20
    sender.says("As hard to guess as a key of 116 bits.")
    assert open_link(sender.send()).data == made.encode()


def test_a_passphrase_can_be_made(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.page.get_by_text("Passphrase and label").click()
    sender.page.get_by_text("Make a passphrase").click()
    sender.press("Make one")
    made = sender.page.get_by_label("Passphrase", exact=True).input_value()
    assert len(made.split("-")) == 5
    sender.says("Very hard to guess.")
    assert open_link(sender.send(), passphrase=made).data == b"hunter2"


def test_the_hint_says_how_hard_a_passphrase_is_to_guess(sender: Sender) -> None:
    sender.begin()
    sender.more(passphrase="password1")
    sender.says("Easy to guess.")
    sender.page.get_by_label("Passphrase", exact=True).fill("")
    expect(sender.page.get_by_text("Easy to guess.")).to_have_count(0)
    expect(sender.page.get_by_text("After five wrong passphrases")).to_be_hidden()


def test_a_text_of_the_command_and_one_of_the_page_look_alike_to_the_server(
    sender: Sender, server: Served
) -> None:
    with Burnbag(server.url, region="us-east-1") as client:
        by_command = client.send("hunter2").link
    by_page = sender.send_text("hunter2")
    one, other = (server.store.secrets[Link.parse(link).id] for link in (by_command, by_page))
    for name in ("kind", "encrypted", "max_views", "on_lock", "size"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.expires_at - one.created_at == other.expires_at - other.created_at


def test_the_link_opens_in_the_page(sender: Sender, server: Served) -> None:
    link = sender.send_text("hunter2")
    sender.press("Copy the link")
    with sender.page.context.new_page() as other:
        other.goto(link)
        expect(other.get_by_role("heading", level=1)).to_have_text("Somebody sent you a text")
    assert views_left(server, link) == 1


def test_a_phone_reads_the_link_from_the_screen(sender: Sender) -> None:
    link = sender.send_text("hunter2")
    sender.page.get_by_text("QR code").click()
    picture = sender.page.get_by_role("img", name="QR code").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert found.text == link


def test_whoever_opens_loads_nothing_of_sending(page: Page, server: Served) -> None:
    with Burnbag(server.url, region="us-east-1") as client:
        link = client.send("hunter2").link
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody sent you a text")
    page.wait_for_load_state("networkidle")
    assert not [request for request in server.requests if "/send" in request]


@pytest.mark.alone
def test_the_link_can_be_shared_where_there_is_a_sheet(sender: Sender) -> None:
    sender.page.add_init_script("navigator.share = async (what) => { window.shared = what; }")
    link = sender.send_text("hunter2")
    sender.press("Share")
    assert sender.page.evaluate("window.shared") == {"url": link}


def test_a_page_whose_people_may_not_send_says_how_it_is_done(page: Page) -> None:
    with run_sending_page(people_auth=None) as server:
        page.goto(f"{server.url}/#send")
        expect(page.locator("main")).to_contain_text("Here, this is done by the command:")
        expect(page.locator("main code")).to_have_text("burnbag send")
        assert not page.get_by_role("button", name="Encrypt and get a link").count()
