"""What a change of a receipt means, event by event."""

from itertools import pairwise
from typing import Any

import pytest
from burnbag_core.items import read_receipt, serialize
from burnbag_core.records import Receipt

from tests.support.services import load

events = load("reaper", "events")

SEALED: dict[str, Any] = {
    "id": "i",
    "state": "sealed",
    "kind": "text",
    "created_at": 1000,
    "created_by": "arn:sender",
    "expires_at": 1060,
    "max_views": 2,
    "views": [],
    "failed_attempts": 0,
    "size": 7,
    "passphrase": False,
    "purge_at": 9000,
    "token_hash": b"the token's hash",
    "receipt_token_hash": b"the receipt token's hash",
}
REQUESTED = {name: value for name, value in SEALED.items() if name != "token_hash"} | {
    "state": "requested",
    "kind": "request",
    "size": 0,
    "max_views": 1,
    "kinds": ["text"],
    "max_bytes": 9,
    "submit_hash": b"the submit token's hash",
}
SUBMITTED = REQUESTED | {
    "state": "sealed",
    "kind": "text",
    "size": 7,
    "token_hash": b"the token's hash",
    "expires_at": 1110,
    "submitted_at": 1050,
    "submitted_ip": "192.0.2.5",
    "submit_digest": b"the answer's digest",
    "sealed_key": b"the sealed key",
}
ONE_VIEW = SEALED | {"views": [{"at": 1010, "ip": "192.0.2.7"}]}
FAILED = SEALED | {"failed_attempts": 1, "last_failure": {"at": 1015, "ip": "192.0.2.8"}}
BURNED = ONE_VIEW | {
    "views": [*ONE_VIEW["views"], {"at": 1020, "by": "arn:reader", "ip": "192.0.2.9"}],
    "state": "revealed",
    "ended_at": 1020,
}
TWO_OF_THREE = SEALED | {"max_views": 3, "views": BURNED["views"]}
# A wrong passphrase on a claim, after the end.
GUESSED = BURNED | {"failed_attempts": 1, "last_failure": {"at": 1025, "ip": "192.0.2.8"}}
REVOKED = SEALED | {"state": "revoked", "ended_at": 1030, "ended_by": "arn:sender"}
LOCKED = FAILED | {
    "failed_attempts": 2,
    "last_failure": {"at": 1040, "ip": "192.0.2.8"},
    "state": "locked",
    "ended_at": 1040,
}
FROZEN = FAILED | {
    "on_lock": "freeze",
    "failed_attempts": 2,
    "last_failure": {"at": 1040, "ip": "192.0.2.8"},
    "frozen_at": 1040,
}
THAWED = {name: value for name, value in FROZEN.items() if name != "frozen_at"} | {
    "unfrozen": 1,
    "unfrozen_at": 1050,
    "unfrozen_by": "arn:sender",
}
FROZEN_AGAIN = THAWED | {
    "failed_attempts": 3,
    "last_failure": {"at": 1055, "ip": "192.0.2.8"},
    "frozen_at": 1055,
}
NAMED = SEALED | {"recipients": ["arn:aws:iam::123456789012:role/billing"]}
REFUSED = NAMED | {
    "refusals": 1,
    "last_refusal": {"at": 1012, "by": "eve@example.com", "ip": "192.0.2.9"},
}
NOBODYS_LOCK = SEALED | {"state": "locked", "ended_at": 1040}
EXPIRED = SEALED | {"state": "expired", "ended_at": 1060, "erased_at": 1085}


def compare(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Any]:
    """The events between two receipts."""
    assert new
    return list(events.compare(receipt(old) if old else None, receipt(new)))


def receipt(values: dict[str, Any]) -> Receipt:
    return read_receipt(serialize(values))


def summarize(old: dict[str, Any] | None, new: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            e.name,
            e.at,
            e.caller.by or e.caller.ip,
            e.views_left,
            e.durations.get("lifetime_seconds"),
            e.durations.get("erase_lag_seconds"),
        )
        for e in compare(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, SEALED, [("secret.created", 1000, "arn:sender", 2, None, None)]),
        (SEALED, ONE_VIEW, [("secret.revealed", 1010, "192.0.2.7", 1, None, None)]),
        (ONE_VIEW, BURNED, [("secret.revealed", 1020, "arn:reader", 0, 20, None)]),
        (SEALED, FAILED, [("secret.passphrase_failed", 1015, "192.0.2.8", 2, None, None)]),
        (
            FAILED,
            LOCKED,
            [
                ("secret.passphrase_failed", 1040, "192.0.2.8", 2, None, None),
                ("secret.locked", 1040, "192.0.2.8", 2, 40, None),
            ],
        ),
        (
            FAILED,
            FROZEN,
            [
                ("secret.passphrase_failed", 1040, "192.0.2.8", 2, None, None),
                ("secret.frozen", 1040, "192.0.2.8", 2, None, None),
            ],
        ),
        (NAMED, REFUSED, [("secret.refused", 1012, "eve@example.com", 2, None, None)]),
        (
            # Of several in one image, the last one's name is known.
            REFUSED,
            REFUSED | {"refusals": 3, "last_refusal": {"at": 1018, "by": "arn:eve"}},
            [("secret.refused", 1018, "arn:eve", 2, None, None)] * 2,
        ),
        (
            # After the end, too.
            BURNED,
            BURNED | {"refusals": 1, "last_refusal": {"at": 1030, "by": "arn:eve"}},
            [("secret.refused", 1030, "arn:eve", 0, None, None)],
        ),
        (FROZEN, THAWED, [("secret.unfrozen", 1050, "arn:sender", 2, None, None)]),
        (
            # Two changes in one image: the stream may deliver what lay between as well, or not.
            FROZEN,
            FROZEN | THAWED | {"frozen_at": 1055},
            [("secret.unfrozen", 1050, "arn:sender", 2, None, None)],
        ),
        (SEALED, REVOKED, [("secret.revoked", 1030, "arn:sender", 2, 30, None)]),
        (
            SEALED,
            EXPIRED,
            [
                ("secret.expired", 1060, None, 2, 60, None),
                ("secret.erased", 1085, None, 2, 60, 25),
            ],
        ),
        (
            BURNED,
            BURNED | {"erased_at": 1021},
            [("secret.erased", 1021, None, 0, 20, 1)],
        ),
        (BURNED, GUESSED, [("secret.passphrase_failed", 1025, "192.0.2.8", 0, None, None)]),
        (
            GUESSED,
            GUESSED | {"failed_attempts": 2, "erased_at": 1030},
            [
                ("secret.passphrase_failed", 1025, "192.0.2.8", 0, None, None),
                ("secret.erased", 1030, None, 0, 20, 10),
            ],
        ),
        (
            SEALED,
            TWO_OF_THREE,
            [
                ("secret.revealed", 1010, "192.0.2.7", 2, None, None),
                ("secret.revealed", 1020, "arn:reader", 1, None, None),
            ],
        ),
        (
            None,
            REVOKED | {"erased_at": 1031},
            [
                ("secret.created", 1000, "arn:sender", 2, None, None),
                ("secret.revoked", 1030, "arn:sender", 2, 30, None),
                ("secret.erased", 1031, None, 2, 30, 1),
            ],
        ),
        (
            THAWED,
            FROZEN_AGAIN | {"state": "revoked", "ended_at": 1058, "ended_by": "arn:sender"},
            [
                ("secret.passphrase_failed", 1055, "192.0.2.8", 2, None, None),
                ("secret.frozen", 1055, "192.0.2.8", 2, None, None),
                ("secret.revoked", 1058, "arn:sender", 2, 58, None),
            ],
        ),
        (None, REQUESTED, [("secret.requested", 1000, "arn:sender", 1, None, None)]),
        (REQUESTED, SUBMITTED, [("secret.submitted", 1050, "192.0.2.5", 1, None, None)]),
        (
            # An answer's life begins with its submission.
            SUBMITTED,
            SUBMITTED | {"views": [{"at": 1060}], "state": "revealed", "ended_at": 1060},
            [("secret.revealed", 1060, None, 0, 10, None)],
        ),
        (
            REQUESTED,
            REQUESTED | {"state": "revoked", "ended_at": 1030, "ended_by": "arn:sender"},
            [("secret.revoked", 1030, "arn:sender", 1, 30, None)],
        ),
        (
            REQUESTED,
            REQUESTED | {"state": "expired", "ended_at": 1060, "erased_at": 1085},
            [
                ("secret.expired", 1060, None, 1, 60, None),
                ("secret.erased", 1085, None, 1, 60, 25),
            ],
        ),
        # Who made the last guess is not known.
        (SEALED, NOBODYS_LOCK, [("secret.locked", 1040, None, 2, 40, None)]),
        (SEALED, SEALED | {"label": "x"}, []),
        (EXPIRED, EXPIRED, []),
    ],
)
def test_a_change_is_told_as(
    old: dict[str, Any] | None, new: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    assert summarize(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "ids"),
    [
        (None, EXPIRED, ["i:created:1", "i:expired:1", "i:erased:1"]),
        (SEALED, BURNED, ["i:revealed:1", "i:revealed:2"]),
        (FAILED, LOCKED, ["i:passphrase_failed:2", "i:locked:1"]),
        (FAILED, FROZEN, ["i:passphrase_failed:2", "i:frozen:1"]),
        (REFUSED, REFUSED | {"refusals": 3}, ["i:refused:2", "i:refused:3"]),
        (FROZEN, THAWED, ["i:unfrozen:1"]),
        (THAWED, FROZEN_AGAIN, ["i:passphrase_failed:3", "i:frozen:2"]),
        (
            None,
            FROZEN_AGAIN,
            [
                "i:created:1",
                *(f"i:passphrase_failed:{number}" for number in (1, 2, 3)),
                "i:unfrozen:1",
                "i:frozen:2",
            ],
        ),
    ],
)
def test_an_event_is_identified_by_the_secret_its_name_and_how_often_it_happened(
    old: dict[str, Any] | None, new: dict[str, Any], ids: list[str]
) -> None:
    assert [event.id for event in compare(old, new)] == ids


