"""How burnbag calls AWS: short timeouts, few retries, and transactions that outlast conflicts."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from burnbag_core.items import Item

# A function has 20 seconds, and a reveal makes up to five calls. One that hangs is tried once
# more; when two hang, AWS is in trouble and the caller is told to come again.
CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# Version 4, because links with the older signature are refused where objects are encrypted by
# KMS. The bucket in the host, because botocore otherwise writes links to S3's global host, which
# redirects for buckets outside us-east-1: a signed POST does not survive that. An endpoint
# without a name, as the emulator's, gets the bucket in the path all the same.
S3: Final = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
REFUSED: Final = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}
TRANSIENT: Final = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}
TRIES: Final = 16
FIRST_PAUSE: Final = 0.02
LONGEST_PAUSE: Final = 0.5


class ConditionFailed(Exception):
    """A conditional write was refused.

    For each write of the call, `refused` says whether its own condition failed, and `items`
    is the record it found, None where there is none or the write did not ask for it.
    """

    def __init__(self, refused: Sequence[bool], items: Sequence[Item | None]) -> None:
        super().__init__("a condition failed")
        self.refused = refused
        self.items = items


def client(service: str, **options: Any) -> Any:
    """A boto3 client for `service`; region, endpoint and credentials come from the environment.

    `options` are botocore's (`Config`), where a client needs others than the usual ones.
    """
    config = CONFIG.merge(S3 if service == "s3" else Config()).merge(Config(**options))
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def transact(
    dynamodb: Any, writes: Sequence[Item], pause: Callable[[float], None] = time.sleep
) -> None:
    """All of `writes` or none of them (TransactWriteItems).

    Two transactions that meet on a record cancel one another: that is nobody's fault and is
    tried again after a pause with full jitter. Raises ConditionFailed when a condition
    refuses, ClientError when AWS does. All tries carry one token, so that a try whose answer
    got lost is not applied twice.

    The first of `writes` is the one whose refusal tells what became of the record in question:
    it is final. The refusal of another, while some write only met a conflict, is not: the other
    transaction is halfway through, and the next try finds all that it did.
    """
    token = str(uuid.uuid4())
    request = {"TransactItems": list(writes), "ClientRequestToken": token}
    retried(lambda: dynamodb.transact_write_items(**request), pause)


def update(
    dynamodb: Any, write: Item, pause: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """One conditional UpdateItem, its answer; conflicts and refusals as in `transact`."""
    answer: dict[str, Any] = retried(lambda: dynamodb.update_item(**write), pause)
    return answer


def retried(call: Callable[[], Any], pause: Callable[[float], None]) -> Any:
    for attempt in range(TRIES):
        try:
            return call()
        except ClientError as error:
            codes = reasons(error)
            refused = [code in REFUSED for code in codes]
            passing = attempt + 1 < TRIES and not TRANSIENT.isdisjoint(codes)
            if refused[0] or (any(refused) and not passing):
                raise ConditionFailed(refused, found(error)) from None
            if not passing:
                raise
        pause(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))


def reasons(error: ClientError) -> list[str]:
    """Why AWS refused: the cancellation reasons of a transaction, else the error's own code."""
    cancelled: Any = error.response.get("CancellationReasons")
    if cancelled:
        return [reason.get("Code", "None") for reason in cancelled]
    return [error.response["Error"]["Code"]]


def found(error: ClientError) -> list[Item | None]:
    """The records as they were when the condition was checked, where the call asked for them."""
    response: Any = error.response
    return [reason.get("Item") for reason in response.get("CancellationReasons", [response])]
