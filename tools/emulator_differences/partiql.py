"""PartiQL: a statement that writes leaves a stream record, and needs the right that AWS asks for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import iam_actions
from ministack.services import dynamodb

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    dynamodb: "_tables _execute_statement _parse_partiql _partiql_key_target _extract_key_val"
    " _emit_stream_event",
    iam_actions: "dynamodb_transaction_checks _dynamodb_table_arn",
}
# What holds the statements of a request; ExecuteStatement is one itself.
STATEMENTS: Final = {
    "dynamodb:BatchExecuteStatement": "Statements",
    "dynamodb:ExecuteTransaction": "TransactStatements",
}


@dataclass(frozen=True)
class Target:
    """The item that a statement names, which need not exist."""

    operation: str
    table: str
    partition: Any
    sort: Any

    def find(self) -> Record | None:
        items = dynamodb._tables[self.table]["items"]
        found: Record | None = items.get(self.partition, {}).get(self.sort)
        return found


def correct() -> None:
    tell_the_stream()
    ask_for_rights()


def tell_the_stream() -> None:
    """Let a statement write the stream record that the emulator forgets."""
    execute = dynamodb._execute_statement

    def execute_and_tell(request: Record) -> Any:
        target = find_target(request)
        old = target.find() if target else None
        answer = execute(request)
        new = target.find() if target else None
        if target and old is not new:
            kind = "REMOVE" if new is None else "INSERT" if old is None else "MODIFY"
            dynamodb._emit_stream_event(target.table, kind, old, new)
        return answer

    dynamodb._execute_statement = execute_and_tell


def ask_for_rights() -> None:
    """Check each statement as `dynamodb:PartiQL…` on its table, not the call on everything."""
    checks = iam_actions.dynamodb_transaction_checks

    def checks_of_statements(action: str, body: bytes, region: str, account: str) -> Any:
        if action != "dynamodb:ExecuteStatement" and action not in STATEMENTS:
            return checks(action, body, region, account)
        request = json.loads(body or b"{}")
        statements = request.get(STATEMENTS[action], []) if action in STATEMENTS else [request]
        parsed = [each for each in map(parse, statements) if each]
        return [(right(each), arn(each, region, account)) for each in parsed]

    iam_actions.dynamodb_transaction_checks = checks_of_statements


def parse(statement: Record) -> Record | None:
    """None where there is nothing to parse: DynamoDB says so once the caller is known."""
    try:
        text, parameters = statement.get("Statement", ""), statement.get("Parameters", [])
        parsed: Record = dynamodb._parse_partiql(text, parameters)
    except ValueError:
        return None
    return parsed


def right(parsed: Record) -> str:
    return f"dynamodb:PartiQL{parsed['op'].capitalize()}"


def arn(parsed: Record, region: str, account: str) -> str:
    table = iam_actions._dynamodb_table_arn(parsed["table"], region, account)
    return f"{table}/index/{parsed['index']}" if parsed.get("index") else str(table)


def find_target(statement: Record) -> Target | None:
    """The item that a statement writes, or None if it reads or can't be carried out."""
    parsed = parse(statement)
    table = dynamodb._tables.get(parsed["table"]) if parsed else None
    if parsed is None or not table or parsed["op"] == "SELECT":
        return None
    if parsed["op"] == "INSERT":
        item = parsed.get("item", {})
        partition, sort = key_of(table, item.get("M", item))
    else:
        partition, sort, _, error = dynamodb._partiql_key_target(table, parsed)
        if error:
            return None
    return Target(parsed["op"], parsed["table"], partition, sort)


def key_of(table: Record, item: Record) -> tuple[Any, Any]:
    partition = dynamodb._extract_key_val(item.get(table["pk_name"]))
    name = table["sk_name"]
    return partition, dynamodb._extract_key_val(item.get(name)) if name else "__no_sort__"
