"""The two records, there and back again."""

from dataclasses import replace

from burnbag_core.items import (
    deserialize,
    read_receipt,
    read_secret,
    receipt_item,
    secret_item,
    serialize,
)
from burnbag_core.records import EXPIRY_SHARDS, Receipt, Secret, View, expiry_shard
from hypothesis import given
from hypothesis import strategies as st

times = st.integers(0, 2**33)
texts = st.text(min_size=1, max_size=20)
# DynamoDB's numbers have 38 digits.
st.register_type_strategy(int, st.integers(0, 10**37))
secrets = st.builds(Secret, salt=st.none() | st.binary(min_size=16, max_size=16))
views = st.builds(View, at=times, by=st.none() | texts, ip=st.none() | texts)
receipts = st.builds(
    Receipt,
    views=st.lists(views, max_size=3).map(tuple),
    label=st.none() | texts,
    created_by=st.none() | texts,
    ended_by=st.none() | texts,
    ended_at=st.none() | times,
    erased_at=st.none() | times,
    last_failure=st.none() | views,
)


@given(secrets)
def test_a_secret_survives_its_item(secret: Secret) -> None:
    assert read_secret(secret_item(secret, secret.expires_at)) == secret


@given(receipts)
def test_a_receipt_survives_its_item(receipt: Receipt) -> None:
    assert read_receipt(receipt_item(receipt)) == receipt


@given(secrets)
def test_a_secrets_item_is_found_by_the_sweep(secret: Secret) -> None:
    item = deserialize(secret_item(secret, 7))
    assert item["erase_at"] == 7
    assert item["expiry_shard"] in {str(shard) for shard in range(EXPIRY_SHARDS)}


def test_ids_spread_over_all_shards() -> None:
    assert len({expiry_shard(str(number)) for number in range(1000)}) == EXPIRY_SHARDS


@given(receipts, times)
def test_time_ends_a_sealed_receipt_and_no_other(receipt: Receipt, now: int) -> None:
    sealed = replace(receipt, state="sealed")
    assert sealed.end(now) == (("expired", sealed.expires_at) if now >= sealed.expires_at else None)
    assert replace(receipt, state="revoked").end(now) == ("revoked", receipt.ended_at)


def test_what_has_no_value_is_left_out_at_every_depth() -> None:
    values = {"a": None, "b": {"c": None, "d": 1}, "e": [{"f": None}]}
    assert deserialize(serialize(values)) == {"b": {"d": 1}, "e": [{}]}


def test_a_newer_writers_attributes_are_passed_over() -> None:
    secret = Secret("i", "text", b"s", b"w", b"t", 1, 1, 0, 9, 1)
    assert read_secret(secret_item(secret, 9) | {"future": {"S": "x"}}) == secret
