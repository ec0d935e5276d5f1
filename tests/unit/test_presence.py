"""Whether records exist: DynamoDB is asked in one call, and again about who was not named."""

from typing import Any

import pytest
from burnbag_core.items import key

from tests.support.races import cancelled
from tests.support.services import load

mending, presence = load("reaper", "mending"), load("reaper", "presence")


class Records:
    """DynamoDB with these records; `busy` calls meet a conflict before they are answered."""

    def __init__(self, *ids: str, busy: int = 0) -> None:
        self.ids = ids
        self.busy = busy
        self.asked: list[str] = []
        self.items: list[Any] = []

    def transact_write_items(self, TransactItems: list[Any], ClientRequestToken: str) -> None:
        self.items += TransactItems
        ids = [item["ConditionCheck"]["Key"]["id"]["S"] for item in TransactItems]
        self.asked.append("".join(ids))
        if len(self.asked) <= self.busy:
            raise cancelled(*["TransactionConflict"] * len(ids))
        refused = ["ConditionalCheckFailed" if each in self.ids else "None" for each in ids]
        if set(refused) != {"None"}:
            raise cancelled(*refused)


@pytest.mark.parametrize(
    ("there", "absent", "asked"),
    [
        ("", "abc", ["abc"]),
        ("b", "ac", ["abc", "ac"]),
        ("abc", "", ["abc"]),
    ],
)
def test_those_without_a_record_are_told_by_conditions_alone(
    there: str, absent: str, asked: list[str]
) -> None:
    records = Records(*there)
    assert presence.Presence(records, "secrets").find_absent("abc") == set(absent)
    assert records.asked == asked


def test_no_right_to_read_a_record_is_needed() -> None:
    """A condition tells that there is one, and shows nothing of it."""
    records = Records()
    presence.Presence(records, "secrets").find_absent("a")
    condition = {"ConditionExpression": "attribute_not_exists(id)"}
    check = {"TableName": "secrets", "Key": key("a"), **condition}
    assert records.items == [{"ConditionCheck": check}]


def test_a_hundred_are_asked_about_at_once() -> None:
    """As many as one transaction takes. Nothing is erased of those that have a record."""
    ids = [f"{number:03}" for number in range(201)]
    records = Records(*ids)
    mender = mending.Mender(
        None, presence.Presence(records, "secrets"), Bucket(), Bucket(), lambda: 0, mending.Tally()
    )
    mender.erase("unsettled", ids)
    mender.delete_strays(ids)
    assert [len(asked) for asked in records.asked] == [300, 300, 3] * 2


class Bucket:
    """Nothing is in it."""

    def abort(self, secret_id: str, upload_id: str) -> str | None:
        raise AssertionError("nothing is to be aborted")

    def delete(self, ids: list[str]) -> dict[str, str]:
        assert ids == []
        return {}

    def settle(self, removals: list[Any], now: int, abort: Any) -> dict[str, str]:
        assert removals == []
        return {}


def test_a_record_that_comes_between_two_calls_is_there() -> None:
    class Coming(Records):
        def transact_write_items(self, TransactItems: list[Any], ClientRequestToken: str) -> None:
            try:
                super().transact_write_items(TransactItems, ClientRequestToken)
            finally:
                self.ids = (*self.ids, "c")

    assert presence.Presence(Coming("a"), "secrets").find_absent("abc") == {"b"}


def test_nothing_is_asked_about_nobody() -> None:
    records = Records()
    assert presence.Presence(records, "secrets").find_absent([]) == set()
    assert records.asked == []


def test_a_conflict_is_waited_out() -> None:
    records, pauses = Records("a", busy=2), list[float]()
    assert presence.Presence(records, "secrets", pauses.append).find_absent("ab") == {"b"}
    assert (records.asked, len(pauses)) == (["ab", "ab", "ab", "b"], 2)


def test_an_answer_that_leaves_out_a_condition_is_none() -> None:
    """Whoever is missing in it may have a record."""

    class Short:
        def transact_write_items(self, **_: Any) -> None:
            raise cancelled("ConditionalCheckFailed")

    with pytest.raises(ValueError, match="shorter"):
        presence.Presence(Short(), "secrets").find_absent("ab")
