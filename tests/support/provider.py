"""A provider at the page's own origin, at which people sign in without a form."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

FORM = b"<!doctype html><html lang=en><title>Password</title><link rel=icon href=data:,>"
Answer = tuple[int, bytes, dict[str, str]]


def make_token(**claims: Any) -> str:
    """An id token, as far as the page reads it; it does not check the signature."""
    text = json.dumps(claims, ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(text).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def only(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@dataclass
class Provider:
    """It signs `email` in at once, in whichever tab; or `asks` for a password.

    Whoever signs out is the next of `others` then. The server believes the tokens that are made
    here: `people` is what each says.
    """

    people: dict[str, dict[str, str]]
    email: str = "ada@example.com"
    verified: bool = True
    others: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    lifetime: int = 900
    refusal: str = ""
    asks: bool = False

    def answer(self, path: str, query: str, body: bytes) -> Answer:
        """The answer to a request below the sign-in's own URL."""
        if path == "/oauth2/authorize":
            return self.lead_back(only(query))
        if path == "/oauth2/token":
            return self.make_tokens(only(body.decode()))
        return self.sign_out(only(query)) if path == "/logout" else (200, b"", {})

    def lead_back(self, asked: dict[str, str]) -> Answer:
        if self.asks:
            return 200, FORM, {"Content-Type": "text/html"}
        self.asked.append(asked)
        said = {"error": "access_denied", "error_description": self.refusal}
        query = urlencode((said if self.refusal else {"code": "c0de"}) | {"state": asked["state"]})
        return 302, b"", {"Location": f"{asked['redirect_uri']}?{query}"}

    def sign_out(self, asked: dict[str, str]) -> Answer:
        if self.others:
            self.email = self.others.pop(0)
        return 302, b"", {"Location": asked["logout_uri"]}

    def make_tokens(self, form: dict[str, str]) -> Answer:
        if form["grant_type"] == "refresh_token":
            return 400, b'{"error": "invalid_grant"}', {}
        now = int(time.time())
        who = {"aud": "page", "token_use": "id", "email": self.email}
        claims = {**who, "email_verified": str(self.verified).lower()}
        times = {"iat": now, "exp": now + self.lifetime, "jti": len(self.tokens)}
        token = make_token(**claims, **times, nonce=self.asked[-1]["nonce"])
        self.tokens.append(token)
        self.people[token] = claims
        return 200, json.dumps({"id_token": token, "refresh_token": "r"}).encode(), {}
