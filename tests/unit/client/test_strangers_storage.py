"""Where a server may not lead its client, and how much it may make it hold."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from burnbag_format.base64url import encode
from burnbag_format.identity import Identity

from burnbag import AlreadyOpened, Burnbag, BurnbagError, Link, LinkError, Refused, TooLarge
from burnbag.destinations import LARGEST_IN_MEMORY, Memory
from burnbag.storage import check_url
from tests.support.server import Served, run_server, views_left

HOME, BASE = "http://127.0.0.1:4566/live", "https://burnbag.example/live"
ID, TOKEN = encode(bytes(16)), encode(bytes(32))
GIB = 1024**3
LOOPBACK = [
    "https://127.0.0.1/x",
    "https://127.1.2.3:8443/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://127.0.0.1./x",
    "https://0.0.0.0/x",
    "https://0/x",
    "https://localhost/x",
    "https://LocalHost:443/x",
    "https://localhost./x",
    "https://a.localhost/x",
    "https://[::1]/x",
    "https://[::]/x",
    "https://[0:0:0:0:0:0:0:1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://user@127.0.0.1/x",
    "https://burnbag.example\\@127.0.0.1/x",
    "http://127.0.0.1:9000/x",
    "http://localhost/x",
    "http://[::1]/x",
]
NOWHERE = [
    "https://0177.0.0.1/x",
    "",
    "x",
    "/x",
    "//burnbag.example/x",
    "https://",
    "https:///x",
    "https:x",
    "file:///etc/passwd",
    "ftp://burnbag.example/x",
    "http://burnbag.example/x",
    "http://burnbag.example@127.0.0.1:80:80/x",
    "https://a\x00b/x",
    "https://[::1/x",
    "https://burnbag.example:99999/x",
]


@pytest.mark.parametrize("url", LOOPBACK)
def test_only_a_burnbag_on_this_machine_leads_to_this_machine(url: str) -> None:
    with pytest.raises(LinkError):
        check_url(url, BASE)
    if url.startswith("https:") or "127.0.0.1:9000" in url:
        assert check_url(url, HOME)
        assert check_url(url, "http://localhost:1") and check_url(url, "http://[::1]:1")


@pytest.mark.parametrize("url", NOWHERE)
def test_what_leads_nowhere_safe_is_refused_for_everybody(url: str) -> None:
    for base in (BASE, HOME):
        with pytest.raises(LinkError) as error:
            check_url(url, base)
        assert error.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.example/x?y=1",
        "https://10.0.0.1/x",
        "https://128.0.0.1",
        "https://my-localhost/",
    ],
)
def test_any_other_machine_is_reached_over_tls(url: str) -> None:
    assert check_url(url, BASE) == check_url(url, HOME) == httpx.URL(url)


Answer = Callable[[httpx.Request], tuple[int, bytes]]


class Foreign:
    """Servers that are not burnbag, in memory: what they answer, and what they were asked."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        asked = f"{request.method} {request.url.host}{request.url.path}"
        self.asked.append(asked)
        answer = next((self.answers[part] for part in self.answers if part in asked), refuse(204))
        status, body = answer(request)
        return httpx.Response(status, content=iter([body]))


def refuse(status: int, **problem: Any) -> Answer:
    return lambda request: (status, json.dumps(problem).encode())


def as_json(**fields: Any) -> Answer:
    return lambda request: (200, json.dumps(fields).encode())


def reveal(url: str, size: int = 7) -> Answer:
    return as_json(kind="upload", size=size, views_left=0, passphrase=False, download={"url": url})


def open_from(foreign: Foreign, to: Path | None = None, base: str = BASE) -> None:
    with Burnbag(transport=httpx.MockTransport(foreign)) as burnbag:
        burnbag.open(Link(base, ID, TOKEN, bytes(16)), to)


@pytest.mark.parametrize("url", LOOPBACK)
def test_a_download_from_this_machine_is_not_asked_for(url: str) -> None:
    foreign = Foreign({"/reveal": reveal(url)})
    with pytest.raises(LinkError):
        open_from(foreign)
    assert foreign.asked == [f"POST burnbag.example/live/v1/secrets/{ID}/reveal"]


