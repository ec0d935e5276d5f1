"""The calls by which secrets are asked for and submitted, through the services' routes."""

import base64
from typing import Any

import pytest
from burnbag_format import base64url
from urllib3 import encode_multipart_formdata

from tests.support.api import SENDER, Answer, Api
from tests.support.asking import Submission
from tests.unit.conftest import Calls

OWNER = "arn:aws:sts::123456789012:assumed-role/admin/mallory"


def ask(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.call("POST", "/v1/requests", fields)
    assert answer.status == 201, answer.text
    return answer.body


def submit(api: Api, asked: dict[str, Any], sent: Submission, **how: Any) -> Answer:
    path = f"/v1/requests/{asked['id']}/submit"
    how = {"token": asked["submit_token"], "by": None, **how}
    if sent.kind != "file":
        return api.call("POST", path, sent.fields, **how)
    parts = {"file": ("encrypted", sent.data, "application/octet-stream")} | sent.fields
    body, content_type = encode_multipart_formdata(parts)
    return api.call("POST", path, raw=body, content_type=content_type, **how)


def submit_fields(api: Api, asked: dict[str, Any], **fields: Any) -> Answer:
    path = f"/v1/requests/{asked['id']}/submit"
    return api.call("POST", path, Submission().fields | fields, token=asked["submit_token"])


@pytest.mark.parametrize("kind", ["text", "file"])
def test_what_was_asked_for_and_submitted_is_revealed_by_the_ordinary_calls(
    api: Api, kind: str
) -> None:
    sent, asked = Submission(kind=kind), ask(api, label="API key")
    shown = api.call("GET", f"/v1/requests/{asked['id']}", token=asked["submit_token"])
    assert (shown.status, shown.body["label"], shown.body["created_by"]) == (200, "API key", SENDER)
    answered = submit(api, asked, sent)
    assert (answered.status, answered.body["kind"]) == (201, kind)
    link = sent.link(asked)
    revealed = api.reveal_secret(link["id"], link["token"], accept="application/json")
    assert base64.b64decode(revealed.body["secret_base64"]) == sent.data
    again = api.call("GET", f"/v1/requests/{asked['id']}", token=asked["submit_token"])
    assert (again.status, again.problem, again.body["state"]) == (410, "gone", "submitted")


def test_whoever_submits_has_no_name_whatever_api_gateway_says_of_the_caller(api: Api) -> None:
    """What stands there was not demanded by the call, so nobody has looked at it."""
    asked, sent = ask(api), Submission()
    claims = {"email": "mallory@example.com", "email_verified": "true"}
    assert submit(api, asked, sent, by=OWNER, claims=claims).status == 201
    stored = api.world.receipt(asked["id"])
    assert stored and stored.created_by == SENDER
    assert "mallory" not in repr(vars(stored))
    receipt = api.receipt(asked["id"], asked["receipt_token"]).body
    assert receipt["submitted_by"] == "192.0.2.7"


def test_an_upload_in_parts_is_the_submitters_with_the_submit_token_alone(api: Api) -> None:
    data = b"x" * (6 * 1024 * 1024) + b"y"
    sent, asked = Submission(data, "parts"), ask(api)
    answered = submit(api, asked, sent).body
    assert answered["upload"]["parts"] == 2
    digest = base64.b64encode(bytes(32)).decode()
    wanted = {"parts": [{"number": 1, "sha256": digest}]}
    base, token = f"/v1/requests/{asked['id']}", asked["submit_token"]
    for other in (asked["receipt_token"], sent.link(asked)["token"], None):
        assert api.call("POST", f"{base}/parts", wanted, token=other).problem == "not-found"
        assert api.call("GET", f"{base}/parts", token=other).problem == "not-found"
        done = {"sha256": f"{digest}-2"}
        assert api.call("POST", f"{base}/complete", done, token=other).problem == "not-found"
    presigned = api.call("POST", f"{base}/parts", wanted, token=token)
    assert presigned.status == 200 and presigned.body["parts"][0]["url"]
    listed = api.call("GET", f"{base}/parts", token=token)
    assert listed.body == {"parts": [], "complete": False}
    ended = api.call("POST", f"{base}/complete", {"sha256": f"{digest}-2"}, token=token)
    assert ended.problem == "parts-missing"


def test_a_wrong_capability_costs_one_read_whatever_comes_with_it(
    api: Api, create_calls: Calls
) -> None:
    asked = ask(api)
    create_calls.clear()
    wrong = base64url.encode(bytes(32))
    for sent in (Submission(), Submission(kind="file"), Submission(kind="upload")):
        assert submit(api, asked, sent, token=wrong).problem == "not-found"
    path = f"/v1/requests/{asked['id']}"
    assert api.call("POST", f"{path}/submit", raw=b"{", token=wrong).problem == "not-found"
    assert api.call("GET", path, token=wrong).problem == "not-found"
    assert create_calls == {"GetItem": 5}
    create_calls.clear()
    for token in (None, "", "x", wrong[:-1]):
        assert submit(api, asked, Submission(), token=token).problem == "not-found"
    assert not create_calls


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kinds": []}, "kinds"),
        ({"kinds": ["text", "text"]}, "kinds"),
        ({"kinds": ["request"]}, "kinds"),
        ({"kinds": [["text"]]}, "kinds"),
        ({"kinds": "text"}, "kinds"),
        ({"kinds": None}, "kinds"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"max_bytes": True}, "max_bytes"),
        ({"max_bytes": "7"}, "max_bytes"),
        ({"kinds": ["text"], "max_bytes": 262145}, "max_bytes"),
        ({"ttl": 1}, "ttl"),
        ({"label": "two\nlines"}, "label"),
        ({"label": "\u202ereversed"}, "label"),
        ({"label": "x" * 257}, "label"),
        ({"views": 2}, "views"),
        ({"passphrase": "p"}, "passphrase"),
        ({"public_key": "k"}, "body"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_and_names_the_field(
    api: Api, fields: dict[str, Any], field: str
) -> None:
    answer = api.call("POST", "/v1/requests", fields)
    assert answer.problem in ("bad-request", "out-of-range")
    assert answer.body["field"] == ("public_key" if "public_key" in fields else field)
    assert api.world.ids("receipts") == set()


@pytest.mark.parametrize(
    ("fields", "problem", "field"),
    [
        ({"token": "x"}, "bad-request", "token"),
        ({"token": None}, "bad-request", "token"),
        ({"token": base64url.encode(bytes(31))}, "bad-request", "token"),
        ({"sealed_key": base64url.encode(bytes(128))}, "bad-request", "sealed_key"),
        ({"sealed_key": base64.b64encode(bytes(129)).decode() + "="}, "bad-request", "sealed_key"),
        ({"secret_base64": ""}, "bad-request", "secret_base64"),
        ({"secret_base64": "!"}, "bad-request", "secret_base64"),
        ({"secret_base64": base64.b64encode(bytes(1001)).decode()}, "too-large", "secret_base64"),
        ({"size": 7}, "bad-request", "secret_base64"),
        ({"parts": True}, "bad-request", "parts"),
        ({"ttl": 7}, "bad-request", "ttl"),
        ({"views": 7}, "bad-request", "views"),
        ({"label": "l"}, "bad-request", "label"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused_and_uses_nothing_up(
    api: Api, fields: dict[str, Any], problem: str, field: str
) -> None:
    asked = ask(api, kinds=["text", "upload"], max_bytes=1000)
    answer = submit_fields(api, asked, **fields)
    assert (answer.problem, answer.body["field"]) == (problem, field)
    assert submit(api, asked, Submission()).status == 201


def test_the_token_of_the_request_is_none_for_its_answer(api: Api) -> None:
    """It is in the link that the submitter got, and would open what only the requester may."""
    asked = ask(api)
    answer = submit_fields(api, asked, token=asked["submit_token"])
    assert (answer.problem, answer.body["field"]) == ("bad-request", "token")


@pytest.mark.parametrize("kind", ["text", "file", "upload", "parts"])
def test_a_kind_that_was_not_asked_for_is_refused(api: Api, kind: str) -> None:
    name = "upload" if kind == "parts" else kind
    asked = ask(api, kinds=[each for each in ("text", "file", "upload") if each != name])
    answer = submit(api, asked, Submission(kind=kind))
    assert (answer.problem, answer.body["field"]) == ("out-of-range", "kind")


@pytest.mark.parametrize("kind", ["text", "file", "upload", "parts"])
def test_more_bytes_than_were_asked_for_are_refused(api: Api, kind: str) -> None:
    asked = ask(api, max_bytes=10)
    assert submit(api, asked, Submission(b"x" * 11, kind)).problem == "too-large"
    assert submit(api, asked, Submission(b"x" * 10, kind)).status == 201


def test_requests_are_in_their_requesters_list_and_in_no_other(api: Api) -> None:
    asked, sealed = ask(api), api.sealed()
    submit(api, answered := ask(api), Submission())

    def ids(**query: str) -> set[str]:
        page = api.call("GET", "/v1/receipts", query=query)
        return {each["id"] for each in page.body["receipts"]}

    assert ids() == {asked["id"], sealed["id"], answered["id"]}
    assert ids(state="requested") == {asked["id"]}
    assert ids(state="sealed") == {sealed["id"], answered["id"]}


def test_a_revocation_of_many_ends_requests_too(api: Api) -> None:
    asked, sealed = ask(api), api.sealed()
    wanted = {"created_by": "orders"}
    counted = api.call("POST", "/v1/revocations", wanted | {"dry_run": True})
    assert counted.body["found"] == 2
    assert api.call("POST", "/v1/revocations", wanted).body["revoked"] == 2
    for each in (asked, sealed):
        assert api.receipt(each["id"], each["receipt_token"]).body["state"] == "revoked"
    assert submit(api, asked, Submission()).body["state"] == "revoked"
