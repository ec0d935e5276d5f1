"""Thousands of odd requests: no 5xx, and nothing secret in a log or an error.

In process, on the stores in memory. The seed is printed; BURNBAG_SEED repeats it, BURNBAG_FUZZ says
how many requests there are.
"""

import base64
import json
import logging
import os
import random
import string
from collections import Counter
from typing import Any

import pytest

from tests.support.api import PAGE_CALLS, Answer, Api, common_headers, query_string, request
from tests.support.asking import Submission
from tests.support.size import FULL
from tests.support.world import memory_world

REQUESTS = int(os.environ.get("BURNBAG_FUZZ", "20000" if FULL else "4000"))
PART = 4
CANARY = "canary-5f2d-secret"
METHODS = ("GET", "POST", "DELETE")
FIELDS = (
    *("secret", "secret_base64", "ttl", "views", "passphrase", "label", "encrypted", "on_lock"),
    *("parts", "sha256", "recipients", "kinds", "max_bytes", "size", "token", "sealed_key"),
)
GOOD: list[dict[str, Any]] = [
    {},
    {"secret": CANARY},
    {"secret": CANARY, "passphrase": CANARY},
    {"secret": CANARY, "recipients": ["ada@example.com", "arn:aws:iam::123456789012:role/x"]},
    {"size": 5},
    {"passphrase": CANARY},
    {"passphrase": "wrong"},
    {"created_by": "nobody"},
    {"size": 5, "parts": True},
    {"parts": [{"number": 1, "sha256": "A" * 43 + "="}]},
    {"sha256": "A" * 43 + "=-1"},
    {"kinds": ["text", "upload"], "max_bytes": 9},
    Submission(CANARY.encode()).fields,
    Submission(b"12345", "parts").fields,
]
PARAMETERS = ("state", "since", "until", "label", "limit", "cursor", "created_by", "after")
MEDIA_TYPES = (
    *["application/json"] * 6,
    "multipart/form-data",
    "text/html",
    "",
    "%",
    "application/json;",
)
# Text that parsers trip over.
ODD = ["", " ", "\x00", "\ud800", "\u202e", "0", "-1", "1e999", "null", "true", "NaN", "[" * 2000]
ODD += ["9" * 400, "%00", "../..", "\u00e9" * 300, '"', "\\", "\r\nX-Evil: 1", "{}", CANARY]


