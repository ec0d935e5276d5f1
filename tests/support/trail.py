"""CloudTrail, as much of it as looking for a key's uses needs: its records, and its history."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
REVEAL = "arn:aws:sts::123456789012:assumed-role/burnbag-test-reveal-us-east-1/burnbag-test-reveal"
MALLORY = "arn:aws:iam::123456789012:user/mallory"
START = datetime(2026, 11, 21, tzinfo=UTC)


def record(number: float = 0, secret_id: str | None = None, **changed: Any) -> dict[str, Any]:
    """A record of the reveal function's Decrypt, so many seconds into the day."""
    time = START + timedelta(seconds=int(number))
    context = {"burnbag:environment": "test", "burnbag:id": secret_id or f"{int(number):022d}"}
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": REVEAL, "accountId": "123456789012"},
        "eventTime": time.isoformat().replace("+00:00", "Z"),
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.9",
        "requestParameters": {
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "keyId": KEY,
            "encryptionContext": context,
        },
        "responseElements": None,
        "eventID": f"trail-{number:g}",
        "readOnly": True,
        "resources": [{"ARN": KEY, "accountId": "123456789012", "type": "AWS::KMS::Key"}],
    } | changed


def by(arn: str) -> dict[str, Any]:
    return {"userIdentity": {"type": "IAMUser", "arn": arn}}


def denied(number: float = 0) -> dict[str, Any]:
    """What somebody who may not decrypt leaves behind: the key is named in the error alone."""
    refused = f"User: {MALLORY} is not authorized to perform: kms:Decrypt on resource: {KEY}"
    lacking = {"requestParameters": None, "resources": None}
    return record(number, **by(MALLORY), **lacking, errorCode="AccessDenied", errorMessage=refused)


@dataclass
class FakeHistory:
    """CloudTrail's history: the newest first, found by the key that a record names."""

    records: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 50
    failures: list[str | None] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(dict(asked))
        code = self.failures.pop(0) if self.failures else None
        if code:
            raise ClientError(
                {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item]
                "LookupEvents",
            )
        (attribute,) = asked["LookupAttributes"]
        fitting = [
            {"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)}
            for each in sorted(self.records, key=lambda each: str(each["eventTime"]), reverse=True)
            if attribute["AttributeValue"] in names(each)
            and asked["StartTime"] <= datetime.fromisoformat(each["eventTime"]) <= asked["EndTime"]
        ]
        first = int(asked.get("NextToken", 0))
        last = first + min(self.page_size, asked["MaxResults"])
        found: dict[str, Any] = {"Events": fitting[first:last]}
        return found | ({"NextToken": str(last)} if fitting[last:] else {})

    def look_up(self, **asked: Any) -> dict[str, Any]:
        """The same as it is called over HTTP, with times in epoch seconds."""
        times = {
            name: datetime.fromtimestamp(asked[name], UTC) for name in ("StartTime", "EndTime")
        }
        return self.lookup_events(**asked | times)


def names(found: dict[str, Any]) -> list[str]:
    return [resource["ARN"] for resource in found["resources"] or []]
