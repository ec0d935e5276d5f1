"""A person signs in as the page lets them: the code flow with PKCE, over HTTP, without browser."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tools.person import Person

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass
class SignIn:
    """One attempt at the sign-in that a stack's output describes."""

    facts: Mapping[str, str]
    http: requests.Session = field(default_factory=requests.Session)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        self.http.trust_env = False

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def open_form(self) -> dict[str, str]:
        """The fields of the form that a person gets."""
        asked = {
            "response_type": "code",
            "client_id": self.facts["client_id"],
            "redirect_uri": self.facts["redirect_url"],
            "scope": self.facts["scope"],
            "state": self.state,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        page = self.http.get(self.facts["authorize_url"], params=asked, timeout=60)
        assert page.status_code == 200, page.text
        return {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}

    def get_code(self, person: Person) -> str:
        """The code that the page is called with once the person has signed in."""
        form = {**self.open_form(), "username": person.email, "password": person.password}
        url = urlsplit(self.facts["authorize_url"])._replace(path="/login", query="").geturl()
        answer = self.http.post(url, data=form, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        target = answer.headers["Location"]
        assert target.startswith(self.facts["redirect_url"] + "?")
        returned = parse_qs(urlsplit(target).query)
        assert returned["state"] == [self.state]
        return returned["code"][0]

    def redeem(self, code: str, **changed: str) -> requests.Response:
        """The token endpoint's answer to a code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.facts["client_id"],
            "redirect_uri": self.facts["redirect_url"],
            "code": code,
            "code_verifier": self.verifier,
        }
        return self.http.post(self.facts["token_url"], data=form | changed, timeout=60)


def sign_in(facts: Mapping[str, str], person: Person) -> dict[str, Any]:
    """The tokens of a person who signs in: id_token, access_token, refresh_token."""
    attempt = SignIn(facts)
    answer = attempt.redeem(attempt.get_code(person))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens
