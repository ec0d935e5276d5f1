"""Uploads in parts: what may be put, what has arrived, and that nothing changes afterwards."""

import base64
import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.errors import (
    AlreadyArrived,
    ChecksumDiffers,
    Gone,
    KeyReused,
    NotFound,
    NotInParts,
    PartsMissing,
    Unavailable,
)
from burnbag_core.items import deserialize, key
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api import Answer, Api
from tests.support.services import load
from tests.support.world import World, client, memory_world, receipt_of
from tests.unit.conftest import Calls, Reaper, removed

MIB = 2**20
PART = 6 * MIB
DAY = 86_400
FIRST, LAST = b"a" * PART, b"last"
parts = load("create", "chalicelib.parts")


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def composite(*data: bytes) -> str:
    digests = b"".join(hashlib.sha256(each).digest() for each in data)
    return f"{digest(digests)}-{len(data)}"


def declare(world: World, *data: bytes, **fields: Any) -> dict[str, Any]:
    return world.declare_parts(sum(map(len, data)), **fields)


def arrive(world: World, *data: bytes, **fields: Any) -> dict[str, Any]:
    """An upload whose parts have all arrived, and which is not complete yet."""
    sealed = declare(world, *data, **fields)
    for number, part in enumerate(data, start=1):
        world.put_part(sealed, number, part)
    return sealed


def refuse_with(code: str) -> Any:
    """An answer of AWS that is an error."""

    def answer(real: Any, **_: Any) -> None:
        status = {"HTTPStatusCode": 500}
        raise ClientError({"Error": {"Code": code}, "ResponseMetadata": status}, "Call")  # type: ignore[typeddict-item]

    return answer


def ask(world: World, sealed: dict[str, Any], *numbers: int) -> Any:
    asked = [{"number": number, "sha256": digest(b"x")} for number in numbers]
    return world.create.parts.presign(receipt_of(sealed), {"parts": asked})


@given(st.integers(1, 50 * 2**30))
def test_the_parts_of_every_upload_add_up_to_it_and_are_as_s3_wants_them(size: int) -> None:
    plan = parts.Plan(size, PART)
    assert 1 <= plan.count <= 10_000
    assert (plan.count - 1) * PART + plan.size_of(plan.count) == size
    assert 0 < plan.size_of(plan.count) <= PART == plan.size_of(0)


def test_a_declared_upload_says_how_many_parts_of_what_size(either_world: World) -> None:
    sealed = either_world.declare_parts(2 * PART + 1, ttl="7d")
    assert sealed["upload"] == {
        "part_size": PART,
        "parts": 3,
        "expires_at": sealed["created_at"] + DAY,
    }
    short = either_world.declare_parts(1, ttl=60)
    assert short["upload"]["expires_at"] == short["expires_at"] - 1


def test_parts_become_the_object_and_the_secret_lives_on(either_world: World) -> None:
    world = either_world
    sealed = arrive(world, FIRST, LAST, ttl="2d")
    world.complete(sealed, FIRST, LAST)
    assert world.files.unfinished() == 0
    world.wait(DAY)
    world.sweep()
    url, facts = world.reveal(sealed)
    assert sealed["id"] in url and facts["size"] == PART + 4


def test_completing_twice_is_completing_once(either_world: World) -> None:
    sealed = arrive(either_world, LAST)
    for _ in range(2):
        either_world.complete(sealed, LAST)
    assert either_world.receipt(sealed["id"]).arrived_at  # type: ignore[union-attr]


def test_a_completion_whose_record_was_not_written_is_finished_by_the_next(world: World) -> None:
    sealed = arrive(world, LAST)
    world.hooks.instead("transact_write_items", refuse_with("InternalServerError"))
    with pytest.raises(Unavailable):
        world.complete(sealed, LAST)
    assert world.files.ids() == {sealed["id"]}
    world.complete(sealed, LAST)
    assert world.receipt(sealed["id"]).arrived_at  # type: ignore[union-attr]


def test_after_its_arrival_no_byte_can_be_changed(either_world: World) -> None:
    sealed = arrive(either_world, LAST)
    either_world.complete(sealed, LAST)
    with pytest.raises(AlreadyArrived):
        ask(either_world, sealed, 1)
    assert either_world.files.unfinished() == 0


