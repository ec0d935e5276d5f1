"""Settings from an environment mapping, read and checked once at cold start."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


class BadSettings(Exception):
    """A setting is missing or malformed: the function must not start."""


def read(cls: type[T], environ: Mapping[str, str]) -> T:
    """An instance of the frozen dataclass `cls`, each field from the variable of its name.

    `str`, `int`, `bool` ("true", "false"), `tuple[str, ...]` (one or more, separated by commas)
    and `dict[str, Any]` (a JSON object) fields are understood; a field `default_ttl` is the
    variable `DEFAULT_TTL`. Raises BadSettings naming the variable, never its value.
    """
    values: dict[str, Any] = {}
    for item in fields(cls):  # type: ignore[arg-type]
        name = item.name.upper()
        try:
            values[item.name] = PARSERS[item.type](environ[name])
        except KeyError:
            raise BadSettings(f"{name} is not set as it must be") from None
        except ValueError:
            raise BadSettings(f"{name} is not a valid {item.type}") from None
    return cls(**values)


def read_list(text: str) -> tuple[str, ...]:
    found = tuple(text.split(","))
    if not all(found):
        raise ValueError("an empty entry")
    return found


def read_object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


PARSERS: dict[Any, Any] = {
    str: str,
    int: int,
    bool: {"true": True, "false": False}.__getitem__,
    tuple[str, ...]: read_list,
    dict[str, Any]: read_object,
}
