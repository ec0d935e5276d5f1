"""Put lost receipts back: `python -m tools.restore ENVIRONMENT TABLE`

TABLE is what DynamoDB's point-in-time recovery has made of the receipts table, under another name.
A receipt that is there stays as it is, and none comes back that would be purged by now. Whoever
runs this needs to read TABLE and to write receipts, which no policy of burnbag gives.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tools import target
from tools.console import Problem, run, say
from tools.target import Target

THREADS: Final = 8
BACK: Final = "put back"
THERE: Final = "there already"
OUTLIVED: Final = "to be purged by now, left out"


def restore(asked: Target, source: str, now: int) -> Counter[str]:
    """Copy what is missing, and say how much. It may be run again.

    Raises Problem if AWS refuses something.
    """
    table = asked.outputs["receipts_table_name"]
    if source == table:
        raise Problem(f"{table} is the receipts table itself: name the one that was restored")
    dynamodb = asked.client("dynamodb", max_pool_connections=THREADS)

    def put_back(item: dict[str, Any]) -> str:
        if "purge_at" in item and int(item["purge_at"]["N"]) <= now:
            return OUTLIVED
        try:
            dynamodb.put_item(
                TableName=table, Item=item, ConditionExpression="attribute_not_exists(id)"
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return THERE
        return BACK

    done: Counter[str] = Counter()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            for page in read(dynamodb, source):
                done.update(pool.map(put_back, page))
    except (ClientError, BotoCoreError) as error:
        raise Problem(f"broke off after {describe(done)}, and may be run again: {error}") from error
    say(describe(done))
    return done


def read(dynamodb: Any, table: str) -> Iterator[list[dict[str, Any]]]:
    """The items of a table, page by page."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        yield page["Items"]


def describe(done: Counter[str]) -> str:
    return "receipts: " + ", ".join(f"{done[what]} {what}" for what in (BACK, THERE, OUTLIVED))


def main() -> None:
    if len(sys.argv) != 3 or not sys.argv[2]:
        raise Problem(
            "name the restored table: make restore ENV=dev FROM=burnbag-dev-receipts-restored"
        )
    restore(target.find(sys.argv[1]), sys.argv[2], int(time.time()))


if __name__ == "__main__":
    run(main)
