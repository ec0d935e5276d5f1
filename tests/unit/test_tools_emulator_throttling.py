"""The embedded DynamoDB counts units as AWS does, and refuses what a partition can't take."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from tools.capacity import KB
from tools.emulator_differences import consumed, partiql, partitions, throttling
from tools.emulator_differences.partitions import PARTITIONS, PER_SECOND, Partitions, make_use

Request = dict[str, Any]
T: Request = {"TableName": "units"}
ASK = {"ReturnConsumedCapacity": "TOTAL"}
DELETE = 'DELETE FROM "units" WHERE "id" = ? AND "erase_at" <= 5'
SCHEMA: Request = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "expiry_shard", "AttributeType": "S"},
        {"AttributeName": "erase_at", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "overdue",
            "KeySchema": [
                {"AttributeName": "expiry_shard", "KeyType": "HASH"},
                {"AttributeName": "erase_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty table, whose units are counted. What is corrected is taken back afterwards."""
    for module in (partiql, consumed, throttling):
        for owner, names in module.WRAPPED.items():
            for name in names.split():
                monkeypatch.setattr(owner, name, getattr(owner, name))
    dynamodb._create_table(T | SCHEMA)
    partiql.correct()
    consumed.correct()
    yield
    dynamodb._delete_table(T)


@pytest.fixture
def clock(table: None) -> Clock:
    """The clock of a throttled table."""
    clock = Clock()
    throttling.throttle(Partitions(clock))
    return clock


def call(name: str, **request: Any) -> Request:
    """The answer of an operation of the emulator's DynamoDB."""
    _, _, body = getattr(dynamodb, name)(T | request)
    answer: Request = json.loads(body)
    return answer


def put(name: str, size: int = 10, erase_at: int = 1, **more: Any) -> Request:
    return call("_put_item", Item=item_of(name, size, erase_at), **more)


def item_of(name: str, size: int = 10, erase_at: int = 1) -> Request:
    """An item of that size in all."""
    keys = {"id": {"S": name}, "expiry_shard": {"S": "0"}, "erase_at": {"N": str(erase_at)}}
    overhead = 2 + len(name) + 13 + 10 + len("sealed")
    return keys | {"sealed": {"S": "x" * (size - overhead)}}


def key(name: str) -> Request:
    return {"Key": {"id": {"S": name}}}


def deletes(names: str) -> Request:
    parameters = [[{"S": name}] for name in names]
    return {"Statements": [{"Statement": DELETE, "Parameters": each} for each in parameters]}


def error(answer: Request) -> str:
    return str(answer.get("__type", "")).split("#")[-1]


def same_partition(count: int) -> list[str]:
    """Ids that DynamoDB keeps in one partition."""
    names = (str(number) for number in range(1000))
    number = make_use("units", "", "0", "Write", 1).place.number
    found = [n for n in names if make_use("units", "", n, "Write", 1).place.number == number]
    return found[:count]


@pytest.mark.parametrize(("consistent", "units"), [(True, 64), (False, 32)])
def test_a_get_takes_the_units_of_the_whole_item(
    table: None, consistent: bool, units: float
) -> None:
    put("a", 256 * KB)
    more: Request = {"ConsistentRead": consistent, "ProjectionExpression": "id"}
    answer = call("_get_item", **key("a"), **more, **ASK)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == units


def test_a_get_of_nothing_takes_the_least(table: None) -> None:
    answer = call("_get_item", **key("a"), ConsistentRead=True, **ASK)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1


def test_a_query_of_the_index_takes_the_units_of_its_entries(table: None) -> None:
    """However large the items are, an entry has 29 bytes, and 150 of them begin a second 4 KB."""
    for number in range(150):
        put(f"{number:04}", 9 * KB)
    answer = call(
        "_query",
        IndexName="overdue",
        KeyConditionExpression="expiry_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": "0"}},
        ReturnConsumedCapacity="INDEXES",
    )
    used = answer["ConsumedCapacity"]
    assert answer["Count"] == 150
    assert used["CapacityUnits"] == 1.0
    assert used["Table"]["CapacityUnits"] == 0.0
    assert used["GlobalSecondaryIndexes"]["overdue"]["CapacityUnits"] == 1.0


def test_a_filter_saves_no_units(table: None) -> None:
    put("a", 100 * KB)
    values = {":never": {"N": "0"}}
    answer = call(
        "_scan",
        FilterExpression="erase_at = :never",
        ExpressionAttributeValues=values,
        **ASK,
    )
    assert answer["Count"] == 0
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 12.5


