"""Secrets that are asked for, through the deployed API: anybody with the link answers, once."""

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.support.asking import Submission
from tests.support.deployment import Deployment, at_once, post, until
from tests.support.size import FULL

SUBMITTERS = 24 if FULL else 12
PART = 6 * 2**20


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(SUBMITTERS) as pool:
        yield pool


def submission(kind: str, data: bytes = b"encrypted") -> Submission:
    return Submission(data, kind, secrets.token_bytes(32), secrets.token_bytes(129))


def ask(deployment: Deployment, **fields: Any) -> dict[str, Any]:
    answer = deployment.sender.call("POST", "/v1/requests", body=fields)
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def call(
    deployment: Deployment, asked: dict[str, Any], method: str, what: str = "", **how: Any
) -> requests.Response:
    """A call of the submitter's, which nobody signs."""
    how.setdefault("token", asked["submit_token"])
    return deployment.recipient.call(method, f"/v1/requests/{asked['id']}{what}", **how)


def submit(
    deployment: Deployment, asked: dict[str, Any], sent: Submission, **how: Any
) -> requests.Response:
    if sent.kind != "file":
        return call(deployment, asked, "POST", "/submit", body=sent.fields, **how)
    form = {"file": ("encrypted", sent.data, "application/octet-stream")} | sent.fields
    return call(deployment, asked, "POST", "/submit", form=form, **how)


def insist(deployment: Deployment, asked: dict[str, Any], sent: Submission) -> requests.Response:
    """Submit as a client does, which comes again when it is told to."""
    return until(
        lambda: submit(deployment, asked, sent), lambda answer: answer.status_code not in (429, 503)
    )


def opened(deployment: Deployment, asked: dict[str, Any], sent: Submission) -> bytes:
    """What the requester gets by the answer's link."""
    answer = deployment.reveal(sent.link(asked))
    assert answer.status_code == 200, answer.text
    if sent.kind == "file":
        return answer.content
    if sent.kind == "text":
        return base64.b64decode(answer.json()["secret_base64"])
    return requests.get(answer.json()["download"]["url"], timeout=60).content


def put_parts(deployment: Deployment, asked: dict[str, Any], data: bytes) -> None:
    digests = []
    for number, start in enumerate(range(0, len(data), PART), start=1):
        part = data[start : start + PART]
        digests.append(hashlib.sha256(part).digest())
        wanted = {"number": number, "sha256": base64.b64encode(digests[-1]).decode()}
        where = call(deployment, asked, "POST", "/parts", body={"parts": [wanted]}).json()
        (one,) = where["parts"]
        put = requests.put(one["url"], data=part, headers=one["headers"], timeout=60)
        assert put.status_code == 200
    whole = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
    body = {"sha256": f"{whole}-{len(digests)}"}
    assert call(deployment, asked, "POST", "/complete", body=body).status_code == 204


@pytest.mark.parametrize("kind", ["text", "long text", "file", "upload", "parts"])
def test_what_is_asked_for_comes_once_and_is_gone_when_it_was_read(
    deployment: Deployment, kind: str
) -> None:
    sizes = {"long text": 9000, "parts": PART + 1}
    data = secrets.token_bytes(sizes.get(kind, 40))
    sent = submission(kind.removeprefix("long "), data)
    asked = ask(deployment, label="API key for staging", ttl="1h")
    shown = call(deployment, asked, "GET").json()
    assert shown["label"] == "API key for staging"
    assert shown["created_by"].startswith("arn:aws:sts::")
    answered = submit(deployment, asked, sent)
    assert answered.status_code == 201, answered.text
    if kind == "upload":
        assert post(answered.json(), data).status_code == 204
    if kind == "parts":
        put_parts(deployment, asked, data)
    again = submit(deployment, asked, sent)
    assert (again.status_code, again.json()["size"]) == (201, len(data))
    assert call(deployment, asked, "GET").json()["state"] == "submitted"
    receipt = deployment.receipt(asked)
    assert (receipt["state"], receipt["sealed_key"]) == ("sealed", sent.keys["sealed_key"])
    assert opened(deployment, asked, sent) == data
    assert deployment.peek(sent.link(asked)).status_code == 410
    if kind in ("upload", "parts"):
        return  # its download is good for a while yet
    assert deployment.erased(asked)["state"] == "revealed"
    assert asked["id"] not in deployment.objects()
    events = until(lambda: deployment.events(asked["id"]), lambda found: len(found) == 4)
    assert [event["event"] for event in events] == [
        f"secret.{name}" for name in ("requested", "submitted", "revealed", "erased")
    ]
    assert [event["actor"] for event in events[1:]] == [None] * 3
    assert events[0]["actor"] == events[1]["created_by"] == shown["created_by"]
    assert events[1]["kind"] == kind.removeprefix("long ")


