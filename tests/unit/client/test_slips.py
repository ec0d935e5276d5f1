"""A cut link, a typo, a repeated request, a server that lies: nothing is lost or given away."""

import base64
import io
import json
from typing import Any

import pytest
from burnbag_format.base64url import encode
from burnbag_format.content import Description
from burnbag_format.identity import Identity

from burnbag import (
    AlreadyOpened,
    Burnbag,
    Damaged,
    Frozen,
    Gone,
    Link,
    LinkError,
    Refused,
    Unavailable,
)
from burnbag.aes128gcm import encrypt as encrypt_rfc8188
from burnbag.keys import make_keys
from burnbag.sending import Order, draft_plain, seal_text
from tests.support.server import Served, views_left

JSON = {"Content-Type": "application/json"}
SIZES = pytest.mark.parametrize("size", [7, 300_000, 5 << 20], ids=["text", "file", "upload"])


def calls(server: Served, action: str) -> int:
    return sum(request.endswith(action) for request in server.requests)


@SIZES
def test_a_link_without_its_key_uses_no_view_and_claims_none(
    server: Served, burnbag: Burnbag, size: int
) -> None:
    link = burnbag.send(bytes(size)).link
    with pytest.raises(LinkError, match="incomplete"):
        burnbag.open(link.rpartition(".")[0])
    assert calls(server, "/reveal") == 0 and views_left(server, link) == 1


def test_a_typo_anywhere_is_found_before_anything_is_asked(
    server: Served, burnbag: Burnbag
) -> None:
    link = burnbag.send("hunter2").link
    server.requests.clear()
    start = link.index("#") + 1
    for place in range(start, len(link)):
        for other in "Ab0_":
            changed = link[:place] + other + link[place + 1 :]
            if changed != link:
                with pytest.raises(LinkError):
                    burnbag.open(changed)
    for end in range(start, len(link)):
        if link[:end].count(".") == 2:
            with pytest.raises(LinkError):
                burnbag.open(link[:end])
    assert not server.requests
    assert burnbag.open(link).data == b"hunter2"


def test_a_key_that_was_cut_to_the_older_length_uses_no_view(
    server: Served, burnbag: Burnbag
) -> None:
    """One in sixteen such cuts looks like a link of before: the public flag tells."""
    found = Link.parse(burnbag.send("hunter2").link)
    cut = Link(found.base, found.id, found.token, b"\x01" + bytes(15), version=0)
    with pytest.raises(LinkError, match="cut"):
        burnbag.open(cut)
    assert calls(server, "/reveal") == 0


def test_a_link_of_an_older_client_still_opens(burnbag: Burnbag, synchronous: Burnbag) -> None:
    """Its key decrypts by itself, its passphrase is the server's, and its record has no flag."""
    key = bytes(range(16))
    content = Description("text/plain").pack() + b"hunter2"
    sealed = base64.b64encode(b"".join(encrypt_rfc8188(io.BytesIO(content), key))).decode()
    draft = draft_plain(Order(passphrase="right"))
    sent = seal_text(synchronous.api, {"secret_base64": sealed}, draft)
    assert not sent.encrypted
    link = f"{sent.link}.{encode(key)}"
    assert Link.parse(link).version == 0
    assert burnbag.open(link, passphrase="right").data == b"hunter2"


