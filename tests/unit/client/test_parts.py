"""Large uploads in parts: tried again part by part, continued by another process, never changed."""

import hashlib
import io
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from burnbag import (
    Burnbag,
    ConfigurationError,
    Gone,
    Refused,
    TooLarge,
    Unavailable,
    parts,
    uploads,
)
from burnbag._async import uploads as asynchronous
from burnbag.parallel import Crew
from tests.support.server import Served
from tests.support.services import load
from tests.unit.client.conftest import PIECE, make_noise

PUT = "PUT /bucket/"


@pytest.fixture(autouse=True)
def small_parts(small_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of which a file of a few pieces has several."""
    monkeypatch.setattr(load("create", "chalicelib.order"), "PART_SIZE", 3 * PIECE // 2)
    for module in (uploads, asynchronous):
        monkeypatch.setattr(module, "SMALLEST_IN_PARTS", 4 * PIECE)


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """Enough for four parts."""
    path = tmp_path / "disk.img"
    path.write_bytes(make_noise(5 * PIECE))
    return path


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "resume"


def count(server: Served, what: str) -> int:
    return sum(what in request for request in server.requests)


def stop_at(number: int, error: BaseException) -> Any:
    """A progress that fails once so many bytes are done: the process dies there."""

    def progress(done: int, total: int) -> None:
        if done >= number:
            raise error

    return progress


def test_a_large_file_goes_in_parts_and_comes_back(
    server: Served, burnbag: Burnbag, huge: Path
) -> None:
    seen: list[tuple[int, int]] = []
    sent = burnbag.send(huge, progress=lambda *at: seen.append(at), ttl="2h", label="disk")
    assert (sent.kind, sent.label) == ("upload", "disk")
    assert count(server, PUT) == 4 and count(server, "POST /bucket") == 0
    assert seen[-1] == (sent.size, sent.size) and seen == sorted(seen)
    opened = burnbag.open(sent.link)
    assert opened.data == huge.read_bytes() and opened.filename == "disk.img"


def test_a_pipe_goes_in_parts_too(server: Served, burnbag: Burnbag) -> None:
    data, (reader, writer) = make_noise(4 * PIECE), os.pipe()

    def feed() -> None:
        with open(writer, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=feed).start()
    with open(reader, "rb") as pipe:
        sent = burnbag.send(pipe)
    assert count(server, PUT) == 3
    assert burnbag.open(sent.link).data == data


def test_each_part_is_tried_again_by_itself(
    server: Served, burnbag: Burnbag, huge: Path, pauses: list[float]
) -> None:
    server.faults.refuse = [(PUT, 503), (PUT, 500), (PUT, 503)]
    server.faults.unread = [1000, 2000]
    seen: list[int] = []
    sent = burnbag.send(huge, progress=lambda done, total: seen.append(done))
    assert count(server, PUT) == 4 + 5 == 4 + len(pauses)
    assert max(seen) == seen[-1] == sent.size
    assert burnbag.open(sent.link).data == huge.read_bytes()


def test_a_url_that_has_expired_is_asked_for_again(
    server: Served, burnbag: Burnbag, huge: Path
) -> None:
    server.faults.refuse = [(PUT, 403), (PUT, 403)]
    assert burnbag.open(burnbag.send(huge).link).data == huge.read_bytes()


def test_a_part_that_s3_refuses_for_good_ends_the_upload_and_is_revoked(
    server: Served, burnbag: Burnbag, huge: Path
) -> None:
    server.faults.refuse = [(PUT, 400)] * 4
    with pytest.raises(Refused, match="S3 refuses a part"):
        burnbag.send(huge)
    assert not server.store.secrets


def test_an_answer_that_got_lost_ends_the_upload_all_the_same(
    server: Served, burnbag: Burnbag, huge: Path
) -> None:
    server.faults.drop = ["/complete", "/parts", "POST /live/v1/uploads"]
    assert burnbag.open(burnbag.send(huge).link).data == huge.read_bytes()


def test_a_server_that_knows_no_parts_gets_a_form(
    server: Served, burnbag: Burnbag, huge: Path
) -> None:
    words = b'{"type": "urn:burnbag:problem:bad-request", "field": "parts"}'
    server.faults.foreign = [(400, {}, words)]
    assert burnbag.open(burnbag.send(huge).link).data == huge.read_bytes()
    assert count(server, "POST /bucket") == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Unavailable("cut")], ids=repr)
def test_what_was_interrupted_is_resumed_where_it_was(
    server: Served, burnbag: Burnbag, huge: Path, note: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        burnbag.send(huge, resume_file=note, progress=stop_at(2 * PIECE, error))
    assert note.stat().st_mode & 0o777 == 0o600
    (upload,) = server.files.uploads.values()
    arrived = len(upload)
    server.requests.clear()
    with Burnbag(server.url, region="us-east-1") as another:
        seen: list[int] = []
        sent = another.resume(note, progress=lambda done, total: seen.append(done))
        assert count(server, PUT) <= 4 - arrived + parts.AT_ONCE
        assert seen[-1] == sent.size
        assert another.open(sent.link).data == huge.read_bytes()
    assert not note.exists()


def test_nothing_is_sent_again_that_has_arrived(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    server.faults.refuse = [("/complete", 403)]
    with pytest.raises(Refused):
        burnbag.send(huge, resume_file=note)
    server.requests.clear()
    sent = burnbag.resume(note)
    assert count(server, PUT) == 0
    assert burnbag.open(sent.link).data == huge.read_bytes()


def test_one_whose_end_was_not_answered_is_resumed_too(
    server: Served, synchronous: Burnbag, huge: Path, note: Path
) -> None:
    server.faults.drop = ["/complete"]
    send = synchronous.api.http.send

    def fail_after_the_drop(request: Any, **options: Any) -> Any:
        if request.url.path.endswith("/complete") and not server.faults.drop:
            raise KeyboardInterrupt
        return send(request, **options)

    synchronous.api.http.send = fail_after_the_drop  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        synchronous.send(huge, resume_file=note)
    with Burnbag(server.url, region="us-east-1") as another:
        assert another.open(another.resume(note).link).data == huge.read_bytes()


def begin(server: Served, burnbag: Burnbag, huge: Path, note: Path, **order: Any) -> None:
    """An upload of which the first parts have arrived."""
    server.faults.refuse = [("/complete", 403)]
    with pytest.raises(Refused):
        burnbag.send(huge, resume_file=note, **order)
    upload = next(iter(server.files.uploads.values()))
    for number in (3, 4):
        del upload[number]
    server.requests.clear()


@pytest.mark.parametrize("change", ["size", "time", "bytes of a part that came", "of another"])
def test_a_file_that_has_changed_is_not_resumed_and_its_upload_is_over(
    server: Served, burnbag: Burnbag, huge: Path, note: Path, change: str
) -> None:
    """Whatever else is the same: no nonce is used for two plaintexts."""
    begin(server, burnbag, huge, note)
    status, data = huge.stat(), bytearray(huge.read_bytes())
    data[{"size": 0, "time": 0, "of another": 5 * PIECE - 1}.get(change, 5)] ^= change != "time"
    huge.write_bytes(bytes(data) + b"x" * (change == "size"))
    if change != "time":
        os.utime(huge, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        os.utime(huge, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(Refused, match="has changed"):
        burnbag.resume(note)
    assert count(server, PUT) == 0
    assert not note.exists() and not server.store.secrets


def test_an_upload_that_has_ended_is_not_resumed(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    begin(server, burnbag, huge, note)
    (secret_id,) = server.store.secrets
    server.store.finish(secret_id, 1_800_000_000, state="revoked")
    with pytest.raises(Gone):
        burnbag.resume(note)
    assert not note.exists()


def test_another_url_is_not_asked(server: Served, burnbag: Burnbag, huge: Path, note: Path) -> None:
    begin(server, burnbag, huge, note)
    other = Burnbag("https://burnbag.example", region="us-east-1")
    with other, pytest.raises(ConfigurationError):
        other.resume(note)
    assert note.exists() and burnbag.resume(note)


def test_lost_credentials_leave_the_upload_to_be_resumed(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    begin(server, burnbag, huge, note)
    server.faults.refuse = [("/parts", 403)]
    with pytest.raises(Refused):
        burnbag.resume(note)
    assert burnbag.resume(note)


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff\n", b'{"version": 2}\n'])
def test_a_damaged_note_is_refused(burnbag: Burnbag, note: Path, damage: bytes) -> None:
    note.write_bytes(damage)
    with pytest.raises(Refused, match="damaged"):
        burnbag.resume(note)


def test_a_note_that_was_cut_short_is_good_for_what_it_says(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    begin(server, burnbag, huge, note)
    note.write_bytes(note.read_bytes()[:-7])
    sent = burnbag.resume(note)
    assert burnbag.open(sent.link).data == huge.read_bytes()


def test_two_that_resume_at_once_have_one_secret(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    begin(server, burnbag, huge, note)
    server.faults.slow = 0.001
    copy = note.with_name("copy")
    copy.write_bytes(note.read_bytes())
    links: list[str] = []
    both = threading.Barrier(2)

    def resume(path: Path) -> None:
        with Burnbag(server.url, region="us-east-1") as client:
            both.wait()
            links.append(client.resume(path).link)

    threads = [threading.Thread(target=resume, args=(path,)) for path in (note, copy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(links) == 2 and len(set(links)) == 1
    assert burnbag.open(links[0]).data == huge.read_bytes()


@pytest.mark.parametrize("has_url", [False, True])
def test_who_resumes_what_another_ends_meanwhile_takes_nothing_back(
    server: Served, burnbag: Burnbag, huge: Path, note: Path, has_url: bool
) -> None:
    begin(server, burnbag, huge, note)
    copy = note.with_name("copy")
    copy.write_bytes(note.read_bytes())
    links: list[str] = []
    seen = [0]
    # A part whose URL has expired counts as sent no more, and then another URL is asked for.
    server.faults.refuse = [(PUT, 403)] * has_url

    def end(done: int, total: int) -> None:
        if not links and (done < seen[-1] or not has_url):
            with Burnbag(server.url, region="us-east-1") as other:
                links.append(other.resume(copy).link)
        seen.append(done)

    assert burnbag.resume(note, progress=end).link == links[0]
    assert burnbag.open(links[0]).data == huge.read_bytes()


def test_with_a_passphrase_the_note_has_no_passphrase(
    server: Served, burnbag: Burnbag, huge: Path, note: Path
) -> None:
    begin(server, burnbag, huge, note, passphrase="correct horse")
    assert b"correct horse" not in note.read_bytes()
    sent = burnbag.resume(note)
    assert burnbag.open(sent.link, passphrase="correct horse").data == huge.read_bytes()


def test_the_first_failure_of_several_counts_and_ends_the_others() -> None:
    crew = Crew(2)
    done: list[int] = []

    def fail() -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"), crew:
        crew.add(fail)
        for number in range(100):
            crew.add(partial(done.append, number))
    assert len(done) < 100 and crew.is_stopped


@pytest.mark.parametrize(
    ("part_size", "count"), [(0, 4), (1, 5 * PIECE), (2**26, 1), (3 * PIECE // 2, 5)]
)
def test_a_server_that_plans_nonsense_gets_nothing(
    server: Served, synchronous: Burnbag, huge: Path, part_size: int, count: int
) -> None:
    plan = {"part_size": part_size, "parts": count, "expires_at": 1_800_000_000}
    api, call = synchronous.api, synchronous.api.call_signed

    def lie(method: str, path: str, **options: Any) -> Any:
        answer = call(method, path, **options)
        return answer | {"upload": plan} if path == "/v1/uploads" else answer

    api.call_signed = lie  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        synchronous.send(huge)
    assert not server.store.secrets and not server.files.uploads


def test_a_server_that_lists_parts_for_ever_is_left(server: Served, synchronous: Burnbag) -> None:
    numbers = iter(range(1, 1 << 40))

    def lie(method: str, path: str, **options: Any) -> Any:
        page = [{"number": next(numbers), "sha256": "x"} for _ in range(1000)]
        return {"parts": page, "complete": False}

    synchronous.api.call_signed = lie  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        parts.find_arrived(synchronous.api, parts.Pending("i", "t", 1, 1))


def test_parts_are_the_ciphertext_whatever_pieces_it_comes_in() -> None:
    pieces = [bytes([n]) * n for n in (1, 7, 0, 20, 3, 9)]
    made = list(parts.split(iter(pieces), 8))
    assert b"".join(part.data for part in made) == b"".join(pieces)
    assert [len(part.data) for part in made] == [8, 8, 8, 8, 8]
    assert made[2].sha256 == parts.encode(hashlib.sha256(made[2].data).digest())


def test_what_no_form_takes_is_too_large_for_an_older_server(
    server: Served, burnbag: Burnbag, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (uploads, asynchronous):
        monkeypatch.setattr(module, "LARGEST_FORM", 4 * PIECE)
    words = b'{"type": "urn:burnbag:problem:bad-request", "field": "parts"}'
    server.faults.foreign = [(400, {}, words)]
    with pytest.raises(Refused) as refused:
        burnbag.send(io.BytesIO(bytes(5 * PIECE)))
    assert refused.value.field == "parts" and not isinstance(refused.value, TooLarge)
