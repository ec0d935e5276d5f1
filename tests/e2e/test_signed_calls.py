"""API Gateway's check of signatures: the documented calls pass it, and changed ones don't."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.curl import FORM, Call, run, signed_calls, with_curl
from tests.support.deployment import Deployment

CALLS = signed_calls()
CALLERS = ("caller", "root")
BODY = json.dumps({"secret": "hunter2"}).encode()


def credentials_of(deployment: Deployment, caller: str) -> Credentials:
    return deployment.caller if caller == "caller" else deployment.root


@with_curl
@pytest.mark.parametrize("call", CALLS, ids=[call.document for call in CALLS])
def test_a_documented_call_seals(deployment: Deployment, call: Call, tmp_path: Path) -> None:
    status, body = run(call.text, deployment.stack.api_url, deployment.caller, tmp_path)
    assert status == 201, body
    sealed = json.loads(body)
    opened = deployment.reveal(sealed)
    assert opened.content == FORM if sealed["kind"] == "file" else "hunter2" in opened.text


@with_curl
def test_a_form_that_curl_makes_itself_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    text = (
        'curl -sS "$BURNBAG_URL/v1/secrets" --aws-sigv4 "aws:amz:$AWS_REGION:execute-api"'
        ' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
        ' -H "x-amz-security-token: $AWS_SESSION_TOKEN" -F file=@report.pdf -F ttl=2h'
    )
    status, body = run(text, deployment.stack.api_url, deployment.caller, tmp_path)
    assert status == 403, body


@pytest.mark.parametrize("caller", CALLERS)
def test_a_call_passes_as_it_was_signed(deployment: Deployment, caller: str) -> None:
    assert send(deployment, credentials_of(deployment, caller)).status_code == 201


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    "change",
    [
        {"data": b'{"secret": "another"}'},
        {"url": "/v1/secrets?more=1"},
        {"headers": {"Content-Type": "text/plain"}},
        {"headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}},
        {"secret": "another"},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
    ],
    ids=str,
)
def test_a_call_that_was_signed_otherwise_is_refused(
    deployment: Deployment, caller: str, change: dict[str, Any]
) -> None:
    answer = send(deployment, credentials_of(deployment, caller), **change)
    assert answer.status_code == 403, answer.text
    assert answer.headers["x-amzn-ErrorType"] == "InvalidSignatureException"


def send(
    deployment: Deployment,
    caller: Credentials,
    *,
    data: bytes = BODY,
    url: str = "/v1/secrets",
    headers: dict[str, str] | None = None,
    secret: str = "",
    late: timedelta = timedelta(),
) -> requests.Response:
    """Seal with a right signature, but for what is given."""
    signer = Credentials(caller.access_key, secret or caller.secret_key, caller.token)
    place = deployment.stack.api_url + "/v1/secrets"
    request = AWSRequest("POST", place, data=BODY, headers={"Content-Type": "application/json"})
    Signer(late, signer, "execute-api", deployment.stack.region).add_auth(request)
    sent = {**dict(request.headers.items()), **(headers or {})}
    return requests.post(deployment.stack.api_url + url, data=data, headers=sent, timeout=60)


class Signer(SigV4Auth):
    """Signs as if it was another time."""

    def __init__(self, late: timedelta, *rest: Any) -> None:
        super().__init__(*rest)
        self.late = late

    def add_auth(self, request: Any) -> None:
        signer: Any = self
        request.context["timestamp"] = (datetime.now(UTC) - self.late).strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        signer._inject_signature_to_request(request, self.signature(text, request))
