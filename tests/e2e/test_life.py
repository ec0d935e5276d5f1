"""The main job, through the deployed API: seal, peek, reveal, 410, receipt, audit."""

import pytest
import requests

from tests.support.deployment import Deployment, until


def problem(answer: requests.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    kind: str = answer.json()["type"]
    return kind.removeprefix("urn:burnbag:problem:")


def test_a_secret_is_revealed_once_erased_receipted_and_audited(deployment: Deployment) -> None:
    sealed = deployment.sealed(secret="caf\u00e9 \U0001f525", label="main job")
    assert deployment.peek(sealed).json()["views_left"] == 1
    assert deployment.reveal(sealed).json()["secret"] == "caf\u00e9 \U0001f525"
    gone = deployment.reveal(sealed)
    assert (gone.status_code, problem(gone), gone.json()["state"]) == (410, "gone", "revealed")
    receipt = deployment.erased(sealed)
    assert receipt["state"] == "revealed"
    assert receipt["created_by"].startswith("arn:aws:sts::")
    assert receipt["ended_at"] <= receipt["erased_at"] <= receipt["ended_at"] + 120
    events = until(lambda: deployment.events(sealed["id"]), lambda found: len(found) == 3)
    assert [event["event"] for event in events] == [
        "secret.created",
        "secret.revealed",
        "secret.erased",
    ]
    assert events[0]["actor"] == receipt["created_by"]


def test_every_kind_of_end_is_audited_in_order(deployment: Deployment) -> None:
    revoked, locked = deployment.sealed(views=2), deployment.sealed(passphrase="right")
    deployment.reveal(revoked)
    assert deployment.revoke(revoked).status_code == 204
    for left in (4, 3, 2, 1, 0):
        wrong = deployment.reveal(locked, passphrase="wrong")
        assert (wrong.status_code, wrong.json()["attempts_left"]) == (403, left)
    assert deployment.reveal(locked, passphrase="right").json()["state"] == "locked"
    deployment.erased(revoked), deployment.erased(locked)
    expected = {
        revoked["id"]: ["created", "revealed", "revoked", "erased"],
        locked["id"]: ["created", *["passphrase_failed"] * 5, "locked", "erased"],
    }
    for secret_id, names in expected.items():
        events = until(
            lambda secret_id=secret_id: deployment.events(secret_id),  # type: ignore[misc]
            lambda found, names=names: len(found) >= len(names),  # type: ignore[misc]
        )
        assert [event["event"] for event in events] == [f"secret.{name}" for name in names]
        assert len({event["event_id"] for event in events}) == len(events)


def test_only_signed_callers_with_the_policy_reach_the_senders_side(
    deployment: Deployment,
) -> None:
    sealed = deployment.sealed()
    for method, path, token in (
        ("POST", "/v1/secrets", ""),
        ("GET", f"/v1/receipts/{sealed['id']}", sealed["receipt_token"]),
        ("DELETE", f"/v1/secrets/{sealed['id']}", sealed["receipt_token"]),
    ):
        answer = deployment.recipient.call(method, path, token=token)
        assert answer.status_code == 403, answer.text
        assert problem(answer)
    assert deployment.peek(sealed).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [{"secret": "x", "ttl": 1}, {"secret": "x" * 262145}, {"secret": "x", "pasword": "y"}],
    ids=lambda fields: next(reversed(fields)),
)
def test_bad_input_reaches_the_caller_as_a_problem(
    deployment: Deployment, fields: dict[str, object]
) -> None:
    answer = deployment.sender.call("POST", "/v1/secrets", body=fields)
    assert answer.status_code in {400, 413, 422}
    assert answer.json()["field"] in fields
    assert problem(answer) in {"bad-request", "too-large", "out-of-range"}


def test_the_largest_secret_makes_the_round_trip(deployment: Deployment) -> None:
    sealed = deployment.sealed(secret="x" * 262144)
    assert deployment.reveal(sealed).json()["secret"] == "x" * 262144


def test_health_answers_anyone(deployment: Deployment) -> None:
    assert deployment.recipient.call("GET", "/v1/health").json() == {"status": "ok"}
