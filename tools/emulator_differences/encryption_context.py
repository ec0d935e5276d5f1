"""The condition keys `kms:EncryptionContext:…` and `kms:EncryptionContextKeys`, which it lacks.

https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
`kms:ViaService` needs nothing here. AWS sets it when a service uses a key for its caller. The
emulator's services never use a key, so the calls that it sees are all direct ones, without it.
"""

import json
from typing import Any, Final

from ministack.core import iam_actions

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {iam_actions: "request_tag_context"}


def correct() -> None:
    """Add a request's encryption context to the condition keys that IAM and key policies see."""
    name_tags = iam_actions.request_tag_context

    def name_tags_and_context(service: str, action: str, body: bytes, params: Any) -> Record:
        found: Record = name_tags(service, action, body, params)
        return found | condition_keys(json.loads(body or b"{}")) if service == "kms" else found

    iam_actions.request_tag_context = name_tags_and_context


def condition_keys(request: Record) -> Record:
    """The condition keys of a KMS request. Without an encryption context there are none."""
    context = request.get("EncryptionContext") or {}
    keys: Record = {f"kms:EncryptionContext:{key}": value for key, value in context.items()}
    return keys | {"kms:EncryptionContextKeys": [*context]} if context else {}
