"""What schemathesis needs to know of burnbag besides its description: how calls are signed, and
what no schema can say.

schemathesis loads it by itself (SCHEMATHESIS_HOOKS). Who signs, and who is signed in, is in the
environment: see tests/e2e/test_openapi.py.
"""

import hashlib
import os
from typing import Any, Final

import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

SEALING: Final = tuple(
    f"{base}/{what}" for base in ("/v1", "/people") for what in ("secrets", "uploads", "requests")
)
# What a request may ask for at most, if it asks for texts alone.
SMALLEST_LIMIT: Final = 262_144


class Signature(AuthBase):
    """Signs a request as it stands; `prefix` is that of the variables with the credentials."""

    def __init__(self, prefix: str) -> None:
        key, secret = os.environ[f"{prefix}_KEY"], os.environ[f"{prefix}_SECRET"]
        credentials = Credentials(key, secret, os.environ.get(f"{prefix}_TOKEN") or None)
        self.signer = SigV4Auth(credentials, "execute-api", os.environ["SIGN_REGION"])

    def __call__(self, sent: requests.PreparedRequest) -> requests.PreparedRequest:
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body
        signed = AWSRequest(sent.method, sent.url, dict(sent.headers), body)
        self.signer.add_auth(signed)
        sent.headers.update(dict(signed.headers.items()))
        return sent


class SignIn(AuthBase):
    """Adds the id token of a person who has signed in."""

    def __call__(self, sent: requests.PreparedRequest) -> requests.PreparedRequest:
        sent.headers["Authorization"] = os.environ["ID_TOKEN"]
        return sent


# Its types leave this function out.
sign_with: Any = vars(schemathesis.auth)["set_from_requests"]
sign_with(Signature("SENDER")).apply_to(tag="sender")
sign_with(Signature("OPERATOR")).apply_to(tag="operator")
# A recipient's calls have one tag, whoever calls.
sign_with(Signature("RECIPIENT")).apply_to(path_regex="^/signed/")
sign_with(SignIn()).apply_to(path_regex="^/people/")


@schemathesis.deserializer("application/json")
def read_body(context: Any, response: Any) -> Any:
    """JSON; or the text of a JWS, because schemathesis takes application/jwt for JSON too."""
    if response.headers["content-type"] == ["application/jwt"]:
        return response.content.decode()
    return response.json()


@schemathesis.hook
def before_call(context: Any, case: Any, **options: Any) -> None:
    """Make a call that is to succeed keep the rules that no JSON Schema can say."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for fields in (case.query, case.body):
        if isinstance(fields, dict):
            keep_rules(fields)
    if case.method == "POST" and case.headers and case.path in SEALING:
        use_own_key(case)


def keep_rules(fields: dict[str, Any]) -> None:
    """Between fields: since is not after until, a cursor is of the same question. In one: what a
    text of a duration is in seconds, and what is printable; and how much of each kind there may be.
    """
    times = [fields[name] for name in ("since", "until") if fields.get(name) is not None]
    if len(times) == 2:
        fields["since"], fields["until"] = sorted(times, key=int)
    fields.pop("cursor", None)
    if isinstance(fields.get("max_bytes"), int):
        fields["max_bytes"] = min(fields["max_bytes"], SMALLEST_LIMIT)
    if isinstance(fields.get("ttl"), str):
        fields["ttl"] = "90s"
    if isinstance(fields.get("label"), str):
        shown = "".join(filter(str.isprintable, fields["label"]))
        fields["label"] = shown or "label"


def use_own_key(case: Any) -> None:
    """Under an Idempotency-Key there is one order, so another has another."""
    if "Idempotency-Key" in case.headers:
        order = repr((case.path, case.media_type, case.body)).encode()
        case.headers["Idempotency-Key"] = hashlib.sha256(order).hexdigest()