def test_batches_and_transactions_of_gets_round_each_item_up(table: None) -> None:
    put("a", 1500)
    put("b", 6500)
    keys = [key(name)["Key"] for name in "ab"]
    (batch,) = call(
        "_batch_get_item",
        RequestItems={"units": {"Keys": keys, "ConsistentRead": True}},
        **ASK,
    )["ConsumedCapacity"]
    gets = [{"Get": T | key(name)} for name in "ab"]
    (both,) = call("_transact_get_items", TransactItems=gets, **ASK)["ConsumedCapacity"]
    assert (batch["CapacityUnits"], both["CapacityUnits"]) == (3, 6)


def test_a_batch_of_statements_takes_the_units_of_each(table: None) -> None:
    put("a", 100 * KB)
    put("b", 100 * KB, erase_at=9)
    answer = call("_batch_execute_statement", **deletes("abc"), **ASK)
    (used,) = answer["ConsumedCapacity"]
    # Deleted, with its entry in the index; refused; missing.
    assert used["CapacityUnits"] == (100 + 1) + 100 + 1
    single = {"Statement": DELETE, "Parameters": [{"S": "c"}]}
    one = call("_execute_statement", **single, **ASK)
    assert one["ConsumedCapacity"]["CapacityUnits"] == 1


def test_nobody_counts_who_was_not_asked(table: None) -> None:
    put("a")
    for answer in (
        call("_get_item", **key("a")),
        call("_batch_execute_statement", **deletes("a")),
        call("_batch_get_item", RequestItems={"units": {"Keys": [key("a")["Key"]]}}),
    ):
        assert "ConsumedCapacity" not in answer


