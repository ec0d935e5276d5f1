"""Opening what is for named people only: by signing in beside, while the link stays here."""

import os
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from burnbag import Burnbag
from tests.page.named import ADA, EVE, ROLE, Guest
from tests.page.rooms import Room
from tests.page.sender import SLOW
from tests.page.states import LARGE, PASSPHRASE, TEXT
from tests.page.test_keyboard import enter
from tests.support.browser import Complaints
from tests.support.server import Served, views_left

KEPT: Final = """JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie,
  history.state, history.length, name, location.href, document.referrer])"""
SAY: Final = """(messages) => {
  const channel = new BroadcastChannel("burnbag.sign-in");
  messages.forEach((message) => channel.postMessage(message));
}"""
HEAR: Final = """() => {
  window.heard = [];
  const channel = new BroadcastChannel("burnbag.sign-in");
  channel.onmessage = ({ data }) => window.heard.push(JSON.stringify(data));
}"""


@pytest.fixture
def people() -> str | None:
    return "COGNITO"


@pytest.fixture
def facts(people: str | None) -> dict[str, Any]:
    """A burnbag where people sign in."""
    return {"people_auth": people}


@pytest.fixture
def guest(room: Room) -> Iterator[Guest]:
    with Burnbag(room.served.url, region="us-east-1") as burnbag:
        yield Guest(room.page, room.context, room.served, burnbag)


def receipt_of(guest: Guest) -> Any:
    return guest.burnbag.receipt(guest.sent[-1].id, guest.sent[-1].receipt_token)


def test_who_is_named_signs_in_and_opens_it(guest: Guest) -> None:
    link = guest.meet()
    assert views_left(guest.served, link) == 1
    assert "Sign in, so that the server knows who you are. Nothing was used up." in guest.said
    assert "burnbag open" not in guest.said
    other = guest.sign_in()
    guest.wait_for("Somebody sent you a text")
    assert f"Signed in as {ADA}" in guest.said
    guest.take_steps()
    guest.wait_for("Here it is")
    assert guest.page.inner_text(".secret") == TEXT
    with guest.page.expect_response("**/confirm"):
        guest.press("Hide for good")
    assert guest.doors() == [
        "GET v1", "GET people", "POST people /reveal", "POST people /confirm",
    ]  # fmt: skip
    assert [view.by for view in receipt_of(guest).views] == [ADA]
    assert other.is_closed() or other.inner_text("main").startswith("Sign in")


def test_who_is_in_a_named_domain_opens_it_with_a_passphrase(guest: Guest) -> None:
    guest.pass_door("@example.com", passphrase=PASSPHRASE)
    guest.guess("rosebed")
    guest.wait_for("You have 4 more tries")
    guest.guess(PASSPHRASE)
    guest.wait_for("Here it is")


class Watcher:
    """Whatever is written, sent or said while somebody signs in, in whichever tab."""

    def __init__(self, context: BrowserContext, link: str, api: str) -> None:
        self.id, *self.secrets = link.partition("#")[2].split(".")
        self.api = f"{api}/v1/secrets/{self.id}", f"{api}/people/secrets/{self.id}"
        self.requests: list[Request] = []
        context.on("request", lambda request: self.requests.append(request))

    def find(self, text: str) -> list[str]:
        return [secret for secret in self.secrets if secret in text]

    def told(self) -> list[str]:
        """Who else than the API got to know something secret."""
        found = []
        for request in self.requests:
            said = f"{request.url} {request.headers} {request.post_data}"
            allowed = self.secrets[:1] if request.url.startswith(self.api) else []
            if self.find(request.url) or set(self.find(said)) - set(allowed):
                found.append(request.url)
        return found


def test_the_link_is_written_and_told_nowhere_while_somebody_signs_in(
    guest: Guest,
) -> None:
    stranger = guest.context.new_page()
    stranger.goto(guest.url())
    stranger.evaluate(HEAR)
    link = guest.send_to(ADA)
    watcher = Watcher(guest.context, link, guest.served.url)
    guest.visit(link)
    guest.wait_for("This is for certain people only")
    guest.provider.asks = True
    other = guest.sign_in()
    other.wait_for_url("**/oauth2/authorize?*")
    assert other.evaluate("[window.opener, name, document.referrer]") == [None, "", ""]
    for page in (guest.page, other, stranger):
        assert watcher.find(page.evaluate(KEPT) + page.content()) == []
    assert guest.page.evaluate("sessionStorage.length") == 0, "the attempt is in memory, too"
    guest.provider.asks = False
    other.reload()
    guest.wait_for("Somebody sent you a text")
    heard = stranger.evaluate("window.heard")
    assert len(heard) == 2 and "c0de" in heard[0] and '"taken":true' in heard[1]
    for page in (guest.page, stranger):
        assert watcher.find(page.evaluate(KEPT) + page.content()) == []
    assert watcher.find(str(heard)) == []
    session = guest.context.new_cdp_session(guest.page)
    entries: Any = session.send("Page.getNavigationHistory")["entries"]
    assert watcher.find(str([[entry["url"], entry["title"]] for entry in entries])) == []
    guest.take_steps()
    guest.wait_for("Here it is")
    assert watcher.told() == []
    tokens = guest.provider.tokens
    assert tokens and not any(token in guest.page.evaluate(KEPT) for token in tokens)


@pytest.mark.alone
def test_where_the_browser_opens_no_tab_a_plain_link_does(guest: Guest) -> None:
    guest.page.add_init_script("window.open = () => null")
    link = guest.meet()
    guest.press("Sign in")
    guest.wait_for("Your browser has not opened the new tab.")
    away = guest.page.get_by_role("link", name="Sign in")
    expect(away).to_be_focused()
    assert away.get_attribute("target") == "_blank"
    assert away.get_attribute("rel") == "noopener noreferrer"
    target = away.get_attribute("href") or ""
    assert target.startswith(f"{guest.served.url}/oauth2/authorize?")
    assert not any(part in target for part in link.partition("#")[2].split("."))
    with guest.page.expect_popup():
        away.click()
    guest.wait_for("Somebody sent you a text")


def test_answers_of_others_change_nothing(guest: Guest) -> None:
    guest.meet()
    guest.provider.asks = True
    other = guest.sign_in()
    other.wait_for_url("**/oauth2/authorize?*")
    stranger = guest.context.new_page()
    stranger.goto(guest.url())
    messages: list[Any] = [
        None, 5, "?code=x", [], {}, {"search": None}, {"search": 5}, {"search": ""},
        {"search": "?code=x"}, {"search": "?code=x&state=x"}, {"taken": True},
    ]  # fmt: skip
    stranger.evaluate(SAY, messages)
    stranger.goto(f"{guest.served.url}/?code=x&state=x")
    expect(stranger.get_by_text("Whoever sends here signs in first.")).to_be_visible()
    assert "This is for certain people only" in guest.said
    assert guest.page.locator(".error:not(:empty)").count() == 0
    assert not guest.provider.tokens
    guest.provider.asks = False
    other.reload()
    guest.wait_for("Somebody sent you a text")
    assert f"Signed in as {ADA}" in guest.said


def test_an_answer_that_comes_twice_counts_once(guest: Guest) -> None:
    guest.provider.asks = True
    guest.meet()
    other = guest.sign_in()
    other.wait_for_url("**/oauth2/authorize?*")
    state = other.evaluate("new URLSearchParams(location.search).get('state')")
    guest.provider.asks = False
    other.reload()
    guest.wait_for("Somebody sent you a text")
    again = guest.context.new_page()
    again.goto(f"{guest.served.url}/?code=c0de&state={state}")
    expect(again.get_by_text("Whoever sends here signs in first.")).to_be_visible()
    assert "Somebody sent you a text" in guest.said
    assert len(guest.provider.tokens) == 1


def test_an_attempt_that_was_given_up_is_begun_anew(guest: Guest) -> None:
    guest.meet()
    guest.provider.asks = True
    guest.sign_in().close()
    guest.provider.asks = False
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")


def test_a_sign_in_that_is_refused_says_so_and_loses_nothing(guest: Guest) -> None:
    guest.meet()
    guest.provider.refusal = "Ada is on holiday"
    guest.sign_in()
    guest.wait_for("Signing in did not work. Ada is on holiday")
    guest.provider.refusal = ""
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")


