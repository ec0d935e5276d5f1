"""Sizes and units as AWS's documentation counts them, and as the emulator's authors measured them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from tools import capacity
from tools.capacity import KB

Item = dict[str, Any]


def item_of(size: int) -> Item:
    """An item of exactly that size."""
    return {"id": {"S": "x"}, "d": {"B": b"x" * (size - 4)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "naïve"}, 6),
        ({"B": b"12345"}, 5),
        ({"B": base64.b64encode(b"12345").decode()}, 5),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 3),
        ({"N": "1800000000"}, 2),
        ({"N": "1800000001"}, 6),
        ({"N": "0.5"}, 2),
        ({"N": "12.5"}, 3),
        ({"N": "1e3"}, 2),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "a"}, {"BOOL": True}]}, 3 + 2 + 2),
        ({"M": {"ab": {"S": "cd"}}}, 3 + 1 + 2 + 2),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["27", "1"]}, 4),
        ({"BS": [b"a", b"bc"]}, 3),
    ],
    ids=str,
)
def test_a_value_has_the_documented_size(value: Item, size: int) -> None:
    assert capacity.value_size(value) == size
    assert capacity.item_size({"name": value}) == 4 + size


def test_a_type_that_dynamodb_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no type X"):
        capacity.value_size({"X": ""})


def binary(text: bytes) -> str:
    return base64.b64encode(text).decode()


scalars = st.one_of(
    st.text().map(lambda text: {"S": text}),
    st.decimals(allow_nan=False, allow_infinity=False, places=6).map(lambda n: {"N": str(n)}),
    st.integers(-(10**37), 10**37).map(lambda number: {"N": str(number)}),
    st.binary().map(lambda data: {"B": binary(data)}),
    st.booleans().map(lambda yes: {"BOOL": yes}),
    st.just({"NULL": True}),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner).map(lambda found: {"L": found}),
        st.dictionaries(st.text(), inner).map(lambda found: {"M": found}),
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1), values))
def test_sizes_are_those_that_the_emulators_authors_measured(item: Item) -> None:
    assert capacity.item_size(item) == dynamodb._item_size_bytes(item)


@pytest.mark.parametrize(
    ("size", "consistent", "transactional", "units"),
    [
        (0, True, False, 1),  # an item that is not there
        (3500, True, False, 1),
        (4 * KB, True, False, 1),
        (4 * KB, False, False, 0.5),
        (4 * KB, False, True, 2),
        (8 * KB, True, False, 2),
        (8 * KB, False, False, 1),
        (8 * KB, False, True, 4),
        (10 * KB, True, False, 3),
        (10 * 4180, False, False, 5.5),  # ten items of a query, 40.8 KB together
        (1500 * 64, True, False, 24),  # 1,500 items of 64 bytes: 96 KB
    ],
)
def test_a_read_takes_the_documented_units(
    size: int, consistent: bool, transactional: bool, units: float
) -> None:
    found = capacity.read_units(size, consistent=consistent, transactional=transactional)
    assert found == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item_of(500), 1),
        (None, item_of(2 * KB), 2),
        (None, item_of(3584), 4),
        (item_of(300 * KB), item_of(310 * KB), 310),
        (item_of(310 * KB), item_of(300 * KB), 310),
        (item_of(300 * KB), None, 300),  # a delete, or a condition that refuses
        (None, None, 1),
    ],
)
def test_a_write_takes_the_documented_units(
    before: Item | None, after: Item | None, units: float
) -> None:
    assert capacity.write_units(before, after) == units
    assert capacity.write_units(before, after, transactional=True) == 2 * units


def test_a_batch_is_rounded_up_item_by_item() -> None:
    """AWS's example: 500 bytes and 3.5 KB are 5 units, not 4."""
    assert sum(map(capacity.write_units, [item_of(500), item_of(3584)])) == 5


def test_to_delete_large_records_in_a_transaction_takes_twice_as_many() -> None:
    record = item_of(256 * KB)
    assert 100 * capacity.write_units(record, transactional=True) == 51_200
    assert 100 * capacity.write_units(record) == 25_600
