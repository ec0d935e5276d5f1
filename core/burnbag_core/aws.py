"""How burnbag calls AWS: short timeouts, few retries, and transactions that outlast conflicts."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from random import SystemRandom
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from burnbag_core.errors import Interrupted, Unanswered, Unavailable
from burnbag_core.items import Item
from burnbag_core.services import CalledServices

# A function has 20 seconds, and a reveal makes up to five calls. One that hangs is tried once
# more; when two hang, AWS is in trouble and the caller is told to come again. botocore need not
# check the shape of each call: it is the same each time, and the tests check it. Nor need it
# compose its own user agent each time, which takes an eighth of a call's processor time.
CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    parameter_validation=False,
    user_agent="burnbag",
)
# Version 4, because links with the older signature are refused where objects are encrypted by
# KMS. The bucket in the host, because botocore otherwise writes links to S3's global host, which
# redirects for buckets outside us-east-1: a signed POST does not survive that. An endpoint
# without a name, as the emulator's, gets the bucket in the path all the same. us-east-1 gets a host
# of its own for the same reason as all other regions.
S3: Final = Config(
    signature_version="s3v4",
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
)
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
# Not the generator of `random` itself: instances that start from one snapshot would draw the same
# pauses, and meet again and again.
RANDOM: Final = SystemRandom()


class ConditionFailed(Exception):
    """A conditional write was refused.

    For each write of the call, `refused` says whether its own condition failed, and `items`
    is the record it found, None where there is none or the write did not ask for it.
    """

    def __init__(self, refused: Sequence[bool], items: Sequence[Item | None]) -> None:
        super().__init__("a condition failed")
        self.refused = refused
        self.items = items


@cache
def session() -> Any:
    """One session for all clients, so that what is loaded for one serves the next."""
    made = get_session()
    made.register_component("data_loader", CalledServices())
    return made


def client(service: str, **options: Any) -> Any:
    """A client for `service`; region, endpoint and credentials come from the environment.

    `options` are botocore's (`Config`), where a client needs others than the usual ones. Made by
    botocore alone: boto3 would take a quarter more time to start, and add nothing that is used.
    """
    config = CONFIG.merge(S3 if service == "s3" else Config()).merge(Config(**options))
    return session().create_client(service, config=config)


class Lazy:
    """A client that is made when it is first used, for what most requests never call."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    @cached_property
    def made(self) -> Any:
        return self.make()


@contextmanager
def as_unavailable() -> Iterator[None]:
    """Raise what botocore raises as Unavailable, so that no caller needs to know it.

    Unanswered where AWS gave no answer at all: a write that timed out may still be applied.
    Interrupted where AWS failed in a transaction: it may have been applied before.
    Also a decorator, for the methods that a service's logic calls.
    """
    try:
        yield
    except ClientError as error:
        raise (Interrupted if is_half_done(error) else Unavailable)(describe(error)) from None
    except BotoCoreError as error:
        raise Unanswered(describe(error)) from None


def is_half_done(error: ClientError) -> bool:
    """Whether DynamoDB failed in a transaction. No other write takes anything from anybody."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.operation_name == "TransactWriteItems" and status >= 500


def describe(error: ClientError | BotoCoreError) -> str:
    """The operation and AWS's code, or the type: a message may quote a value."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} {code_of(error)}"
    return code_of(error)


def code_of(error: ClientError | BotoCoreError) -> str:
    """AWS's code, or the type where AWS gave no answer."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__


def transact(
    dynamodb: Any, writes: Sequence[Item], pause: Callable[[float], None] = time.sleep
) -> None:
    """Do all of `writes` or none of them (TransactWriteItems).

    Two transactions that meet on a record cancel one another. That is nobody's fault, so it is
    tried again after a pause with full jitter. Raises ConditionFailed when a condition refuses,
    ClientError when AWS does. All tries carry one token, so that a try whose answer got lost
    is not applied twice.

    The refusal of the first of `writes` is final: it tells what became of the record in question.
    The refusal of another is not, while some write only met a conflict: the other transaction
    is halfway through, and the next try finds all that it did.
    """
    token = str(uuid.uuid4())
    request = {"TransactItems": list(writes), "ClientRequestToken": token}
    retry(lambda: dynamodb.transact_write_items(**request), pause)


def update(
    dynamodb: Any, write: Item, pause: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Do one conditional UpdateItem; returns its answer. Raises as `transact` does."""
    answer: dict[str, Any] = retry(lambda: dynamodb.update_item(**write), pause)
    return answer


def retry(call: Callable[[], Any], pause: Callable[[float], None]) -> Any:
    for attempt in range(TRIES):
        try:
            return call()
        except ClientError as error:
            codes = reasons(error)
            refused = [code in REFUSED for code in codes]
            transient = attempt + 1 < TRIES and not TRANSIENT.isdisjoint(codes)
            if refused[0] or (any(refused) and not transient):
                raise ConditionFailed(refused, items_found(error)) from None
            if not transient:
                raise
        pause(jitter(attempt))


def jitter(attempt: int) -> float:
    """Seconds to wait after a try that failed, from the first, 0: full jitter."""
    return RANDOM.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))


def reasons(error: ClientError) -> list[str]:
    """Why AWS refused: the cancellation reasons of a transaction, else the error's own code."""
    cancelled: Any = error.response.get("CancellationReasons")
    if cancelled:
        return [reason.get("Code", "None") for reason in cancelled]
    return [error.response["Error"]["Code"]]


def items_found(error: ClientError) -> list[Item | None]:
    """The records as they were when the condition was checked, where the call asked for them."""
    response: Any = error.response
    return [reason.get("Item") for reason in response.get("CancellationReasons", [response])]
