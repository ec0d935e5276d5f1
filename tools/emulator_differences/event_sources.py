"""The condition keys `events:source` and `events:detail-type`, which it lacks.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

import json
from typing import Any, Final

from ministack.core import iam_actions

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {iam_actions: "request_tag_context"}
KEYS: Final = {"events:source": "Source", "events:detail-type": "DetailType"}


def correct() -> None:
    """Add what PutEvents says of its events to the condition keys that IAM sees."""
    name_tags = iam_actions.request_tag_context

    def name_tags_and_events(service: str, action: str, body: bytes, params: Any) -> Record:
        found: Record = name_tags(service, action, body, params)
        return found | condition_keys(json.loads(body)) if action == "events:PutEvents" else found

    iam_actions.request_tag_context = name_tags_and_events


def condition_keys(request: Record) -> Record:
    """What all entries of a call have in common.

    AWS asks for each entry by itself. Here, a condition refuses a call whose entries differ.
    """
    entries = request.get("Entries", [])
    values = {key: {entry.get(name) for entry in entries} for key, name in KEYS.items()}
    return {key: found.pop() for key, found in values.items() if len(found) == 1}
