"""People who send by the page: they sign in at the user pool, and the API takes their id token."""

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support.deployment import Api, Deployment, at_once, until
from tests.support.sign_in import SignIn, sign_in
from tools.person import Person, add_first_person, add_person, find_first_person

pytestmark = pytest.mark.embedded("its sign-in is a form that a test can fill in")
LIMIT = 60
HOUR = 3600


@dataclass
class Signed:
    """Somebody who signed in, and what they call the API with."""

    person: Person
    tokens: dict[str, Any]

    @property
    def id_token(self) -> str:
        token: str = self.tokens["id_token"]
        return token


def sign_in_as(deployment: Deployment, email: str, verified: bool = True) -> Signed:
    person = add_person(deployment.stack, email, verified=verified)
    return Signed(person, sign_in(deployment.outputs["sign_in"], person))


@pytest.fixture(scope="module")
def ada(deployment: Deployment) -> Signed:
    return sign_in_as(deployment, "Ada.Lovelace@example.com")


def call(
    deployment: Deployment, method: str, path: str, id_token: str | None, **options: Any
) -> requests.Response:
    """A call as the page makes it: no signature, only the token."""
    extra = {} if id_token is None else {"Authorization": id_token}
    return deployment.recipient.call(method, path, extra=extra, **options)


def send(deployment: Deployment, token: str | None, **fields: Any) -> requests.Response:
    body = {"secret": "hunter2"} | fields
    return call(deployment, "POST", "/people/secrets", token, body=body)


