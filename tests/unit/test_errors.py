"""What callers are told of each error: its status, its type and when to come again."""

from collections.abc import Iterator

import pytest
from burnbag_core import errors
from burnbag_core.errors import BurnbagError

ERRORS: list[tuple[BurnbagError, int, str, int | None]] = [
    (errors.BadRequest("ttl", "No."), 400, "bad-request", None),
    (errors.TooLarge("file", "No."), 413, "too-large", None),
    (errors.UnsupportedMedia("Content-Type", "No."), 415, "unsupported-media-type", None),
    (errors.OutOfRange("ttl", "No."), 422, "out-of-range", None),
    (errors.KeyReused(), 422, "idempotency-key-reused", None),
    (errors.NotFound(), 404, "not-found", None),
    (errors.NoSuchFile(), 404, "no-such-file", None),
    (errors.NoSuchCall(), 404, "no-such-call", None),
    (errors.MethodNotAllowed(["GET", "OPTIONS"]), 405, "method-not-allowed", None),
    (errors.Gone("revealed", 7), 410, "gone", None),
    (errors.RequestOver("submitted", 7), 410, "gone", None),
    (errors.Incomplete(), 409, "upload-incomplete", None),
    (errors.Unclaimed(), 409, "unclaimed", None),
    (errors.NotInParts(), 409, "not-in-parts", None),
    (errors.AlreadyArrived(), 409, "already-arrived", None),
    (errors.PartsMissing([1, 2]), 409, "parts-missing", None),
    (errors.ChecksumDiffers(), 409, "checksum-differs", None),
    (errors.AlreadyConfirmed(), 409, "already-confirmed", None),
    (errors.Frozen(), 423, "frozen", None),
    (errors.NotFrozen(), 409, "not-frozen", None),
    (errors.CrossSite(), 403, "cross-site", None),
    (errors.NotSignedIn(), 401, "not-signed-in", None),
    (errors.EmailUnverified(), 403, "email-unverified", None),
    (errors.Nameless(), 403, "nameless", None),
    (errors.TooMany(60, 600), 429, "too-many", 600),
    (errors.RecipientRequired(["iam"]), 403, "recipient-required", None),
    (errors.NotTheRecipient(["iam"], "a@x.example"), 403, "not-the-recipient", None),
    (errors.PassphraseRequired(3), 403, "passphrase-required", None),
    (errors.PassphraseWrong(3), 403, "passphrase-wrong", None),
    (errors.BeingAnswered(), 429, "being-answered", 2),
    (errors.Busy(), 429, "busy", 1),
    (errors.Damaged(), 500, "damaged", None),
    (errors.InternalError(), 500, "internal", None),
    (errors.Unavailable("PutItem 500"), 503, "unavailable", 1),
    (errors.Interrupted("TransactWriteItems 500"), 503, "interrupted", 1),
    (errors.Unanswered("ReadTimeoutError"), 503, "interrupted", 1),
]


@pytest.mark.parametrize(
    ("error", "status", "kind", "retry_after"), ERRORS, ids=lambda value: type(value).__name__
)
def test_an_error_is_told_as(
    error: BurnbagError, status: int, kind: str, retry_after: int | None
) -> None:
    document = error.problem()
    assert (error.status, document["status"]) == (status, status)
    assert document["type"] == f"urn:burnbag:problem:{kind}"
    assert document["title"] == error.title
    assert error.retry_after == retry_after


def test_a_detail_and_what_a_program_needs_stand_in_the_document() -> None:
    assert errors.Gone("revealed", 7).problem() == {
        "type": "urn:burnbag:problem:gone",
        "title": "The secret is gone",
        "status": 410,
        "detail": "The secret is revealed.",
        "state": "revealed",
        "ended_at": 7,
    }
    assert errors.BadRequest("ttl", "No.").problem()["field"] == "ttl"
    assert errors.KeyReused().problem()["field"] == "Idempotency-Key"
    assert errors.PassphraseRequired(3).problem()["attempts_left"] == 3
    assert errors.PassphraseWrong(3).problem()["attempts_left"] == 3
    assert errors.RecipientRequired(["iam"]).problem()["identify"] == ["iam"]
    refused = errors.NotTheRecipient(["people"], "eve@example.com").problem()
    assert (refused["identify"], refused["identified_as"]) == (["people"], "eve@example.com")
    assert errors.PartsMissing([1, 2]).problem()["missing"] == [1, 2]
    assert errors.TooMany(60, 600).problem()["limit"] == 60


def test_every_error_is_in_the_list() -> None:
    assert {type(error) for error, *_ in ERRORS} == set(family(BurnbagError))


def family(error: type[BurnbagError]) -> Iterator[type[BurnbagError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from family(kind)


def test_an_error_without_a_detail_has_none() -> None:
    assert "detail" not in errors.Busy().problem()


def test_why_aws_failed_is_for_the_log_alone() -> None:
    assert "PutItem" not in str(errors.Unavailable("PutItem 500").problem())
    assert errors.Unavailable().cause == ""


def test_bad_input_is_also_a_value_error() -> None:
    assert issubclass(errors.BadRequest, ValueError)