@pytest.mark.parametrize("leave", ["#send", "another link"])
def test_whoever_has_gone_on_to_something_else_is_not_called_back(guest: Guest, leave: str) -> None:
    guest.provider.asks = True
    guest.meet()
    other = guest.sign_in()
    other.wait_for_url("**/oauth2/authorize?*")
    if leave == "#send":
        guest.page.evaluate("location.hash = 'send'")
        shown = "Whoever sends here signs in first."
    else:
        link = guest.send(views=3)
        guest.page.evaluate("(link) => { location.href = link; }", link)
        shown = "3 more times"
    guest.wait_for(shown)
    guest.provider.asks = False
    with guest.page.expect_response("**/oauth2/token"):
        other.reload()
    guest.page.wait_for_timeout(300)
    assert shown in guest.said


def test_the_wrong_account_is_named_and_nothing_is_used(guest: Guest) -> None:
    guest.provider.email = EVE
    guest.provider.others = [ADA]
    link = guest.meet()
    guest.sign_in()
    guest.wait_for("This is the wrong account")
    assert f"You are signed in as {EVE}, whom the sender has not named." in guest.said
    assert "Nothing was used up." in guest.said and ADA not in guest.said
    assert views_left(guest.served, link) == 1
    receipt = receipt_of(guest)
    assert (receipt.refusals, receipt.last_refusal.by, receipt.views) == (1, EVE, ())
    guest.sign_in("Sign in as somebody else")
    guest.wait_for("Somebody sent you a text")
    guest.wait_for(f"Signed in as {ADA}")
    guest.take_steps()
    guest.wait_for("Here it is")


def test_whoever_signs_in_as_the_same_again_is_told_the_same_again(guest: Guest) -> None:
    guest.provider.email = EVE
    guest.meet()
    guest.sign_in()
    guest.wait_for("This is the wrong account")
    with guest.page.expect_response("**/people/secrets/**"):
        guest.sign_in("Sign in as somebody else")
    guest.wait_for("This is the wrong account")
    assert receipt_of(guest).refusals == 2


@pytest.mark.alone
def test_signing_in_as_somebody_else_works_by_plain_links_too(guest: Guest) -> None:
    guest.provider.email = EVE
    guest.provider.others = [ADA]
    guest.page.add_init_script("window.open = () => null")
    guest.meet()
    guest.press("Sign in")
    with guest.page.expect_popup():
        guest.page.get_by_role("link", name="Sign in").click()
    guest.wait_for("This is the wrong account")
    guest.press("Sign in as somebody else")
    with guest.page.expect_popup() as left:
        guest.page.get_by_role("link", name="Sign out").click()
    expect(left.value.get_by_role("heading", name="Open a link")).to_be_visible()
    with guest.page.expect_popup():
        guest.page.get_by_role("link", name="Sign in").click()
    guest.wait_for(f"Signed in as {ADA}")


def test_a_page_that_another_tab_left_behind_goes_nowhere_else(guest: Guest) -> None:
    """Where to go on is kept for the provider alone."""
    guest.page.goto(guest.url("#history"))
    guest.page.evaluate("sessionStorage.setItem('burnbag.next', 'https://example.com/')")
    guest.page.goto("about:blank")
    guest.page.goto(guest.url())
    guest.wait_for("Open a link")
    assert guest.page.evaluate("sessionStorage.length") == 0


def test_an_address_that_nobody_has_verified_opens_nothing(guest: Guest) -> None:
    guest.provider.verified = False
    link = guest.meet()
    guest.sign_in()
    guest.wait_for("Your address is not verified")
    assert f"You are signed in as {ADA}" in guest.said
    assert views_left(guest.served, link) == 1
    guest.provider.verified = True
    guest.sign_in("Sign in as somebody else")
    guest.wait_for("Somebody sent you a text")


def test_what_is_for_roles_only_is_left_to_the_command(guest: Guest) -> None:
    guest.meet(ROLE)
    assert "a role or user of AWS" in guest.said
    assert "burnbag open" in guest.said
    assert guest.page.locator("main button").count() == 0


def test_what_is_for_roles_and_people_says_both(guest: Guest) -> None:
    guest.meet(ROLE, ADA)
    assert "burnbag open" in guest.said
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")


@pytest.mark.parametrize("people", [None, "NONE"])
def test_where_nobody_signs_in_the_page_says_so(guest: Guest) -> None:
    guest.meet()
    assert "nobody can sign in here" in guest.said
    assert guest.page.locator("main button").count() == 0


