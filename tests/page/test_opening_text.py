"""Opening a text: what is said before, what is shown, and what is left afterwards."""

import re

import pytest

from tests.page.states import PASSPHRASE, TEXT, Visitor
from tests.support.browser import Complaints
from tests.support.server import views_left


def test_a_link_says_what_it_leads_to_and_uses_nothing(visitor: Visitor) -> None:
    link = visitor.send(views=3, ttl="2h")
    visitor.visit(link)
    assert visitor.page.title() == "Somebody sent you a text \u2013 burnbag"
    for words in ("3 more times", "at most 294 bytes", "3 of 3", "in 2 hours", "not needed"):
        assert words in visitor.said
    assert "by the sender; this server can\u2019t read it" in visitor.said
    assert views_left(visitor.served, link) == 3
    assert visitor.calls == ["GET"]


def test_a_link_says_when_the_server_encrypted(visitor: Visitor) -> None:
    visitor.visit(visitor.send(server_side=True))
    assert "by this server" in visitor.said
    assert "28 bytes" in visitor.said and "at most" not in visitor.said


def test_a_text_is_shown_after_a_long_press(visitor: Visitor) -> None:
    visitor.visit(visitor.send())
    visitor.hold()
    visitor.wait_for("Here it is")
    assert visitor.page.inner_text(".secret") == TEXT
    assert "That was the last view" in visitor.said


def test_a_text_that_the_server_encrypted_is_shown(visitor: Visitor) -> None:
    visitor.open(visitor.send(server_side=True))
    assert visitor.page.inner_text(".secret") == TEXT


def test_a_long_text_is_shown_whole(visitor: Visitor) -> None:
    text = "line\n" * 40_000
    visitor.open(visitor.send(text))
    assert visitor.page.locator(".secret").text_content() == text


@pytest.mark.full_argon2
def test_a_text_with_a_passphrase_is_shown_to_who_knows_it(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    visitor.guess(PASSPHRASE)
    visitor.wait_for("Here it is")
    assert visitor.page.inner_text(".secret") == TEXT


def test_a_passphrase_that_the_server_checks_by_itself_opens_too(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE, server_side=True))
    visitor.guess(PASSPHRASE)
    visitor.wait_for("Here it is")


def test_a_wrong_passphrase_says_how_many_tries_are_left(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    visitor.guess("rosebed")
    visitor.wait_for("You have 4 more tries")
    field = visitor.page.get_by_label("Passphrase", exact=True)
    assert field.input_value() == ""
    assert field.evaluate("(field) => field === document.activeElement")
    visitor.guess(PASSPHRASE)
    visitor.wait_for("Here it is")


def test_the_last_wrong_passphrase_says_that_the_secret_is_destroyed(visitor: Visitor) -> None:
    link = visitor.send(passphrase=PASSPHRASE)
    visitor.guess_wrongly(link, 4)
    visitor.visit(link)
    visitor.guess("rosebed")
    visitor.wait_for("This was destroyed")


def test_the_last_wrong_passphrase_freezes_what_is_to_be_frozen(visitor: Visitor) -> None:
    link = visitor.send(passphrase=PASSPHRASE, on_lock="freeze")
    visitor.guess_wrongly(link, 3)
    visitor.visit(link)
    visitor.guess("rosebed")
    visitor.wait_for("You have one more try; if it is wrong too, the sender has to allow more")
    visitor.guess("rosebud!")
    visitor.wait_for("This is frozen")
    visitor.burnbag.unfreeze(visitor.sent[-1].id, visitor.sent[-1].receipt_token)
    visitor.press("Try again")
    visitor.wait_for("Somebody sent you a text")


def test_no_passphrase_at_all_costs_no_try(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    visitor.hold()
    visitor.wait_for("Type the passphrase first.")
    assert visitor.calls == ["GET"]


def test_a_passphrase_can_be_looked_at(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    field = visitor.page.get_by_label("Passphrase", exact=True)
    visitor.press("Show")
    assert field.get_attribute("type") == "text"
    visitor.press("Show")
    assert field.get_attribute("type") == "password"


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "<b>bold</b> & co", "a\r\nb\tc", "הסיסמה\u202e", "😀" * 99],
    ids=["script", "tags", "lines", "right-to-left", "beyond"],
)
def test_a_text_is_shown_as_text_and_never_as_markup(text: str, visitor: Visitor) -> None:
    visitor.open(visitor.send(text))
    secret = visitor.page.locator(".secret")
    assert secret.evaluate("(shown) => shown.firstChild.data") == text
    assert secret.evaluate("(shown) => shown.childElementCount") == 0
    assert secret.get_attribute("dir") == "auto"
    assert secret.get_attribute("translate") == "no"


def test_a_text_can_be_copied(visitor: Visitor) -> None:
    visitor.open(visitor.send())
    visitor.press("Copy")
    visitor.wait_for("Copied.")
    assert paste(visitor) == TEXT


@pytest.mark.alone
def test_where_the_browser_does_not_copy_the_text_is_marked(visitor: Visitor) -> None:
    refuse = "navigator.clipboard.writeText = () => Promise.reject()"
    visitor.page.add_init_script(f"if (navigator.clipboard) {refuse}")
    visitor.open(visitor.send())
    visitor.press("Copy")
    visitor.wait_for("It is marked.")
    assert visitor.page.evaluate("getSelection().toString()") == TEXT


def test_the_clipboard_can_be_emptied_after_hiding(visitor: Visitor) -> None:
    visitor.open(visitor.send())
    visitor.press("Copy")
    visitor.wait_for("Copied.")
    visitor.press("Hide for good")
    visitor.press("Empty the clipboard")
    visitor.wait_for("The clipboard is empty.")
    assert paste(visitor).strip() == ""


def paste(visitor: Visitor) -> str:
    """What is in the clipboard, as anybody would find out."""
    page = visitor.context.new_page()
    page.goto(visitor.url())
    field = page.get_by_label("The link")
    field.focus()
    page.keyboard.press("Control+v")
    return field.input_value()


def test_a_text_can_be_saved_as_a_file(visitor: Visitor) -> None:
    visitor.open(visitor.send())
    with visitor.page.expect_download() as download:
        visitor.press("Save as a file")
    assert download.value.suggested_filename == "secret.txt"
    assert download.value.path().read_text() == TEXT


def test_hiding_takes_the_text_out_of_the_page(visitor: Visitor) -> None:
    visitor.open(visitor.send(views=2))
    visitor.press("Hide for good")
    assert "It can be opened once more." in visitor.said
    assert TEXT not in visitor.page.content()
    assert visitor.page.locator(".secret").count() == 0


@pytest.mark.alone
def test_a_text_leaves_the_page_after_three_minutes(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.open_by_clock(visitor.send())
    assert "It leaves this page in" in visitor.said
    visitor.page.clock.run_for(170_000)
    assert re.search(r"in 0:\d\d", visitor.said)
    visitor.page.clock.run_for(20_000)
    visitor.wait_for("Cleared from this page")
    assert TEXT not in visitor.page.content()


@pytest.mark.alone
def test_a_text_that_nobody_has_seen_stays_until_somebody_has(visitor: Visitor) -> None:
    """Somebody puts the phone away while it opens, and comes back after lunch."""
    visitor.page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })"
    )
    visitor.page.clock.install()
    visitor.open_by_clock(visitor.send())
    visitor.page.clock.run_for(600_000)
    assert visitor.page.inner_text(".secret") == TEXT
    assert visitor.calls == ["GET", "POST /reveal"]


