"""Every state that sending has, and how somebody gets there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Route, expect

from burnbag import Burnbag, PassphraseError
from burnbag.results import Sent
from tests.page.sender import Sender, open_link

STATES: Final[dict[str, Callable[[Sender, Path], None]]] = {}
LABEL: Final = "for Jo, the new database"


def state(reach: Callable[[Sender, Path], None]) -> Callable[[Sender, Path], None]:
    STATES[reach.__name__.replace("_", "-")] = reach
    return reach


@state
def send_empty(sender: Sender, folder: Path) -> None:
    sender.begin()


@state
def send_text(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.type("user: jo\npassword: hunter2")
    sender.more(passphrase="hund katze maus", label=LABEL)


@state
def send_generator(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.page.get_by_text("Make a password").click()
    sender.press("Make one")
    sender.page.get_by_text("Passphrase and label").click()
    sender.page.get_by_text("Make a passphrase").click()
    sender.page.get_by_role("button", name="Make one").last.click()


@state
def send_files(sender: Sender, folder: Path) -> None:
    names = ("Bericht.pdf", "ein-sehr-langer-Name" * 6 + ".txt", "שלום.doc")
    paths = [folder / name for name in names]
    for size, path in enumerate(paths):
        path.write_bytes(bytes(1000**size))
    sender.begin()
    sender.type("hunter2")
    sender.choose(*paths)


@state
def send_nothing(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.go()
    sender.says("Type or paste something first.")


@state
def send_no_file(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.page.get_by_label("Files", exact=True).check()
    sender.go()
    sender.says("Choose a file first.")


@state
def send_failed(sender: Sender, folder: Path) -> None:
    sender.server.faults.refuse += [("POST /live/people/secrets", 503)] * 5
    sender.begin()
    sender.type("hunter2")
    sender.go()
    sender.says("What you put in is still here.")


@state
def send_too_much(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.refuse_too_many(seconds=840)
    sender.go()
    sender.says("You can try again in 14 minutes.")


@state
def sending(sender: Sender, folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(8_000_000))
    held: list[Route] = []
    sender.page.route("**/people/uploads", lambda route: held.append(route))
    sender.begin()
    sender.choose(folder / "large.bin")
    sender.go()
    sender.says("8 MB of 8 MB")


@state
def sent(sender: Sender, folder: Path) -> None:
    sender.send_text("hunter2")


@state
def sent_with_everything(sender: Sender, folder: Path) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.more(passphrase="lusab-dofit-gutih-tugad", label=LABEL)
    sender.send()
    sender.page.get_by_text("QR code").click()
    expect(sender.page.locator("svg.qr")).to_be_visible()
    sender.press("Keep a list in this browser")


def leave(sealed: Sent) -> None:
    """Do nothing with it."""


def show_receipt(sender: Sender, before: Callable[[Sent], object] = leave, **order: Any) -> None:
    with Burnbag(sender.server.url, region="us-east-1") as client:
        sealed = client.send("hunter2", label=LABEL, **order)
    before(sealed)
    sender.page.goto(f"{sender.server.url}/#receipt.{sealed.id}.{sealed.receipt_token}")
    expect(sender.page.locator(".facts")).to_be_visible()


@state
def receipt_sealed(sender: Sender, folder: Path) -> None:
    show_receipt(sender)


@state
def receipt_withdrawing(sender: Sender, folder: Path) -> None:
    show_receipt(sender)
    sender.press("Withdraw it")


@state
def receipt_opened(sender: Sender, folder: Path) -> None:
    show_receipt(sender, lambda sealed: [open_link(sealed.link) for _ in range(2)], views=5)


@state
def receipt_frozen(sender: Sender, folder: Path) -> None:
    show_receipt(sender, guess, passphrase="richtig", on_lock="freeze")


@state
def receipt_locked(sender: Sender, folder: Path) -> None:
    show_receipt(sender, guess, passphrase="richtig")


@state
def receipt_erased(sender: Sender, folder: Path) -> None:
    def end(sealed: Sent) -> None:
        open_link(sealed.link)
        sender.server.reap()

    show_receipt(sender, end)


def guess(sealed: Sent) -> None:
    for _ in range(5):
        with pytest.raises(PassphraseError):
            open_link(sealed.link, passphrase="falsch")


@state
def receipt_none(sender: Sender, folder: Path) -> None:
    sender.page.goto(f"{sender.server.url}/#receipt.AAAA")
    expect(sender.heading("Nothing is here")).to_be_visible()


@state
def history_offered(sender: Sender, folder: Path) -> None:
    sender.page.goto(f"{sender.server.url}/#history")
    expect(sender.heading("What you have sent")).to_be_visible()


@state
def history(sender: Sender, folder: Path) -> None:
    for label in (LABEL, ""):
        sender.begin()
        sender.type("hunter2")
        sender.more(label=label)
        sender.send()
        if label:
            sender.press("Keep a list in this browser")
        sender.press("Copy the link")
        expect(sender.page.get_by_role("button", name="Copied")).to_be_visible()
        sender.page.goto("about:blank")
    history_offered(sender, folder)


@state
def history_forgetting(sender: Sender, folder: Path) -> None:
    history(sender, folder)
    sender.press("Forget everything")