def test_a_whole_life_has_no_event_twice_however_it_is_delivered() -> None:
    viewed = FAILED | {"views": ONE_VIEW["views"]}
    burned = viewed | {name: BURNED[name] for name in ("views", "state", "ended_at")}
    life = [None, SEALED, FAILED, viewed, burned]
    steps = list(pairwise(life))
    once = [event.id for old, new in steps for event in compare(old, new)]
    at_a_stroke = [event.id for event in compare(None, burned)]
    assert len(set(once)) == len(once)
    assert set(once) == set(at_a_stroke)


def test_the_document_is_what_auditors_are_promised() -> None:
    told = BURNED | {"label": "for the staging database"}
    told["views"] = [*ONE_VIEW["views"], {**BURNED["views"][1], "agent": "curl/8.5.0"}]
    (event,) = compare(ONE_VIEW, told)
    assert event.document("prod") == {
        "schema_version": 2,
        "event_id": "i:revealed:2",
        "event": "secret.revealed",
        "secret_id": "i",
        "time": "1970-01-01T00:17:00Z",
        "environment": "prod",
        "kind": "text",
        "label": "for the staging database",
        "size": 7,
        "passphrase": False,
        "ttl_seconds": 60,
        "max_views": 2,
        "views_left": 0,
        "created_by": "arn:sender",
        "actor": "arn:reader",
        "source_ip": "192.0.2.9",
        "user_agent": "curl/8.5.0",
        "reveal_delay_seconds": 20,
        "lifetime_seconds": 20,
    }


def who(event: Any) -> tuple[str | None, ...]:
    document = event.document("prod")
    return document["actor"], document["source_ip"], document["user_agent"]


def test_a_person_is_told_by_the_e_mail_address() -> None:
    created = SEALED | {"created_by": "ada@example.com", "created_ip": "192.0.2.1"}
    (event,) = compare(None, created)
    assert event.document("prod")["created_by"] == "ada@example.com"
    assert who(event)[:2] == ("ada@example.com", "192.0.2.1")


def test_who_did_it_is_told_in_full_whoever_it_was() -> None:
    created = SEALED | {"created_ip": "192.0.2.1", "created_agent": "burnbag/1.0"}
    thawed = THAWED | {"unfrozen_ip": "192.0.2.2", "unfrozen_agent": "b/2"}
    revoked = created | REVOKED | {"ended_ip": "192.0.2.3", "ended_agent": "c/3"}
    guess = {"last_failure": {"at": 1040, "by": "arn:g", "ip": "192.0.2.8", "agent": "d/4"}}
    assert who(compare(None, created)[0]) == ("arn:sender", "192.0.2.1", "burnbag/1.0")
    assert who(compare(FROZEN, thawed)[0]) == ("arn:sender", "192.0.2.2", "b/2")
    assert who(compare(created, revoked)[0]) == ("arn:sender", "192.0.2.3", "c/3")
    for old, new in ((FAILED, LOCKED | guess), (FAILED, FROZEN | guess)):
        assert {who(event) for event in compare(old, new)} == {("arn:g", "192.0.2.8", "d/4")}
    assert who(compare(SEALED, EXPIRED)[0]) == (None, None, None)


def test_an_older_receipts_address_is_an_address() -> None:
    """They have it where the ARN stands if there is one."""
    old = SEALED | {"created_by": "192.0.2.1"}
    (created,) = compare(None, old)
    assert who(created) == (None, "192.0.2.1", None)
    assert created.document("prod")["created_by"] is None
    (revoked,) = compare(old, old | REVOKED | {"created_by": "x", "ended_by": "2001:db8::7"})
    assert who(revoked) == (None, "2001:db8::7", None)


@pytest.mark.parametrize(
    ("due", "removed", "erased", "lag"),
    [
        (None, 1021, 1023, 3),  # burned at 1020: from the end on
        (1140, 1170, 1171, 31),  # a claim was over, and the sweep was late
        (1140, 1060, 1062, 2),  # its claim was confirmed before that
        (1140, None, 1141, 1),  # settled by an older version
        (None, None, 1019, 0),  # a clock that is behind
    ],
)
def test_an_erasure_is_late_from_when_the_record_should_have_gone(
    due: int | None, removed: int | None, erased: int, lag: int
) -> None:
    new = BURNED | {"erased_at": erased}
    new |= {"erase_due": due} if due else {}
    new |= {"removed_at": removed} if removed else {}
    (event,) = compare(BURNED, new)
    assert event.document("prod")["erase_lag_seconds"] == lag


def test_no_event_has_a_hash_in_it() -> None:
    """Whoever could test guesses against a hash would learn nothing, but need not have it."""
    for event in compare(None, LOCKED | {"erased_at": 1050}):
        document = str(event.document("prod"))
        assert "hash" not in document


@pytest.mark.parametrize(
    "lie",
    [
        {"failed_attempts": 1},
        {"state": "revoked"},
        {"state": "revoked", "erased_at": 1050},
    ],
)
def test_a_receipt_that_contradicts_itself_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="contradicts"):
        compare(SEALED, SEALED | lie)