@pytest.mark.alone
def test_a_text_can_be_kept_on_the_page(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.open_by_clock(visitor.send())
    visitor.press("Keep it here")
    visitor.page.clock.run_for(600_000)
    assert visitor.page.inner_text(".secret") == TEXT


@pytest.mark.alone
def test_it_is_confirmed_once_it_was_seen_and_then_it_is_gone(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.open_by_clock(visitor.send())
    assert visitor.calls == ["GET", "POST /reveal"]
    with visitor.page.expect_response("**/confirm"):
        visitor.page.clock.run_for(6000)
    visitor.served.reap()
    assert not visitor.served.store.secrets


@pytest.mark.parametrize("action", ["Copy", "Save as a file", "Hide for good"])
def test_it_is_confirmed_when_somebody_has_it(action: str, visitor: Visitor) -> None:
    visitor.open(visitor.send())
    with visitor.page.expect_response("**/confirm") as answer:
        visitor.press(action)
    assert answer.value.status == 204


def test_a_view_of_many_leaves_the_others(visitor: Visitor) -> None:
    link = visitor.send(views=3)
    for left in ("It can be opened 2 more times.", "It can be opened once more."):
        visitor.open(link)
        with visitor.page.expect_response("**/confirm"):
            visitor.press("Hide for good")
        assert left in visitor.said
    assert views_left(visitor.served, link) == 1


def test_the_page_can_be_told_another_link_without_being_loaded_anew(visitor: Visitor) -> None:
    visitor.open(visitor.send("the first"))
    other = visitor.send("the second", views=2)
    visitor.page.evaluate("(link) => { location.href = link; }", other)
    visitor.wait_for("Opening it now uses one of them")
    assert "the first" not in visitor.page.content()
    assert visitor.page.url == visitor.url()


def test_a_link_can_be_pasted(visitor: Visitor) -> None:
    visitor.visit(visitor.url())
    visitor.page.get_by_label("The link").fill(f"  {visitor.send()}\n")
    visitor.press("Look")
    visitor.wait_for("Somebody sent you a text")


@pytest.mark.parametrize(
    ("link", "says"),
    [("hello", "Copy the whole link"), ("https://example.com/#a.b", "A part of it is missing")],
)
def test_what_is_no_link_is_not_taken(link: str, says: str, visitor: Visitor) -> None:
    visitor.visit(visitor.url())
    visitor.page.get_by_label("The link").fill(link)
    visitor.press("Look")
    visitor.wait_for(says)


@pytest.mark.alone
def test_opening_takes_few_requests_before_it_says_what_is_there(visitor: Visitor) -> None:
    """Whose it is comes beside, and sooner or later than that: here it does not come at all."""
    visitor.page.route("**/config.js", lambda route: None)
    visitor.visit(visitor.send())
    peek = next(i for i, each in enumerate(visitor.served.requests) if "GET /live/v1/" in each)
    before = [each for each in visitor.served.requests[:peek] if each.endswith(".js")]
    assert 5 < len(before) <= 10


@pytest.mark.alone
def test_the_language_is_the_browsers_and_can_be_changed(
    visitor: Visitor, complaints: Complaints
) -> None:
    visitor.open(visitor.send(views=2))
    visitor.page.get_by_label("Language").select_option("de")
    visitor.wait_for("Hier ist es")
    assert visitor.page.inner_text(".secret") == TEXT
    assert visitor.page.locator("html").get_attribute("lang") == "de"
    assert visitor.page.evaluate("JSON.stringify(localStorage)") == '{"burnbag.language":"de"}'
    visitor.reload()
    assert visitor.page.title() == "Einen Link öffnen \u2013 burnbag"