def test_the_passphrase_never_reaches_the_server(
    server: Served, burnbag: Burnbag, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    recipient = type(server.reveal.recipient)
    reveal = recipient.reveal

    def watch(self: Any, link: Any, read_passphrase: Any, *rest: Any) -> Any:
        seen.append(read_passphrase())
        return reveal(self, link, read_passphrase, *rest)

    monkeypatch.setattr(recipient, "reveal", watch)
    link = Link.parse(burnbag.send("hunter2", passphrase="canary").link)
    assert burnbag.open(link, passphrase="canary").data == b"hunter2"
    assert link.key
    assert seen == [make_keys(link.id, link.key, "canary").passphrase]


def test_a_passphrase_that_is_not_needed_is_not_sent(server: Served, synchronous: Burnbag) -> None:
    for server_side in (True, False):
        link = synchronous.send("hunter2", server_side=server_side).link
        bodies: list[bytes] = []
        send = synchronous.api.http.send

        def watch(request: Any, send: Any = send, bodies: Any = bodies, **options: Any) -> Any:
            bodies.append(request.read())
            return send(request, **options)

        synchronous.api.http.send = watch  # type: ignore[method-assign]
        assert synchronous.open(link, passphrase="canary").data == b"hunter2"
        synchronous.api.http.send = send  # type: ignore[method-assign]
        assert bodies and not any(b"passphrase" in body for body in bodies)


def test_an_empty_passphrase_is_a_slip(server: Served, burnbag: Burnbag) -> None:
    link = burnbag.send("hunter2", passphrase="right").link
    server.requests.clear()
    for call in (
        lambda: burnbag.send("x", passphrase=""),
        lambda: burnbag.open(link, passphrase=""),
    ):
        with pytest.raises(Exception, match="empty"):
            call()
    assert not server.requests


def test_a_server_can_not_hand_out_one_secret_for_another(server: Served, burnbag: Burnbag) -> None:
    """Even where both have one key, as by a sender's mistake: the id is in the content's key."""
    one = Link.parse(burnbag.send("one").link)
    other = Link.parse(burnbag.send("other").link)
    assert one.key
    with pytest.raises(Damaged):
        burnbag.open(Link(other.base, other.id, other.token, one.key))


def test_nor_as_another_kind(server: Served, burnbag: Burnbag, synchronous: Burnbag) -> None:
    link = burnbag.send("hunter2").link
    found = Link.parse(link)
    answer = {
        "kind": "file",
        "size": 1,
        "views_left": 0,
        "passphrase": False,
        "secret_base64": stored(synchronous, link),
    }
    server.faults.foreign = [
        (200, {"Content-Type": "application/json"}, json.dumps(answer).encode())
    ]
    with pytest.raises(Damaged):
        burnbag.open(found, idempotency_key="0123456789abcdef")


def stored(synchronous: Burnbag, link: str) -> str:
    """What the server has of a secret, revealed by its own routes."""
    found = Link.parse(link)
    path = f"/v1/secrets/{found.id}/reveal"
    answer = synchronous.api.call("POST", found.base, path, token=found.token, json={})
    return str(answer["secret_base64"])


def test_a_server_that_picks_ids_itself_is_not_believed(server: Served, burnbag: Burnbag) -> None:
    """What was encrypted for one id would not open under another."""
    sent = burnbag.send("hunter2")
    receipt = burnbag.receipt(sent.id, sent.receipt_token)
    other = Identity.of_key("another-key-of-a-sender")
    answer = {
        "id": other.id,
        "link": f"{server.url}/#{other.id}.{encode(other.token)}",
        "receipt_token": encode(other.receipt_token),
        "label": None,
        "kind": "text",
        "size": 1,
        "passphrase": False,
        "max_views": 1,
        "created_at": int(receipt.created_at.timestamp()),
        "expires_at": int(receipt.expires_at.timestamp()),
    }
    server.faults.foreign = [
        (201, {"Content-Type": "application/json"}, json.dumps(answer).encode())
    ]
    with pytest.raises(Unavailable, match="older"):
        burnbag.send("hunter3")


def test_the_views_of_a_secret_are_opened_one_after_the_other(
    server: Served, burnbag: Burnbag
) -> None:
    """A key is good for one view, so each has its own; a lost one is had again."""
    sent = burnbag.send("hunter2", views=3)
    assert [burnbag.open(sent.link).views_left for _ in range(2)] == [2, 1]
    server.faults.drop = ["/reveal"]
    assert burnbag.open(sent.link).views_left == 0
    with pytest.raises(Gone):
        burnbag.open(sent.link)
    assert len(server.store.receipts[sent.id].views) == 3


@pytest.mark.parametrize("views", [2, 3])
def test_a_later_view_that_breaks_off_is_had_again(
    server: Served, burnbag: Burnbag, views: int
) -> None:
    """Also after the last view, where nothing but its claim is left."""
    sent = burnbag.send("hunter2", views=views)
    for _ in range(views - 1):
        burnbag.open(sent.link)

    def break_off(_: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        burnbag.open(sent.link, received=break_off)
    assert burnbag.open(sent.link).data == b"hunter2"
    assert len(server.store.receipts[sent.id].views) == views


@pytest.mark.parametrize("size", [7, 5 << 20], ids=["text", "upload"])
def test_what_nobody_will_have_the_link_to_is_revoked(
    server: Served, burnbag: Burnbag, size: int
) -> None:
    server.faults.drop = ["POST /live/v1/"] * 9
    with pytest.raises(Unavailable):
        burnbag.send(bytes(size))
    assert [receipt.state for receipt in server.store.receipts.values()] == ["revoked"]


def test_a_refused_create_revokes_nothing(server: Served, burnbag: Burnbag) -> None:
    with pytest.raises(Refused):
        burnbag.send("hunter2", views=10_000)
    assert not any(request.startswith("DELETE") for request in server.requests)


def test_an_older_server_is_told_apart(server: Served, burnbag: Burnbag) -> None:
    problem = {"type": "urn:burnbag:problem:bad-request", "status": 400, "field": "encrypted"}
    server.faults.foreign = [(400, JSON, json.dumps(problem).encode())]
    with pytest.raises(Refused, match="upgrade the server first"):
        burnbag.send("hunter2")


def test_a_passphrase_that_is_no_text_is_refused_and_not_repeated(burnbag: Burnbag) -> None:
    link = burnbag.send("hunter2", passphrase="right").link
    with pytest.raises(Refused) as refused:
        burnbag.open(link, passphrase="canary\ud800")
    assert refused.value.__context__ is None and "canary" not in str(refused.value)


def test_a_key_of_ones_own_is_good_for_one_view(server: Served, burnbag: Burnbag) -> None:
    sent, key = burnbag.send("hunter2", views=3), "0123456789abcdef"
    assert burnbag.open(sent.link, idempotency_key=key).views_left == 2
    with pytest.raises(AlreadyOpened):
        burnbag.open(sent.link, idempotency_key=key)
    assert views_left(server, sent.link) == 2


def test_a_frozen_secret_is_unfrozen_by_its_sender(server: Served, burnbag: Burnbag) -> None:
    sent = burnbag.send("hunter2", passphrase="right", on_lock="freeze")
    assert sent.on_lock == "freeze"
    for _ in range(5):
        with pytest.raises(Exception, match="wrong"):
            burnbag.open(sent.link, passphrase="wrong")
    assert burnbag.peek(sent.link).frozen
    assert burnbag.receipt(sent.id, sent.receipt_token).frozen_at
    asked = calls(server, "/reveal")
    with pytest.raises(Frozen):
        burnbag.open(sent.link, passphrase="right")
    assert calls(server, "/reveal") == asked
    server.faults.drop = ["/unfreeze"]
    assert burnbag.unfreeze(sent.id, sent.receipt_token)
    assert not burnbag.unfreeze(sent.id, sent.receipt_token)
    assert not burnbag.peek(sent.link).frozen
    assert burnbag.open(sent.link, passphrase="right").data == b"hunter2"
    with pytest.raises(Gone):
        burnbag.unfreeze(sent.id, sent.receipt_token)


@pytest.mark.parametrize(("one", "other"), [("1234", "correct horse battery staple"), ("", "x")])
def test_a_pin_and_a_password_look_the_same(burnbag: Burnbag, one: str, other: str) -> None:
    sizes = {burnbag.peek(burnbag.send(text).link).size for text in (one, other)}
    assert len(sizes) == 1 and sizes.pop() >= 256


def test_what_was_encrypted_here_says_so(burnbag: Burnbag) -> None:
    for server_side in (True, False):
        sent = burnbag.send("hunter2", server_side=server_side)
        assert sent.encrypted is burnbag.peek(sent.link).encrypted is not server_side
        assert burnbag.receipt(sent.id, sent.receipt_token).encrypted is not server_side
