"""How API Gateway writes what it was told: a call's settings, a name without a path, a switch, and
a path without its slash.
"""

from typing import Any, Final

from ministack import app
from ministack.services import apigateway_v1

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    apigateway_v1: "_decode_json_pointer_token _method_throttle_settings"
    " _create_base_path_mapping _update_rest_api _build_lambda_event_v1",
    app: "_parse_execute_api_url",
}
# What UpdateRestApi changes and is no text.
SWITCHES: Final = {"/disableExecuteApiEndpoint"}
NO_PATH: Final = "(none)"


def correct() -> None:
    keep_escaped_slashes()
    name_missing_path()
    read_switches()
    tell_missing_slash()


def keep_escaped_slashes() -> None:
    """Keep a call's settings by its path as it was written, with ~1 for each slash, as AWS does.

    The emulator would answer the path without escapes, where Terraform doesn't find it.
    """
    find = apigateway_v1._method_throttle_settings

    def find_escaped(stage: Record, path: str, method: str) -> Any:
        return find(stage, path.replace("/", "~1"), method)

    apigateway_v1._decode_json_pointer_token = lambda token: token
    apigateway_v1._method_throttle_settings = find_escaped


def name_missing_path() -> None:
    """Find a mapping without a path by the name "(none)", also if it was made with an empty one."""
    create = apigateway_v1._create_base_path_mapping

    def create_named(domain_name: str, data: Record) -> Any:
        return create(domain_name, {**data, "basePath": data.get("basePath") or NO_PATH})

    apigateway_v1._create_base_path_mapping = create_named


def read_switches() -> None:
    """Answer a switch that was patched as a truth value: a patch has only texts."""
    update = apigateway_v1._update_rest_api

    def update_typed(api_id: str, data: Record) -> Any:
        return update(api_id, {"patchOperations": [typed(op) for op in data["patchOperations"]]})

    apigateway_v1._update_rest_api = update_typed


def tell_missing_slash() -> None:
    """Tell a function whether its stage was called with the slash at the end or without.

    The request's context then has the path /live, where the emulator has /live/ for both.
    """
    parse, build = app._parse_execute_api_url, apigateway_v1._build_lambda_event_v1

    def parse_exactly(host: str, path: str) -> Any:
        found = parse(host, path)
        if found is None or found[2] != "/" or path.endswith("/"):
            return found
        return (*found[:2], "")

    def build_with_path(*arguments: Any, **options: Any) -> Any:
        event = build(*arguments, **options)
        return {**event, "path": event["path"] or "/"}

    app._parse_execute_api_url = parse_exactly
    apigateway_v1._build_lambda_event_v1 = build_with_path


def typed(operation: Record) -> Record:
    if operation.get("path") not in SWITCHES:
        return operation
    return {**operation, "value": str(operation["value"]).lower() == "true"}
