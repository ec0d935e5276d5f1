"""What grows with its views stays below DynamoDB's 400 KB, at the most that may be configured."""

import re

from burnbag_core.items import receipt_item, secret_item
from burnbag_core.records import Claim, Receipt, Secret, View

from tests.support.services import ROOT, load
from tools.capacity import KB, item_size

LARGEST_ITEM = 400 * KB
DIGEST, EPOCH = b"h" * 32, 9_999_999_999
# An assumed role's ARN: the names of a role and of a session have up to 64 characters each.
ARN = f"arn:aws-us-gov:sts::123456789012:assumed-role/{'r' * 64}/{'s' * 64}"
AGENT = f"{'p' * 40}/{'v' * 40}"
IPV6 = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"


def most_views() -> int:
    """What Terraform allows."""
    declared = (ROOT / "terraform/modules/burnbag/limits.tf").read_text()
    found = re.search(r"var\.max_views <= (\d+)", declared)
    assert found
    return int(found[1])


def test_a_record_with_every_view_claimed() -> None:
    """A claim is larger than what is kept of it after its confirmation."""
    views = most_views()
    longest = load("create", "chalicelib.order").LONGEST_IN_RECORD
    claims = {f"{n:043}": Claim(EPOCH, views) for n in range(views)}
    secret = Secret(
        id="i" * 22,
        kind="upload",
        sealed=b"s" * (longest + 300),
        wrapped_key=b"w" * 512,
        token_hash=DIGEST,
        max_views=views,
        views_left=views,
        created_at=EPOCH,
        expires_at=EPOCH,
        size=5 * KB**3,
        salt=b"s" * 16,
        claims=claims,
        frozen_at=EPOCH,
    )
    size = item_size(secret_item(secret, EPOCH))
    confirmed = item_size(
        secret_item(
            Secret(**{**vars(secret), "claims": {}, "confirmed": dict.fromkeys(claims, EPOCH)}),
            EPOCH,
        )
    )
    assert confirmed < size < LARGEST_ITEM


def test_a_receipt_that_lists_every_view() -> None:
    views = most_views()
    receipt = Receipt(
        id="i" * 22,
        state="revealed",
        kind="upload",
        size=5 * KB**3,
        created_at=EPOCH,
        expires_at=EPOCH,
        max_views=views,
        passphrase=True,
        token_hash=DIGEST,
        receipt_token_hash=DIGEST,
        purge_at=EPOCH,
        label="\U0001f525" * load("create", "chalicelib.order").LONGEST_LABEL,
        created_by=ARN,
        views=(View(EPOCH, ARN, IPV6, AGENT),) * views,
        failed_attempts=10**6,
        last_failure=View(EPOCH, ARN, IPV6, AGENT),
        ended_at=EPOCH,
        ended_by=ARN,
        erased_at=EPOCH,
        order_digest=DIGEST,
    )
    assert item_size(receipt_item(receipt)) < LARGEST_ITEM
