"""Every signed call that the documentation shows is signed over the body that it sends."""

import re
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from tests.support.curl import Call, run, signed_calls, with_curl
from tests.support.signing import Arrived, recorder

pytestmark = with_curl
CALLER = Credentials("AKIDEXAMPLE", "not-a-key", "session")
CALLS = signed_calls()
of_each_call = pytest.mark.parametrize("call", CALLS, ids=[call.document for call in CALLS])


def record(text: str, folder: Path) -> Arrived:
    with recorder() as server:
        run(text, server.url + "/local", CALLER, folder)
    (arrived,) = server.arrived
    return arrived


def test_the_documents_show_how_to_seal_a_text_and_a_file() -> None:
    assert len(CALLS) >= 2


@of_each_call
def test_a_documented_call_is_signed_over_its_body(call: Call, tmp_path: Path) -> None:
    arrived = record(call.text, tmp_path)
    assert arrived.body
    assert "content-type" in arrived.headers["authorization"]
    assert "x-amz-security-token" in arrived.headers["authorization"]
    assert arrived.verify(CALLER)


@of_each_call
@pytest.mark.parametrize("change", ["body", "method", "url", "token", "secret"])
def test_a_signature_holds_for_nothing_else(call: Call, change: str, tmp_path: Path) -> None:
    arrived = record(call.text, tmp_path)
    headers = arrived.headers | {"x-amz-security-token": "another"}
    changed = {
        "body": Arrived(arrived.method, arrived.url, arrived.headers, arrived.body + b" "),
        "method": Arrived("PUT", arrived.url, arrived.headers, arrived.body),
        "url": Arrived(arrived.method, arrived.url + "x", arrived.headers, arrived.body),
        "token": Arrived(arrived.method, arrived.url, headers, arrived.body),
        "secret": arrived,
    }[change]
    caller = Credentials("AKIDEXAMPLE", "another", "session") if change == "secret" else CALLER
    assert not changed.verify(caller)


def test_curl_does_not_sign_a_form_that_it_makes_itself(tmp_path: Path) -> None:
    """Why the documents make it by hand. If this fails, curl has learned it: say so there."""
    json_call = next(call.text for call in CALLS if "@request.json" in call.text)
    text = re.sub(r"-H 'Content-Type.*", "-F file=@report.pdf", json_call)
    assert not record(text, tmp_path).verify(CALLER)
