"""The rest of the Python client: peek, receipt, revoke, and how it behaves when nobody answers."""

import logging
from pathlib import Path

import pytest
from burnbag_format.base64url import encode

from burnbag import (
    Burnbag,
    Gone,
    Link,
    NotFound,
    Unavailable,
)
from tests.support.server import Served

MIB = 1024 * 1024


class TestTheRest:
    def test_peeking_consumes_nothing(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2", views=3)
        assert [burnbag.peek(sent.link).views_left for _ in range(4)] == [3, 3, 3, 3]

    def test_a_receipt_tells_what_became_of_it(self, server: Served, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2", label="staging")
        before = burnbag.receipt(sent.id, sent.receipt_token)
        assert (before.state, before.label, before.views) == ("sealed", "staging", ())
        burnbag.open(sent.link)
        server.reap()
        after = burnbag.receipt(sent.id, sent.receipt_token)
        assert after.state == "revealed" and after.erased_at and len(after.views) == 1

    def test_revoking_ends_it_and_twice_is_no_error(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        burnbag.revoke(sent.id, sent.receipt_token)
        burnbag.revoke(sent.id, sent.receipt_token)
        with pytest.raises(Gone, match="revoked"):
            burnbag.open(sent.link)

    def test_what_was_read_can_not_be_revoked(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        burnbag.open(sent.link)
        with pytest.raises(Gone, match="revealed"):
            burnbag.revoke(sent.id, sent.receipt_token)

    def test_a_wrong_token_finds_nothing(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        wrong = Link(Link.parse(sent.link).base, sent.id, encode(bytes(32)))
        for call in (
            lambda: burnbag.peek(wrong),
            lambda: burnbag.open(wrong),
            lambda: burnbag.receipt(sent.id, wrong.token),
            lambda: burnbag.revoke(sent.id, wrong.token),
        ):
            with pytest.raises(NotFound):
                call()

    def test_a_recipient_signs_nothing(self, server: Served, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        with Burnbag(session=NoSession()) as recipient:
            assert recipient.peek(sent.link).views_left == 1
            assert recipient.open(sent.link).data == b"hunter2"

    def test_a_silent_server_is_given_up_after_five_tries(
        self, server: Served, burnbag: Burnbag, pauses: list[float]
    ) -> None:
        sent = burnbag.send("hunter2")
        server.faults.drop = ["GET /live"] * 9
        with pytest.raises(Unavailable, match="broke off"):
            burnbag.peek(sent.link)
        assert len(pauses) == 4 and all(0 <= pause <= 5 for pause in pauses)

    def test_nobody_there_is_said_with_the_host_and_nothing_more_of_the_url(self) -> None:
        with pytest.raises(Unavailable) as error:
            Burnbag("http://127.0.0.1:9/path", region="us-east-1").send("hunter2")
        where = "the connection to 127.0.0.1:9 could not be made"
        assert str(error.value) == f"{where}: it is refused, nothing listens there"
        assert type(error.value.__cause__) is ConnectionRefusedError

    def test_logs_at_their_loudest_tell_nothing_secret(
        self, server: Served, burnbag: Burnbag, large: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        links = [
            Link.parse(burnbag.send("canary-text", passphrase="canary-passphrase").link),
            Link.parse(burnbag.send(large, passphrase="canary-passphrase").link),
        ]
        for link in links:
            burnbag.open(link, passphrase="canary-passphrase")
        logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        assert "HTTP Request" in logged
        for link in links:
            assert link.id in logged and link.token not in logged
            assert encode(link.key or b"") not in logged
        assert "canary" not in logged


class NoSession:
    """A session that must not be asked."""

    def get_credentials(self) -> None:
        raise AssertionError("a recipient's call asked for credentials")
