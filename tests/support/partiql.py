"""PartiQL, as far as burnbag writes it, as the calls that mean the same.

moto parses neither parameters nor conditions in a statement, and the simulated DynamoDB knows no
PartiQL at all. Whatever burnbag does not use is refused, so that nothing is passed over in silence.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
DELETE = re.compile(r'DELETE FROM "([\w-]+)" WHERE "id" = \? AND (.+)')
UPDATE = re.compile(r'UPDATE "([\w-]+)" SET (.+?) WHERE "id" = \? AND (.+)')
CHANGE = re.compile(r'"(\w+)" = \?')
TERM = re.compile(r'"(\w+)" (?:(=|<>|<=) \?|IS MISSING)')


def translate(statement: Mapping[str, Any]) -> tuple[str, Item]:
    """The name of the method and its arguments that do what a statement does."""
    text, parameters = statement["Statement"], list(statement["Parameters"])
    names: dict[str, str] = {}
    values: Item = {}

    def expression(pattern: re.Pattern[str], source: str, separator: str) -> str:
        return f" {separator.strip()} ".join(
            term(pattern, part) for part in source.split(separator)
        )

    def term(pattern: re.Pattern[str], source: str) -> str:
        match = pattern.fullmatch(source)
        assert match, f"unknown: {source}"
        name = match[1]
        names[f"#{name}"] = name
        if source.endswith("IS MISSING"):
            return f"attribute_not_exists(#{name})"
        value = f":{len(values)}"
        values[value] = parameters.pop(0)
        return f"#{name} {match[2] if pattern is TERM else '='} {value}"

    found = DELETE.fullmatch(text) or UPDATE.fullmatch(text)
    assert found, f"unknown: {text}"
    write: Item = {}
    if found.re is UPDATE:
        write["UpdateExpression"] = "SET " + expression(CHANGE, found[2], " SET ").replace(
            " SET ", ", "
        )
    write["TableName"], write["Key"] = found[1], {"id": parameters.pop(0)}
    write["ConditionExpression"] = expression(TERM, found[found.re.groups], " AND ")
    assert not parameters, f"too many parameters: {text}"
    write |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    if told := statement.get("ReturnValuesOnConditionCheckFailure"):
        write["ReturnValuesOnConditionCheckFailure"] = told
    return ("update_item" if found.re is UPDATE else "delete_item"), write


def execute_batch(dynamodb: Any, statements: list[Item]) -> Item:
    """The answer to BatchExecuteStatement; `dynamodb` does the single writes."""
    assert 1 <= len(statements) <= 25
    return {"Responses": list(answers(dynamodb, statements))}


def answers(dynamodb: Any, statements: list[Item]) -> Iterator[Item]:
    for statement in statements:
        method, write = translate(statement)
        do: Callable[..., Any] = getattr(dynamodb, method)
        try:
            if method == "delete_item" and not exists(dynamodb, write):
                yield {}  # a deletion of what is not there succeeds, whatever its condition
                continue
            do(**write)
            yield {"TableName": write["TableName"]}
        except ClientError as error:
            yield {"Error": refusal(error)}


def exists(dynamodb: Any, write: Item) -> bool:
    answer = dynamodb.get_item(TableName=write["TableName"], Key=write["Key"], ConsistentRead=True)
    return "Item" in answer


def refusal(error: ClientError) -> Item:
    response: Any = error.response
    code = response["Error"]["Code"].removesuffix("Exception")
    return {"Code": code} | ({"Item": response["Item"]} if "Item" in response else {})