def test_nothing_is_throttled_unless_it_is_switched_on(
    table: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(throttling.SWITCH, raising=False)
    before = dynamodb._put_item
    throttling.correct()
    assert dynamodb._put_item is before
    monkeypatch.setenv(throttling.SWITCH, "1")
    throttling.correct()
    assert dynamodb._put_item is not before


def test_a_partition_takes_a_thousand_write_units_a_second(clock: Clock) -> None:
    names = same_partition(4)
    assert [error(put(name, 300 * KB)) for name in names] == ["", "", "", "ThrottlingException"]
    answer = put(names[3], 300 * KB)
    assert answer["message"].startswith("Throughput exceeds the current capacity of your table")
    assert answer["throttlingReasons"] == [
        {
            "reason": "TableWriteKeyRangeThroughputExceeded",
            "resource": dynamodb._tables["units"]["TableArn"],
        }
    ]
    clock.now += 0.25
    assert not error(put(names[3], 300 * KB))


def test_a_provisioned_table_has_an_error_of_its_own(clock: Clock) -> None:
    dynamodb._tables["units"]["BillingModeSummary"]["BillingMode"] = "PROVISIONED"
    names = same_partition(4)
    errors = [error(put(name, 300 * KB)) for name in names]
    assert errors[-1] == "ProvisionedThroughputExceededException"


def test_partitions_do_not_hinder_one_another(clock: Clock) -> None:
    places = {make_use("units", "", str(n), "Write", 1).place: str(n) for n in range(50)}
    assert len(places) == PARTITIONS
    for name in places.values():
        assert not any(error(put(name, 300 * KB)) for _ in range(3))


def test_a_hot_index_holds_up_the_writes_to_its_table(clock: Clock) -> None:
    """All have the same shard, so their entries are in one partition of the index."""
    errors = [error(put(str(number))) for number in range(1001)]
    assert not any(errors[:1000])
    answer = put("1001")
    assert error(answer) == "ThrottlingException"
    (reason,) = answer["throttlingReasons"]
    assert reason["reason"] == "IndexWriteKeyRangeThroughputExceeded"
    assert reason["resource"].endswith("/index/overdue")


def test_a_transaction_of_large_deletes_is_throttled_for_ever(clock: Clock) -> None:
    """Twice the units of each item: what no second of any partition can hold."""
    names = [str(number) for number in range(40)]
    for name in names:
        clock.now += 1
        put(name, 256 * KB)
    members = [{"Delete": T | key(name)} for name in names]
    for _ in range(3):
        clock.now += 60
        answer = call("_transact_write_items", TransactItems=members)
        assert error(answer) == "TransactionCanceledException"
        assert {reason["Code"] for reason in answer["CancellationReasons"]} == {"ThrottlingError"}
    for name in names:
        clock.now += 0.3
        assert not error(call("_delete_item", **key(name)))


def test_a_throttled_transaction_names_the_items_that_were_too_many(clock: Clock) -> None:
    hot, other = (
        same_partition(4),
        next(
            str(n)
            for n in range(1000, 2000)
            if make_use("units", "", str(n), "Write", 1).place
            != make_use("units", "", "0", "Write", 1).place
        ),
    )
    for name in hot[:3]:
        put(name, 300 * KB)
    members = [{"Put": T | {"Item": item_of(name, 100 * KB)}} for name in (hot[3], other)]
    answer = call("_transact_write_items", TransactItems=members)
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == [
        "ThrottlingError",
        "None",
    ]
    assert answer["message"].endswith("[ThrottlingError, None]")
    assert not call("_get_item", **key(other))


def test_what_was_throttled_is_not_billed(clock: Clock) -> None:
    names = same_partition(5)
    for name in names[:3]:
        put(name, 300 * KB)
    assert error(put(names[3], 300 * KB))
    assert not error(put(names[4], 100 * KB))


def never(name: str) -> Request:
    return {"ConditionExpression": "attribute_not_exists(id)", **key(name)}


def test_what_a_condition_refuses_is_billed(clock: Clock) -> None:
    name = same_partition(1)[0]
    put(name, 300 * KB)
    for _ in range(2):
        assert error(call("_delete_item", **never(name))) == "ConditionalCheckFailedException"
    assert error(call("_delete_item", **never(name))) == "ThrottlingException"


def test_a_cancelled_transaction_is_billed_twofold(clock: Clock) -> None:
    name = same_partition(1)[0]
    put(name, 300 * KB)
    members = [{"Delete": T | never(name)}]
    first = call("_transact_write_items", TransactItems=members)
    assert first["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"
    second = call("_transact_write_items", TransactItems=members)
    assert second["CancellationReasons"][0]["Code"] == "ThrottlingError"


def test_a_request_that_is_wrong_in_itself_is_not_billed(clock: Clock) -> None:
    name = same_partition(1)[0]
    put(name, 300 * KB)
    for _ in range(10):
        answer = call("_update_item", **key(name), UpdateExpression="SET sealed = :missing")
        assert error(answer) == "ValidationException"
    assert not error(put(name, 300 * KB))


def test_an_update_is_billed_by_what_it_made(clock: Clock) -> None:
    name = same_partition(1)[0]
    grow = {
        "UpdateExpression": "SET sealed = :sealed",
        "ExpressionAttributeValues": {":sealed": {"S": "x" * 390 * KB}},
    }
    put(name)
    errors = [error(call("_update_item", **key(name), **grow)) for _ in range(4)]
    assert errors == ["", "", "ThrottlingException", "ThrottlingException"]


def test_a_batch_hands_back_what_does_not_fit(clock: Clock) -> None:
    names = same_partition(8)
    puts = [{"PutRequest": {"Item": item_of(name, 300 * KB)}} for name in names]
    answer = call("_batch_write_item", RequestItems={"units": puts})
    assert answer["UnprocessedItems"] == {"units": puts[3:]}
    again = call("_batch_write_item", RequestItems={"units": puts[3:]})
    assert error(again) == "ThrottlingException"


def test_a_batch_of_statements_goes_on_after_a_throttled_one(clock: Clock) -> None:
    names = same_partition(4)
    for name in names:
        clock.now += 1
        put(name, 300 * KB)
    clock.now += 1
    put("0" * 30, 1)
    statements = [{"Statement": DELETE, "Parameters": [{"S": name}]} for name in [*names, "0" * 30]]
    answer = call("_batch_execute_statement", Statements=statements)
    codes = [response.get("Error", {}).get("Code") for response in answer["Responses"]]
    assert codes[:3] == [None, None, None]
    assert codes[3] == "ThrottlingError"
    assert codes[4] is None


@pytest.mark.parametrize(
    "read",
    [
        lambda: call("_get_item", **key("a"), ConsistentRead=True),
        lambda: call("_transact_get_items", TransactItems=[{"Get": T | key("a")}]),
        lambda: call(
            "_query",
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "a"}},
        ),
        lambda: call("_scan"),
        lambda: call("_batch_get_item", RequestItems={"units": {"Keys": [key("a")["Key"]]}}),
    ],
)
def test_a_partition_takes_three_thousand_read_units_a_second(
    clock: Clock, read: Callable[[], Request]
) -> None:
    put("a", 396 * KB)
    errors = [error(read()) for _ in range(65)]
    assert not any(errors[:15])
    assert errors[-1] == "ThrottlingException"
    clock.now += 0.1
    assert not error(read())


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1500)), max_size=30))
def test_no_partition_ever_takes_more_than_its_share(steps: list[tuple[float, float]]) -> None:
    clock = Clock()
    limits, granted = Partitions(clock), 0.0
    for pause, units in steps:
        clock.now += pause
        if not limits.take([make_use("t", "", "x", "Write", units)]):
            granted += units
    assert granted <= PER_SECOND["Write"] * (1 + clock.now) + 1e-6
    assert partitions.PARTITIONS == 4
