"""DynamoDB's typed items, to and from the records and plain values."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from burnbag_core.records import Claim, Receipt, Secret, View, expiry_shard

Item = dict[str, Any]
T = TypeVar("T")


def key(secret_id: str) -> Item:
    """The primary key of both tables."""
    return {"id": {"S": secret_id}}


def secret_item(secret: Secret, erase_at: int) -> Item:
    """The item of a secret. `erase_at` and `expiry_shard` are where the sweep looks for it."""
    index = {"erase_at": erase_at, "expiry_shard": expiry_shard(secret.id)}
    return serialize(asdict(secret) | index)


def read_secret(item: Mapping[str, Any]) -> Secret:
    """The secret in an item."""
    values = deserialize(item)
    claims = {key: build(Claim, claim) for key, claim in values.get("claims", {}).items()}
    return build(Secret, values | {"claims": claims})


def receipt_item(receipt: Receipt) -> Item:
    """The item of a receipt."""
    return serialize(asdict(receipt))


def read_receipt(item: Mapping[str, Any]) -> Receipt:
    """The receipt in an item."""
    values = deserialize(item)
    values["views"] = tuple(build(View, view) for view in values["views"])
    if "last_failure" in values:
        values["last_failure"] = build(View, values["last_failure"])
    return build(Receipt, values)


def build(record: type[T], values: Mapping[str, Any]) -> T:
    """A record from those values that it has fields for: a newer writer's others are passed over.

    Raises TypeError where one is missing.
    """
    names = {item.name for item in fields(record)}  # type: ignore[arg-type]
    return record(**{name: value for name, value in values.items() if name in names})


def serialize(values: Mapping[str, Any]) -> Item:
    """The typed form of a mapping; what is None is left out, at every depth."""
    encode = TypeSerializer().serialize
    return {name: encode(value) for name, value in drop_none(values).items()}


def serialize_value(value: Any) -> Item:
    """The typed form of one value, such as `{"N": "7"}`."""
    return dict(TypeSerializer().serialize(drop_none(value)))


def deserialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping behind an item, with plain integers and bytes."""
    decode = TypeDeserializer().deserialize
    return {name: simplify(decode(value)) for name, value in item.items()}


def drop_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: drop_none(entry) for name, entry in value.items() if entry is not None}
    return [drop_none(entry) for entry in value] if isinstance(value, list | tuple) else value


def simplify(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: simplify(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [simplify(entry) for entry in value]
    if isinstance(value, str | bool):
        return value
    return int(value) if hasattr(value, "as_tuple") else bytes(value)