def problem(answer: requests.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:burnbag:problem:")


def test_a_person_signs_in_and_sends_and_is_named(deployment: Deployment, ada: Signed) -> None:
    answer = send(deployment, ada.id_token, label="from a person")
    assert answer.status_code == 201, answer.text
    sealed = answer.json()
    path = f"/people/receipts/{sealed['id']}"
    shown = call(deployment, "GET", path, ada.id_token, token=sealed["receipt_token"])
    assert shown.json()["created_by"] == "ada.lovelace@example.com"
    assert deployment.reveal(sealed).json()["secret"] == "hunter2"


def test_the_audit_log_names_the_person(deployment: Deployment, ada: Signed) -> None:
    sealed = send(deployment, ada.id_token).json()
    path = f"/people/secrets/{sealed['id']}"
    answer = call(deployment, "DELETE", path, ada.id_token, token=sealed["receipt_token"])
    assert answer.status_code == 204
    events = until(
        lambda: {e["event"]: e for e in deployment.events(sealed["id"])},
        lambda found: "secret.erased" in found,
    )
    named = {name: (event["created_by"], event["actor"]) for name, event in events.items()}
    email = "ada.lovelace@example.com"
    assert named == {
        "secret.created": (email, email),
        "secret.revoked": (email, email),
        "secret.erased": (email, None),
    }


def test_a_person_lists_what_was_sent_under_the_address(
    deployment: Deployment, ada: Signed
) -> None:
    sealed = send(deployment, ada.id_token, label="listed").json()
    path = "/people/receipts?label=listed"
    answer = until(
        lambda: call(deployment, "GET", path, ada.id_token).json(), lambda it: bool(it["receipts"])
    )
    assert [receipt["id"] for receipt in answer["receipts"]] == [sealed["id"]]
    grace = sign_in_as(deployment, "grace@example.com")
    assert call(deployment, "GET", path, grace.id_token).json()["receipts"] == []
    assert call(deployment, "GET", path, None).status_code == 401


def test_a_person_uploads(deployment: Deployment, ada: Signed) -> None:
    answer = call(deployment, "POST", "/people/uploads", ada.id_token, body={"size": 5})
    assert answer.status_code == 201, answer.text
    declared = answer.json()
    upload = declared["upload"]
    sent = requests.post(upload["url"], data=upload["fields"], files={"file": b"12345"}, timeout=60)
    assert sent.status_code == 204
    assert deployment.peek(declared).json()["kind"] == "upload"


def test_a_person_without_the_receipt_token_learns_nothing(
    deployment: Deployment, ada: Signed
) -> None:
    sealed = send(deployment, ada.id_token).json()
    path = f"/people/receipts/{sealed['id']}"
    answer = call(deployment, "GET", path, ada.id_token, token="A" * 43)
    assert (answer.status_code, problem(answer)) == (404, "not-found")


def test_the_token_may_come_with_the_word_bearer(deployment: Deployment, ada: Signed) -> None:
    assert send(deployment, f"Bearer {ada.id_token}").status_code == 201


def change_claims(token: str, **changed: Any) -> str:
    """A token with other claims and the signature that it had."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed_payload = base64.urlsafe_b64encode(json.dumps(claims | changed).encode())
    return ".".join([header, changed_payload.decode().rstrip("="), signature])


def sign_nothing(token: str) -> str:
    """A token that says that it needs no signature (RFC 7519, section 6)."""
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{header}.{token.split('.')[1]}."


def test_who_has_no_right_token_gets_in_nowhere(deployment: Deployment, ada: Signed) -> None:
    tokens = {
        "none": None,
        "nonsense": "Bearer x",
        "changed": change_claims(ada.id_token, email="eve@example.com"),
        "longer": change_claims(ada.id_token, exp=int(time.time()) + 86400),
        "unsigned": sign_nothing(ada.id_token),
        "access": ada.tokens["access_token"],
        "refresh": ada.tokens["refresh_token"],
    }
    for name, token in tokens.items():
        for method, path in [
            ("POST", "/people/secrets"),
            ("POST", "/people/uploads"),
            ("GET", "/people/receipts/AAAAAAAAAAAAAAAAAAAAAA"),
            ("POST", "/people/receipts/AAAAAAAAAAAAAAAAAAAAAA/unfreeze"),
            ("DELETE", "/people/secrets/AAAAAAAAAAAAAAAAAAAAAA"),
        ]:
            answer = call(deployment, method, path, token, token="A" * 43)
            assert (answer.status_code, problem(answer)) == (401, "not-signed-in"), (name, path)


def test_a_persons_token_is_no_signature(deployment: Deployment, ada: Signed) -> None:
    body = {"secret": "x"}
    answer = call(deployment, "POST", "/v1/secrets", ada.id_token, body=body)
    assert answer.status_code == 403


def test_a_signature_is_no_token(deployment: Deployment) -> None:
    answer = deployment.sender.call("POST", "/people/secrets", body={"secret": "x"})
    assert (answer.status_code, problem(answer)) == (401, "not-signed-in")


@contextmanager
def other_client(deployment: Deployment, **options: Any) -> Iterator[dict[str, str]]:
    """Another client of the same pool."""
    cognito, facts = deployment.client("cognito-idp"), deployment.outputs["sign_in"]
    pool = deployment.outputs["user_pool_id"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="other",
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=[facts["redirect_url"]],
        SupportedIdentityProviders=["COGNITO"],
        **options,
    )["UserPoolClient"]["ClientId"]
    try:
        yield {**facts, "client_id": made}
    finally:
        cognito.delete_user_pool_client(UserPoolId=pool, ClientId=made)


def test_another_clients_token_is_refused_and_an_expired_one_sooner(
    deployment: Deployment, ada: Signed
) -> None:
    """API Gateway refuses what has expired; for which client a token is, the function looks."""
    with other_client(deployment) as client:
        fresh = send(deployment, sign_in(client, ada.person)["id_token"])
    short = {"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "seconds"}}
    with other_client(deployment, **short) as client:
        token = sign_in(client, ada.person)["id_token"]
        time.sleep(3)
        expired = send(deployment, token)
    for answer in (fresh, expired):
        assert (answer.status_code, problem(answer)) == (401, "not-signed-in")
    assert "detail" in fresh.json()
    assert "detail" not in expired.json()


def test_who_has_no_verified_address_may_not_send(deployment: Deployment) -> None:
    eve = sign_in_as(deployment, "eve@example.com", verified=False)
    answer = send(deployment, eve.id_token)
    assert (answer.status_code, problem(answer)) == (403, "email-unverified")


def test_a_code_is_worth_nothing_without_the_verifier_and_nothing_twice(
    deployment: Deployment, ada: Signed
) -> None:
    attempt = SignIn(deployment.outputs["sign_in"])
    code = attempt.get_code(ada.person)
    assert attempt.redeem(code, code_verifier="x" * 64).json()["error"] == "invalid_grant"
    assert attempt.redeem(code, code_verifier="").json()["error"] == "invalid_grant"
    assert attempt.redeem(code).status_code == 200
    assert attempt.redeem(code).json()["error"] == "invalid_grant"


def test_a_session_is_refreshed(deployment: Deployment, ada: Signed) -> None:
    form = {
        "grant_type": "refresh_token",
        "client_id": deployment.outputs["sign_in"]["client_id"],
        "refresh_token": ada.tokens["refresh_token"],
    }
    http = deployment.recipient.http
    answer = http.post(deployment.outputs["sign_in"]["token_url"], data=form, timeout=60)
    assert send(deployment, answer.json()["id_token"]).status_code == 201


def test_of_those_who_send_all_at_once_exactly_so_many_get_through(deployment: Deployment) -> None:
    """A function that the busy embedded AWS gives up on may have counted already."""
    bob = sign_in_as(deployment, "bob@example.com")
    if (left := HOUR - time.time() % HOUR) < 120:
        time.sleep(left + 1)  # all of them in one hour
    apis = [Api(deployment.stack) for _ in range(8)]

    def send_some(number: int) -> list[requests.Response]:
        extra, body = {"Authorization": bob.id_token}, {"secret": "x"}
        call = apis[number].call
        return [call("POST", "/people/secrets", body=body, extra=extra) for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        answers = [each for some in at_once(pool, 8, send_some) for each in some]
    found = Counter(answer.status_code for answer in answers)
    assert found.keys() <= {201, 429, 500, 502, 503, 504}
    assert found[201] <= LIMIT
    assert found[429] >= 80 - LIMIT - sum(found[status] for status in (500, 502, 503, 504))
    assert found[201] + found[429] >= 60, found
    refused = [answer for answer in answers if answer.status_code == 429]
    for answer in refused:
        assert problem(answer) == "too-many"
        assert 0 < int(answer.headers["Retry-After"]) <= HOUR
    assert counter_of(deployment, "bob@example.com") == LIMIT
    assert send(deployment, bob.id_token).status_code == 429


def counter_of(deployment: Deployment, email: str) -> int:
    """How often somebody has sent in this hour, as the table has it."""
    hour_ends = int(time.time()) // HOUR * HOUR + HOUR
    name = hashlib.sha256(f"{hour_ends} {email}".encode()).hexdigest()
    table = deployment.outputs["receipts_table_name"].removesuffix("receipts") + "people"
    item = deployment.client("dynamodb").get_item(TableName=table, Key={"id": {"S": name}})["Item"]
    return int(item["sent"]["N"])


def test_no_function_logs_who_somebody_is(deployment: Deployment, ada: Signed) -> None:
    send(deployment, ada.id_token)
    send(deployment, ada.tokens["access_token"])
    logs = deployment.client("logs")
    groups = [f"/aws/lambda/{name}" for name in deployment.outputs["function_names"].values()]
    for group in [*groups, "/burnbag/local/access"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        messages = [event["message"] for page in pages for event in page["events"]]
        assert not [each for each in messages if "@example.com" in each], group


def test_the_first_person_is_made_once(deployment: Deployment) -> None:
    first = add_first_person(deployment.stack)
    assert first
    assert add_first_person(deployment.stack) == first == find_first_person(deployment.stack)
    assert sign_in(deployment.outputs["sign_in"], first)["id_token"]
