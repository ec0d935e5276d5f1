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
from burnbag_core.records import (
    EXPIRY_SHARDS,
    Claim,
    Receipt,
    Secret,
    View,
    expiry_shard,
    object_key,
)
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


SECRET = Secret(
    id="A" * 22,
    kind="text",
    sealed=b"hunter2",
    wrapped_key=b"hunter2",
    token_hash=b"hunter2",
    max_views=2,
    views_left=2,
    created_at=0,
    expires_at=10,
    size=7,
)
RECEIPT = Receipt(
    id="A" * 22,
    state="sealed",
    kind="text",
    size=7,
    created_at=0,
    expires_at=10,
    max_views=2,
    passphrase=False,
    token_hash=b"hunter2",
    receipt_token_hash=b"hunter2",
    order_digest=b"hunter2",
    purge_at=99,
)


def test_a_new_secret_has_five_attempts_none_of_them_made() -> None:
    counters = (SECRET.attempts_left, SECRET.failed_attempts, SECRET.attempted_at)
    assert counters == (5, 0, 0)
    assert RECEIPT.failed_attempts == 0
    for record in (SECRET, RECEIPT):
        assert (record.encrypted, record.on_lock, record.unfrozen) == (False, "burn", 0)


def test_a_record_shows_none_of_its_bytes() -> None:
    assert "hunter2" not in repr(SECRET) + repr(RECEIPT)


def test_a_secret_needs_a_passphrase_where_it_has_a_salt() -> None:
    assert not SECRET.passphrase and not SECRET.header.passphrase
    salted = replace(SECRET, salt=b"s" * 16)
    assert salted.passphrase and salted.header.passphrase


def test_a_secret_is_readable_until_the_second_in_which_it_expires() -> None:
    assert not SECRET.has_expired(9)
    assert SECRET.has_expired(10)


def test_a_claim_is_over_at_its_end() -> None:
    claim = Claim(until=5, views_left=0)
    claimed = replace(SECRET, claims={"key": claim})
    assert claimed.live_claims(4) == {"key": claim}
    assert claimed.live_claims(5) == {}


def test_a_lock_freezes_where_the_sender_chose_so_and_a_view_is_left() -> None:
    assert not SECRET.freezes
    freezing = replace(SECRET, on_lock="freeze")
    assert freezing.freezes
    assert replace(freezing, views_left=1).freezes
    assert not replace(freezing, views_left=0).freezes


def test_a_header_has_the_version_that_the_sealed_bytes_name() -> None:
    assert replace(SECRET, sealed=b"\x01sealed").header.version == 1
    assert replace(SECRET, sealed=b"\x02sealed").header.version == 2
    assert replace(SECRET, sealed=b"").header.version == 0


def test_a_receipt_has_views_left_until_the_end() -> None:
    viewed = replace(RECEIPT, views=(View(at=1),))
    assert viewed.views_left == 1
    assert replace(viewed, state="revoked").views_left == 0


def test_a_new_secret_lies_where_the_sweep_looks_for_it() -> None:
    item = secret_item(SECRET, 7)
    assert (item["expiry_shard"], item["erase_at"]) == ({"S": "2"}, {"N": "7"})


def test_a_record_is_found_by_names_that_a_release_must_not_change() -> None:
    """Records and objects of an earlier release lie where that release put them."""
    assert EXPIRY_SHARDS == 8
    assert [expiry_shard(letter * 22) for letter in "ABC"] == ["2", "6", "0"]
    assert object_key("A" * 22) == "files/" + "A" * 22


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
