"""A leaked role: who may find and revoke what it sent, and that all of it ends."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from burnbag_format.base64url import decode, encode

from tests.support import warm
from tests.support.copies import copy_secret
from tests.support.deployment import PATIENCE, Api, Deployment, until
from tests.support.roles import Role, role
from tests.support.size import FULL

pytestmark = pytest.mark.embedded("it makes roles of its own")
MANY = 1000 if FULL else 120
PATH = "/v1/revocations"


@pytest.fixture(scope="module")
def operator(deployment: Deployment) -> Iterator[Role]:
    with role(deployment, "revoking-operators", "operator_policy_arn") as made:
        yield made


@pytest.fixture
def orders(deployment: Deployment, request: pytest.FixtureRequest) -> Iterator[Role]:
    """A sender's role of this test's own: nobody else's secrets are in its list."""
    name = f"orders-{abs(hash(request.node.name)) % 10**8}"
    with role(deployment, name, "caller_policy_arn") as made:
        yield made


@pytest.fixture
def payroll(deployment: Deployment, request: pytest.FixtureRequest) -> Iterator[Role]:
    name = f"payroll-{abs(hash(request.node.name)) % 10**8}"
    with role(deployment, name, "caller_policy_arn") as made:
        yield made


def send(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.call("POST", "/v1/secrets", body={"secret": "hunter2"} | fields)
    assert answer.status_code == 201, answer.text
    sealed: dict[str, Any] = answer.json()
    return sealed


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [receipt["id"] for receipt in answer.json()["receipts"]]


def listed(api: Api, query: str = "", path: str = "/v1/receipts") -> list[str]:
    return ids(api.call("GET", f"{path}?{query}" if query else path))


def has(sealed: dict[str, Any], found: list[str]) -> bool:
    return sealed["id"] in found


def revoke(api: Api, **fields: Any) -> dict[str, Any]:
    """All pages; what they come to."""
    total: Counter[str] = Counter()
    while True:
        answer = api.call("POST", PATH, body=fields)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        total.update({k: page[k] for k in ("found", "revoked", "already_ended", "failed")})
        if page["cursor"] is None:
            return dict(total)
        fields["cursor"] = page["cursor"]


def test_two_creators_do_not_see_each_other_and_a_roles_sessions_do(
    orders: Role, payroll: Role
) -> None:
    first, second = send(orders.api("monday")), send(orders.api("tuesday"))
    theirs = send(payroll.api())
    for session in ("monday", "wednesday"):
        found = until(partial(listed, orders.api(session)), partial(has, second))
        assert set(found) == {first["id"], second["id"]}
    assert listed(payroll.api()) == [theirs["id"]]


def test_pages_are_whole_and_newest_first_and_no_cursor_leads_to_somebody_else(
    orders: Role, payroll: Role
) -> None:
    api, other = orders.api(), payroll.api()
    sent = {send(api)["id"] for _ in range(7)}
    theirs = {send(other)["id"] for _ in range(3)}
    until(partial(listed, api), lambda found: set(found) == sent)
    found, times, cursor = [], [], ""
    while True:
        answer = api.call("GET", f"/v1/receipts?limit=3{cursor}")
        found += ids(answer)
        times += [receipt["created_at"] for receipt in answer.json()["receipts"]]
        assert "token" not in answer.text
        if answer.json()["cursor"] is None:
            break
        cursor = f"&cursor={answer.json()['cursor']}"
    assert len(found) == 7 and set(found) == sent
    assert times == sorted(times, reverse=True)
    foreign = cursor.removeprefix("&cursor=")
    # As it is, with somebody else's id in it, with an id of nobody's, and a later time.
    stamp = decode(foreign, 24)[:8]
    later = (times[0] + 100).to_bytes(8, "big")
    cursors = [foreign, *(encode(stamp + decode(each, 16)) for each in theirs)]
    cursors += [encode(stamp + bytes(16)), encode(later + bytes(16))]
    for each in cursors:
        assert set(listed(other, f"cursor={each}")) <= theirs
        assert set(listed(api, f"cursor={each}")) <= sent
    refused = api.call("GET", "/v1/receipts?cursor=AAAA")
    assert (refused.status_code, refused.json()["field"]) == (400, "cursor")


def test_a_list_can_be_narrowed(orders: Role) -> None:
    api = orders.api()
    vpn, payslip = send(api, label="vpn 1"), send(api, label="payslip")
    until(partial(listed, api), partial(has, payslip))
    api.call("DELETE", f"/v1/secrets/{payslip['id']}", token=payslip["receipt_token"])
    assert listed(api, "state=sealed") == [vpn["id"]]
    assert listed(api, "state=revoked") == [payslip["id"]]
    assert listed(api, "label=vpn%201") == [vpn["id"]]
    assert listed(api, f"until={vpn['created_at'] - 1}") == []


def test_a_sender_can_not_call_what_operators_call(orders: Role) -> None:
    api = orders.api()
    sealed = send(api)
    for method, query, body in (
        ("GET", f"?created_by={orders.name}", None),
        ("POST", "", {"created_by": orders.name}),
    ):
        assert api.call(method, PATH + query, body=body).status_code == 403
    assert orders.deployment.peek(sealed).status_code == 200


def test_nobody_calls_them_without_a_signature(orders: Role) -> None:
    api = orders.deployment.recipient
    assert api.call("GET", f"{PATH}?created_by={orders.name}").status_code == 403
    assert api.call("POST", PATH, body={"created_by": orders.name}).status_code == 403


def test_an_operator_calls_nothing_of_the_senders(operator: Role, orders: Role) -> None:
    api, sealed = operator.api("ada"), send(orders.api())
    token, secret_id = sealed["receipt_token"], sealed["id"]
    for method, path, body in (
        ("POST", "/v1/secrets", {"secret": "x"}),
        ("POST", "/v1/uploads", {"size": 1}),
        ("GET", "/v1/receipts", None),
        ("GET", f"/v1/receipts/{secret_id}", None),
        ("POST", f"/v1/receipts/{secret_id}/unfreeze", {}),
        ("DELETE", f"/v1/secrets/{secret_id}", None),
    ):
        answer = api.call(method, path, body=body, token=token)
        assert (answer.status_code, path) == (403, path), answer.text


def test_an_operator_lists_anybodys(operator: Role, orders: Role, payroll: Role) -> None:
    sealed = send(orders.api(), label="leaked")
    send(payroll.api())
    for name in (orders.name, f"role/{orders.name}", orders.arn):
        query = f"created_by={quote(name, safe='')}&state=sealed&label=leak"
        found = until(partial(listed, operator.api(), query, PATH), partial(has, sealed))
        assert found == [sealed["id"]]


def test_a_dry_run_counts_and_changes_nothing(operator: Role, orders: Role) -> None:
    api = orders.api()
    sealed = [send(api) for _ in range(3)]
    until(partial(listed, api), lambda found: len(found) == 3)
    before = [orders.deployment.events(each["id"]) for each in sealed]
    found = revoke(operator.api(), created_by=orders.name, dry_run=True)
    assert found == {"found": 3, "revoked": 0, "already_ended": 0, "failed": 0}
    assert [orders.deployment.reveal(each).status_code for each in sealed] == [200] * 3
    assert all(event["event"] == "secret.created" for events in before for event in events)


def has_ended(events: list[dict[str, Any]]) -> bool:
    return {"secret.created", "secret.revoked", "secret.erased"} <= {e["event"] for e in events}


def test_all_of_a_leaked_roles_secrets_end_each_with_its_event(
    operator: Role, orders: Role, payroll: Role
) -> None:
    deployment, api = orders.deployment, orders.api("leaked")
    upload = api.call("POST", "/v1/uploads", body={"size": 5}).json()
    frozen = send(api, passphrase="right", on_lock="freeze")
    for _ in range(5):
        deployment.reveal(frozen, passphrase="wrong")
    read = send(api)
    assert deployment.reveal(read).status_code == 200
    sealed, other = send(api), send(payroll.api())
    db = deployment.client("dynamodb")
    copies = copy_secret(db, deployment.outputs, sealed["id"], MANY)
    ended = [upload["id"], frozen["id"], sealed["id"], *copies]
    count = partial(revoke, operator.api("ada"), created_by=orders.arn, dry_run=True)
    until(lambda: count()["found"], lambda found: found == len(ended))
    done = revoke(operator.api("ada"), created_by=orders.arn)
    assert done["found"] == done["revoked"] + done["already_ended"] + done["failed"] == len(ended)
    assert done["revoked"] > 0
    # What was not answered in time is ended by the same call again, or has been.
    again = partial(revoke, operator.api("ada"), created_by=orders.arn)
    until(lambda: again()["found"], lambda found: found == 0)
    assert deployment.reveal(sealed).status_code == 410
    assert deployment.peek(other).status_code == 200
    by = f"arn:aws:sts::000000000000:assumed-role/{operator.name}/ada"
    found = until(
        partial(deployment.events_with, f"{orders.name}/leaked"),
        lambda found: all(has_ended(found[secret_id]) for secret_id in ended),
    )
    for secret_id in ended:
        revoked = [event for event in found[secret_id] if event["event"] == "secret.revoked"]
        # At least once; of one change, always by the same id.
        assert len({event["event_id"] for event in revoked}) == 1
        assert {event["actor"] for event in revoked} == {by}
        assert {event["created_by"] for event in revoked} == {
            f"arn:aws:sts::000000000000:assumed-role/{orders.name}/leaked"
        }
    assert deployment.receipt(read)["state"] == "revealed"


def test_the_command_revokes_what_is_open_and_says_so(
    operator: Role, orders: Role, tmp_path: Path
) -> None:
    api, keys, stack = orders.api(), operator.credentials("ada"), operator.deployment.stack
    sealed = [send(api, label="a/b: c+d & é"), *(send(api) for _ in range(4))]
    until(partial(listed, api), lambda found: len(found) == 5)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token or "",
        "AWS_REGION": stack.region,
        "BURNBAG_URL": stack.api_url,
    }

    def run(command: str, who: str, *arguments: str) -> Any:
        asked = [command, "--created-by", who, "--since", "2h", "--json", *arguments]
        status, out, err = warm.run(asked, environ, tmp_path, b"", PATIENCE)
        assert status == 0, err.decode()
        return json.loads(out)

    # An ARN has characters that a query string has to escape, and so has a label.
    found = run("list", orders.arn, "--remote", "--state", "sealed", "--label", "a/b: c+d &")
    assert [receipt["id"] for receipt in found] == [sealed[0]["id"]]
    assert run("revoke", orders.name, "--dry-run")["found"] == 5
    assert [orders.deployment.peek(each).status_code for each in sealed] == [200] * 5
    assert run("revoke", orders.name, "--yes")["revoked"] == 5
    assert [orders.deployment.peek(each).status_code for each in sealed] == [410] * 5
    assert run("revoke", orders.arn, "--yes")["found"] == 0
