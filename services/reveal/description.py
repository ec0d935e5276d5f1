"""The API's own description (OpenAPI), as one stack has it, and which calls it says there are.

docs/openapi.yaml has it for every stack; the package has that as JSON. A stack puts in its address
and its limits, and leaves out what it has not. https://spec.openapis.org/oas/v3.1.0
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
# Where all limits of the stack stand, and by which of them a schema's keywords are set.
LIMITS: Final = "x-limits"
LIMITED_BY: Final = "x-limited-by"
# What API Gateway calls a path, where OpenAPI can't say it; and what a path or a call needs.
PATH: Final = "x-path"
NEEDS: Final = "x-needs"
# By people_auth: what a stack has not. Without people_auth nobody sends by the page, and only with
# COGNITO do people sign in.
LACKING: Final = {None: {"people_auth", "sign_in"}, "NONE": {"sign_in"}}


@dataclass(frozen=True)
class Stack:
    """What is another in each stack. Without people_auth nobody sends by the page."""

    url: str
    limits: Mapping[str, int]
    create_auth: str
    people_auth: str | None


@dataclass(frozen=True)
class Description:
    """The description in `file`, for one stack. It is read when it is first asked for."""

    file: Path
    stack: Stack

    @cached_property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_bytes())
        return fill(found, self.stack)

    @cached_property
    def text(self) -> str:
        return json.dumps(self.document, separators=(",", ":"))

    def methods_at(self, path: str) -> list[str]:
        """The methods of the calls at a path, and OPTIONS; none where there is no call."""
        for pattern, methods in self.calls:
            if pattern.fullmatch(path):
                return sorted({*methods, "OPTIONS"})
        return []

    @cached_property
    def calls(self) -> list[tuple[re.Pattern[str], set[str]]]:
        return [
            (compile_path(item.get(PATH, path)), {m for m in METHODS if m.lower() in item})
            for path, item in self.document["paths"].items()
        ]


def compile_path(path: str) -> re.Pattern[str]:
    """What matches a path as API Gateway does: {id} is one segment, {file+} all that follow."""
    parts = re.split(r"\{\w+(\+?)\}", path)
    text = "".join(
        re.escape(part) if index % 2 == 0 else (".+" if part else "[^/]+")
        for index, part in enumerate(parts)
    )
    return re.compile(text, re.DOTALL)


def fill(document: dict[str, Any], stack: Stack) -> dict[str, Any]:
    """The description with the stack's own address and limits, and the calls that it has."""
    document["info"][LIMITS] = dict(stack.limits)
    document["servers"] = [{"url": stack.url}]
    limits = {**stack.limits, "max_secret_base64": -(-stack.limits["max_secret_bytes"] // 3) * 4}
    for schema in find_objects(document["components"]["schemas"]):
        for keyword, name in schema.get(LIMITED_BY, {}).items():
            schema[keyword] = limits[name]
    lacking = LACKING.get(stack.people_auth, set())
    document["paths"] = {
        path: {name: each for name, each in item.items() if needed_by(each) not in lacking}
        for path, item in document["paths"].items()
        if needed_by(item) not in lacking
    }
    if stack.people_auth == "NONE":
        open_calls(document, "people")
    if stack.create_auth == "NONE":
        open_calls(document, "sender")
    return document


def needed_by(item: Any) -> str | None:
    """What a path, or a call, is not there without."""
    return item.get(NEEDS) if isinstance(item, dict) else None


def open_calls(document: dict[str, Any], tag: str) -> None:
    """Say of the calls with this tag that they need no signature and no sign-in."""
    for item in document["paths"].values():
        for call in item.values():
            if isinstance(call, dict) and tag in call["tags"]:
                del call["security"]


def find_objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, the outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from find_objects(each)
