"""CloudWatch takes and answers all of a request in the Query protocol too, which Terraform speaks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
"""

import html
import json
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from botocore.loaders import Loader
from botocore.model import ServiceModel
from ministack.services import cloudwatch

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {cloudwatch: "handle_request _xml _error"}
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/x-amz-json-1.0"
TARGET: Final = "GraniteServiceVersion20100801"
NUMBERS: Final[dict[str, type]] = {"integer": int, "long": int, "double": float, "float": float}


def correct() -> None:
    """Translate between the Query protocol and JSON, by the service's model.

    The emulator reads a part of what an alarm or a query has in it, and answers less: Terraform
    would find every alarm changed, and metric math gone.
    """
    handle, model = cloudwatch.handle_request, load_model()

    async def handle_request(
        method: str, path: str, headers: Record, body: bytes, query: Any
    ) -> Any:
        is_form = FORM in headers.get("content-type", "")
        form = dict(parse_qsl(body.decode(), keep_blank_values=True)) if is_form else {}
        action = form.get("Action")
        if action not in model.operation_names:
            return await handle(method, path, headers, body, query)
        operation: Any = model.operation_model(action)
        request = read(form, operation.input_shape) or {}
        translated = {**headers, "content-type": JSON, "x-amz-target": f"{TARGET}.{action}"}
        answer = await handle(method, path, translated, json.dumps(request).encode(), query)
        return write_answer(action, operation.output_shape, answer)

    cloudwatch.handle_request = handle_request


def load_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")


def read(form: dict[str, str], shape: Any, name: str = "") -> Any:
    """The value that a form has for `name`, None if it has none."""
    if shape is None:
        return None
    if shape.type_name == "structure":
        members = {
            each: read(form, shape.members[each], join(name, each)) for each in shape.members
        }
        return {each: value for each, value in members.items() if value is not None} or None
    if shape.type_name == "list":
        return read_list(form, shape, name)
    text = form.get(name)
    if text is None or shape.type_name in ("string", "timestamp"):
        return text
    if shape.type_name == "boolean":
        return text == "true"
    return NUMBERS[shape.type_name](text)


def read_list(form: dict[str, str], shape: Any, name: str) -> list[Any] | None:
    """An empty list is a name without a value."""
    found: list[Any] = []
    while (value := read(form, shape.member, f"{name}.member.{len(found) + 1}")) is not None:
        found.append(value)
    return found if found or name in form else None


def join(*names: str) -> str:
    return ".".join(filter(None, names))


def write_answer(action: str, shape: Any, answer: Any) -> Any:
    status, _, body = answer
    result = json.loads(body or b"{}")
    if status >= 300:
        return cloudwatch._error(result["__type"], result.get("message", ""), status)
    inner = f"<{action}Result>{write(result, shape)}</{action}Result>" if shape else ""
    return cloudwatch._xml(status, f"{action}Response", inner)


def write(value: Any, shape: Any) -> str:
    match shape.type_name:
        case "structure":
            there = [name for name in shape.members if value.get(name) is not None]
            return "".join(tag(name, write(value[name], shape.members[name])) for name in there)
        case "list":
            return "".join(tag("member", write(each, shape.member)) for each in value)
        case "boolean":
            return str(bool(value)).lower()
        case "timestamp":
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return html.escape(str(value), quote=False)


def tag(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
