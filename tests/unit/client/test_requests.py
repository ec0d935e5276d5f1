"""Asking for a secret with the Python client, and answering: over real HTTP, as both clients do."""

import io
import logging
import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from burnbag_format import base64url

from burnbag import (
    AnswerLink,
    Burnbag,
    Damaged,
    Gone,
    LinkError,
    NotAnswered,
    NotFound,
    Refused,
    RequestGone,
    RequestLink,
    TooLarge,
    Unavailable,
    submitting,
)
from burnbag._async import submitting as asynchronous
from burnbag.sealed_keys import make_pair
from tests.support.server import Served
from tests.support.services import load
from tests.unit.client.conftest import PIECE, make_noise
from tests.unit.client.test_calls import NoSession

PUT = "PUT /bucket/"
SUBMIT = "POST /live/v1/requests/"


@pytest.fixture(autouse=True)
def small_parts(small_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of which a file of a few pieces has several."""
    monkeypatch.setattr(load("create", "chalicelib.order"), "PART_SIZE", 3 * PIECE // 2)
    monkeypatch.setattr(load("create", "chalicelib.answering"), "PART_SIZE", 3 * PIECE // 2)
    for module in (submitting, asynchronous):
        monkeypatch.setattr(module, "SMALLEST_IN_PARTS", 6 * PIECE)


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """Enough for five parts."""
    path = tmp_path / "disk.img"
    path.write_bytes(make_noise(6 * PIECE))
    return path


def stop_at(number: int) -> Any:
    def progress(done: int, total: int) -> None:
        if done >= number:
            raise KeyboardInterrupt

    return progress


class TestAsking:
    def test_a_text_is_asked_for_given_and_opened(self, server: Served, burnbag: Burnbag) -> None:
        asked = burnbag.request("API key for staging", ttl="2h")
        assert asked.expires_at - asked.created_at == timedelta(hours=2)
        assert asked.kinds == ("text", "file", "upload")
        peeked = burnbag.peek_request(asked.link)
        assert (peeked.id, peeked.label, peeked.ttl) == (asked.id, "API key for staging", 7200)
        assert (peeked.kinds, peeked.max_bytes) == (asked.kinds, asked.max_bytes)
        done = burnbag.submit(asked.link, "h\u00fcnter2")
        assert (done.id, done.kind) == (asked.id, "text")
        opened = burnbag.open_answer(asked.keep)
        assert (opened.text, opened.filename, opened.views_left) == ("h\u00fcnter2", "", 0)

    def test_who_answers_signs_nothing_and_needs_no_url(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        asked = burnbag.request()
        with Burnbag(session=NoSession()) as submitter:
            assert submitter.peek_request(asked.link).label is None
            submitter.submit(asked.link, "hunter2")
        assert burnbag.open_answer(asked.keep).text == "hunter2"

    def test_no_server_ever_gets_a_key(self, server: Served, burnbag: Burnbag) -> None:
        asked = burnbag.request("label", kinds=["text"], max_bytes=5000)
        burnbag.submit(asked.link, "hunter2")
        keep = AnswerLink.parse(asked.keep)
        kept = repr((server.store.receipts, server.store.secrets, server.files.objects))
        kept += "".join(server.requests)
        for key in (keep.private_key, keep.public_key, keep.public_key[:32]):
            for form in (key.hex(), base64url.encode(key), repr(key)[2:-1]):
                assert form not in kept

    def test_the_receipt_tells_what_became_of_it(self, server: Served, burnbag: Burnbag) -> None:
        asked = burnbag.request("staging", kinds=["text", "file"], max_bytes=100_000)
        before = burnbag.receipt(asked.id, asked.receipt_token)
        assert (before.state, before.kind, before.size) == ("requested", "request", 0)
        assert (before.kinds, before.max_bytes) == (("text", "file"), 100_000)
        assert before.submitted_at is None and before.sealed_key is None
        assert [each.id for each in burnbag.receipts(state="requested")] == [asked.id]
        burnbag.submit(asked.link, b"x", filename="key.pem")
        after = burnbag.receipt(asked.id, asked.receipt_token)
        assert (after.state, after.kind, after.max_views) == ("sealed", "file", 1)
        assert after.submitted_at and len(after.sealed_key or b"") == 129
        assert "sealed_key" not in repr(after)
        assert burnbag.open_answer(asked.keep).filename == "key.pem"
        assert burnbag.receipt(asked.id, asked.receipt_token).state == "revealed"

    def test_a_request_whose_answer_is_lost_is_made_once(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        server.faults.drop = ["POST /live/v1/requests"] * 2
        asked = burnbag.request()
        assert list(server.store.receipts) == [asked.id]
        burnbag.submit(asked.link, "hunter2")
        assert burnbag.open_answer(asked.keep).text == "hunter2"

    def test_a_request_of_which_nobody_knows_is_revoked(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        server.faults.drop = ["POST /live/v1/requests"] * 9
        with pytest.raises(Unavailable):
            burnbag.request()
        assert [receipt.state for receipt in server.store.receipts.values()] == ["revoked"]

    def test_the_links_begin_with_the_public_address_of_the_server(
        self, server: Served, burnbag: Burnbag, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sender = server.create.service.requester.sender
        public = replace(sender.settings, link_base_url="https://secrets.example.com")
        monkeypatch.setitem(vars(sender), "settings", public)
        asked = burnbag.request()
        assert asked.link.startswith("https://secrets.example.com/#request.")
        assert asked.keep.startswith("https://secrets.example.com/#answer.")

    def test_what_can_not_be_is_said_with_its_field(self, burnbag: Burnbag) -> None:
        with pytest.raises(Refused) as refused:
            burnbag.request(kinds=["video"])
        assert refused.value.field == "kinds"
        with pytest.raises(Refused, match="label"):
            burnbag.request("\ud800")

    def test_a_repr_tells_nothing_secret(self, burnbag: Burnbag) -> None:
        asked = burnbag.request("label")
        for secret in (asked.link, asked.keep, asked.receipt_token):
            assert secret[-20:] not in repr(asked)


class TestAnswering:
    @pytest.mark.parametrize(
        ("size", "kind"), [(0, "text"), (200_000, "text"), (300_000, "file"), (5 * PIECE, "upload")]
    )
    def test_the_size_chooses_the_way(self, burnbag: Burnbag, size: int, kind: str) -> None:
        asked, data = burnbag.request(), os.urandom(size)
        assert burnbag.submit(asked.link, data).kind == kind
        assert burnbag.open_answer(asked.keep).data == data

    def test_a_file_comes_with_its_name(self, burnbag: Burnbag, large: Path) -> None:
        asked = burnbag.request(kinds=["file", "upload"])
        assert burnbag.submit(asked.link, large).kind == "upload"
        opened = burnbag.open_answer(asked.keep)
        assert (opened.data, opened.filename) == (large.read_bytes(), "large.bin")

    def test_what_is_huge_goes_in_parts(
        self, server: Served, burnbag: Burnbag, huge: Path, tmp_path: Path
    ) -> None:
        asked, seen = burnbag.request(), []
        done = burnbag.submit(asked.link, huge, progress=lambda *at: seen.append(at))
        assert sum(PUT in request for request in server.requests) == 5
        assert seen[-1] == (done.size, done.size)
        opened = burnbag.open_answer(asked.keep, tmp_path / "copy")
        assert opened.path and opened.path.read_bytes() == huge.read_bytes()

    def test_an_interrupted_answer_goes_on_in_another_process(
        self, server: Served, burnbag: Burnbag, huge: Path, tmp_path: Path
    ) -> None:
        asked, note = burnbag.request(), tmp_path / "note"
        with pytest.raises(KeyboardInterrupt):
            burnbag.submit(asked.link, huge, resume_file=note, progress=stop_at(3 * PIECE))
        assert server.store.receipts[asked.id].state == "sealed"
        with Burnbag(session=NoSession()) as submitter:
            assert submitter.resume_submission(note).id == asked.id
        assert not note.exists()
        assert burnbag.open_answer(asked.keep).data == huge.read_bytes()

    def test_what_answers_no_request_is_not_resumed_as_one(
        self, burnbag: Burnbag, huge: Path, tmp_path: Path
    ) -> None:
        asked, note = burnbag.request(), tmp_path / "note"
        with pytest.raises(KeyboardInterrupt):
            burnbag.submit(asked.link, huge, resume_file=note, progress=stop_at(3 * PIECE))
        with pytest.raises(Exception, match="another URL"):
            burnbag.resume(note)
        assert burnbag.resume_submission(note).kind == "upload"

    @pytest.mark.parametrize("content", ["text", "file"])
    def test_a_submission_whose_answer_is_lost_is_repeated(
        self, server: Served, burnbag: Burnbag, content: str
    ) -> None:
        asked = burnbag.request()
        server.faults.drop = [f"{SUBMIT}{asked.id}/submit"] * 2
        name = "name" if content == "file" else None
        assert burnbag.submit(asked.link, "hunter2", filename=name).kind == content
        assert burnbag.open_answer(asked.keep).text == "hunter2"

    def test_a_server_with_smaller_limits_gets_the_next_larger_way(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        asked = burnbag.request()
        server.faults.refuse = [(f"{SUBMIT}{asked.id}/submit", 413)] * 2
        assert burnbag.submit(asked.link, "hunter2").kind == "upload"
        assert burnbag.open_answer(asked.keep).text == "hunter2"

    def test_of_many_at_once_one_is_taken(self, server: Served, synchronous: Burnbag) -> None:
        asked, ends = synchronous.request(), []

        def submit(number: int) -> None:
            try:
                with Burnbag() as submitter:
                    submitter.submit(asked.link, f"answer {number}")
                ends.append(f"answer {number}")
            except RequestGone as gone:
                assert gone.state == "submitted"

        threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [synchronous.open_answer(asked.keep).text] == ends

    def test_logs_at_their_loudest_tell_nothing_secret(
        self, burnbag: Burnbag, huge: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        asked, other = burnbag.request(), burnbag.request()
        burnbag.submit(asked.link, "canary-text")
        burnbag.submit(other.link, huge)
        burnbag.open_answer(asked.keep)
        logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        assert asked.id in logged and "canary" not in logged
        for request in (asked, other):
            keep, link = AnswerLink.parse(request.keep), RequestLink.parse(request.link)
            secrets = (keep.token, link.token, request.keep[-90:], request.link[-60:])
            assert not [secret for secret in secrets if secret in logged]


class TestRefusing:
    def test_the_second_answer_is_refused_whatever_it_is(self, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        burnbag.submit(asked.link, "hunter2")
        for call in (
            lambda: burnbag.submit(asked.link, "hunter2"),
            lambda: burnbag.submit(asked.link, b"x" * 5 * PIECE, filename="x"),
            lambda: burnbag.peek_request(asked.link),
        ):
            with pytest.raises(RequestGone, match="the request was answered already on") as gone:
                call()
            assert gone.value.state == "submitted" and gone.value.ended_at
        assert burnbag.open_answer(asked.keep).text == "hunter2"

    def test_a_revoked_request_takes_no_answer(self, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        burnbag.revoke(asked.id, asked.receipt_token)
        with pytest.raises(RequestGone, match="revoked by who made it"):
            burnbag.submit(asked.link, "hunter2")
        with pytest.raises(RequestGone, match="revoked by who made it"):
            burnbag.open_answer(asked.keep)

    def test_an_expired_request_takes_no_answer(self, server: Served, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        receipts = server.store.receipts
        receipts[asked.id] = replace(receipts[asked.id], expires_at=1_800_000_000 - 10**8)
        for call in (
            lambda: burnbag.submit(asked.link, "hunter2"),
            lambda: burnbag.open_answer(asked.keep),
        ):
            with pytest.raises(RequestGone, match="expired on 2023-11-14 at 22:13:20 UTC") as gone:
                call()
            assert gone.value.state == "expired"

    def test_a_receipt_that_hides_the_key_is_not_burnbags(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        asked = burnbag.request()
        burnbag.submit(asked.link, "hunter2")
        receipts = server.store.receipts
        receipts[asked.id] = replace(receipts[asked.id], sealed_key=None)
        with pytest.raises(Unavailable, match="not burnbag's"):
            burnbag.find_answer(asked.keep)

    def test_a_revoked_answer_opens_for_nobody(self, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        burnbag.submit(asked.link, "hunter2")
        burnbag.revoke(asked.id, asked.receipt_token)
        with pytest.raises(Gone, match="revoked"):
            burnbag.open_answer(asked.keep)

    def test_an_answer_opens_once(self, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        burnbag.submit(asked.link, "hunter2")
        burnbag.open_answer(asked.keep)
        with pytest.raises(Gone, match="revealed"):
            burnbag.open_answer(asked.keep, idempotency_key="another-key-of-sixteen")

    def test_nobody_has_answered_yet(self, burnbag: Burnbag) -> None:
        asked = burnbag.request()
        for call in (burnbag.open_answer, burnbag.find_answer):
            with pytest.raises(NotAnswered, match="nobody has answered"):
                call(asked.keep)

    def test_what_was_not_asked_for_is_refused_before_anything_is_read(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        text, file = burnbag.request(kinds=["text"]), burnbag.request(kinds=["file"])
        pipe = io.BytesIO(b"read by nobody")
        with pytest.raises(Refused, match="takes a text, and no file"):
            burnbag.submit(text.link, pipe, filename="name")
        with pytest.raises(Refused, match="needs a name"):
            burnbag.submit(file.link, pipe)
        assert pipe.tell() == 0
        assert not [request for request in server.requests if request.endswith("/submit")]

    def test_more_than_was_asked_for_is_refused_here(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        small = burnbag.request(max_bytes=1000)
        with pytest.raises(TooLarge, match="at most 1,000 bytes"):
            burnbag.submit(small.link, "x" * 1000)
        only_texts = burnbag.request(kinds=["text"])
        with pytest.raises(TooLarge):
            burnbag.submit(only_texts.link, b"x" * 5 * PIECE)
        large = burnbag.request(max_bytes=4 * PIECE)
        with pytest.raises(TooLarge):
            burnbag.submit(large.link, b"x" * 5 * PIECE)
        assert not [request for request in server.requests if request.endswith("/submit")]
        burnbag.submit(small.link, "x" * 500)

    def test_a_wrong_token_finds_nothing(self, burnbag: Burnbag) -> None:
        link = RequestLink.parse(burnbag.request().link)
        wrong = RequestLink(link.base, link.id, base64url.encode(bytes(32)), link.public_key)
        for call in (
            lambda: burnbag.peek_request(wrong),
            lambda: burnbag.submit(wrong, "hunter2"),
        ):
            with pytest.raises(NotFound):
                call()

    def test_an_answer_for_another_key_is_found_out_before_a_view_is_used(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        asked = burnbag.request()
        link = RequestLink.parse(asked.link)
        _, public_key = make_pair()
        burnbag.submit(RequestLink(link.base, link.id, link.token, public_key), "of an operator")
        with pytest.raises(Damaged, match="not made for this request"):
            burnbag.open_answer(asked.keep)
        assert server.store.receipts[asked.id].state == "sealed"

    def test_a_link_of_another_kind_is_none(self, burnbag: Burnbag) -> None:
        asked, sent = burnbag.request(), burnbag.send("hunter2")
        for call, link, why in (
            (burnbag.open, asked.link, "asks for a secret"),
            (burnbag.open, asked.keep, "open_answer opens it"),
            (burnbag.peek, asked.link, "asks for a secret"),
            (burnbag.peek_request, sent.link, "not a link to a request"),
            (burnbag.open_answer, asked.link, "not a link to the answer"),
        ):
            with pytest.raises(LinkError, match=why):
                call(link)
