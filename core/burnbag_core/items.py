"""DynamoDB's typed items, to and from plain values."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]


def key(secret_id: str) -> Item:
    """The primary key of both tables."""
    return {"id": {"S": secret_id}}


def serialize(values: Mapping[str, Any]) -> Item:
    """The typed form of a mapping; what is None is left out, at every depth."""
    encode = TypeSerializer().serialize
    return {name: encode(value) for name, value in present(values).items()}


def deserialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping behind an item, with plain integers and bytes."""
    decode = TypeDeserializer().deserialize
    return {name: plain(decode(value)) for name, value in item.items()}


def present(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: present(entry) for name, entry in value.items() if entry is not None}
    return [present(entry) for entry in value] if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, str | bool):
        return value
    return int(value) if hasattr(value, "as_tuple") else bytes(value)
