"""The Python client against the services' own routes, over real HTTP."""

import io
import logging
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from burnbag import (
    Burnbag,
    ConfigurationError,
    Damaged,
    Gone,
    Link,
    LinkError,
    NotArrived,
    NotFound,
    PassphraseRequired,
    PassphraseWrong,
    Refused,
    TooLarge,
    Unavailable,
)
from burnbag.links import encode
from tests.support.server import Served, serving

MIB = 1024 * 1024


@pytest.fixture
def server() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited; it does not."""
    waited: list[float] = []
    monkeypatch.setattr("burnbag.transport.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def burnbag(server: Served) -> Iterator[Burnbag]:
    with Burnbag(server.url, region="us-east-1") as client:
        yield client


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(5 * MIB))
    return path


def paths(server: Served, secret_id: str) -> list[str]:
    return [request.replace(secret_id, "ID") for request in server.requests]


class TestSending:
    def test_a_text_comes_back_as_it_was(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("h\u00fcnter2", ttl="2h", views=2, label="staging")
        assert (sent.kind, sent.max_views, sent.label) == ("text", 2, "staging")
        assert sent.expires_at - sent.created_at == timedelta(hours=2)
        opened = burnbag.open(sent.link)
        assert opened.data == "h\u00fcnter2".encode()
        assert (opened.media_type, opened.filename) == ("text/plain; charset=utf-8", "")
        assert (opened.views_left, opened.size) == (1, 8)

    @pytest.mark.parametrize("ttl", [7200, "2h", "120m", timedelta(hours=2)])
    def test_a_life_can_be_said_in_several_ways(self, burnbag: Burnbag, ttl: Any) -> None:
        sent = burnbag.send("hunter2", ttl=ttl)
        assert sent.expires_at - sent.created_at == timedelta(hours=2)

    @pytest.mark.parametrize(
        ("size", "kind"),
        [(0, "file"), (1, "file"), (4 * MIB - 2000, "file"), (4 * MIB, "upload")],
    )
    def test_the_size_chooses_the_way_of_a_file(
        self, burnbag: Burnbag, tmp_path: Path, size: int, kind: str
    ) -> None:
        path = tmp_path / "Bericht \u00fcber Z\u00fcrich.pdf"
        path.write_bytes(os.urandom(size))
        sent = burnbag.send(path)
        assert sent.kind == kind
        opened = burnbag.open(sent.link)
        assert opened.data == path.read_bytes()
        assert (opened.filename, opened.media_type) == (path.name, "application/pdf")

    @pytest.mark.parametrize(
        ("size", "kind"), [(0, "text"), (200_000, "text"), (300_000, "file"), (5 * MIB, "upload")]
    )
    def test_the_size_chooses_the_way_of_bytes(
        self, burnbag: Burnbag, size: int, kind: str
    ) -> None:
        data = os.urandom(size)
        sent = burnbag.send(data)
        assert sent.kind == kind
        assert burnbag.open(sent.link).data == data

    def test_a_server_with_smaller_limits_gets_the_next_larger_way(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        server.faults.refuse = [("POST /live/v1/secrets", 413)] * 2
        sent = burnbag.send(b"x" * 1000)
        assert sent.kind == "upload"
        assert burnbag.open(sent.link).data == b"x" * 1000

    def test_a_pipe_is_sent_whole(self, burnbag: Burnbag) -> None:
        data, (reader, writer) = os.urandom(9 * MIB), os.pipe()
        feeding = threading.Thread(target=feed, args=(writer, data))
        feeding.start()
        with open(reader, "rb", buffering=0) as pipe:
            sent = burnbag.send(pipe)
        feeding.join()
        assert sent.kind == "upload"
        assert burnbag.open(sent.link).data == data

    def test_a_file_object_is_sent_from_where_it_is(self, burnbag: Burnbag, large: Path) -> None:
        with large.open("rb") as file:
            file.seek(MIB // 2)
            sent = burnbag.send(file, filename="rest.bin")
        assert sent.kind == "upload"
        opened = burnbag.open(sent.link)
        assert opened.data == large.read_bytes()[MIB // 2 :] and opened.filename == "rest.bin"

    def test_a_text_file_object_is_refused(self, burnbag: Burnbag) -> None:
        with pytest.raises(TypeError, match="binary file object"):
            burnbag.send(io.StringIO("hunter2"))  # type: ignore[arg-type]

    def test_the_server_sees_neither_content_nor_name(
        self, server: Served, burnbag: Burnbag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        seal = server.create.Sender.seal

        def watched(sender: Any, order: Any, created_by: str | None) -> Any:
            seen.append(order.content)
            return seal(sender, order, created_by)

        monkeypatch.setattr(server.create.Sender, "seal", watched)
        path = tmp_path / "canary-name.txt"
        path.write_bytes(b"canary-content")
        sent = burnbag.send(path)
        assert len(seen) == 1 and seen[0].filename == "encrypted"
        assert b"canary" not in seen[0].data and b"text/plain" not in seen[0].data
        key = Link.parse(sent.link).key
        assert key and key not in seen[0].data

    def test_what_can_not_be_is_said_with_its_field(self, burnbag: Burnbag) -> None:
        with pytest.raises(Refused, match="views") as refused:
            burnbag.send("hunter2", views=1000)
        assert (refused.value.status, refused.value.field) == (422, "views")

    def test_a_create_is_not_repeated_when_its_answer_is_lost(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        server.faults.drop = ["POST /live/v1/secrets"]
        with pytest.raises(Unavailable):
            burnbag.send("hunter2")
        assert server.requests == ["POST /live/v1/secrets"]

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_create_is_repeated_where_nothing_happened(
        self, server: Served, burnbag: Burnbag, status: int, pauses: list[float]
    ) -> None:
        server.faults.refuse = [("POST /live/v1/secrets", status)] * 3
        assert burnbag.send("hunter2").kind == "text"
        assert len(server.store.secrets) == 1 and len(pauses) == 3

    def test_without_a_url_or_region_it_says_so(
        self, server: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        with pytest.raises(ConfigurationError, match="URL"):
            Burnbag().send("hunter2")
        with pytest.raises(ConfigurationError, match="region"):
            Burnbag(server.url).send("hunter2")

    def test_without_credentials_it_says_so(
        self, server: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        with pytest.raises(ConfigurationError, match="credentials"):
            Burnbag(server.url, region="us-east-1").send("hunter2")
        assert not server.requests


def feed(writer: int, data: bytes) -> None:
    with open(writer, "wb") as pipe:
        pipe.write(data)


class TestServerSide:
    def test_a_text_can_be_read_without_a_key(self, server: Served, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2", server_side=True)
        assert Link.parse(sent.link).key is None and sent.size == 7
        assert burnbag.open(sent.link).data == b"hunter2"

    def test_so_can_bytes_and_files(self, burnbag: Burnbag, tmp_path: Path) -> None:
        assert burnbag.open(burnbag.send(b"\xff\x00", server_side=True).link).data == b"\xff\x00"
        path = tmp_path / "a.csv"
        path.write_bytes(b"1,2\n")
        opened = burnbag.open(burnbag.send(path, server_side=True).link)
        assert (opened.data, opened.filename) == (b"1,2\n", "a.csv")
        assert opened.media_type == "text/csv"

    def test_a_large_one_can_not(self, server: Served, burnbag: Burnbag, large: Path) -> None:
        with pytest.raises(TooLarge, match="4 MiB"):
            burnbag.send(large, server_side=True)
        assert not server.requests


class TestUploading:
    def test_a_broken_connection_is_tried_again_from_the_start(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        server.faults.unread = [0, 70_000, 3 * MIB]
        sent = burnbag.send(large)
        assert burnbag.open(sent.link).data == large.read_bytes()
        assert server.requests.count("POST /bucket") == 4

    def test_one_that_can_not_be_finished_leaves_nothing(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        server.faults.unread = [MIB] * 5
        with pytest.raises(Unavailable):
            burnbag.send(large)
        assert not server.store.secrets and not server.files.objects

    def test_s3s_refusal_is_final(self, server: Served, burnbag: Burnbag, large: Path) -> None:
        server.faults.refuse = [("POST /bucket", 403)]
        with pytest.raises(Refused, match="S3 refuses the upload with 403"):
            burnbag.send(large)
        assert server.requests.count("POST /bucket") == 1 and not server.store.secrets

    def test_an_interruption_revokes_what_was_begun(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        def interrupted(done: int, total: int) -> None:
            if done > MIB:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            burnbag.send(large, progress=interrupted)
        assert not server.store.secrets
        assert [r.state for r in server.store.receipts.values()] == ["revoked"]

    @pytest.mark.parametrize("change", [-1, 1])
    def test_a_file_that_changes_meanwhile_is_refused(
        self, server: Served, burnbag: Burnbag, large: Path, change: int
    ) -> None:
        def changed(done: int, total: int) -> None:
            if done == 0:
                os.truncate(large, 5 * MIB + change)

        with pytest.raises(Refused, match="changed while it was being sent"):
            burnbag.send(large, progress=changed)
        assert not server.store.secrets

    def test_progress_goes_from_nothing_to_all(self, burnbag: Burnbag, large: Path) -> None:
        seen: list[tuple[int, int]] = []
        sent = burnbag.send(large, progress=lambda done, total: seen.append((done, total)))
        assert seen[0] == (0, sent.size) and seen[-1] == (sent.size, sent.size)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)


class TestOpening:
    def test_a_lost_answer_is_fetched_again(self, server: Served, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        server.faults.drop = ["/reveal"]
        assert burnbag.open(sent.link).data == b"hunter2"
        assert paths(server, sent.id)[-3:] == [
            "POST /live/v1/secrets/ID/reveal",
            "POST /live/v1/secrets/ID/reveal",
            "POST /live/v1/secrets/ID/confirm",
        ]
        assert len(server.store.receipts[sent.id].views) == 1 and not server.store.secrets

    def test_an_opened_secret_is_confirmed_and_gone(self, server: Served, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2")
        burnbag.open(sent.link)
        assert not server.store.secrets
        with pytest.raises(Gone, match="revealed") as gone:
            burnbag.open(sent.link)
        assert gone.value.state == "revealed" and gone.value.ended_at

    def test_what_can_not_be_confirmed_was_opened_all_the_same(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        sent = burnbag.send("hunter2")
        server.faults.refuse = [("/confirm", 500)]
        assert burnbag.open(sent.link).data == b"hunter2"

    def test_a_broken_download_goes_on_from_where_it_broke(
        self, server: Served, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        sent = burnbag.send(large)
        server.faults.cut = [0, 70_000, 3 * MIB]
        opened = burnbag.open(sent.link, tmp_path / "copy.bin")
        assert opened.path and opened.path.read_bytes() == large.read_bytes()
        assert server.requests.count(f"GET /bucket/{sent.id}") == 4
        assert paths(server, sent.id).count("POST /live/v1/secrets/ID/reveal") == 1

    def test_an_expired_url_is_renewed_by_the_same_claim(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        sent = burnbag.send(large)
        server.faults.refuse = [("GET /bucket", 403)]
        assert burnbag.open(sent.link).data == large.read_bytes()
        assert paths(server, sent.id).count("POST /live/v1/secrets/ID/reveal") == 2
        assert len(server.store.receipts[sent.id].views) == 1

    def test_a_download_that_brings_nothing_ends(
        self, server: Served, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        sent = burnbag.send(large)
        server.faults.cut = [MIB] + [0] * 9
        with pytest.raises(Unavailable):
            burnbag.open(sent.link, tmp_path / "copy.bin")
        assert os.listdir(tmp_path) == ["large.bin"]

    def test_after_any_failure_the_same_key_opens_it_still(
        self, server: Served, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        sent, key = burnbag.send(large), "0123456789abcdef"
        server.faults.cut = [0] * 9
        with pytest.raises(Unavailable):
            burnbag.open(sent.link, idempotency_key=key)
        server.faults.cut = []
        with pytest.raises(Gone):
            burnbag.open(sent.link, idempotency_key="another-key-of-16")
        assert burnbag.open(sent.link, idempotency_key=key).data == large.read_bytes()

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: data[:-1] + bytes([data[-1] ^ 1]),
            lambda data: data[: 21 + 65536] + data[21 : 21 + 65536] + data[21 + 2 * 65536 :],
            lambda data: data[: 21 + 5 * 65536],
            lambda data: data + b"\0",
            lambda data: b"",
        ],
        ids=["changed", "repeated", "cut between records", "longer", "empty"],
    )
    @pytest.mark.parametrize("into", ["file", "stream", "memory"])
    def test_nothing_is_written_of_a_damaged_secret(
        self,
        server: Served,
        burnbag: Burnbag,
        large: Path,
        tmp_path: Path,
        change: Callable[[bytes], bytes],
        into: str,
    ) -> None:
        sent = burnbag.send(large)
        server.faults.change = change
        stream = io.BytesIO()
        targets: dict[str, Any] = {
            "file": tmp_path / "copy.bin",
            "stream": stream,
            "memory": None,
        }
        with pytest.raises(Damaged):
            burnbag.open(sent.link, targets[into])
        assert os.listdir(tmp_path) == ["large.bin"] and not stream.getvalue()

    def test_another_key_opens_nothing(self, server: Served, burnbag: Burnbag) -> None:
        link = Link.parse(burnbag.send("hunter2").link)
        other = Link(link.base, link.id, link.token, bytes(16))
        with pytest.raises(Damaged):
            burnbag.open(other, idempotency_key="0123456789abcdef")
        assert burnbag.open(link, idempotency_key="0123456789abcdef").data == b"hunter2"

    def test_a_large_one_needs_the_whole_link(self, burnbag: Burnbag, large: Path) -> None:
        link = burnbag.send(large).link
        with pytest.raises(LinkError, match="key"):
            burnbag.open(link.rpartition(".")[0])

    def test_bytes_that_have_not_arrived_consume_nothing(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        sent = burnbag.send(large)
        held = server.files.objects.pop(sent.id)
        with pytest.raises(NotArrived):
            burnbag.open(sent.link)
        server.files.objects[sent.id] = held
        assert burnbag.open(sent.link).views_left == 0


class TestWriting:
    def test_a_file_is_private_and_whole(self, burnbag: Burnbag, tmp_path: Path) -> None:
        opened = burnbag.open(burnbag.send("hunter2").link, tmp_path / "secret.txt")
        assert opened.path == tmp_path / "secret.txt" and opened.data is None
        assert opened.path.read_bytes() == b"hunter2"
        assert opened.path.stat().st_mode & 0o777 == 0o600
        assert os.listdir(tmp_path) == ["secret.txt"]

    def test_a_folder_gets_it_under_the_senders_name(
        self, burnbag: Burnbag, tmp_path: Path
    ) -> None:
        sent = burnbag.send(b"hunter2", filename="caf\u00e9.txt")
        opened = burnbag.open(sent.link, tmp_path)
        assert opened.path == tmp_path / "caf\u00e9.txt"

    @pytest.mark.parametrize(
        ("name", "saved"),
        [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/etc/passwd", "passwd"),
            (".bashrc", "bashrc"),
            ("..", "secret"),
            ("a\nb\x00c\x1b[31m.txt", "abc[31m.txt"),
            ("photo\u202egpj.exe", "photogpj.exe"),
            ("\u00fc" * 200 + ".txt", "\u00fc" * 127),
        ],
    )
    def test_a_name_can_not_leave_its_folder_or_deceive(
        self, burnbag: Burnbag, tmp_path: Path, name: str, saved: str
    ) -> None:
        sent = burnbag.send(b"hunter2", filename=name)
        burnbag.open(sent.link, tmp_path)
        assert os.listdir(tmp_path) == [saved]

    def test_an_existing_file_is_refused_before_anything_is_consumed(
        self, server: Served, burnbag: Burnbag, tmp_path: Path
    ) -> None:
        path = tmp_path / "secret.txt"
        path.write_text("mine")
        sent = burnbag.send("hunter2")
        with pytest.raises(FileExistsError):
            burnbag.open(sent.link, path)
        assert path.read_text() == "mine" and server.store.secrets[sent.id].views_left == 1
        burnbag.open(sent.link, path, overwrite=True)
        assert path.read_bytes() == b"hunter2"

    def test_a_disk_that_is_full_loses_nothing(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        sent, key = burnbag.send(large), "0123456789abcdef"
        with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="space"):
            burnbag.open(sent.link, full, idempotency_key=key)
        assert burnbag.open(sent.link, idempotency_key=key).data == large.read_bytes()

    def test_an_interruption_leaves_no_file(
        self, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        def interrupted(done: int, total: int) -> None:
            if done > MIB:
                raise KeyboardInterrupt

        sent = burnbag.send(large)
        with pytest.raises(KeyboardInterrupt):
            burnbag.open(sent.link, tmp_path / "copy.bin", progress=interrupted)
        assert os.listdir(tmp_path) == ["large.bin"]

    def test_a_stream_gets_all_of_it(self, burnbag: Burnbag, large: Path) -> None:
        stream = io.BytesIO()
        opened = burnbag.open(burnbag.send(large).link, stream)
        assert stream.getvalue() == large.read_bytes()
        assert opened.size == 5 * MIB and opened.data is None


class TestPassphrases:
    def test_the_right_one_opens(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2", passphrase="p\u00e4ssw\u00f6rd")
        assert burnbag.peek(sent.link).passphrase
        assert burnbag.open(sent.link, passphrase="p\u00e4ssw\u00f6rd").data == b"hunter2"

    def test_none_and_a_wrong_one_say_how_many_are_left(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2", passphrase="right")
        with pytest.raises(PassphraseRequired) as required:
            burnbag.open(sent.link)
        assert required.value.attempts_left == 5
        for left in (4, 3, 2, 1, 0):
            with pytest.raises(PassphraseWrong) as wrong:
                burnbag.open(sent.link, passphrase="wrong")
            assert wrong.value.attempts_left == left
        with pytest.raises(Gone, match="locked"):
            burnbag.open(sent.link, passphrase="right")


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

    def test_nobody_there_is_said_without_the_url(self) -> None:
        with pytest.raises(Unavailable, match="could not be made") as error:
            Burnbag("http://127.0.0.1:9", region="us-east-1").send("hunter2")
        assert "127.0.0.1" not in str(error.value)

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
