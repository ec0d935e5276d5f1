"""Is a deployment as it should be? `python -m tools.check ENVIRONMENT`

It seals, opens and erases two secrets of its own, follows them into the audit log and the metrics,
and looks for what would keep a copy of a secret. It changes nothing else. The exit status is 1 if
something is not as it should be, or could not be looked at.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from burnbag import Burnbag, BurnbagError, Gone, Receipt, Sent
from tools import copies, target
from tools.console import Problem, run, say
from tools.target import Target

T = TypeVar("T")
# What is longer than a file may be goes straight to the bucket.
UPLOAD_BYTES: Final = 4 * 1024 * 1024 + 1
ERASED_SECONDS: Final = 180.0
# CloudWatch shows a metric after a minute or two, sometimes more.
METRIC_SECONDS: Final = 600.0
METRIC: Final = "SecretsErased"


def check(checked: Target) -> None:
    """Say what there is to see. Raises Problem with what is wrong."""
    started = datetime.now(UTC)
    try:
        with checked.sign_in() as sender:
            follow_secrets(checked, sender, started)
        wait_for_metric(checked, started)
    except (BurnbagError, ClientError, BotoCoreError) as error:
        raise Problem(f"the check failed: {error}") from error
    say("\nWhat would keep a copy of a secret, or open one:")
    sights = list(copies.look(checked))
    for sight in sights:
        say(f"{'-' if sight.is_fine else '!'} {sight}")
    if wrong := [str(sight) for sight in sights if not sight.is_fine]:
        raise Problem(
            "\n  ".join([f"{len(wrong)} of {len(sights)} are not as they should be:", *wrong])
        )
    say("\nEverything that could be looked at is as it should be.")


def follow_secrets(checked: Target, sender: Burnbag, started: datetime) -> None:
    """Seal a text and an upload, open them, and see that nothing is left of them."""
    text = live_once(sender, "a text", os.urandom(32).hex())
    upload = live_once(sender, "an upload", os.urandom(UPLOAD_BYTES))
    for sent in (text, upload):
        wait_for("the erasure", ERASED_SECONDS, partial(erased, sender, sent))
    say("- both were erased, as their receipts say")
    for sent in (text, upload):
        wait_for("the audit event", ERASED_SECONDS, partial(audited, checked, sent, started))
    say("- the audit log has their events")


def live_once(sender: Burnbag, what: str, content: str | bytes) -> Sent:
    """Seal `content`, open it, and find it gone."""
    sent = sender.send(content, ttl="15m", label="check")
    with Burnbag() as recipient:
        if recipient.open(sent.link).data != (
            content.encode() if isinstance(content, str) else content
        ):
            raise Problem(f"{what} was opened, but is not what was sealed")
        try:
            recipient.open(sent.link)
        except Gone:
            say(f"- {what} was sealed, opened once, and gone afterwards")
            return sent
    raise Problem(f"{what} could be opened twice")


def erased(sender: Burnbag, sent: Sent) -> Receipt | None:
    receipt = sender.receipt(sent.id, sent.receipt_token)
    return receipt if receipt.erased_at else None


def audited(checked: Target, sent: Sent, started: datetime) -> bool | None:
    """Whether the audit log has the secret's event `secret.erased` by now."""
    pages = checked.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(
        logGroupName=checked.outputs["audit_log_group_name"],
        startTime=int(started.timestamp() - 60) * 1000,
        filterPattern=f'"{sent.id}" "secret.erased"',
    )
    return any(page["events"] for page in found) or None


def wait_for_metric(checked: Target, started: datetime) -> None:
    def look() -> Sequence[object] | None:
        found = checked.client("cloudwatch").get_metric_statistics(
            Namespace="burnbag",
            MetricName=METRIC,
            Dimensions=[{"Name": "environment", "Value": checked.environment}],
            StartTime=started - timedelta(minutes=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return found["Datapoints"] or None

    wait_for(f"the metric {METRIC}", METRIC_SECONDS, look)
    say(f"- the metric {METRIC} counts them")


def wait_for(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Problem(f"{what} took more than {seconds:.0f} s")
        time.sleep(1)
    return found


def main() -> None:
    if len(sys.argv) != 2:
        raise Problem("python -m tools.check ENVIRONMENT")
    check(target.find(sys.argv[1]))


if __name__ == "__main__":
    run(main)
