"""Signing in from the page: by redirect and PKCE, with tokens that lie nowhere but in memory."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.support.browser import Complaints
from tests.support.provider import make_token, only
from tests.support.web import BLANK, POLICY

MODULE = "/scripts/sign-in.js"
# Nothing is waited for: the page that would answer is left.
LEAVE = f"(facts) => {{ import('{MODULE}').then((module) => module.signIn(facts)); }}"
FINISH = f"""async (facts) => {{
  const {{ finishSignIn }} = await import('{MODULE}');
  try {{
    window.session = await finishSignIn(facts);
    return window.session && window.session.email;
  }} catch (error) {{
    return [error.name, error.reason, error.detail];
  }}
}}"""
AUTHORIZE = """async (headers) => {
  try {
    return await window.session.authorize(headers);
  } catch (error) {
    return [error.name, error.reason];
  }
}"""
KEPT = (
    "JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie"
)


@dataclass
class Provider:
    """A provider beside the page: what it was asked, and what it answers."""

    page: Page
    url: str
    asked: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    lifetime: int = 900

    def __post_init__(self) -> None:
        self.page.route("**/oauth2/authorize?*", self.show_form)
        self.page.route("**/oauth2/token", self.answer)
        self.page.route("**/oauth2/revoke", self.answer)
        self.page.route("**/logout?*", self.show_form)
        self.page.route("**/blank?*", self.lead_back)

    @property
    def facts(self) -> dict[str, str]:
        return {
            "authorize_url": f"{self.url}/oauth2/authorize",
            "token_url": f"{self.url}/oauth2/token",
            "revoke_url": f"{self.url}/oauth2/revoke",
            "logout_url": f"{self.url}/logout",
            "client_id": "page",
            "scope": "openid email",
            "redirect_url": f"{self.url}/blank",
        }

    def show_form(self, route: Route) -> None:
        self.asked.append(only(urlsplit(route.request.url).query))
        self.lead_back(route)

    def lead_back(self, route: Route) -> None:
        headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
        route.fulfill(body=BLANK, headers=headers)

    def answer(self, route: Route) -> None:
        self.forms.append(only(route.request.post_data or ""))
        status, body = self.answers.pop(0) if self.answers else (200, self.tokens())
        route.fulfill(status=status, json=body)

    def tokens(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        number = len(self.forms)
        claims = {"aud": "page", "email": "ada@example.com", "nonce": self.asked[0]["nonce"]}
        times = {"iat": now, "exp": now + self.lifetime, "jti": number}
        token = make_token(**{**claims, **times, **changed})
        return {"id_token": token, "access_token": "a", "refresh_token": f"refresh-{number}"}

    def leave(self) -> dict[str, str]:
        """The page goes to the provider; what it asks there."""
        self.page.goto(f"{self.url}/blank")
        with self.page.expect_navigation(url="**/oauth2/authorize?*"):
            self.page.evaluate(LEAVE, self.facts)
        return self.asked[-1]

    def come_back(self, **query: str) -> Any:
        """The provider leads back to the page; who is signed in then."""
        self.page.goto(f"{self.url}/blank?{urlencode(query)}")
        return self.page.evaluate(FINISH, self.facts)

    def sign_in(self) -> Any:
        asked = self.leave()
        return self.come_back(code="c0de", state=asked["state"])

    def authorize(self, **headers: str) -> Any:
        return self.page.evaluate(AUTHORIZE, headers)


@pytest.fixture
def provider(page: Page, web_url: str) -> Provider:
    return Provider(page, web_url)


def test_the_page_asks_for_a_code_and_tells_nothing_but_a_hash(provider: Provider) -> None:
    asked = provider.leave()
    assert {
        name: asked[name] for name in ("response_type", "client_id", "scope", "redirect_uri")
    } == {
        "response_type": "code",
        "client_id": "page",
        "scope": "openid email",
        "redirect_uri": f"{provider.url}/blank",
    }
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    kept = json.loads(provider.page.evaluate("sessionStorage.getItem('burnbag.sign-in')"))
    assert kept.keys() == {"state", "nonce", "verifier"}
    digest = hashlib.sha256(kept["verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]


def test_who_comes_back_is_signed_in(provider: Provider) -> None:
    assert provider.sign_in() == "ada@example.com"
    (form,) = provider.forms
    assert form["grant_type"] == "authorization_code"
    assert (form["code"], form["client_id"]) == ("c0de", "page")
    assert form["redirect_uri"] == f"{provider.url}/blank"
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = provider.asked[0]["code_challenge"]
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
    found = provider.authorize(Accept="x")
    assert found["Accept"] == "x"
    assert found["Authorization"].startswith("e30.")


def test_nothing_of_it_stays_in_the_address_the_history_or_storage(provider: Provider) -> None:
    provider.sign_in()
    assert provider.page.url == f"{provider.url}/blank"
    token = provider.authorize()["Authorization"]
    kept = provider.page.evaluate(KEPT)
    assert kept == "{}{}"
    assert token not in provider.page.content()
    provider.page.reload()
    assert provider.page.evaluate(FINISH, provider.facts) is None


@pytest.mark.parametrize("state", ["", "x" * 43])
def test_an_answer_that_this_tab_has_not_asked_for_is_refused(
    provider: Provider, state: str
) -> None:
    provider.leave()
    assert provider.come_back(code="c0de", state=state) == ["SignInError", "foreign", ""]
    assert not provider.forms
    assert provider.page.url == f"{provider.url}/blank"


def test_whoever_is_sent_here_with_a_code_of_somebody_else_is_not_signed_in(
    provider: Provider,
) -> None:
    assert provider.come_back(code="c0de", state="x") is None
    assert not provider.forms
    assert provider.page.url == f"{provider.url}/blank"


def test_an_attempt_counts_once(provider: Provider) -> None:
    asked = provider.leave()
    provider.come_back(code="c0de", state=asked["state"])
    assert provider.come_back(code="c0de", state=asked["state"]) is None
    assert len(provider.forms) == 1


def test_the_providers_own_words_are_told(provider: Provider) -> None:
    asked = provider.leave()
    told = {"error": "access_denied", "error_description": "<b>User is disabled</b>" + "!" * 500}
    name, reason, detail = provider.come_back(state=asked["state"], **told)
    assert (name, reason) == ("SignInError", "refused")
    assert detail.startswith("<b>User is disabled</b>!")
    assert len(detail) == 200


def test_words_that_the_provider_was_not_asked_for_are_not_told(provider: Provider) -> None:
    assert provider.come_back(state="x", error="x", error_description="Call 0900") is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"nonce": "another"}, "foreign"),
        ({"aud": "another"}, "foreign"),
        ({"exp": None}, "foreign"),
    ],
)
def test_another_token_than_the_one_asked_for_is_refused(
    provider: Provider, changed: dict[str, Any], reason: str
) -> None:
    asked = provider.leave()
    provider.answers.append((200, provider.tokens(**changed)))
    assert provider.come_back(code="c0de", state=asked["state"])[1] == reason


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((400, {"error": "invalid_grant"}), ["SignInError", "refused", "invalid_grant"]),
        ((200, {"access_token": "a"}), ["SignInError", "refused", ""]),
        ((200, {"id_token": "nonsense"}), ["SignInError", "foreign", ""]),
        ((503, {}), ["SignInError", "unanswered", ""]),
    ],
)
def test_what_the_token_endpoint_refuses_is_told(
    provider: Provider,
    complaints: Complaints,
    answer: tuple[int, dict[str, Any]],
    told: list[str],
) -> None:
    asked = provider.leave()
    provider.answers.append(answer)
    assert provider.come_back(code="c0de", state=asked["state"]) == told
    if answer[0] >= 400:
        complaints.expect(str(answer[0]))


def test_a_token_that_ends_is_renewed_once_for_all_who_ask(provider: Provider) -> None:
    provider.lifetime = 30
    provider.sign_in()
    first = provider.page.evaluate(
        "window.session.authorize().then((found) => found.Authorization)"
    )
    provider.lifetime = 900
    both = provider.page.evaluate(
        "Promise.all([window.session.authorize(), window.session.authorize()])"
        ".then((all) => all.map((found) => found.Authorization))"
    )
    assert [form["grant_type"] for form in provider.forms] == [
        "authorization_code", "refresh_token", "refresh_token",
    ]  # fmt: skip
    assert provider.forms[-1]["refresh_token"] == "refresh-2"
    assert both[0] == both[1] != first


def test_a_session_that_the_provider_has_ended_is_over(
    provider: Provider, complaints: Complaints
) -> None:
    provider.lifetime = 30
    provider.sign_in()
    provider.answers.append((400, {"error": "invalid_grant"}))
    assert provider.authorize() == ["SignInError", "over"]
    assert provider.authorize() == ["SignInError", "over"]
    assert len(provider.forms) == 2, "what is over is not asked for again"
    complaints.expect("400")


def test_a_session_outlives_a_provider_that_does_not_answer(
    provider: Provider, complaints: Complaints
) -> None:
    provider.lifetime = 30
    provider.sign_in()
    provider.answers.append((503, {}))
    assert provider.authorize() == ["SignInError", "unanswered"]
    assert provider.authorize()["Authorization"].startswith("e30.")
    complaints.expect("503")


def test_who_signs_out_is_forgotten_here_and_there(provider: Provider) -> None:
    provider.sign_in()
    with provider.page.expect_navigation(url="**/logout?*"):
        provider.page.evaluate("window.session.signOut()")
    assert provider.asked[-1] == {"client_id": "page", "logout_uri": f"{provider.url}/blank"}
    assert provider.forms[-1] == {"token": "refresh-1", "client_id": "page"}
    assert provider.page.evaluate(KEPT) == "{}{}"


def refuse(page: Page, facts: dict[str, str]) -> Any:
    return page.evaluate(
        f"(facts) => import('{MODULE}').then((module) => module.signIn(facts))"
        ".then(() => 'left', (error) => error.reason)",
        facts,
    )


def test_a_page_with_a_secret_in_its_address_goes_nowhere(provider: Provider) -> None:
    provider.page.goto(f"{provider.url}/blank#{'A' * 22}.{'B' * 43}")
    assert refuse(provider.page, provider.facts) == "foreign"
    assert not provider.asked
    assert provider.page.evaluate(KEPT) == "{}{}"


def test_the_page_of_sending_may_sign_in(provider: Provider) -> None:
    provider.page.goto(f"{provider.url}/blank#send")
    with provider.page.expect_navigation(url="**/oauth2/authorize?*"):
        provider.page.evaluate(LEAVE, provider.facts)
