"""The condition keys `dynamodb:Attributes` and `dynamodb:LeadingKeys`, as on AWS."""

import json
import re
from typing import Any, Final

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    iam_actions: "dynamodb_service_context dynamodb_transaction_checks",
    iam_evaluator: "enforce",
    dynamodb: "_tables _normalize_table_name",
}
# In an expression of DynamoDB, everything that names no attribute.
NO_ATTRIBUTE: Final = {
    *("SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "IN", "BETWEEN", "if_not_exists"),
    *("list_append", "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with"),
    *("contains", "size"),
}


def correct() -> None:
    """Give `dynamodb:Attributes` what a write names, for each item of a transaction its own.

    The emulator fills this condition key for reads only, so a policy that limits what an update may
    touch would never refuse one. It does not know `dynamodb:LeadingKeys` at all, so single writes
    get that too.
    """
    context, checks = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def write_context(body: bytes) -> Record:
        found: Record = context(body)
        request = json.loads(body or b"{}")
        if named := find_attributes(request):
            found["dynamodb:Attributes"] = named
        if leading := find_leading_keys(request):
            found["dynamodb:LeadingKeys"] = leading
        return found

    def checks_with_attributes(action: str, body: bytes, *place: str) -> Any:
        items = json.loads(body or b"{}").get("TransactItems", [])
        members = [member for item in items for member in item.values()]
        pairs = zip(checks(action, body, *place), members, strict=False)
        return [(ItemAction(each, find_attributes(member)), arn) for (each, arn), member in pairs]

    def enforce_item(
        key: str, action: str, *rest: Any, service_context: Any = None, **on: Any
    ) -> Any:
        if isinstance(action, ItemAction):
            service_context = {**service_context, "dynamodb:Attributes": action.attributes}
        return enforce(key, action, *rest, service_context=service_context, **on)

    iam_actions.dynamodb_service_context = write_context
    iam_actions.dynamodb_transaction_checks = checks_with_attributes
    iam_evaluator.enforce = enforce_item


def find_leading_keys(request: Record) -> list[str]:
    """The partition key of the item that a single write names; its table has no sort key."""
    if "Item" not in request:
        values = list(request.get("Key", {}).values())
    else:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(request.get("TableName")))
        values = [request["Item"].get(table["pk_name"], {})] if table else []
    return [str(text) for value in values for text in value.values()]


class ItemAction(str):
    """The action of one item in a transaction, and the attributes that it names."""

    attributes: list[str]

    def __new__(cls, action: str, attributes: list[str]) -> "ItemAction":
        made = super().__new__(cls, action)
        made.attributes = attributes
        return made


def find_attributes(request: Record) -> list[str]:
    """The top-level attributes that a request names: in its key, its item and its expressions."""
    names = request.get("ExpressionAttributeNames", {})
    found = {*request.get("Key", {}), *request.get("Item", {})}
    for kind in ("Update", "Condition", "Projection"):
        for path in re.findall(r"(?<![\w:#.])[\w#][\w#.]*", request.get(f"{kind}Expression", "")):
            head = path.split(".")[0]
            if head not in NO_ATTRIBUTE and not head.isdecimal():
                found.add(names.get(head, head))
    return sorted(found)
