"""The policies of tables, which it keeps and never looks at.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
"""

import json
from typing import Final

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {
    iam_actions: "dynamodb_resource_arns _dynamodb_table_arn",
    iam_evaluator: "_RESOURCE_POLICY_LOOKUPS",
    dynamodb: "_resource_policies",
}
# What exports and restores call the table that they read.
SOURCES: Final = ("TableArn", "SourceTableArn", "SourceTableName")


def correct() -> None:
    """Let IAM look a table's policy up, as it does those of buckets and queues."""
    dynamodb.table_policy_for_arn = find_policy
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")
    find_tables = iam_actions.dynamodb_resource_arns

    def find_tables_and_sources(body: bytes, region: str, account: str) -> list[str]:
        request = json.loads(body or b"{}")
        sources = [request[name] for name in SOURCES if name in request]
        found = [iam_actions._dynamodb_table_arn(name, region, account) for name in sources]
        return found or list(find_tables(body, region, account))

    iam_actions.dynamodb_resource_arns = find_tables_and_sources


def find_policy(resource: str) -> tuple[str, str] | None:
    """The policy of a table or of the table of an index, and the account that it is in."""
    table = resource.split("/index/")[0]
    found = dynamodb._resource_policies.get(table)
    return (found["Policy"], table.split(":")[4]) if found else None
