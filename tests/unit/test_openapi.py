"""docs/openapi.yaml says what there is, and nothing else; and what a stack makes of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from burnbag_core import errors
from openapi_spec_validator import validate

from tests.support.configuration import routes
from tests.support.described import description, operations, resolve, validator_of
from tests.support.services import ENVIRON, ROOT, load
from tests.unit.test_routes import routes_of

TERRAFORM = ROOT / "terraform" / "modules" / "burnbag"
SCHEMAS = description()["components"]["schemas"]
CALLS = dict(operations())
LIMITS = {
    name: int(ENVIRON[name.upper()])
    for name in ("default_ttl", "min_ttl", "max_ttl", "max_views", "max_secret_bytes")
} | {"max_file_bytes": 4194304, "max_upload_bytes": 53687091200}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


def filled(**changed: Any) -> dict[str, Any]:
    """The description as a stack has it."""
    module = load("reveal", "description")
    stack = {
        "url": "https://api.example.com/live",
        "limits": LIMITS,
        "create_auth": "AWS_IAM",
        "people_auth": "COGNITO",
    }
    found: dict[str, Any] = module.fill(
        json.loads(json.dumps(description())), module.Stack(**stack | changed)
    )
    return found


def test_it_is_valid_openapi() -> None:
    validate(description())
    validate(filled())


def test_it_has_every_call_that_api_gateway_routes_and_no_other() -> None:
    assert CALLS.keys() == routes().keys()


def test_it_has_every_call_that_a_service_answers_and_no_other_of_theirs() -> None:
    answered = routes_of("create") | routes_of("reveal")
    page = {call for call, function in routes().items() if function == "page"}
    assert CALLS.keys() - page == answered.keys()


def test_it_needs_the_authorization_that_api_gateway_demands() -> None:
    files = ("routes.tf", "people.tf", "operator.tf", "recipients.tf")
    text = "".join((TERRAFORM / file).read_text() for file in files)
    demanded = dict(re.findall(r'"([A-Z]+ /\S*)" += \{ .*authorization = ([\w."]+)', text))
    schemes: dict[str, Any] = {
        "var.create_auth": [{"signature": []}],
        '"AWS_IAM"': [{"signature": []}],
        '"COGNITO_USER_POOLS"': [{"signIn": []}],
        "local.people_authorization": [{"signIn": []}],
        '"NONE"': None,
    }
    for call, found in CALLS.items():
        needed = schemes[demanded[call]]
        if "/signed/" in call:
            needed = [{"recipientSignature": []}]
        assert found.get("security") == needed, call


def test_it_has_every_problem_with_its_status_and_no_other() -> None:
    own = {
        (kind.status, f"urn:burnbag:problem:{kind.type}")
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.BurnbagError) and "type" in vars(kind)
    }
    text = (TERRAFORM / "modules" / "api" / "problems.tf").read_text()
    named = re.findall(r'type = "([\w-]+)", title = "[^"]+"(?:, status = (\d+))?', text)
    fixed = {(int(status), f"urn:burnbag:problem:{name}") for name, status in named if status}
    open_ended = {f"urn:burnbag:problem:{name}" for name, status in named if not status}
    assert len(named) == 9 and len(open_ended) == 2
    described = set(described_problems())
    assert {(status, name) for status, name in described if name not in open_ended} == {
        (status, name) for status, name in own | fixed if name not in open_ended
    }
    assert {name for _, name in described} >= open_ended


def described_problems() -> Iterator[tuple[int, str]]:
    """The status and the type of every problem; of what no call answers, as the errors have it."""
    statuses = {"NoSuchCall": 404, "MethodNotAllowed": 405}
    used = [(status, each) for call in CALLS.values() for status, each in call["responses"].items()]
    used += [
        (str(status), description()["components"]["responses"][name])
        for name, status in statuses.items()
    ]
    for status, response in used:
        content = resolve(response).get("content", {}).get("application/problem+json", {})
        for found in objects(content.get("schema", {})):
            yield from problems_in(int(status), resolve(found))


def problems_in(status: int, schema: dict[str, Any]) -> Iterator[tuple[int, str]]:
    for found in objects(schema):
        for name in found.get("properties", {}).get("type", {}).get("enum", []):
            yield status, name


def test_every_shared_part_is_used() -> None:
    text = json.dumps(description())
    for kind, parts in description()["components"].items():
        for name in parts:
            if kind != "securitySchemes" and name not in ("NoSuchCall", "MethodNotAllowed"):
                assert f'"#/components/{kind}/{name}"' in text, name


@pytest.mark.parametrize(
    ("schemas", "module", "fields"),
    [
        (("TextOrder", "BytesOrder"), "order", "FIELDS"),
        (("UploadOrder",), "order", "UPLOAD_FIELDS"),
        (("Form",), "form", "FIELDS"),
        (("Revocation",), "asked", "REVOCATION"),
        (("Part",), "parts", "PART_FIELDS"),
        (("RequestOrder",), "requesting", "REQUEST_FIELDS"),
        (("TextAnswer", "UploadAnswer"), "answering", "JSON_FIELDS"),
        (("FileAnswer",), "answering", "FORM_FIELDS"),
    ],
)
def test_it_has_every_field_and_no_other(
    schemas: tuple[str, ...], module: str, fields: str
) -> None:
    described = {name for schema in schemas for name in SCHEMAS[schema]["properties"]}
    assert described == getattr(load("create", f"chalicelib.{module}"), fields)
    assert not any(SCHEMAS[schema]["additionalProperties"] for schema in schemas)


@pytest.mark.parametrize(
    ("call", "known"),
    [
        ("GET /v1/receipts", "OWN"),
        ("GET /people/receipts", "OWN"),
        ("GET /v1/revocations", "ANYBODYS"),
        ("GET /v1/uploads/{id}/parts", "LIST_PARAMETERS"),
        ("GET /v1/requests/{id}/parts", "LIST_PARAMETERS"),
    ],
)
def test_it_has_every_parameter_of_a_list_and_no_other(call: str, known: str) -> None:
    parameters = [resolve(each) for each in CALLS[call]["parameters"]]
    queries = {each["name"] for each in parameters if each["in"] == "query"}
    module = "parts" if call.endswith("/parts") else "asked"
    assert queries == getattr(load("create", f"chalicelib.{module}"), known)


def test_every_call_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [found["operationId"] for found in CALLS.values()]
    assert len(set(names)) == len(names)
    assert all(found["summary"] and found["tags"] for found in CALLS.values())


def test_every_answer_has_the_requests_id() -> None:
    for call, found in CALLS.items():
        for status, response in found["responses"].items():
            assert "X-Request-Id" in resolve(response)["headers"], (call, status)


def test_every_example_is_what_its_schema_says() -> None:
    shown = 0
    for place in objects(description()):
        schema = place.get("schema")
        if isinstance(schema, dict):
            values = [each["value"] for each in place.get("examples", {}).values()]
            values += [place["example"]] if "example" in place else []
            for value in values:
                shown += 1
                assert validator_of(schema).is_valid(value), value
    for schema in SCHEMAS.values():
        for value in schema.get("examples", []):
            shown += 1
            assert validator_of(schema).is_valid(value), value
    assert shown > 15


def test_its_limits_are_terraforms_defaults() -> None:
    text = (TERRAFORM / "limits.tf").read_text()
    defaults = dict(re.findall(r'variable "(\w+)" \{.*?default +?= (\d+)', text, re.DOTALL))
    told = description()["info"]["x-limits"]
    assert told == {name: int(defaults[name]) for name in told}
    assert told.keys() == LIMITS.keys()


def test_a_schema_shows_the_default_of_the_limit_that_it_names() -> None:
    limits = description()["info"]["x-limits"]
    assert filled(limits=limits)["components"]["schemas"] == SCHEMAS


def test_a_stack_has_its_own_address_and_limits() -> None:
    limits = {name: value - 1 for name, value in LIMITS.items()}
    document = filled(limits=limits)
    schemas = document["components"]["schemas"]
    assert document["servers"] == [{"url": "https://api.example.com/live"}]
    assert document["info"]["x-limits"] == limits
    assert schemas["Views"]["maximum"] == 99
    assert schemas["Ttl"]["default"] == 86399
    seconds, _ = schemas["Ttl"]["oneOf"]
    assert (seconds["minimum"], seconds["maximum"]) == (59, 2591999)
    assert schemas["TextOrder"]["properties"]["secret"]["maxLength"] == 262143
    assert schemas["BytesOrder"]["properties"]["secret_base64"]["maxLength"] == 349524
    assert schemas["UploadOrder"]["properties"]["size"]["maximum"] == 53687091199


def test_where_nobody_sends_by_the_page_there_are_no_calls_for_people() -> None:
    left = filled(people_auth=None)["paths"]
    assert left.keys() == {path for path in description()["paths"] if "/people" not in path}


def test_where_nobody_signs_in_people_have_the_senders_calls_only() -> None:
    left = filled(people_auth="NONE")["paths"]
    assert left["/people/secrets/{id}"].keys() == {"x-needs", "parameters", "delete"}
    assert "/people/secrets/{id}/reveal" not in left
    assert {path for path in left if path.startswith("/people/")} == {
        path
        for path in description()["paths"]
        if path.startswith("/people/") and not path.endswith(("/reveal", "/confirm"))
    }


@pytest.mark.parametrize(("switch", "tag"), [("create_auth", "sender"), ("people_auth", "people")])
def test_what_is_open_needs_no_authorization(switch: str, tag: str) -> None:
    paths = filled(**{switch: "NONE"})["paths"]
    for path, item in paths.items():
        for method, call in item.items():
            if isinstance(call, dict) and "tags" in call:
                before = description()["paths"][path][method].get("security")
                assert call.get("security") == (None if tag in call["tags"] else before)