@pytest.mark.parametrize(
    ("put", "missing"),
    [((), [1, 2]), ((FIRST,), [2]), ((FIRST, b"lost"[:3]), [2]), ((LAST, LAST), [1])],
    ids=["nothing", "one", "a short one", "a short first one"],
)
def test_an_upload_of_which_parts_are_missing_is_not_completed(
    put: tuple[bytes, ...], missing: list[int]
) -> None:
    world = memory_world()
    sealed = declare(world, FIRST, LAST)
    for number, data in enumerate(put, start=1):
        world.put_part(sealed, number, data)
    with pytest.raises(PartsMissing) as error:
        world.complete(sealed, FIRST, LAST)
    assert error.value.extensions == {"missing": missing}


def test_parts_that_are_not_those_that_the_sender_means_are_not_completed(
    either_world: World,
) -> None:
    sealed = arrive(either_world, LAST)
    with pytest.raises(ChecksumDiffers):
        either_world.complete(sealed, b"lost")
    either_world.put_part(sealed, 1, b"lost")
    either_world.complete(sealed, b"lost")


def test_the_same_key_declares_the_same_upload_and_no_form(either_world: World) -> None:
    world, again = either_world, "one-idempotency-key-of-128-bits"
    first = world.declare_parts(4, again)
    world.put_part(first, 1, LAST)
    assert world.declare_parts(4, again)["upload"] == first["upload"]
    with pytest.raises(KeyReused):
        world.seal("last", "upload", again)


def test_what_is_not_uploaded_in_parts_has_none(either_world: World) -> None:
    for kind in ("text", "upload"):
        with pytest.raises(NotInParts):
            ask(either_world, either_world.seal(kind=kind), 1)
        with pytest.raises(NotInParts):
            either_world.complete(either_world.seal(kind=kind), LAST)


def test_who_lacks_the_receipt_token_learns_nothing(either_world: World) -> None:
    sealed = declare(either_world, LAST)
    for token in (sealed["token"], sealed["receipt_token"][::-1]):
        with pytest.raises(NotFound):
            ask(either_world, sealed | {"receipt_token": token}, 1)


@pytest.mark.parametrize("end", ["revoke", "expire", "stop"])
def test_after_the_end_nothing_is_presigned_listed_or_completed(
    either_world: World, end: str
) -> None:
    world = either_world
    sealed = arrive(world, LAST, ttl="2d")
    if end == "revoke":
        world.revoke(sealed)
    else:
        world.wait({"expire": 2 * DAY, "stop": DAY}[end])
    for call in (
        lambda: ask(world, sealed, 1),
        lambda: world.create.parts.show(receipt_of(sealed), 0),
        lambda: world.complete(sealed, LAST),
    ):
        with pytest.raises(Gone):
            call()


@pytest.mark.parametrize("end", ["revoke", "stop"])
def test_what_ends_before_it_has_arrived_leaves_no_parts(either_world: World, end: str) -> None:
    world = either_world
    sealed = arrive(world, LAST, ttl="2d")
    if end == "revoke":
        world.revoke(sealed)
    else:
        world.wait(DAY)
        world.sweep()
    assert world.files.unfinished() == 1
    world.reap()
    assert (world.files.unfinished(), world.files.ids()) == (0, set())
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.erased_at
    assert receipt.state == ("revoked" if end == "revoke" else "expired")


def test_an_upload_that_never_began_is_swept_after_a_day(either_world: World) -> None:
    sealed = declare(either_world, LAST, ttl="2d")
    either_world.wait(DAY - 1)
    either_world.sweep()
    assert either_world.ids("secrets") == {sealed["id"]}
    either_world.wait(1)
    either_world.sweep()
    assert either_world.ids("secrets") == set()


def test_two_that_begin_at_once_have_one_upload(world: World) -> None:
    sealed = declare(world, LAST)

    def other() -> None:
        world.put_part(sealed, 1, LAST)

    world.hooks.before("create_multipart_upload", other)
    ask(world, sealed, 1)
    world.complete(sealed, LAST)
    assert world.files.ids() == {sealed["id"]}


def test_two_that_complete_at_once_complete_it_once(world: World) -> None:
    sealed = arrive(world, LAST)
    world.hooks.before("complete_multipart_upload", lambda: world.complete(sealed, LAST))
    world.complete(sealed, LAST)
    assert world.files.ids() == {sealed["id"]}


def test_a_part_that_is_replaced_while_it_is_completed_is_not_taken(world: World) -> None:
    """S3 compares each part with what it was when it was listed."""
    sealed = arrive(world, LAST)
    receipt = world.receipt(sealed["id"])

    def replace_part() -> None:
        world.files.put_part(sealed["id"], receipt, 1, b"lost")

    world.hooks.before("complete_multipart_upload", replace_part)
    with pytest.raises(Unavailable):
        world.complete(sealed, LAST)
    assert world.files.ids() == set()


