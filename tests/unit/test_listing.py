"""Lists by creator: every receipt once, newest first, whatever is added while one turns pages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from burnbag_core.errors import BadRequest, BurnbagError, Nameless, OutOfRange, Unavailable
from burnbag_core.items import deserialize, key, receipt_item
from burnbag_core.records import STATES, Caller, Receipt, View, creator_of
from burnbag_format.base64url import encode
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import START
from tests.support.services import load
from tests.support.world import World, client, memory_world

asked, listing = load("create", "chalicelib.asked"), load("create", "chalicelib.listing")
ROLE = "arn:aws:iam::123456789012:role/orders"
SESSION = "arn:aws:sts::123456789012:assumed-role/orders/{}"
OTHER = "arn:aws:sts::123456789012:assumed-role/payroll/1"
OPERATOR = "arn:aws:sts::123456789012:assumed-role/operators/ada"


@pytest.mark.parametrize(
    ("caller", "creator"),
    [
        (SESSION.format("i-0abc"), ROLE),
        (SESSION.format("ada@example.com"), ROLE),
        ("arn:aws:iam::123456789012:role/orders", ROLE),
        ("arn:aws:iam::123456789012:role/a/path/orders", ROLE),
        (
            "arn:aws-cn:sts::123456789012:assumed-role/orders/1",
            "arn:aws-cn:iam::123456789012:role/orders",
        ),
        ("arn:aws:iam::123456789012:user/team/ada", "arn:aws:iam::123456789012:user/team/ada"),
        ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"),
        (
            "arn:aws:sts::123456789012:federated-user/ada",
            "arn:aws:sts::123456789012:federated-user/ada",
        ),
        ("ada@example.com", "ada@example.com"),
        (None, None),
    ],
)
def test_a_creator_is_a_user_a_person_or_a_role_and_never_its_session(
    caller: str | None, creator: str | None
) -> None:
    assert creator_of(caller) == creator


def make_receipt(number: int, created_at: int, by: str | None, **changed: Any) -> Receipt:
    made = Receipt(
        id=encode(number.to_bytes(16, "big")),
        state="sealed",
        kind="text",
        size=7,
        created_at=created_at,
        expires_at=created_at + 86_400,
        max_views=1,
        passphrase=False,
        token_hash=bytes(32),
        receipt_token_hash=bytes(32),
        purge_at=created_at + 10_000_000,
        created_by=by,
    )
    return replace(made, **changed)


@dataclass
class Shelf:
    """Receipts in either store, put there one by one."""

    world: World
    put: Callable[[Receipt], object]
    count: int = 0

    def add(self, created_at: int, by: str | None = SESSION.format(1), **changed: Any) -> str:
        self.count += 1
        receipt = make_receipt(self.count, created_at, by, **changed)
        self.put(receipt)
        return receipt.id

    def pages(
        self, between: Callable[[], object] = lambda: None, **question: Any
    ) -> list[list[Receipt]]:
        """All pages, one after the other; something happens `between` them."""
        question = {"creator": ROLE, **question}
        found, after = [], None
        while True:
            wanted = asked.Asked(**question, after=after)
            page = self.world.create.listing.find(wanted, self.world.clock())
            found.append(page.receipts)
            if page.after is None:
                return found
            after = asked.read_cursor(page.cursor, wanted.since, wanted.until)
            between()

    def ids(self, **question: Any) -> list[str]:
        return [receipt.id for page in self.pages(**question) for receipt in page]


def shelf_of(world: World, kind: str) -> Shelf:
    if kind == "memory":
        store = world.sender.store.part
        return Shelf(world, lambda receipt: store.receipts.__setitem__(receipt.id, receipt))
    put = client("dynamodb").put_item
    return Shelf(world, lambda each: put(TableName="receipts", Item=receipt_item(each)))


@pytest.fixture(params=["dynamodb", "memory"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    if request.param == "memory":
        return shelf_of(memory_world(), "memory")
    return shelf_of(request.getfixturevalue("world"), "dynamodb")


def test_a_list_has_its_creators_receipts_newest_first_and_nobody_elses(shelf: Shelf) -> None:
    first = shelf.add(START - 30, SESSION.format("monday"))
    shelf.add(START - 20, OTHER)
    shelf.add(START - 15, None)
    second = shelf.add(START - 10, SESSION.format("tuesday"))
    assert shelf.ids() == [second, first]
    assert shelf.ids(creator="arn:aws:iam::123456789012:role/nobody") == []


@given(
    ages=st.lists(st.integers(0, 6), max_size=40),
    additions=st.lists(st.integers(0, 2), max_size=30),
    limit=st.integers(1, 7),
    chosen=st.booleans(),
)
def test_every_receipt_is_in_exactly_one_page_whatever_is_created_meanwhile(
    ages: list[int], additions: list[int], limit: int, chosen: bool
) -> None:
    shelf, later = shelf_of(memory_world(), "memory"), list(additions)
    there = {shelf.add(START - age, label="a" if age % 2 else "b") for age in ages}
    wanted = {i for i in there if shelf.world.receipt(i).label == "a"} if chosen else there  # type: ignore[union-attr]

    def create() -> None:
        if later:
            shelf.add(START + 1 + later.pop(), label="a")

    pages = shelf.pages(create, limit=limit, **({"label": "a"} if chosen else {}))
    found = [receipt for page in pages for receipt in page]
    assert len(found) == len({receipt.id for receipt in found})
    assert {receipt.id for receipt in found} == wanted
    times = [receipt.created_at for receipt in found]
    assert times == sorted(times, reverse=True)
    assert all(len(page) <= limit for page in pages)


def test_pages_go_on_where_the_one_before_has_ended(shelf: Shelf) -> None:
    ids = [shelf.add(START - age) for age in range(25)]
    assert [len(page) for page in shelf.pages(limit=10)] == [10, 10, 5]
    assert shelf.ids(limit=10) == ids
    assert shelf.ids(limit=10, since=START - 7, until=START - 3) == ids[3:8]


def test_a_state_is_the_one_of_now(shelf: Shelf) -> None:
    sealed = shelf.add(START - 1)
    expired = shelf.add(START - 90_000)
    revoked = shelf.add(START - 2, state="revoked", ended_at=START - 1)
    assert shelf.ids(states=("sealed",)) == [sealed]
    assert shelf.ids(states=("expired",)) == [expired]
    assert shelf.ids(states=("revoked",)) == [revoked]
    assert shelf.ids(states=("locked",)) == []


def test_a_label_is_given_by_its_beginning(shelf: Shelf) -> None:
    staging = shelf.add(START, label="staging database")
    shelf.add(START - 1, label="production: staging")
    shelf.add(START - 2)
    assert shelf.ids(label="staging") == [staging]


def test_a_list_of_which_nothing_fits_ends_and_each_call_looks_at_a_thousand() -> None:
    shelf = shelf_of(memory_world(), "memory")
    for age in range(2_001):
        shelf.add(START - age)
    pages = shelf.pages(states=("locked",))
    assert sum(map(len, pages)) == 0
    assert len(pages) == 3


def test_a_slow_store_gets_shorter_pages_and_no_call_that_never_ends() -> None:
    shelf = shelf_of(memory_world(), "memory")
    for age in range(500):
        shelf.add(START - age)
    seconds = iter(range(0, 1000, 3))
    slow = replace(shelf.world.create.listing, elapsed=lambda: float(next(seconds)))
    shelf.world.create = replace(shelf.world.create, listing=slow)
    pages = shelf.pages(states=("locked",))
    assert [len(page) for page in pages] == [0, 0, 0]
    assert sum(map(len, shelf.pages(states=("sealed",), limit=100))) == 500


def test_a_page_of_receipts_with_very_many_views_is_shorter() -> None:
    shelf = shelf_of(memory_world(), "memory")
    views = tuple(View(START, by=SESSION.format(n)) for n in range(100))
    ids = [shelf.add(START - age, max_views=200, views=views) for age in range(41)]
    pages = shelf.pages()
    assert [len(page) for page in pages] == [40, 1]
    assert shelf.ids() == ids


def test_a_receipt_that_was_purged_meanwhile_is_left_out(world: World) -> None:
    shelf = shelf_of(world, "dynamodb")
    first, second = shelf.add(START - 1), shelf.add(START)

    def purge(real: Callable[..., Any], **options: Any) -> Any:
        client("dynamodb").delete_item(TableName="receipts", Key=key(first))
        return real(**options)

    world.hooks.instead("batch_get_item", purge)
    assert shelf.ids() == [second]


def test_what_dynamodb_left_out_is_asked_for_again(world: World) -> None:
    shelf = shelf_of(world, "dynamodb")
    ids = [shelf.add(START - age) for age in range(3)]
    waited: list[float] = []
    world.create.listing.index.pause = waited.append

    def leave_out(real: Callable[..., Any], RequestItems: Any) -> Any:
        (first, *rest) = RequestItems["receipts"]["Keys"]
        answer = real(RequestItems={"receipts": {"Keys": [first]}})
        return answer | {"UnprocessedKeys": {"receipts": {"Keys": rest}}}

    world.hooks.instead("batch_get_item", leave_out)
    assert shelf.ids() == ids
    assert len(waited) == 1


def test_what_dynamodb_leaves_out_for_good_is_no_list(world: World) -> None:
    shelf = shelf_of(world, "dynamodb")
    shelf.add(START)
    world.create.listing.index.pause = lambda seconds: None

    def leave_out(real: Callable[..., Any], RequestItems: Any) -> Any:
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    world.hooks.always("batch_get_item", leave_out)
    with pytest.raises(Unavailable):
        shelf.ids()


def test_a_new_receipt_says_whose_it_is_and_no_later_write_does(world: World) -> None:
    """Its index is written to once: what happens to a secret later costs nothing in it."""
    written: list[str] = []
    for clients in world.clients.values():
        clients.observe("before-call", lambda params, **_: written.append(str(params["body"])))
    sealed = world.seal(views=2, passphrase="right", on_lock="freeze")
    item = client("dynamodb").get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    assert deserialize(item)["creator"] == "arn:aws:iam::1:role/sender"
    written.clear()
    world.reveal(sealed, "right")
    world.revoke(sealed)
    world.sweep()
    world.reap()
    assert written and not [body for body in written if "creator" in body]


def test_what_nobody_signed_is_in_no_list(world: World) -> None:
    receipt = make_receipt(1, START, None)
    assert "creator" not in receipt_item(receipt)


CURSOR = asked.write_cursor(asked.Place(START, encode(bytes(16))))


@given(st.integers(0, asked.LATEST), st.binary(min_size=16, max_size=16))
def test_a_cursor_is_read_as_it_was_written(created_at: int, raw: bytes) -> None:
    place = asked.Place(created_at, encode(raw))
    assert asked.read_cursor(asked.write_cursor(place), 0, asked.LATEST) == place


@given(st.text() | st.integers() | st.booleans() | st.binary().map(encode))
def test_anything_else_is_no_cursor(text: Any) -> None:
    try:
        place = asked.read_cursor(text, 0, asked.LATEST)
    except BadRequest as error:
        assert error.extensions["field"] == "cursor"
    else:
        assert asked.write_cursor(place) == text


@given(st.data())
def test_a_tampered_cursor_leads_to_another_place_in_ones_own_list(data: st.DataObject) -> None:
    shelf = shelf_of(memory_world(), "memory")
    own = {shelf.add(START - age) for age in range(5)}
    others = [shelf.add(START - age, OTHER) for age in range(5)]
    forged = asked.Place(
        data.draw(st.integers(START - 9, START + 9)), data.draw(st.sampled_from(others))
    )
    page = shelf.world.create.listing.show(asked.Asked(ROLE, after=forged))
    assert {receipt["id"] for receipt in page["receipts"]} <= own


REFUSED: list[tuple[dict[str, Any], type[BurnbagError], str]] = [
    ({"limit": "0"}, OutOfRange, "limit"),
    ({"limit": "101"}, OutOfRange, "limit"),
    ({"limit": "ten"}, BadRequest, "limit"),
    ({"limit": "-1"}, BadRequest, "limit"),
    ({"since": "yesterday"}, BadRequest, "since"),
    ({"until": "1e9"}, BadRequest, "until"),
    ({"since": "999999999999999"}, OutOfRange, "since"),
    ({"since": "2", "until": "1"}, OutOfRange, "since"),
    ({"state": "open"}, BadRequest, "state"),
    ({"state": ""}, BadRequest, "state"),
    ({"label": ""}, BadRequest, "label"),
    ({"label": "x" * 257}, OutOfRange, "label"),
    ({"cursor": "AAAA"}, BadRequest, "cursor"),
    ({"cursor": ""}, BadRequest, "cursor"),
    ({"cursor": CURSOR, "since": str(START + 1)}, BadRequest, "cursor"),
    ({"cursor": CURSOR, "until": str(START - 1)}, BadRequest, "cursor"),
]


@pytest.mark.parametrize(("parameters", "error", "field"), REFUSED)
def test_a_question_that_makes_no_sense_is_refused_and_names_the_field(
    parameters: dict[str, str], error: type[BurnbagError], field: str
) -> None:
    with pytest.raises(BurnbagError) as refused:
        asked.read_own(parameters, SESSION.format(1))
    assert (type(refused.value), refused.value.extensions["field"]) == (error, field)


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_receipt_can_be_asked_for(state: str) -> None:
    assert asked.read_own({"state": state}, ROLE).states == (state,)


def test_a_list_of_ones_own_needs_somebody() -> None:
    with pytest.raises(Nameless):
        asked.read_own({}, None)


@pytest.mark.parametrize(
    ("text", "creator"),
    [
        ("orders", ROLE),
        ("role/orders", ROLE),
        ("user/ada", "arn:aws:iam::123456789012:user/ada"),
        (ROLE, ROLE),
        (SESSION.format("monday"), ROLE),
        ("arn:aws:iam::210987654321:role/path/orders", "arn:aws:iam::210987654321:role/orders"),
        ("arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:user/ada"),
        ("Ada@Example.com", "ada@example.com"),
    ],
)
def test_an_operator_names_a_creator_by_arn_address_or_name(text: str, creator: str) -> None:
    wanted, dry_run = asked.read_revocation({"created_by": text}, OPERATOR)
    assert (wanted.creator, dry_run) == (creator, False)


@pytest.mark.parametrize(
    "text", ["", " ", "*", "arn:aws:iam::123456789012:role/*", "group/x", "a" * 65, "x y", 7, None]
)
def test_what_names_nobody_is_refused(text: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        asked.read_revocation({"created_by": text}, OPERATOR)
    assert refused.value.extensions["field"] == "created_by"


@pytest.mark.parametrize("operator", [None, "ada@example.com"])
def test_who_did_not_sign_is_no_operator(operator: str | None) -> None:
    with pytest.raises(Nameless):
        asked.read_revocation({"created_by": "orders"}, operator)


def test_a_caller_is_never_told_what_is_stored_for_tokens(shelf: Shelf) -> None:
    shelf.add(START)
    (shown,) = shelf.world.create.listing.show(asked.Asked(ROLE))["receipts"]
    sealed = shelf.world.seal()
    assert shown.keys() == shelf.world.show_receipt(sealed).keys()
    assert not {"token", "receipt_token", "token_hash", "receipt_token_hash"} & shown.keys()
    assert Caller().by is None
