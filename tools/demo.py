"""The main job on a running stack, told as it happens."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import requests

from tools.caller import ROLE, Api, assume_caller, client
from tools.console import Problem, say
from tools.stack import Stack

T = TypeVar("T")
SECRET: Final = "correct horse battery staple"
ENDS_WITHIN: Final = 60.0
PROOF: Final = ("state", "created_by", "views", "ended_at", "erased_at")
STACK_JSON: Final = "build/local/stack.json"


def demo(stack: Stack) -> None:
    """Create, peek, reveal, reveal again, receipt, audit. Raises Problem where it goes wrong."""
    say(f"\nA service assumes the role {ROLE}, which has the caller policy and nothing else.")
    sender, recipient = Api(stack, assume_caller(stack)), Api(stack)
    created = seal(sender)
    look_and_reveal(recipient, created)
    receipt = awaited("the erasure", lambda: erased(sender, created))
    say("\nThe sender's receipt proves what became of it:")
    show(f"GET /v1/receipts/{created['id']}", receipt, *PROOF)
    events = awaited("the audit events", lambda: audited(stack, created["id"]))
    say(f"\nThe audit events, read back from the log group {audit_log_group(stack)}:")
    for event in events:
        say(f"  {event['time']}  {event['event']:<16} by {event['actor'] or 'burnbag'}")


def seal(sender: Api) -> dict[str, Any]:
    body = {"secret": SECRET, "ttl": "15m", "label": "demo"}
    say("\nIt creates a secret with a signed call:")
    created = expect(201, sender.call("POST", "/v1/secrets", body=body))
    show("POST /v1/secrets", created, "id", "expires_at", "max_views", "receipt_token", "link")
    return created


def look_and_reveal(recipient: Api, created: dict[str, Any]) -> None:
    secret, token = f"/v1/secrets/{created['id']}", created["token"]
    say("\nThe recipient needs no account, only the link. Looking consumes nothing:")
    looked = expect(200, recipient.call("GET", secret, token=token))
    show(f"GET {secret}", looked, "kind", "size", "views_left", "expires_at")
    reveal = f"{secret}/reveal"
    opened = expect(200, recipient.call("POST", reveal, token=token, body={}))
    if opened["secret"] != SECRET:
        raise Problem("what was revealed is not what was sealed")
    show(f"POST {reveal}", opened, "secret", "views_left")
    say("\nThat was the only view; the same call again finds it burned:")
    again = expect(410, recipient.call("POST", reveal, token=token, body={}))
    show(f"POST {reveal}", again, "status", "type", "state", "ended_at")


def erased(sender: Api, created: dict[str, Any]) -> dict[str, Any] | None:
    path, token = f"/v1/receipts/{created['id']}", created["receipt_token"]
    receipt = expect(200, sender.call("GET", path, token=token))
    return receipt if receipt["erased_at"] else None


def audited(stack: Stack, secret_id: str) -> list[dict[str, Any]] | None:
    """The secret's events in order, each once, as soon as the last of them is there."""
    found = client(stack, "logs").filter_log_events(
        logGroupName=audit_log_group(stack), filterPattern=f'"{secret_id}"'
    )
    messages = [json.loads(entry["message"]) for entry in found["events"]]
    events = list({event["event_id"]: event for event in messages}.values())
    return events if any(event["event"] == "secret.erased" for event in events) else None


def audit_log_group(stack: Stack) -> str:
    return str(stack.outputs["audit_log_group_name"])


def awaited(what: str, look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + ENDS_WITHIN
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Problem(f"{what} took more than {ENDS_WITHIN:.0f} s")
        time.sleep(0.5)
    return found


def expect(status: int, response: requests.Response) -> dict[str, Any]:
    if response.status_code != status:
        method, path = response.request.method, response.request.path_url
        raise Problem(f"{method} {path} gave {response.status_code}, not {status}: {response.text}")
    answer: dict[str, Any] = response.json()
    return answer


def show(title: str, answer: dict[str, Any], *fields: str) -> None:
    say(f"  {title}")
    for field in fields:
        say(f"    {field:<15} {shown(field, answer[field])}")


def shown(field: str, value: Any) -> str:
    """A field as the demo prints it: what opens a secret is cut short, times are told."""
    if field == "receipt_token":
        return f"{value[:6]}…"
    if field == "link":
        return f"{value.rpartition('.')[0]}.…"
    if field == "views":
        return ", ".join(f"{clock(view['at'])} from {view['ip']}" for view in value)
    return clock(value) if field.endswith("_at") and value else str(value)


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def farewell(stack: Stack) -> None:
    say(f"""
burnbag runs at {stack.api_url}

Send a secret of your own:
  export BURNBAG_URL={stack.api_url}
  export AWS_REGION={stack.region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  echo hunter2 | .venv/bin/burnbag send

Or:
  make demo   the same again
  make down   end it, and forget everything

Any AWS tool sees its tables, functions and logs at {stack.aws_endpoint_url}
(region {stack.region}, key id and secret "test"); their names are in {STACK_JSON}.""")
