"""Who opens secrets on a stack, and by which entrance: anybody, a role, or who has signed in."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from botocore.credentials import Credentials

from tests.support.deployment import Api, Deployment
from tests.support.roles import role
from tests.support.sign_in import sign_in
from tools.person import add_person


@dataclass
class Visitor:
    """One who has links; `name` is as whom API Gateway knows the visitor, `listed` as lists do."""

    deployment: Deployment
    at: str = "/v1"
    name: str | None = None
    listed: str | None = None
    credentials: Credentials | None = None
    id_token: str | None = field(default=None, repr=False)
    threads: threading.local = field(default_factory=threading.local)

    @property
    def api(self) -> Api:
        """One HTTP session for each thread."""
        if not hasattr(self.threads, "api"):
            self.threads.api = Api(self.deployment.stack, self.credentials)
        found: Api = self.threads.api
        return found

    def call(
        self, method: str, sealed: Mapping[str, Any], path: str, key: str | None, body: Any
    ) -> requests.Response:
        extra = {"Idempotency-Key": key} if key else {}
        if self.id_token:
            extra["Authorization"] = self.id_token
        path = f"{self.at}/secrets/{sealed['id']}{path}"
        return self.api.call(method, path, token=sealed["token"], body=body, extra=extra)

    def peek(self, sealed: Mapping[str, Any]) -> requests.Response:
        return self.call("GET", sealed, "", None, None)

    def reveal(
        self, sealed: Mapping[str, Any], key: str | None = None, **fields: Any
    ) -> requests.Response:
        return self.call("POST", sealed, "/reveal", key, fields)

    def confirm(self, sealed: Mapping[str, Any], key: str) -> requests.Response:
        return self.call("POST", sealed, "/confirm", key, None)


def person(deployment: Deployment, email: str) -> Visitor:
    """Somebody who has signed in."""
    tokens = sign_in(deployment.outputs["sign_in"], add_person(deployment.stack, email))
    return Visitor(deployment, "/people", email, email, id_token=tokens["id_token"])


@contextmanager
def service(deployment: Deployment, name: str, path: str = "/") -> Iterator[Visitor]:
    """A service whose role may make the recipient's calls."""
    with role(deployment, name, "recipient_policy_arn", path) as made:
        credentials = made.credentials("worker-7")
        known_as = made.session_arn("worker-7")
        yield Visitor(deployment, "/signed", known_as, made.arn, credentials)


@dataclass
class Visitors:
    """Of each entrance one who is named, and one who is not."""

    friends: dict[str, Visitor]
    thieves: dict[str, Visitor]

    @property
    def named(self) -> list[str]:
        """What an order says to name the friends."""
        return [str(friend.listed) for friend in self.friends.values()]


@contextmanager
def visitors(deployment: Deployment, word: str) -> Iterator[Visitors]:
    """`word` keeps those of one test from those of another."""
    with ExitStack() as stack:
        billing = stack.enter_context(service(deployment, f"billing-{word}", "/team/"))
        eve = stack.enter_context(service(deployment, f"eve-{word}"))
        yield Visitors(
            {"/signed": billing, "/people": person(deployment, f"grace-{word}@example.com")},
            {
                "/v1": Visitor(deployment),
                "/signed": eve,
                "/people": person(deployment, f"eve-{word}@example.net"),
            },
        )
