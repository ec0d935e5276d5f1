"""Proof for a third party, from the deployed API: signed by KMS, checked without it."""

import base64
import json
from pathlib import Path

import jwt
import pytest
import requests

from burnbag import NotVerified, verify_receipt
from tests.support.cli import Machine, make_stranger
from tests.support.deployment import Deployment

JWT = {"Accept": "application/jwt"}


@pytest.fixture
def sender(deployment: Deployment, tmp_path: Path) -> Machine:
    (tmp_path / "sender").mkdir()
    machine = Machine(tmp_path / "sender", deployment.stack.api_url)
    keys = deployment.caller
    machine.env |= {
        "AWS_REGION": deployment.stack.region,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token or "",
    }
    return machine


@pytest.fixture
def auditor(tmp_path: Path) -> Machine:
    """Without a URL and without credentials."""
    return make_stranger(tmp_path / "auditor")


def test_kms_signs_what_anybody_can_check_with_the_published_keys(deployment: Deployment) -> None:
    sealed = deployment.sealed(secret="canary", label="caf\u00e9", views=1)
    deployment.reveal(sealed)
    receipt = deployment.erased(sealed)
    path, token = f"/v1/receipts/{sealed['id']}", sealed["receipt_token"]
    signed = deployment.sender.call("GET", path, token=token, extra=JWT)
    assert (signed.status_code, signed.headers["Content-Type"]) == (200, "application/jwt")
    assert signed.headers["Cache-Control"] == "no-store"
    keys = deployment.recipient.call("GET", "/v1/keys")
    assert (keys.status_code, keys.headers["Content-Type"]) == (200, "application/jwk-set+json")
    assert keys.headers["Cache-Control"] == "public, max-age=3600"
    (key,) = jwt.PyJWKSet.from_dict(keys.json()).keys
    claims = jwt.decode(signed.text, key, algorithms=["ES256"])
    assert (claims["receipt"], claims["sub"]) == (receipt, sealed["id"])
    assert (receipt["state"], len(receipt["views"])) == ("revealed", 1)
    assert claims["iss"] == deployment.stack.api_url
    assert receipt["erased_at"] <= claims["iat"]


def test_the_published_key_is_the_one_in_kms(deployment: Deployment) -> None:
    (key,) = deployment.recipient.call("GET", "/v1/keys").json()["keys"]
    kms, arn = deployment.session("create")("kms"), deployment.outputs["receipt_key_arn"]
    found = kms.get_public_key(KeyId=arn)
    assert (found["KeySpec"], found["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    point = b"".join(base64.urlsafe_b64decode(key[part] + "=") for part in "xy")
    assert found["PublicKey"].endswith(point)


def test_a_signed_receipt_is_for_signed_callers_with_the_receipt_token(
    deployment: Deployment,
) -> None:
    sealed = deployment.sealed()
    path = f"/v1/receipts/{sealed['id']}"
    wrong = deployment.sender.call("GET", path, token=sealed["token"], extra=JWT)
    unsigned = deployment.recipient.call("GET", path, token=sealed["receipt_token"], extra=JWT)
    for answer, status in ((wrong, 404), (unsigned, 403)):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_without_the_right_to_sign_nothing_is_signed_and_it_is_told_that_a_retry_is_no_use(
    deployment: Deployment,
) -> None:
    sealed = deployment.sealed()
    path, token = f"/v1/receipts/{sealed['id']}", sealed["receipt_token"]
    with deployment.denied("create", "kms:Sign"):
        signed = deployment.sender.call("GET", path, token=token, extra=JWT)
        plain = deployment.sender.call("GET", path, token=token)
    assert (signed.status_code, signed.headers.get("Retry-After")) == (503, None)
    assert "another try won't help" in signed.json()["detail"]
    assert plain.status_code == 200


def test_a_sender_saves_a_proof_and_an_auditor_checks_it_offline(
    deployment: Deployment, sender: Machine, auditor: Machine
) -> None:
    sent = json.loads(sender.run("send", "--json", stdin=b"canary").out)
    assert sender.run("open", sent["link"]).out == b"canary"
    saved = sender.run("receipt", sent["id"], "--wait", "--signed", "-o", "proof.jwt")
    assert (saved.code, saved.err) == (0, "")
    keys = auditor.run("keys", "--url", deployment.stack.api_url)
    (auditor.work / "keys.json").write_bytes(keys.out)
    proof = (sender.work / "proof.jwt").read_text()
    (auditor.work / "proof.jwt").write_text(proof)
    ran = auditor.run("verify", "proof.jwt", "--keys", "keys.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)["receipt"]
    assert (found["id"], found["state"], len(found["views"])) == (sent["id"], "revealed", 1)

    header, payload, signature = proof.strip().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["receipt"]["views"] = []
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    (auditor.work / "forged.jwt").write_text(f"{header}.{other}.{signature}")
    ran = auditor.run("verify", "forged.jwt", "--keys", "keys.json")
    assert (ran.code, ran.out) == (6, b"")
    with pytest.raises(NotVerified):
        verify_receipt(f"{header}.{other}.{signature}", json.loads(keys.out))


def test_a_cache_may_keep_the_keys_only(deployment: Deployment) -> None:
    def cache_control(path: str) -> str | None:
        url = deployment.stack.api_url + path
        return requests.get(url, timeout=60).headers.get("Cache-Control")

    assert cache_control("/v1/keys") == "public, max-age=3600"
    assert cache_control("/v1/health") == "no-store"
