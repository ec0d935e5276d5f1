"""How API Gateway writes what it was told: a call's settings, a name without a path, a switch."""

from typing import Any, Final

from ministack.services import apigateway_v1

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    apigateway_v1: "_decode_json_pointer_token _method_throttle_settings"
    " _create_base_path_mapping _update_rest_api",
}
# What UpdateRestApi changes and is no text.
SWITCHES: Final = {"/disableExecuteApiEndpoint"}
NO_PATH: Final = "(none)"


def correct() -> None:
    keep_escaped_slashes()
    name_missing_path()
    read_switches()


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


def typed(operation: Record) -> Record:
    if operation.get("path") not in SWITCHES:
        return operation
    return {**operation, "value": str(operation["value"]).lower() == "true"}