def test_a_revocation_in_the_middle_of_a_completion_wins(world: World) -> None:
    sealed = arrive(world, LAST)

    def revoke(real: Any, **_: Any) -> None:
        world.revoke(sealed)
        world.reap()
        refuse_with("NoSuchUpload")(real)  # as S3; moto knows no such answer

    world.hooks.instead("complete_multipart_upload", revoke)
    with pytest.raises(Gone):
        world.complete(sealed, LAST)
    assert (world.files.ids(), world.files.unfinished()) == (set(), 0)


def test_an_object_that_appears_after_the_revocation_is_deleted_with_it(world: World) -> None:
    sealed = arrive(world, LAST)
    world.hooks.before("transact_write_items", lambda: world.revoke(sealed))
    with pytest.raises(Gone):
        world.complete(sealed, LAST)
    assert world.files.ids() == {sealed["id"]}
    world.reap()
    assert world.files.ids() == set()


def test_an_upload_whose_abort_fails_keeps_its_receipt_open(reaper: Reaper) -> None:
    world = reaper.world
    sealed = arrive(world, LAST)
    world.revoke(sealed)
    calls = reaper.calls()
    calls.failing.add("AbortMultipartUpload")
    failed = reaper.reap({"Records": [removed(sealed["id"])]}, None)
    assert failed["batchItemFailures"]
    assert not world.receipt(sealed["id"]).erased_at  # type: ignore[union-attr]
    calls.failing.clear()
    assert not reaper.reap({"Records": [removed(sealed["id"])]}, None)["batchItemFailures"]
    assert world.receipt(sealed["id"]).erased_at  # type: ignore[union-attr]
    assert world.files.unfinished() == 0


def test_an_upload_that_is_there_again_after_its_abort_is_not_told_as_erased(
    reaper: Reaper,
) -> None:
    """A part that was on its way may still be stored."""
    sealed = arrive(reaper.world, LAST)
    reaper.world.revoke(sealed)
    reaper.hooks.instead("abort_multipart_upload", lambda real, **_: None)
    failed = reaper.reap({"Records": [removed(sealed["id"])]}, None)
    assert failed["batchItemFailures"]
    assert not reaper.world.receipt(sealed["id"]).erased_at  # type: ignore[union-attr]


def declared(api: Api, size: int = PART + 4) -> dict[str, Any]:
    answer = api.declare(size=size, parts=True)
    assert answer.status == 201
    return answer.body


def presign(api: Api, sealed: dict[str, Any], *asked: Any) -> Answer:
    path = f"/v1/uploads/{sealed['id']}/parts"
    return api.call("POST", path, {"parts": asked}, token=sealed["receipt_token"])


def test_a_parts_url_is_good_for_its_number_length_and_checksum_alone(api: Api) -> None:
    sealed = declared(api)
    answer = presign(api, sealed, {"number": 2, "sha256": digest(LAST)})
    (part,) = answer.body["parts"]
    assert (part["number"], part["size"]) == (2, 4)
    assert part["headers"] == {"x-amz-checksum-sha256": digest(LAST)}
    assert "partNumber=2" in part["url"] and f"files/{sealed['id']}" in part["url"]
    signed = "X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256"
    assert signed in part["url"]
    assert digest(LAST) not in part["url"]  # in a query S3 would not look at it


def test_the_calls_of_an_upload_in_parts(api: Api, create_calls: Calls) -> None:
    sealed = declared(api)
    assert create_calls == {"GenerateDataKey": 1, "TransactWriteItems": 1}
    create_calls.clear()
    presign(api, sealed, {"number": 1, "sha256": digest(FIRST)})
    assert create_calls == {"GetItem": 2, "CreateMultipartUpload": 1, "UpdateItem": 1}
    create_calls.clear()
    presign(api, sealed, {"number": 2, "sha256": digest(LAST)})
    assert create_calls == {"GetItem": 1}
    for number, data in enumerate([FIRST, LAST], start=1):
        receipt = api.world.receipt(sealed["id"])
        api.world.files.put_part(sealed["id"], receipt, number, data)
    create_calls.clear()
    path, token = f"/v1/uploads/{sealed['id']}", sealed["receipt_token"]
    listed = api.call("GET", f"{path}/parts", token=token).body
    assert listed == {
        "parts": [
            {"number": 1, "sha256": digest(FIRST)},
            {"number": 2, "sha256": digest(LAST)},
        ],
        "complete": False,
    }
    after = api.call("GET", f"{path}/parts", token=token, query={"after": "1"}).body
    assert [part["number"] for part in after["parts"]] == [2]
    create_calls.clear()
    fields = {"sha256": composite(FIRST, LAST)}
    assert api.call("POST", f"{path}/complete", fields, token=token).status == 204
    assert create_calls == {
        "GetItem": 1,
        "ListParts": 2,
        "CompleteMultipartUpload": 1,
        "TransactWriteItems": 1,
    }
    create_calls.clear()
    assert api.call("POST", f"{path}/complete", fields, token=token).status == 204
    assert create_calls == {"GetItem": 1}
    assert api.call("GET", f"{path}/parts", token=token).body["complete"] is True