class Fuzzer:
    """Makes requests that are nearly right, so that they get far."""

    # The secret that the request being made is about.
    meant: dict[str, Any]

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.api = Api(memory_world())
        self.known = [
            self.api.sealed(secret=CANARY, passphrase=CANARY, views=100) for _ in range(3)
        ]
        self.known.append(self.api.declare(size=5, views=5).body)
        self.known.append(self.api.declare(size=5, views=5, parts=True).body)
        self.known.append(self.api.send_file(CANARY.encode(), views="5").body)
        self.known.append(self.api.sealed(secret=CANARY, views=100, recipients=["@example.com"]))
        asked = [self.api.call("POST", "/v1/requests", {"label": "l"}).body for _ in range(3)]
        self.known += [each | {"token": each["submit_token"]} for each in asked]

    def send(self) -> tuple[dict[str, Any], Answer]:
        app, method, path, resource = self.choose_route()
        headers = self.make_headers()
        event = request(method, path, b"", headers)
        event["requestContext"]["resourcePath"] = resource
        self.identify(resource, event["requestContext"])
        event |= self.make_body(headers) | query_string(self.make_query())
        answer = app(event, None)
        return event, Answer(answer["statusCode"], answer["headers"], answer["body"])

    def choose_route(self) -> tuple[Any, str, str, str]:
        """A call of the API as API Gateway routes it, with an id that is right or odd."""
        routes = [
            (app, method, path)
            for app in (self.api.create.app, self.api.reveal.app)
            for path, methods in app.routes.items()
            for method in methods
        ]
        routes += [(self.api.page, *call.split()) for call in PAGE_CALLS]
        app, method, resource = self.random.choice(routes)
        asks = resource.startswith("/v1/requests/")
        self.meant = self.random.choice(self.known[-3:] if asks else self.known)
        known = self.meant["id"]
        secret_id = known if self.random.random() < 0.7 else self.mutate(known)
        return app, method, resource.replace("{id}", secret_id.replace("/", "_")), resource

    def identify(self, resource: str, context: dict[str, Any]) -> None:
        """Say who calls: people and named recipients, and of both odd ones."""
        if resource.startswith("/people/"):
            emails = ["ada@example.com"] * 20 + ["eve@example.net", *ODD]
            claims = {"aud": "page", "token_use": "id", "email_verified": "true"}
            context["authorizer"] = {"claims": claims | {"email": self.random.choice(emails)}}
        if resource.startswith("/signed/"):
            # Who is refused is told the name, so no canary may be one.
            arns = ["arn:aws:sts::123456789012:assumed-role/x/1", *(set(ODD) - {CANARY})]
            context["identity"]["userArn"] = self.random.choice(sorted(arns))

    def make_headers(self) -> dict[str, str]:
        known = self.meant if self.random.random() < 0.5 else self.random.choice(self.known)
        token = known[self.random.choice(["token", "receipt_token"])]
        if self.random.random() < 0.1:
            token = self.mutate(token)
        headers = common_headers(token, self.random.choice(MEDIA_TYPES))
        if self.random.random() < 0.4:
            headers["Idempotency-Key"] = self.mutate("k" * 22)
        if self.random.random() < 0.3:
            headers["Accept"] = self.mutate("application/json, application/jwt")
        if self.random.random() < 0.1:
            del headers[self.random.choice(list(headers))]
        return headers

    def make_body(self, headers: dict[str, str]) -> dict[str, Any]:
        """The body, and whether API Gateway calls it base64: mostly it is."""
        if "multipart" in headers.get("Content-Type", "") and self.random.random() < 0.9:
            body = self.make_form(headers)
        else:
            body = self.make_json()
        if self.random.random() < 0.1:
            body = self.corrupt(body)
        encoded: Any = base64.b64encode(body).decode()
        match self.random.random():
            case chance if chance < 0.05:
                return {"body": body.decode(errors="replace"), "isBase64Encoded": True}
            case chance if chance < 0.1:
                return {"body": encoded, "isBase64Encoded": False}
            case chance if chance < 0.15:
                return {"body": None, "isBase64Encoded": self.random.random() < 0.5}
        return {"body": encoded, "isBase64Encoded": True}

    def make_query(self) -> dict[str, str | list[str]]:
        """Parameters, of which a list takes some; mostly none."""
        if self.random.random() < 0.5:
            return {}
        values = [*ODD, "sealed", "0", "99", "1800000000", "A" * 32, "nobody"]
        query: dict[str, str | list[str]] = {
            name: self.random.choice(values) for name in self.random.sample(PARAMETERS, 2)
        }
        if self.random.random() < 0.1:
            query[self.random.choice(ODD)] = [self.random.choice(values)] * 2
        return query | ({"created_by": "nobody"} if self.random.random() < 0.3 else {})

    def make_json(self) -> bytes:
        names = self.random.sample(FIELDS, self.random.randint(0, 4))
        names = ["passphrase"] if self.random.random() < 0.3 else names
        fields = dict(self.random.choice(GOOD))
        fields |= {name: self.make_value() for name in names if self.random.random() < 0.5}
        if self.random.random() < 0.1:
            fields[self.random.choice(ODD)] = self.make_value()
        return json.dumps(fields).encode()

    def make_value(self) -> Any:
        odd = self.random.choice(ODD)
        values = [odd, CANARY, 1, 3600, -1, 10**30, 1.5, None, True, [], {}, [odd], {"a": odd}]
        return self.random.choice(
            [*values, "burn", "freeze", "1h", base64.b64encode(b"x").decode()]
        )

    def make_form(self, headers: dict[str, str]) -> bytes:
        boundary = self.random.choice(["x", "", "a" * 80, '"q"'])
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        parts = []
        names = ["file", "ttl", "views", "label", "encrypted", "recipients", "odd"]
        names += ["token", "sealed_key"]
        for name in self.random.choices(names, k=3):
            filename = f'; filename="{self.random.choice(ODD)}"' if name == "file" else ""
            head = f'Content-Disposition: form-data; name="{name}"{filename}\r\n'
            head += self.random.choice(["", "Content-Type: text/plain; charset=utf-7\r\n"])
            parts.append(
                f"--{boundary}\r\n{head}\r\n{self.random.choice([*ODD, '1', '60', 'true'])}\r\n"
            )
        return ("".join(parts) + f"--{boundary}--\r\n").encode(errors="replace")

    def mutate(self, text: str) -> str:
        """Another text, mostly of nearly the same characters."""
        if self.random.random() < 0.2:
            return self.random.choice(ODD)
        place = self.random.randrange(len(text) + 1)
        added = self.random.choice(["", self.random.choice(string.printable), "\u00e9", "=", "A"])
        return text[:place] + added + text[place + self.random.randint(0, 2) :]

    def corrupt(self, data: bytes) -> bytes:
        place = self.random.randrange(len(data) + 1)
        return data[:place] + self.random.randbytes(self.random.randint(0, 4)) + data[place + 1 :]


@pytest.mark.parametrize("part", range(PART))
def test_no_request_breaks_a_service(part: int, caplog: pytest.LogCaptureFixture) -> None:
    seed = int(os.environ.get("BURNBAG_SEED", "0")) or random.randrange(1 << 40)
    print(f"the seed is {seed}, for {REQUESTS // PART} requests")
    fuzzer, statuses = Fuzzer(seed), Counter[int]()
    caplog.set_level(logging.DEBUG)
    for number in range(REQUESTS // PART):
        event, answer = fuzzer.send()
        statuses[answer.status] += 1
        assert answer.status < 500, (number, event, answer.text)
        if answer.status >= 400:
            assert answer.problem
            assert CANARY not in answer.text, (number, event)
        assert answer.headers["Cache-Control"] == "no-store" or event["path"] == "/v1/keys"
        assert "\n" not in "".join(answer.headers.values())
    assert CANARY not in caplog.text
    # Otherwise the requests did not get far.
    assert statuses[201] and statuses[200] and len(statuses) >= 8, statuses
