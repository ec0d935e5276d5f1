"""What CloudTrail recorded of the sealing key: who had a secret's data key decrypted.

https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from burnbag.audit.events import read_moment
from burnbag.fields import read_text

# Two calls decrypt with a key. The second wraps what it found under another key.
CONTEXTS: Final = {"Decrypt": "encryptionContext", "ReEncrypt": "sourceEncryptionContext"}
KEY: Final = re.compile(r"arn:([\w-]+):kms:([a-z0-9-]+):([0-9]{12}):key/[\w-]+", re.ASCII)
UNKNOWN: Final = "unknown"


class NotARecord(ValueError):
    """This is no record of CloudTrail."""


@dataclass(frozen=True)
class KeyUse:
    """A call that decrypted with a key, or failed to: then it has an error.

    `secret_id` and `environment` are what its encryption context says.
    """

    event_id: str
    name: str
    time: datetime
    principal: str
    source_ip: str | None
    secret_id: str | None
    environment: str | None
    error: str | None


def parse_use(message: str, key: str) -> KeyUse | None:
    """The use of this key that a record tells of; None if it tells of something else.

    Raises NotARecord.
    """
    try:
        record = json.loads(message)
        is_use = record["eventSource"] == "kms.amazonaws.com" and record["eventName"] in CONTEXTS
        return read_use(record) if is_use and concerns(record, key) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotARecord("this is no record of CloudTrail") from None


def concerns(record: Mapping[str, Any], key: str) -> bool:
    """Whether it is about this key. Who was denied a call names no key but in the error."""
    named = [resource.get("ARN") for resource in record.get("resources") or []]
    return key in named or (not named and key in find_keys(record.get("errorMessage") or ""))


def find_keys(text: str) -> list[str]:
    return [found[0] for found in KEY.finditer(text)]


def read_use(record: Mapping[str, Any]) -> KeyUse:
    name = read_text(record, "eventName")
    context = (record.get("requestParameters") or {}).get(CONTEXTS[name]) or {}
    return KeyUse(
        event_id=read_text(record, "eventID"),
        name=name,
        time=read_moment(record, "eventTime"),
        principal=name_principal(record.get("userIdentity") or {}),
        source_ip=record.get("sourceIPAddress"),
        secret_id=context.get("burnbag:id"),
        environment=context.get("burnbag:environment"),
        error=record.get("errorCode"),
    )


def name_principal(identity: Mapping[str, Any]) -> str:
    """Who it was: an ARN; of a service its name, of another account what CloudTrail knows."""
    names = (identity.get(name) for name in ("arn", "invokedBy", "principalId", "accountId"))
    return next((name for name in names if name), UNKNOWN)


def pattern(key: str) -> str:
    """The filter pattern that finds the records about this key in a trail's log group."""
    names = " || ".join(f'($.eventName = "{name}")' for name in CONTEXTS)
    about = " || ".join(f'($.resources[{place}].ARN = "{key}")' for place in (0, 1))
    return (
        f'{{ ($.eventSource = "kms.amazonaws.com") && ({names})'
        f' && ({about} || ($.errorMessage = "*{key}*")) }}'
    )