@pytest.mark.parametrize("people", [None, "NONE"])
def test_where_nobody_signs_in_what_names_nobody_opens(guest: Guest) -> None:
    guest.open(guest.send())
    guest.wait_for("Here it is")


@pytest.mark.alone
def test_who_can_not_be_told_who_may_sign_in_can_try_again(
    guest: Guest, complaints: Complaints
) -> None:
    guest.served.faults.refuse += [("GET /live/config.json", 503)] * 6
    guest.visit(guest.send_to(ADA))
    guest.wait_for("No answer")
    complaints.expect("status of 503.*config.json")
    guest.served.faults.refuse.clear()
    guest.press("Try again")
    guest.wait_for("This is for certain people only")


def test_who_is_signed_in_to_send_does_not_sign_in_twice(guest: Guest) -> None:
    guest.page.goto(guest.url("#send"))
    guest.press("Sign in")
    guest.wait_for(f"Signed in as {ADA}")
    guest.page.evaluate("(link) => { location.href = link; }", guest.send_to(ADA))
    guest.wait_for("Somebody sent you a text")
    guest.wait_for(f"Signed in as {ADA}")
    assert len(guest.provider.tokens) == 1


def test_who_is_signed_in_opens_what_names_nobody_like_everybody(guest: Guest) -> None:
    guest.pass_door()
    guest.page.evaluate("(link) => { location.href = link; }", guest.send(views=3))
    guest.wait_for("3 more times")
    assert ADA not in guest.said
    assert guest.doors()[-1] == "GET v1"


def test_a_session_that_ends_before_it_is_opened_costs_nothing(guest: Guest) -> None:
    link = guest.pass_door()
    guest.refuse_once("/reveal")
    guest.take_steps()
    guest.wait_for("Please sign in again")
    assert views_left(guest.served, link) == 1
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")
    guest.take_steps()
    guest.wait_for("Here it is")


def test_a_token_that_can_not_be_renewed_costs_nothing_either(
    guest: Guest, complaints: Complaints
) -> None:
    guest.provider.lifetime = 1  # seconds: it has to be renewed at once, and can't be
    guest.meet()
    guest.sign_in()
    guest.wait_for("Please sign in again")
    complaints.expect("status of 400.*oauth2/token")
    guest.provider.lifetime = 900
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")


def test_a_provider_that_does_not_answer_is_no_end(guest: Guest, complaints: Complaints) -> None:
    guest.provider.lifetime = 30  # seconds: it has to be renewed for each call
    guest.page.route("**/oauth2/token", only_first)
    guest.meet()
    guest.sign_in()
    guest.wait_for("No answer")
    complaints.expect("status of 503.*oauth2/token")
    guest.page.unroute("**/oauth2/token")
    guest.press("Try again")
    guest.wait_for("Please sign in again")
    complaints.expect("status of 400.*oauth2/token")


def only_first(route: Any) -> None:
    """Answer the code, and no renewal."""
    if "refresh_token" in (route.request.post_data or ""):
        route.fulfill(status=503, json={})
    else:
        route.continue_()


@pytest.mark.alone
def test_after_a_reload_the_same_person_gets_the_same_view(
    guest: Guest, complaints: Complaints
) -> None:
    link = guest.pass_door()
    guest.lose_answers()
    guest.take_steps()
    guest.wait_for("No answer")
    complaints.expect("net::ERR")
    guest.page.unroute("**/reveal")
    guest.reload()
    guest.page.get_by_label("The link").fill(link)
    guest.press("Look")
    guest.wait_for("This is for certain people only")
    guest.sign_in()
    guest.wait_for("Here it is")
    assert guest.page.inner_text(".secret") == TEXT
    assert len(receipt_of(guest).views) == 1


@pytest.mark.alone
def test_another_who_is_named_does_not_get_the_view_of_the_first(guest: Guest) -> None:
    guest.provider.email = EVE
    link = guest.pass_door(ADA, EVE)
    guest.take_steps()
    guest.wait_for("Here it is")
    guest.provider.email = ADA
    guest.reload()
    guest.page.get_by_label("The link").fill(link)
    guest.press("Look")
    guest.sign_in()
    guest.wait_for("Somebody was here first")


