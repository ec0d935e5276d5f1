"""DynamoDB's typed items, to and from the records and plain values.

boto3 has such a serializer too. It takes more than twice as long, and boto3 itself would take a
quarter more time to start than botocore does.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from burnbag_core.records import REQUEST, Claim, Receipt, Secret, View, creator_of, expiry_shard

Item = dict[str, Any]
T = TypeVar("T")


def key(secret_id: str) -> Item:
    """The primary key of both tables."""
    return {"id": {"S": secret_id}}


def secret_item(secret: Secret, erase_at: int) -> Item:
    """The item of a secret. `erase_at` and `expiry_shard` are where the sweep looks for it."""
    index = {"erase_at": erase_at, "expiry_shard": expiry_shard(secret.id)}
    return serialize(values_of(secret) | index | list_recipients(secret))


def request_item(receipt: Receipt, **lease: Any) -> Item:
    """The item that stands in the place of a secret which was asked for, and has not come.

    Nothing is sealed in it. `lease` is what a submitter adds while it stores the answer's object.
    """
    values = {
        "id": receipt.id,
        "kind": REQUEST,
        "created_at": receipt.created_at,
        "expires_at": receipt.expires_at,
        "erase_at": receipt.expires_at,
        "expiry_shard": expiry_shard(receipt.id),
    }
    return serialize(values | lease)


def is_request(item: Mapping[str, Any]) -> bool:
    """Whether a record of the secrets table is a request's."""
    return bool(item.get("kind") == {"S": REQUEST})


def read_secret(item: Mapping[str, Any]) -> Secret:
    """The secret in an item."""
    values = deserialize(item)
    claims = {key: build(Claim, claim) for key, claim in values.get("claims", {}).items()}
    recipients = tuple(values.get("recipients", ()))
    return build(Secret, values | {"claims": claims, "recipients": recipients})


def receipt_item(receipt: Receipt) -> Item:
    """The item of a new receipt. `creator` is where its creator's list finds it: no later write
    touches it, so the index costs one write unit for each secret.
    """
    creator = {"creator": creator_of(receipt.created_by)}
    return serialize(values_of(receipt) | creator | list_recipients(receipt))


def list_recipients(record: Secret | Receipt) -> dict[str, Any]:
    """The recipients in an item: no attribute where none are named."""
    return {"recipients": record.recipients or None}


def values_of(record: Any) -> dict[str, Any]:
    """The fields of a record by name. `asdict` would copy all of them, at every depth."""
    return {name: getattr(record, name) for name in names_of(type(record))}  # type: ignore[arg-type]


@cache
def names_of(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def read_receipt(item: Mapping[str, Any]) -> Receipt:
    """The receipt in an item."""
    values = deserialize(item)
    values["views"] = tuple(build(View, view) for view in values["views"])
    values["recipients"] = tuple(values.get("recipients", ()))
    for name in ("last_failure", "last_refusal"):
        if name in values:
            values[name] = build(View, values[name])
    if "kinds" in values:
        values["kinds"] = tuple(values["kinds"])
    return build(Receipt, values)


def build(record: type[T], values: Mapping[str, Any]) -> T:
    """A record from those values that it has fields for: a newer writer's others are passed over.

    Raises TypeError where one is missing.
    """
    names = names_of(record)  # type: ignore[arg-type]
    return record(**{name: value for name, value in values.items() if name in names})


def serialize(values: Mapping[str, Any]) -> Item:
    """The typed form of a mapping; what is None is left out, at every depth."""
    return {name: serialize_value(value) for name, value in values.items() if value is not None}


def serialize_value(value: Any) -> Item:
    """The typed form of one value, such as `{"N": "7"}`. Raises TypeError for what has none."""
    match value:
        case str():
            return {"S": value}
        case bool():  # before int: a bool is one
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": serialize(value)}
        case View() | Claim():
            return {"M": serialize(values_of(value))}
        case list() | tuple():
            return {"L": [serialize_value(entry) for entry in value]}
    raise TypeError(f"no item holds a {type(value).__name__}")


def deserialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping behind an item, with plain integers and bytes."""
    return {name: deserialize_value(value) for name, value in item.items()}


def deserialize_value(value: Mapping[str, Any]) -> Any:
    """The plain value behind a typed one. Raises ValueError for what burnbag never writes."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return int(content)
        case "B":
            return bytes(content)
        case "M":
            return deserialize(content)
        case "L":
            return [deserialize_value(entry) for entry in content]
    raise ValueError(f"burnbag writes no {kind}")
