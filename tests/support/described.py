"""The API's description (docs/openapi.yaml), and whether an answer is as it says."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import yaml
from jsonschema_rs import Draft202012Validator

from tests.support.services import ROOT

OPENAPI: Final = ROOT / "docs" / "openapi.yaml"
METHODS: Final = ("delete", "get", "head", "patch", "post", "put")
ANYTHING: Final = "*/*"
# Not json.loads, which some tests watch.
parse = json.JSONDecoder().decode


@cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(OPENAPI.read_bytes())
    return found


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call as API Gateway knows it, and what the description says of it."""
    for path, item in description()["paths"].items():
        for method in METHODS:
            if method in item:
                shared = {"parameters": item.get("parameters", [])}
                yield f"{method.upper()} {item.get('x-path', path)}", {**shared, **item[method]}


@cache
def operation(call: str) -> dict[str, Any] | None:
    return dict(operations()).get(call)


def resolve(found: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to; anything else is itself."""
    if "$ref" not in found:
        return found
    place: Any = description()
    for name in found["$ref"].removeprefix("#/").split("/"):
        place = place[name]
    return resolve(place)


@cache
def responses(call: str, status: int) -> dict[str, Any]:
    """What is said of a call's answers of one status."""
    described = operation(call)
    assert described, f"{call} is not described"
    assert str(status) in described["responses"], f"{call} is not said to answer {status}"
    return resolve(described["responses"][str(status)])


@cache
def validator(call: str, status: int, media_type: str) -> Draft202012Validator:
    content = responses(call, status).get("content", {})
    schema = content.get(media_type) or content.get(ANYTHING)
    assert schema, f"{call} is not said to answer {status} with {media_type}"
    return validator_of(schema["schema"])


def validator_of(schema: Mapping[str, Any]) -> Draft202012Validator:
    """One that finds what the schema refers to."""
    return Draft202012Validator({"components": description()["components"], **schema})


def check(call: str, answer: Mapping[str, Any]) -> None:
    """Raise AssertionError for a function's answer that is not as the description says."""
    status, headers, text = answer["statusCode"], answer["headers"], answer["body"]
    described, sent = responses(call, status), {name.lower() for name in headers}
    for name, header in described.get("headers", {}).items():
        if resolve(header).get("required"):
            assert name.lower() in sent, f"{call} answers {status} without {name}"
    if call.startswith("HEAD ") or "content" not in described:
        assert not text, f"{call} is not said to answer {status} with a body"
        return
    media_type = headers["Content-Type"]
    found = validator(call, status, media_type)
    if media_type.endswith("json") and not answer.get("isBase64Encoded"):
        errors = [str(error) for error in found.iter_errors(parse(text))]
        assert not errors, f"{call} {status}: {errors}"
