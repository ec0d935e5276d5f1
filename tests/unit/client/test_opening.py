"""Opening with the Python client, against the services' own routes over real HTTP."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from burnbag_format.base64url import encode

from burnbag import (
    Burnbag,
    Damaged,
    Gone,
    Link,
    LinkError,
    NotArrived,
    PassphraseRequired,
    PassphraseWrong,
    Refused,
    Unavailable,
)
from tests.support.server import Served
from tests.unit.client.conftest import PIECE


def paths(server: Served, secret_id: str) -> list[str]:
    return [request.replace(secret_id, "ID") for request in server.requests]


READ_ONLY = open(os.devnull, "rb")  # noqa: SIM115


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
        server.faults.cut = [0, 70_000, 3 * PIECE]
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
        server.faults.cut = [PIECE] + [0] * 9
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

    @pytest.mark.parametrize("size", [7, 300_000, 5 * PIECE], ids=["text", "file", "upload"])
    def test_a_link_that_lost_its_key_burns_nothing(
        self, burnbag: Burnbag, small_files: None, size: int
    ) -> None:
        data = os.urandom(size)
        link = burnbag.send(data).link
        with pytest.raises(LinkError, match="incomplete"):
            burnbag.open(link.rpartition(".")[0])
        assert burnbag.open(link).data == data

    def test_a_key_that_does_not_belong_there_burns_nothing(self, burnbag: Burnbag) -> None:
        sent = burnbag.send("hunter2, but long enough to be decrypted", server_side=True)
        with pytest.raises(Damaged):
            burnbag.open(f"{sent.link}.{encode(bytes(16))}")
        assert burnbag.open(sent.link).data

    def test_after_any_failure_the_same_burnbag_opens_it_still(
        self, server: Served, burnbag: Burnbag, tmp_path: Path
    ) -> None:
        (tmp_path / "a.txt").write_text("mine")
        sent = burnbag.send(b"hunter2", filename="a.txt")
        with pytest.raises(FileExistsError):
            burnbag.open(sent.link, tmp_path)
        assert server.store.secrets[sent.id].views_left == 0
        with Burnbag() as another, pytest.raises(Gone):
            another.open(sent.link)
        assert burnbag.open(sent.link, tmp_path, overwrite=True).views_left == 0
        assert (tmp_path / "a.txt").read_bytes() == b"hunter2"

    def test_what_fails_on_receipt_can_be_had_again(self, server: Served, burnbag: Burnbag) -> None:
        sent, got = burnbag.send("hunter2"), []

        def full(opened: Any) -> None:
            got.append(opened.data)
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            burnbag.open(sent.link, received=full)
        assert f"POST /live/v1/secrets/{sent.id}/confirm" not in server.requests
        assert burnbag.open(sent.link, received=lambda o: got.append(o.data)).data == b"hunter2"
        assert got == [b"hunter2"] * 2 and not server.store.secrets

    @pytest.mark.parametrize("key", ["", "short", "x" * 129, "with spaces in it.", "\u00fc" * 20])
    def test_an_idempotency_key_that_is_none_is_refused(
        self, server: Served, burnbag: Burnbag, key: str
    ) -> None:
        sent = burnbag.send("hunter2")
        with pytest.raises(Refused, match="idempotency key"):
            burnbag.open(sent.link, idempotency_key=key)
        assert server.store.secrets[sent.id].views_left == 1

    def test_an_ended_session_of_the_presigning_role_is_renewed(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        sent = burnbag.send(large)
        server.faults.refuse = [("GET /bucket", 400)]
        server.faults.words = b"<Error><Code>ExpiredToken</Code></Error>"
        assert burnbag.open(sent.link).data == large.read_bytes()

    def test_a_download_over_plain_http_is_refused_and_loses_nothing(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        sent, url = burnbag.send(large), server.files.url
        server.files.url = "http://bucket.example"
        with pytest.raises(LinkError, match="must begin with https"):
            burnbag.open(sent.link)
        server.files.url = url
        assert burnbag.open(sent.link).data == large.read_bytes()

    def test_no_more_is_taken_than_was_said(
        self, server: Served, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        sent = burnbag.send(large)
        server.faults.surplus = b"x" * PIECE
        with pytest.raises(Damaged):
            burnbag.open(sent.link, tmp_path / "copy.bin")
        assert os.listdir(tmp_path) == ["large.bin"]

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
    @pytest.mark.posix("a file has permissions in bits")
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
            ("\u00fc" * 200 + ".txt", "\u00fc" * 125 + ".txt"),
            ("a:b|c?.txt", "a_b_c_.txt"),
            ("D:", "D_"),
            ("NUL.txt", "_NUL.txt"),
            ("-rf", "rf"),
            ("report.", "report"),
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

    @pytest.mark.linux("/dev/full")
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
        def interrupt(done: int, total: int) -> None:
            if done > PIECE:
                raise KeyboardInterrupt

        sent = burnbag.send(large)
        with pytest.raises(KeyboardInterrupt):
            burnbag.open(sent.link, tmp_path / "copy.bin", progress=interrupt)
        assert os.listdir(tmp_path) == ["large.bin"]

    def test_what_came_with_an_answer_needs_no_temporary_folder(
        self, burnbag: Burnbag, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data, stream = os.urandom(4_000_000), io.BytesIO()
        sent = burnbag.send(data)
        assert sent.kind == "file"
        monkeypatch.setattr("tempfile.tempdir", "/nowhere")
        burnbag.open(sent.link, stream)
        assert stream.getvalue() == data

    def test_a_stream_that_takes_little_at_a_time_gets_all_of_it(self, burnbag: Burnbag) -> None:
        data, output = os.urandom(100_000), Sparing()
        opened = burnbag.open(burnbag.send(data).link, cast(BinaryIO, output))
        assert bytes(output.taken) == data and opened.size == 100_000

    @pytest.mark.parametrize(
        "make",
        [
            lambda folder: io.StringIO(),
            lambda folder: READ_ONLY,
            lambda folder: b"bytes",
            lambda folder: folder / "missing" / "file",
            lambda folder: "/dev/null",
        ],
        ids=["text", "read-only", "bytes", "no folder", "device"],
    )
    def test_where_nothing_can_be_written_nothing_is_consumed(
        self,
        server: Served,
        burnbag: Burnbag,
        tmp_path: Path,
        make: Callable[[Path], Any],
    ) -> None:
        sent = burnbag.send("hunter2")
        with pytest.raises((TypeError, OSError)):
            burnbag.open(sent.link, make(tmp_path), overwrite=True)
        assert server.store.secrets[sent.id].views_left == 1 and not os.listdir(tmp_path)

    def test_a_file_that_comes_meanwhile_is_not_overwritten(
        self, burnbag: Burnbag, large: Path, tmp_path: Path
    ) -> None:
        copy, sent = tmp_path / "copy.bin", burnbag.send(large)

        def meanwhile(done: int, total: int) -> None:
            copy.write_text("mine")

        with pytest.raises(FileExistsError):
            burnbag.open(sent.link, copy, progress=meanwhile)
        assert copy.read_text() == "mine"
        assert sorted(os.listdir(tmp_path)) == ["copy.bin", "large.bin"]

    def test_a_stream_gets_all_of_it(self, burnbag: Burnbag, large: Path) -> None:
        stream = io.BytesIO()
        opened = burnbag.open(burnbag.send(large).link, stream)
        assert stream.getvalue() == large.read_bytes()
        assert opened.size == 5 * PIECE and opened.data is None


class Sparing(io.RawIOBase):
    """A stream that takes a thousand bytes at most, as a pipe may."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.taken += data[:1000]
        return min(len(data), 1000)


class TestPassphrases:
    def test_a_wrong_one_is_not_sent_over_and_over_where_answers_get_lost(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        sent = burnbag.send("hunter2", passphrase="right")
        server.faults.drop = ["/reveal"] * 9
        with pytest.raises(Unavailable):
            burnbag.open(sent.link, passphrase="wrong")
        assert server.store.receipts[sent.id].failed_attempts == 2

    def test_the_right_one_is_sent_again_where_the_answer_got_lost(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        sent = burnbag.send("hunter2", passphrase="right")
        server.faults.drop = ["/reveal"]
        assert burnbag.open(sent.link, passphrase="right").data == b"hunter2"

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