@pytest.mark.disturbing
@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_of_many_submissions_at_once_one_is_taken(
    deployment: Deployment, pool: ThreadPoolExecutor, kind: str
) -> None:
    asked = ask(deployment)
    sent = [submission(kind, bytes([65 + n]) * 100) for n in range(SUBMITTERS)]
    answers = at_once(pool, SUBMITTERS, lambda n: submit(deployment, asked, sent[n]))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 410, 429, 503}, statuses
    assert statuses[201] <= 1
    finals = [insist(deployment, asked, each) for each in sent]
    assert Counter(answer.status_code for answer in finals) == {201: 1, 410: SUBMITTERS - 1}
    assert {a.json()["state"] for a in finals if a.status_code == 410} == {"submitted"}
    ((winner, answer),) = [
        (s, a) for s, a in zip(sent, finals, strict=True) if a.status_code == 201
    ]
    if kind == "upload":
        assert post(answer.json(), winner.data).status_code == 204
    assert opened(deployment, asked, winner) == winner.data
    for loser in [each for each in sent if each is not winner]:
        assert deployment.peek(loser.link(asked)).status_code == 404


@pytest.mark.disturbing
def test_of_many_revocations_and_submissions_at_once_one_is_first(
    deployment: Deployment, pool: ThreadPoolExecutor
) -> None:
    for _ in range(5 if FULL else 2):
        asked, sent = ask(deployment), submission("text")
        answers = at_once(
            pool,
            8,
            lambda n, asked=asked, sent=sent: (  # type: ignore[misc]
                deployment.revoke(asked) if n % 2 else submit(deployment, asked, sent)
            ),
        )
        assert {answer.status_code for answer in answers} <= {201, 204, 410, 503}
        until(lambda asked=asked: deployment.revoke(asked).status_code, lambda s: s == 410)  # type: ignore[misc]
        receipt = deployment.erased(asked)
        assert receipt["state"] == "revoked"
        assert deployment.peek(sent.link(asked)).status_code in (404, 410)
        # An answer that came before the revocation has come, whatever became of it.
        again = insist(deployment, asked, sent).status_code
        assert again == (410 if receipt["submitted_at"] is None else 201)


def test_each_token_opens_its_own_door_and_no_other(deployment: Deployment) -> None:
    sealed, asked, sent = deployment.sealed(), ask(deployment), submission("text")
    link = sent.link(asked)
    for stolen in (asked["receipt_token"], link["token"], sealed["token"], ""):
        for method, what in (("GET", ""), ("POST", "/submit"), ("GET", "/parts")):
            assert call(deployment, asked, method, what, token=stolen).status_code == 404
    for secret_id in (asked["id"], sealed["id"]):
        thief = {"id": secret_id, "token": asked["submit_token"]}
        assert deployment.peek(thief).status_code == 404
        assert deployment.reveal(thief).status_code == 404
        keeper = thief | {"receipt_token": asked["submit_token"]}
        assert deployment.revoke(keeper).status_code == 404
    unsigned = deployment.recipient.call("POST", "/v1/requests", body={})
    assert unsigned.status_code == 403
    assert submit(deployment, asked, sent).status_code == 201
    assert opened(deployment, asked, sent) == sent.data
    assert deployment.revoke(sealed).status_code == 204


@pytest.mark.last
def test_a_request_that_nobody_answers_is_erased_in_time(
    deployment: Deployment, unanswered: dict[str, Any]
) -> None:
    asked = unanswered
    until(lambda: call(deployment, asked, "GET").status_code, lambda status: status == 410)
    late = submit(deployment, asked, submission("text"))
    assert (late.status_code, late.json()["state"]) == (410, "expired")
    receipt = deployment.erased(asked)
    assert (receipt["state"], receipt["ended_at"]) == ("expired", asked["expires_at"])
    found = until(lambda: deployment.events(asked["id"]), lambda found: len(found) == 3)
    assert [each["event"] for each in found] == [
        f"secret.{name}" for name in ("requested", "expired", "erased")
    ]
    assert "SecretsExpired" not in found[1]


def test_whoever_signs_a_submission_stays_nobody(deployment: Deployment) -> None:
    """The call does not demand a signature, so nobody has looked whether there is a good one."""
    asked, sent = ask(deployment), submission("text")
    path = f"/v1/requests/{asked['id']}/submit"
    answer = deployment.sender.call("POST", path, token=asked["submit_token"], body=sent.fields)
    assert answer.status_code == 201
    events = until(lambda: deployment.events(asked["id"]), lambda found: len(found) == 2)
    assert events[1]["actor"] is None
    assert deployment.revoke(asked).status_code == 204
    other = replace(sent, token=secrets.token_bytes(32))
    assert submit(deployment, asked, other).json()["state"] == "submitted"