def test_the_url_that_follows_an_expired_one_is_looked_at_too(pauses: list[float]) -> None:
    urls = iter(["https://s3.example/x", "https://127.0.0.1/x"])
    foreign = Foreign(
        {"/reveal": lambda request: reveal(next(urls))(request), "s3.example": refuse(403)}
    )
    with pytest.raises(LinkError):
        open_from(foreign)
    assert [asked for asked in foreign.asked if "/x" in asked] == ["GET s3.example/x"]


@pytest.mark.parametrize("url", LOOPBACK)
def test_an_upload_does_not_go_to_this_machine(url: str, large: Path) -> None:
    def declare(request: httpx.Request) -> tuple[int, bytes]:
        identity = Identity.of_key(request.headers["Idempotency-Key"])
        declared = {
            "id": identity.id,
            "receipt_token": TOKEN,
            "link": f"{BASE}/#{identity.id}.{encode(identity.token)}",
            "kind": "upload",
            "size": 1,
            "passphrase": False,
            "max_views": 1,
            "created_at": 0,
            "expires_at": 1,
            "upload": {"url": url, "fields": {}},
        }
        return 200, json.dumps(declared).encode()

    foreign = Foreign({"/uploads": declare})
    burnbag = Burnbag(BASE, region="us-east-1", transport=httpx.MockTransport(foreign))
    with burnbag, pytest.raises(LinkError):
        burnbag.send(large)
    declared, revoked = foreign.asked
    assert declared == "POST burnbag.example/live/v1/uploads"
    assert revoked.startswith("DELETE burnbag.example/live/v1/secrets/")


@pytest.fixture
def elsewhere() -> Iterator[Served]:
    with run_server() as served:
        yield served


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(
    server: Served, elsewhere: Served, burnbag: Burnbag, large: Path, status: int
) -> None:
    server.faults.location = f"{elsewhere.url}/canary"
    link = burnbag.send(large).link
    calls: dict[str, Callable[[], object]] = {
        "GET /live/v1/secrets": lambda: burnbag.peek(link),
        "GET /bucket": lambda: burnbag.open(link),
        "POST /bucket": lambda: burnbag.send(large),
    }
    for redirected, call in calls.items():
        server.faults.refuse = [(redirected, status)]
        with pytest.raises(BurnbagError):
            call()
        assert not server.faults.refuse
    assert not elsewhere.requests
    assert httpx.Client().follow_redirects is False


def test_a_server_that_says_for_ever_that_a_view_was_had_is_not_asked_for_ever() -> None:
    had = refuse(409, type="urn:burnbag:problem:already-confirmed")
    foreign = Foreign({"/reveal": had})
    with pytest.raises(AlreadyOpened):
        open_from(foreign)
    assert len(foreign.asked) == 1000


@pytest.mark.parametrize("into", ["memory", "file"])
def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path: Path, into: str) -> None:
    foreign = Foreign({"/reveal": reveal("https://s3.example/x", 50 * GIB + 1)})
    with pytest.raises(TooLarge):
        open_from(foreign, tmp_path / "out" if into == "file" else None)
    assert len(foreign.asked) == 1


def test_memory_is_not_filled_with_more_than_it_should_hold(pauses: list[float]) -> None:
    for size, is_asked_for in ((LARGEST_IN_MEMORY + 1, False), (LARGEST_IN_MEMORY, True)):
        foreign = Foreign(
            {"/reveal": reveal("https://s3.example/x", size), "s3.example": refuse(404)}
        )
        with pytest.raises(Refused) as error:
            open_from(foreign)
        assert ("GET s3.example/x" in foreign.asked) is is_asked_for
        assert isinstance(error.value, TooLarge) is not is_asked_for
        assert is_asked_for or "give a path" in str(error.value)


def test_what_is_too_large_for_memory_can_be_written_to_a_path(
    server: Served,
    burnbag: Burnbag,
    large: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Memory, "largest", 1024 * 1024)
    sent = burnbag.send(large)
    with pytest.raises(TooLarge, match="1 MiB"):
        burnbag.open(sent.link)
    assert f"GET /bucket/{sent.id}" not in server.requests and views_left(server, sent.link) == 0
    burnbag.open(sent.link, tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == large.read_bytes()
