"""The main job on a running stack, told as it happens."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeVar

from botocore.session import Session

from burnbag import Burnbag, BurnbagError, Gone, Receipt, Sent
from tools.caller import ROLE, assume_caller, root_client
from tools.console import Problem, say
from tools.person import describe_sign_in
from tools.stack import Stack

T = TypeVar("T")
SECRET: Final = "correct horse battery staple"
WAIT_SECONDS: Final = 180.0


def show_main_job(stack: Stack) -> None:
    """Create, peek, reveal, reveal again, receipt, audit. Raises Problem if one goes wrong."""
    say(f"\nA service assumes the role {ROLE}, which has the caller policy and nothing else.")
    try:
        with sign_in(stack) as sender, Burnbag() as recipient:
            sent = send(sender)
            peek_and_reveal(recipient, sent)
            show_receipt(sender, sent)
    except BurnbagError as error:
        raise Problem(f"the demo failed: {error}") from error
    show_events(stack, sent)


def sign_in(stack: Stack) -> Burnbag:
    """burnbag as a service with the caller policy sees it."""
    keys, session = assume_caller(stack), Session()
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    return Burnbag(stack.api_url, session, region=stack.region)


def send(sender: Burnbag) -> Sent:
    say("\nIt creates a secret with a signed call, encrypted before it leaves this machine:")
    sent = sender.send(SECRET, ttl="15m", label="demo")
    show("POST /v1/secrets", asdict(sent), "id expires_at max_views receipt_token link")
    return sent


def peek_and_reveal(recipient: Burnbag, sent: Sent) -> None:
    path = f"/v1/secrets/{sent.id}"
    say("\nThe recipient needs no account, only the link. Looking consumes nothing:")
    show(f"GET {path}", asdict(recipient.peek(sent.link)), "kind size views_left expires_at")
    opened = asdict(recipient.open(sent.link))
    opened["secret"] = opened["data"].decode()
    if opened["secret"] != SECRET:
        raise Problem("what was revealed is not what was sealed")
    show(f"POST {path}/reveal", opened, "secret views_left")
    say("\nThat was the only view; the same call again finds it burned:")
    try:
        recipient.open(sent.link)
    except Gone as gone:
        again = {"status": "410 Gone", "state": gone.state, "ended_at": gone.ended_at}
        show(f"POST {path}/reveal", again, "status state ended_at")
    else:
        raise Problem("the secret could be revealed twice")


def show_receipt(sender: Burnbag, sent: Sent) -> None:
    def look() -> Receipt | None:
        receipt = sender.receipt(sent.id, sent.receipt_token)
        return receipt if receipt.erased_at else None

    receipt = asdict(wait_for("the erasure", look))
    say("\nThe sender's receipt proves what became of it:")
    show(f"GET /v1/receipts/{sent.id}", receipt, "state created_by views ended_at erased_at")


def show_events(stack: Stack, sent: Sent) -> None:
    group = stack.outputs["audit_log_group_name"]
    logs = root_client(stack, "logs")

    def look() -> list[dict[str, Any]] | None:
        """The secret's events in order, each once, as soon as the last of them is there."""
        found = logs.filter_log_events(logGroupName=group, filterPattern=f'"{sent.id}"')
        messages = [json.loads(entry["message"]) for entry in found["events"]]
        events = list({event["event_id"]: event for event in messages}.values())
        return events if any(event["event"] == "secret.erased" for event in events) else None

    events = wait_for("the audit events", look)
    say(f"\nThe audit events, read back from the log group {group}:")
    for event in events:
        say(f"  {event['time']}  {event['event']:<16} by {event['actor'] or 'burnbag'}")


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Problem(f"{what} took more than {WAIT_SECONDS:.0f} s")
        time.sleep(0.5)
    return found


def show(title: str, answer: dict[str, Any], fields: str) -> None:
    say(f"  {title}")
    for field in fields.split():
        say(f"    {field:<15} {format_value(field, answer[field])}")


def format_value(field: str, value: Any) -> str:
    """A field as the demo prints it. What opens a secret is cut short."""
    match field:
        case "receipt_token":
            return f"{value[:6]}…"
        case "link":
            page, _, fragment = value.partition("#")
            return f"{page}#{fragment.split('.')[0]}.…"
        case "views":
            return ", ".join(f"{format_value('at', v['at'])} from {v['ip']}" for v in value)
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def tell_what_next(stack: Stack) -> None:
    say(f"""
burnbag runs at {stack.api_url}

Send a secret of your own:
  export BURNBAG_URL={stack.api_url}
  export AWS_REGION={stack.region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  echo hunter2 | .venv/bin/burnbag send
{describe_sign_in(stack)}
Or:
  make demo        the same again; with LOAD=1 some 280 secrets of every kind and end
  make dashboard   draw what an operator sees
  make down        end it, and forget everything

Any AWS tool sees its tables, functions and logs at {stack.aws_endpoint_url}
(region {stack.region}, key id and secret "test"); their names are in
build/{stack.name}/stack.json.""")