def test_a_large_file_goes_on_after_signing_in_again(guest: Guest, complaints: Complaints) -> None:
    """Its address has expired, and so has the session that could ask for another."""
    data = os.urandom(LARGE)
    link = guest.pass_door(content=data, filename="backup.tar")
    expire_address_once(guest)
    guest.take_steps()
    guest.wait_for("Your file is here")
    guest.refuse_once("/reveal")
    with (
        guest.page.expect_download(timeout=SLOW) as download,
        guest.page.expect_response("**/confirm", timeout=SLOW),
    ):
        guest.press("Save the file")
        guest.wait_for("Please sign in again")
        guest.sign_in()
    assert download.value.path().read_bytes() == data
    complaints.expect("net::ERR_CONTENT_LENGTH|status of 403")
    guest.wait_for("Saved on your device.")
    assert views_left_or_none(guest.served, link) == 0
    assert set(guest.doors()) == {
        "GET v1", "GET people", "POST people /reveal", "POST people /confirm",
    }  # fmt: skip


def expire_address_once(guest: Guest) -> None:
    """Let the file's address be none any more from the second megabyte on, once."""
    guest.served.faults.cut.append(5_000_000)
    asked = 0

    def fetch(route: Any) -> None:
        nonlocal asked
        asked += 1
        route.fulfill(status=403, body="") if asked == 2 else route.continue_()

    guest.page.route("**/bucket/**", fetch)


def views_left_or_none(served: Served, link: str) -> int:
    try:
        return views_left(served, link)
    except KeyError:
        return 0


HOSTILE: Final = "<img src=x onerror=alert(1)>\u202e" + "x" * 300


@pytest.mark.parametrize(
    ("status", "said", "title"),
    [
        (403, {"type": "recipient-required"}, "This is for certain people only"),
        (403, {"type": "recipient-required", "identify": "people"}, "certain people only"),
        (403, {"type": "recipient-required", "identify": {"0": "people"}}, "certain people only"),
        (403, {"type": "recipient-required", "identify": [HOSTILE]}, "certain people only"),
        (403, {"type": "not-the-recipient", "identified_as": HOSTILE}, "the wrong account"),
        (403, {"type": "not-the-recipient", "identified_as": [{}]}, "the wrong account"),
        (403, {"type": "not-the-recipient"}, "the wrong account"),
        (401, {"type": "not-signed-in", "identify": None}, "Please sign in again"),
        (403, {"type": "email-unverified"}, "Your address is not verified"),
    ],
)
@pytest.mark.alone
def test_answers_that_are_none_of_burnbags_are_shown_as_text(
    guest: Guest, status: int, said: dict[str, Any], title: str
) -> None:
    body = {**said, "type": f"urn:burnbag:problem:{said['type']}", "title": HOSTILE}
    guest.page.route("**/v1/secrets/*", lambda route: route.fulfill(status=status, json=body))
    guest.visit(guest.send())
    guest.wait_for(title)
    assert guest.page.locator("main img").count() == 0
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    guest.page.set_viewport_size({"width": 320, "height": 700})
    assert guest.page.evaluate(wide)


def test_a_server_that_asks_who_it_is_again_and_again_is_asked_once(guest: Guest) -> None:
    guest.meet()
    body = {"type": "urn:burnbag:problem:recipient-required", "identify": ["people"]}
    guest.page.route("**/people/**", lambda route: route.fulfill(status=403, json=body))
    with guest.page.expect_response("**/people/**"):
        guest.sign_in()
    guest.page.wait_for_timeout(300)
    assert "This is for certain people only" in guest.said
    assert len(guest.provider.tokens) == 1


def test_who_uses_the_keyboard_signs_in_and_is_led_on(guest: Guest) -> None:
    guest.meet()
    expect(guest.page.get_by_role("heading", level=1)).to_be_focused()
    with guest.page.expect_popup():
        enter(guest.page, "Sign in")
    guest.wait_for("Somebody sent you a text")
    expect(guest.page.get_by_role("heading", level=1)).to_be_focused()


def test_opening_in_another_tab_knows_nothing_of_who_signed_in_here(guest: Guest) -> None:
    guest.pass_door()
    other: Page = guest.context.new_page()
    other.goto(guest.sent[-1].link)
    expect(other.get_by_text("This is for certain people only")).to_be_visible()