def test_the_record_knows_nothing_of_s3s_id_once_it_has_arrived(api: Api) -> None:
    sealed = declared(api, 4)
    presign(api, sealed, {"number": 1, "sha256": digest(LAST)})
    api.world.files.put_part(sealed["id"], api.world.receipt(sealed["id"]), 1, LAST)
    path = f"/v1/uploads/{sealed['id']}/complete"
    api.call("POST", path, {"sha256": composite(LAST)}, token=sealed["receipt_token"])
    item = client("dynamodb").get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    assert "upload_id" not in deserialize(item)
    shown = api.receipt(sealed["id"], sealed["receipt_token"]).text
    assert not {"part_size", "upload_id", "arrived_at"} & json.loads(shown).keys()


@pytest.mark.parametrize("call", ["UpdateItem", "CreateMultipartUpload"])
def test_a_beginning_that_fails_is_tried_again(api: Api, create_calls: Calls, call: str) -> None:
    sealed, part = declared(api, 4), {"number": 1, "sha256": digest(LAST)}
    create_calls.failing.add(call)
    assert presign(api, sealed, part).problem == "unavailable"
    create_calls.failing.clear()
    assert presign(api, sealed, part).status == 200


BAD_PARTS = {
    "nothing": [],
    "no object": [1],
    "no number": [{"sha256": digest(b"")}],
    "no checksum": [{"number": 1}],
    "true for a number": [{"number": True, "sha256": digest(b"")}],
    "a short checksum": [{"number": 1, "sha256": "AAAA"}],
    "another alphabet": [{"number": 1, "sha256": "_" * 43 + "="}],
    "stray bits": [{"number": 1, "sha256": "A" * 42 + "B="}],
    "something else": [{"number": 1, "sha256": digest(b""), "size": 1}],
    "part nought": [{"number": 0, "sha256": digest(b"")}],
    "one too far": [{"number": 3, "sha256": digest(b"")}],
    "too many": [{"number": 1, "sha256": digest(b"")}] * 101,
}


@pytest.mark.parametrize("asked", BAD_PARTS.values(), ids=BAD_PARTS)
def test_a_bad_list_of_parts_is_refused_and_begins_nothing(api: Api, asked: list[Any]) -> None:
    answer = presign(api, declared(api), *asked)
    assert answer.status in (400, 422) and answer.body["field"] == "parts"
    assert api.world.files.unfinished() == 0


@pytest.mark.parametrize("checksum", [None, 7, digest(b""), f"{digest(b'')}-0", "AAAA-1"])
def test_a_checksum_that_can_be_none_is_refused(api: Api, checksum: Any) -> None:
    sealed = declared(api)
    path = f"/v1/uploads/{sealed['id']}/complete"
    answer = api.call("POST", path, {"sha256": checksum}, token=sealed["receipt_token"])
    assert (answer.status, answer.body["field"]) == (400, "sha256")


def test_a_list_after_no_number_is_refused(api: Api) -> None:
    sealed = declared(api)
    path, token = f"/v1/uploads/{sealed['id']}/parts", sealed["receipt_token"]
    answer = api.call("GET", path, token=token, query={"after": "-1"})
    assert (answer.status, answer.body["field"]) == (400, "after")


def test_a_form_takes_five_gib_and_parts_take_what_the_environment_allows() -> None:
    order = load("create", "chalicelib.order")
    settings = Settings(50 * 2**30)
    with pytest.raises(order.TooLarge, match="in parts"):
        order.read_upload_order({"size": 5 * 2**30 + 1}, settings)
    read = order.read_upload_order({"size": 50 * 2**30, "parts": True}, settings)
    assert (read.size, read.part_size) == (50 * 2**30, PART)
    with pytest.raises(order.TooLarge):
        order.read_upload_order({"size": 50 * 2**30 + 1, "parts": True}, settings)


class Settings:
    """What an order of an upload is read by."""

    default_ttl = min_ttl = 60
    people_client_id = ""
    max_ttl = 3600
    max_views = 1

    def __init__(self, max_upload_bytes: int) -> None:
        self.max_upload_bytes = max_upload_bytes
