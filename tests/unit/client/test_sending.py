"""Sending with the Python client, against the services' own routes over real HTTP."""

import gzip
import io
import os
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import httpx
import pytest

from burnbag import (
    Burnbag,
    ConfigurationError,
    Gone,
    Link,
    LinkError,
    Refused,
    TooLarge,
    Unavailable,
)
from tests.support.server import Served
from tests.unit.client.conftest import PIECE

MIB = 1024 * 1024


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
        [(0, "file"), (1, "file"), (31 * MIB // 8, "file"), (4 * MIB, "upload")],
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
            file.seek(PIECE // 2)
            sent = burnbag.send(file, filename="rest.bin")
        assert sent.kind == "upload"
        opened = burnbag.open(sent.link)
        assert opened.data == large.read_bytes()[PIECE // 2 :] and opened.filename == "rest.bin"

    def test_a_text_file_object_is_refused(self, burnbag: Burnbag) -> None:
        with pytest.raises(TypeError, match="binary file object"):
            burnbag.send(io.StringIO("hunter2"))  # type: ignore[arg-type]

    def test_the_server_sees_neither_content_nor_name(
        self, server: Served, burnbag: Burnbag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        sender_type = type(server.create.sender)
        seal = sender_type.seal

        def watch(sender: Any, order: Any, *rest: Any) -> Any:
            seen.append(order.content)
            return seal(sender, order, *rest)

        monkeypatch.setattr(sender_type, "seal", watch)
        path = tmp_path / "canary-name.txt"
        path.write_bytes(b"canary-content")
        sent = burnbag.send(path)
        assert len(seen) == 1 and seen[0].filename == "encrypted"
        assert b"canary" not in seen[0].data and b"text/plain" not in seen[0].data
        key = Link.parse(sent.link).key
        assert key and key not in seen[0].data

    def test_an_interruption_that_leaves_a_lock_taken_does_not_keep_from_revoking(
        self, server: Served, synchronous: Burnbag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As where Ctrl-C comes between httpcore's taking a lock and its noting that."""
        path = tmp_path / "large.bin"
        path.write_bytes(bytes(5 * MIB))
        interrupted, send = synchronous.api.http, synchronous.api.http.send

        def take_the_lock_and_stop(request: httpx.Request, **options: Any) -> httpx.Response:
            if request.url.path != "/bucket":
                return send(request, **options)
            monkeypatch.setattr(interrupted, "send", hang)
            raise KeyboardInterrupt

        def hang(*_: object, **__: object) -> None:
            raise AssertionError("waits for a lock that nobody holds")

        monkeypatch.setattr(interrupted, "send", take_the_lock_and_stop)
        with pytest.raises(KeyboardInterrupt):
            synchronous.send(path)
        assert [receipt.state for receipt in server.store.receipts.values()] == ["revoked"]

    def test_what_can_not_be_is_said_with_its_field(self, burnbag: Burnbag) -> None:
        with pytest.raises(Refused, match="views") as refused:
            burnbag.send("hunter2", views=1000)
        assert (refused.value.status, refused.value.field) == (422, "views")

    @pytest.mark.parametrize("content", ["hunter2", "file", "upload"])
    def test_a_create_whose_answer_is_lost_is_repeated_and_makes_one_secret(
        self, server: Served, burnbag: Burnbag, tmp_path: Path, large: Path, content: str
    ) -> None:
        (tmp_path / "file").write_bytes(b"hunter2")
        sent: Any = {"file": tmp_path / "file", "upload": large}.get(content, content)
        server.faults.drop = ["POST /live/v1/"]
        link = burnbag.send(sent, passphrase="p").link
        assert len(server.requests) >= 2 and len(server.store.receipts) == 1
        assert burnbag.open(link, passphrase="p").data == (
            large.read_bytes() if content == "upload" else b"hunter2"
        )

    def test_a_create_is_repeated_where_nothing_happened(
        self, server: Served, burnbag: Burnbag, pauses: list[float]
    ) -> None:
        server.faults.refuse = [("POST /live/v1/secrets", 429)] * 3
        assert burnbag.send("hunter2").kind == "text"
        assert len(server.store.secrets) == 1 and len(pauses) == 3

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_a_create_is_repeated_where_it_may_have_happened(
        self, server: Served, burnbag: Burnbag, status: int
    ) -> None:
        server.faults.refuse = [("POST /live/v1/secrets", status)]
        assert burnbag.open(burnbag.send("hunter2").link).data == b"hunter2"
        assert len(server.store.receipts) == 1

    @pytest.mark.parametrize("data", [bytearray(b"hunter2"), memoryview(b"hunter2")])
    def test_whatever_holds_bytes_can_be_sent(self, burnbag: Burnbag, data: Any) -> None:
        assert burnbag.open(burnbag.send(data).link).data == b"hunter2"

    def test_a_file_that_is_unpacked_while_it_is_read_is_sent_as_it_reads(
        self, burnbag: Burnbag, tmp_path: Path
    ) -> None:
        data = os.urandom(5 * MIB)
        with gzip.open(tmp_path / "a.gz", "wb", compresslevel=1) as packed:
            packed.write(data)
        with gzip.open(tmp_path / "a.gz") as unpacked:
            sent = burnbag.send(unpacked, filename="a")  # type: ignore[arg-type]
        assert burnbag.open(sent.link).data == data

    @pytest.mark.posix("a pipe can be read without waiting")
    def test_an_input_that_has_nothing_yet_is_not_taken_for_one_that_has_ended(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.write(writer, b"the first part")
        with open(reader, "rb", buffering=0) as pipe, pytest.raises(BlockingIOError):
            burnbag.send(pipe)
        os.close(writer)
        assert not server.requests

    @pytest.mark.parametrize(
        "fields",
        [
            {"content": "canary\udcff"},
            {"content": "x", "passphrase": "canary\udcff"},
            {"content": "x", "label": "canary\udcff"},
            {"content": "x", "filename": "canary\udcff"},
            {"content": "x", "filename": "canary" * 100},
            {"content": "x", "media_type": "a/b\r\ncanary: 1"},
        ],
        ids=["content", "passphrase", "label", "name", "long name", "media type"],
    )
    def test_what_is_no_text_is_refused_and_not_repeated(
        self, server: Served, burnbag: Burnbag, fields: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused) as refused:
            burnbag.send(**fields)
        error: BaseException | None = refused.value
        while error:
            assert "canary" not in repr(error)
            error = error.__cause__ or error.__context__
        assert not server.requests

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("a.tar.gz", "application/gzip"),
            ("a.csv", "text/csv"),
            ("a", "application/octet-stream"),
        ],
    )
    def test_the_media_type_is_that_of_the_bytes(
        self, burnbag: Burnbag, name: str, media_type: str
    ) -> None:
        sent = burnbag.send(b"x", filename=name)
        assert burnbag.open(sent.link).media_type == media_type

    def test_without_a_url_or_region_it_says_so(
        self, server: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        with pytest.raises(ConfigurationError, match="URL"):
            Burnbag().send("hunter2")
        with pytest.raises(ConfigurationError, match="region"):
            Burnbag(server.url).send("hunter2")

    def test_the_region_is_found_where_aws_users_set_it(
        self, server: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv("AWS_REGION", "eu-north-1")
        assert Burnbag(server.url).api.get_signer().region == "eu-north-1"
        custom = Burnbag("https://abc.execute-api.eu-west-3.amazonaws.com/live")
        assert custom.api.get_signer().region == "eu-west-3"
        private = Burnbag("https://abc-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com")
        assert private.api.get_signer().region == "eu-west-1"
        assert Burnbag(
            server.url, boto3.Session(region_name="sa-east-1")
        ).api.get_signer().region == ("sa-east-1")

    def test_a_profile_that_does_not_exist_is_a_configuration_error(
        self, server: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobodys")
        for region in (None, "us-east-1"):
            monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
            with pytest.raises(ConfigurationError, match="nobodys"):
                Burnbag(server.url, region=region).send("hunter2")

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

    def test_bytes_that_are_a_text_reach_an_http_client_as_a_text(
        self, server: Served, burnbag: Burnbag
    ) -> None:
        link = Link.parse(burnbag.send(b"hunter2\n", server_side=True).link)
        headers = {"X-Burnbag-Token": link.token}
        answer = httpx.post(f"{link.base}/v1/secrets/{link.id}/reveal", headers=headers)
        assert answer.json()["secret"] == "hunter2\n"

    def test_so_can_bytes_and_files(self, burnbag: Burnbag, tmp_path: Path) -> None:
        assert burnbag.open(burnbag.send(b"\xff\x00", server_side=True).link).data == b"\xff\x00"
        path = tmp_path / "a.csv"
        path.write_bytes(b"1,2\n")
        opened = burnbag.open(burnbag.send(path, server_side=True).link)
        assert (opened.data, opened.filename) == (b"1,2\n", "a.csv")
        assert opened.media_type == "text/csv"

    def test_a_large_one_can_not(self, server: Served, burnbag: Burnbag) -> None:
        with pytest.raises(TooLarge, match="4 MiB"):
            burnbag.send(bytes(4 * MIB + 1), server_side=True)
        assert not server.requests


class TestUploading:
    def test_a_broken_connection_is_tried_again_from_the_start(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        server.faults.unread = [0, 70_000, 3 * PIECE]
        sent = burnbag.send(large)
        assert burnbag.open(sent.link).data == large.read_bytes()
        assert server.requests.count("POST /bucket") == 4

    def test_one_that_can_not_be_finished_leaves_nothing(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        server.faults.unread = [PIECE] * 5
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
        def interrupt(done: int, total: int) -> None:
            if done > PIECE:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            burnbag.send(large, progress=interrupt)
        assert not server.store.secrets
        assert [r.state for r in server.store.receipts.values()] == ["revoked"]

    @pytest.mark.parametrize("status", [500, 503])
    def test_s3s_trouble_is_waited_for(
        self, server: Served, burnbag: Burnbag, large: Path, status: int
    ) -> None:
        server.faults.refuse = [("POST /bucket", status)]
        assert burnbag.open(burnbag.send(large).link).data == large.read_bytes()

    def test_a_secret_that_ended_while_it_was_uploaded_is_not_said_to_be_sent(
        self, server: Served, burnbag: Burnbag, large: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = iter(range(0, 6000, 60))
        later = SimpleNamespace(monotonic=lambda: next(clock))
        for module in ("burnbag.transfers", "burnbag._async.transfers"):
            monkeypatch.setattr(f"{module}.time", later)
        with pytest.raises(Gone, match="expired"):
            burnbag.send(large, ttl=60)
        assert not server.store.secrets

    def test_an_upload_over_plain_http_is_refused_and_revoked(
        self, server: Served, burnbag: Burnbag, large: Path
    ) -> None:
        server.files.url = "http://bucket.example"
        with pytest.raises(LinkError, match="must begin with https"):
            burnbag.send(large)
        assert not server.store.secrets
        assert [r.state for r in server.store.receipts.values()] == ["revoked"]

    @pytest.mark.parametrize("change", [-1, 1])
    def test_a_file_that_changes_meanwhile_is_refused(
        self, server: Served, burnbag: Burnbag, large: Path, change: int
    ) -> None:
        def change_size(done: int, total: int) -> None:
            if done == 0:
                os.truncate(large, 5 * PIECE + change)

        with pytest.raises(Refused, match="changed while it was being sent"):
            burnbag.send(large, progress=change_size)
        assert not server.store.secrets

    def test_progress_goes_from_nothing_to_all(self, burnbag: Burnbag, large: Path) -> None:
        seen: list[tuple[int, int]] = []
        sent = burnbag.send(large, progress=lambda done, total: seen.append((done, total)))
        assert seen[0] == (0, sent.size) and seen[-1] == (sent.size, sent.size)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
