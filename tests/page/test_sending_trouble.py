"""What goes wrong while one sends: nothing that was put in is lost, and nothing is sealed twice."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.page.sender import SLOW, Sender, open_link
from tests.support.browser import Complaints
from tests.support.sending import LIMITS, run_sending_page
from tests.support.server import Served

MIB = 1024 * 1024


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def sender(page: Page, server: Served) -> Sender:
    return Sender(page, server)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(b"0123456789abcdef" * (6 * MIB // 16))
    return path


def forget_network_errors(complaints: Complaints) -> None:
    """Chromium may repeat a request by itself, and then does not complain."""
    complaints[:] = [complaint for complaint in complaints if "net::ERR_" not in complaint]


def paste(page: Page) -> str:
    """What somebody gets who pastes elsewhere."""
    with page.context.new_page() as other:
        other.set_content("<textarea></textarea>")
        other.locator("textarea").press("Control+V")
        return other.locator("textarea").input_value()


def typed(sender: Sender) -> str:
    return sender.page.get_by_label("What is secret").input_value()


@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_lost_answer_makes_one_secret(
    kind: str, sender: Sender, server: Served, tmp_path: Path, complaints: Complaints
) -> None:
    (tmp_path / "a.txt").write_text("hunter2")
    server.faults.drop.append("POST /live/v1/secrets")
    sender.begin()
    sender.type("hunter2") if kind == "text" else sender.choose(tmp_path / "a.txt")
    link = sender.send()
    assert sender.calls("POST /live/people/secrets") == 2
    assert len(server.store.secrets) == 1
    assert open_link(link).data == b"hunter2"
    forget_network_errors(complaints)


def test_a_lost_answer_about_an_upload_makes_one_secret(
    sender: Sender, server: Served, large: Path, complaints: Complaints
) -> None:
    server.faults.drop.append("POST /live/v1/uploads")
    sender.begin()
    sender.choose(large)
    assert open_link(sender.send()).data == large.read_bytes()
    assert len(server.store.receipts) == 1
    forget_network_errors(complaints)


def test_a_broken_upload_is_sent_again(
    sender: Sender, server: Served, large: Path, complaints: Complaints
) -> None:
    server.faults.unread.append(MIB)
    sender.begin()
    sender.choose(large)
    assert open_link(sender.send()).data == large.read_bytes()
    assert sender.calls("POST /bucket") == 2
    forget_network_errors(complaints)


def test_an_upload_that_the_bucket_refuses_is_revoked(
    sender: Sender, server: Served, large: Path, complaints: Complaints
) -> None:
    server.faults.refuse.append(("POST /bucket", 403))
    sender.begin()
    sender.choose(large)
    sender.go()
    sender.says("What you put in is still here.")
    assert not server.store.secrets
    assert sender.calls("DELETE /live/people/secrets") == 1
    expect(sender.page.get_by_role("listitem").filter(has_text="large.bin")).to_be_visible()
    complaints.expect("403")


def test_what_is_never_answered_is_revoked_and_the_text_is_still_there(
    sender: Sender, server: Served
) -> None:
    server.faults.refuse += [("POST /live/people/secrets", 503)] * 5
    sender.begin()
    sender.type("hunter2")
    sender.go()
    sender.says("What you put in is still here.")
    expect(sender.page.get_by_role("alert")).to_contain_text("This does not work right now")
    assert sender.calls("DELETE /live/people/secrets") == 1
    assert typed(sender) == "hunter2"
    assert open_link(sender.send()).data == b"hunter2"


def test_without_a_connection_nothing_is_lost(
    sender: Sender, server: Served, complaints: Complaints
) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.page.context.set_offline(True)
    sender.go()
    sender.says("You are offline")
    sender.page.context.set_offline(False)
    assert typed(sender) == "hunter2"
    assert open_link(sender.send()).data == b"hunter2"
    forget_network_errors(complaints)


def test_nothing_is_not_sent(sender: Sender) -> None:
    sender.begin()
    sender.go()
    sender.says("Type or paste something first.")
    expect(sender.page.get_by_label("What is secret")).to_be_focused()
    sender.page.get_by_label("Files", exact=True).check()
    sender.go()
    sender.says("Choose a file first.")
    expect(sender.page.get_by_label("Choose files")).to_be_focused()
    assert not sender.calls("POST")


def test_an_error_is_read_with_its_field(sender: Sender) -> None:
    sender.begin()
    sender.go()
    field = sender.page.get_by_label("What is secret")
    expect(field).to_have_accessible_description("Type or paste something first.")
    expect(field).to_have_attribute("aria-invalid", "true")
    sender.type("hunter2")
    sender.page.get_by_label("How often it can be opened").fill("101")
    sender.go()
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(sender.page.get_by_label("How often it can be opened")).to_have_accessible_description(
        "A number from 1 to 100."
    )


def test_what_is_too_large_is_said_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(2 * MIB))
    limits = {**LIMITS, "max_file_bytes": MIB, "max_upload_bytes": MIB}
    with run_sending_page(limits=limits) as server:
        sender = Sender(page, server)
        sender.begin()
        sender.choose(tmp_path / "large.bin")
        sender.says("That is too large: at most 1 MB can be sent.")
        sender.go()
        assert not sender.calls("POST")


def test_the_limits_of_the_server_are_those_of_the_form(page: Page) -> None:
    limits = {**LIMITS, "min_ttl": 3600, "default_ttl": 7200, "max_ttl": 90_000, "max_views": 2}
    with run_sending_page(limits=limits) as server:
        Sender(page, server).begin()
        options = page.get_by_label("Destroyed after").locator("option")
        expect(options).to_have_text(["1 hour", "2 hours", "4 hours", "1 day"])
        expect(page.get_by_label("Destroyed after")).to_have_value("7200")
        expect(page.get_by_label("How often it can be opened")).to_have_attribute("max", "2")


def test_a_server_with_smaller_limits_than_it_told_gets_it_another_way(
    sender: Sender, server: Served
) -> None:
    server.faults.refuse.append(("POST /live/people/secrets", 413))
    assert open_link(sender.send_text("hunter2")).kind == "file"


def test_what_the_server_takes_in_no_way_is_still_there(sender: Sender, server: Served) -> None:
    server.faults.refuse += [("POST /live/people/", 413)] * 3
    sender.begin()
    sender.type("hunter2")
    sender.go()
    sender.says("The server does not take this.")
    assert typed(sender) == "hunter2"


def test_sending_can_be_stopped(
    sender: Sender, server: Served, tmp_path: Path, complaints: Complaints
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(40 * MIB))
    sender.begin()
    sender.choose(path)
    sender.go()
    sender.says("Encrypting …")
    sender.press("Stop")
    expect(sender.heading("Send a secret")).to_be_visible(timeout=SLOW)
    expect(sender.page.get_by_role("listitem").filter(has_text="large.bin")).to_be_visible()
    deadline = time.monotonic() + 10
    while server.store.secrets and time.monotonic() < deadline:
        sender.page.wait_for_timeout(100)
    assert not server.store.secrets


def test_a_file_that_is_gone_is_said_and_nothing_is_sealed(
    sender: Sender, server: Served, tmp_path: Path
) -> None:
    path = tmp_path / "gone.txt"
    path.write_text("hunter2")
    sender.begin()
    sender.choose(path)
    path.write_text("changed since")
    sender.go()
    sender.says("Was it changed or moved? Choose it again.")
    assert not server.store.secrets


@pytest.mark.alone
def test_leaving_with_something_unsent_warns(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    sender.page.on("dialog", agree)
    sender.page.goto("about:blank")
    assert asked == ["beforeunload"]


@pytest.mark.alone
def test_leaving_with_nothing_typed_does_not_warn(sender: Sender) -> None:
    sender.begin()
    sender.page.on("dialog", lambda dialog: pytest.fail(dialog.type))
    sender.page.goto("about:blank")


@pytest.mark.alone
def test_a_link_that_was_not_taken_warns_and_one_that_was_copied_does_not(sender: Sender) -> None:
    sender.page.context.grant_permissions(["clipboard-write"])
    link = sender.send_text("hunter2")
    asked: list[str] = []

    def decline(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    sender.page.on("dialog", decline)
    sender.page.evaluate("setTimeout(() => location.reload())")
    expect(sender.page.locator(".secret.link")).to_have_text(link)
    sender.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    sender.press("Copy the link")
    expect(sender.page.get_by_role("button", name="Copied")).to_be_visible()
    assert paste(sender.page) == link
    sender.page.reload()
    assert asked == ["beforeunload"]


def test_after_it_was_sent_the_form_is_empty(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.more(passphrase="korrekt pferd", label="for Jo")
    sender.send()
    sender.press("Send something else")
    assert typed(sender) == ""
    assert sender.page.get_by_label("Passphrase", exact=True).input_value() == ""
    assert sender.page.get_by_label("Label").input_value() == ""


def test_whoever_looks_at_another_view_finds_what_was_typed(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.page.evaluate("location.hash = 'history'")
    expect(sender.heading("What you have sent")).to_be_visible()
    sender.page.go_back()
    expect(sender.heading("Send a secret")).to_be_visible()
    assert typed(sender) == "hunter2"


def test_a_page_that_was_left_holds_nothing_any_more(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    sender.page.evaluate("location.hash = 'history'")
    expect(sender.heading("What you have sent")).to_be_visible()
    sender.page.evaluate("location.hash = 'send'")
    expect(sender.heading("Send a secret")).to_be_visible()
    assert typed(sender) == ""


def test_nothing_secret_is_left_in_storage_history_or_address(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.more(passphrase="korrekt pferd")
    link = sender.send()
    found: dict[str, Any] = sender.page.evaluate("""async () => ({
      stores: [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie],
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      state: JSON.stringify(history.state),
      url: location.href,
    })""")
    secrets = ("hunter2", "korrekt", *link.partition("#")[2].split("."))
    assert not [secret for secret in secrets if secret in repr(found)]
    assert re.search(r"/#send$", found["url"])


def test_two_tabs_make_two_secrets(sender: Sender, server: Served) -> None:
    other = Sender(sender.page.context.new_page(), server)
    for who, text in ((sender, "one"), (other, "two")):
        who.begin()
        who.type(text)
    links = [sender.send(), other.send()]
    assert [open_link(link).data for link in links] == [b"one", b"two"]


def test_whoever_looks_elsewhere_while_it_is_sent_stops_it_and_stays_there(
    sender: Sender, server: Served
) -> None:
    held: list[Route] = []
    sender.page.route("**/people/secrets", lambda route: held.append(route))
    sender.begin()
    sender.type("hunter2")
    sender.go()
    sender.says("Encrypting …")
    sender.page.evaluate("location.hash = 'history'")
    expect(sender.heading("What you have sent")).to_be_visible()
    sender.page.wait_for_timeout(500)
    expect(sender.heading("What you have sent")).to_be_visible()
    sender.page.go_back()
    expect(sender.heading("Send a secret")).to_be_visible()
    assert typed(sender) == "hunter2"
    assert not server.store.secrets


@pytest.mark.alone
def test_a_server_that_does_not_say_who_may_send_can_be_asked_again(
    sender: Sender, server: Served, complaints: Complaints
) -> None:
    # More than the page asks before it says so: what draws the brand asks too, and may be faster.
    server.faults.refuse += [("GET /live/config.json", 503)] * 12
    sender.page.goto(f"{server.url}/#send")
    expect(sender.heading("No answer")).to_be_visible()
    server.faults.refuse.clear()
    sender.press("Try again")
    expect(sender.heading("Send a secret")).to_be_visible()
    complaints.expect("503")


def test_an_answer_about_another_secret_is_not_believed(sender: Sender, server: Served) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        other = f"{server.url}/#{'A' * 22}.{'A' * 43}"
        route.fulfill(response=answer, json={**answer.json(), "link": other})

    sender.page.route("**/people/secrets", change)
    sender.begin()
    sender.type("hunter2")
    sender.go()
    sender.says("What you put in is still here.")
    assert not server.store.secrets


def test_whoever_sent_too_much_is_told_when_it_goes_on_and_loses_nothing(
    sender: Sender, server: Served
) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.refuse_too_many(seconds=840)
    sender.go()
    alert = sender.page.get_by_role("alert")
    expect(alert).to_contain_text("You have sent as much as one person may in an hour.")
    expect(alert).to_contain_text("You can try again in 14 minutes.")
    assert sender.calls("POST /live/people/secrets") == 1
    assert typed(sender) == "hunter2"
    assert open_link(sender.send()).data == b"hunter2"


@pytest.mark.alone
def test_the_time_until_it_goes_on_runs_down_and_goes(sender: Sender) -> None:
    sender.page.clock.install()
    sender.begin()
    sender.type("hunter2")
    sender.refuse_too_many(seconds=120)
    sender.go()
    sender.says(re.compile("You can try again in [12] minutes?"))
    sender.page.clock.run_for(90_000)
    sender.says(re.compile(r"You can try again in [23]\d seconds\."))
    sender.page.clock.run_for(31_000)
    expect(sender.page.get_by_text("You can try again")).to_have_count(0)
    sender.says("What you put in is still here.")


def test_what_may_be_sent_in_a_moment_is_sent_by_itself(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.refuse_too_many(seconds=1)
    assert open_link(sender.send()).data == b"hunter2"
    assert sender.calls("POST /live/people/secrets") == 2
