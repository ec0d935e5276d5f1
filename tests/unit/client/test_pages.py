"""`verify_page`: what a page must be to be the one of this package, and how liars are found out."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnbag import LinkError, PageDiffers, Refused, Unavailable, VerifiedPage, verify_page
from burnbag.pages import BROWSER, read_known
from tests.support.api import Api
from tests.support.services import PAGE
from tests.support.size import examples
from tests.support.world import memory_world
from tools import manifest

BASE = "https://secrets.example.com/live"
FILES = manifest.read_files()
KNOWN = manifest.make_manifest(FILES)
VERSION = KNOWN["version"]
POLICY = "Content-Security-Policy"
MISSING = "is missing (the server answers 404)"
ASSETS = [name for name in FILES if name != "index.html"]
Answer = Callable[[httpx.Request], httpx.Response]
Change = Callable[[httpx.Response], httpx.Response]


@pytest.fixture(scope="module")
def server() -> Answer:
    """A server with the page of this checkout, by its own function."""
    api = Api(memory_world())

    @cache
    def call(path: str, *headers: tuple[str, str]) -> tuple[int, dict[str, str], bytes]:
        """The page is asked for again and again."""
        found = api.call("GET", path, headers=dict(headers))
        is_text = path == "/config.json" or found.status != 200
        return found.status, found.headers, found.text.encode() if is_text else found.data

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/live")
        status, headers, body = call(path, *request.headers.items())
        return httpx.Response(status, headers=headers, stream=Once(body))

    return answer


class Once(httpx.SyncByteStream):
    """A body that comes over a network, so that nothing has decoded it yet."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __iter__(self) -> Any:
        yield self.data


def path_of(name: str, version: str = VERSION) -> str:
    return "/live/" if name == "index.html" else f"/live/assets/{version}/{name}"


def changed(server: Answer, path: str, change: Change) -> Answer:
    """The server, with another answer at one path."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = server(request)
        return change(found) if request.url.path == path else found

    return answer


def with_body(edit: Callable[[bytes], bytes]) -> Change:
    def change(response: httpx.Response) -> httpx.Response:
        body = edit(response.read())
        headers = [pair for pair in response.headers.items() if pair[0] != "content-encoding"]
        return httpx.Response(response.status_code, headers=headers, stream=Once(body))

    return change


def with_header(name: str, value: str | None) -> Change:
    def change(response: httpx.Response) -> httpx.Response:
        if value is None:
            del response.headers[name]
        else:
            response.headers[name] = value
        return response

    return change


def with_facts(**facts: Any) -> Change:
    return with_body(lambda body: json.dumps({**json.loads(body), **facts}).encode())


def flip(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


def verify(server: Answer, **options: Any) -> VerifiedPage:
    return verify_page(BASE, transport=httpx.MockTransport(server), **options)


def differences(server: Answer) -> dict[str, str]:
    with pytest.raises(PageDiffers) as caught:
        verify(server)
    return caught.value.differences


def test_this_package_knows_the_page_of_this_checkout() -> None:
    assert read_known().decode() == manifest.make_text()


def test_the_released_page_is_recognized_and_what_it_may_talk_to_is_told(server: Answer) -> None:
    assert verify(server) == VerifiedPage(
        url=f"{BASE}/",
        version=VERSION,
        files=len(FILES),
        connections=("https://files.s3.amazonaws.com",),
        images=("https://static.example.com",),
        facts={**PAGE, "version": VERSION},
    )


@pytest.mark.parametrize("name", ["index.html", ASSETS[0], ASSETS[-1]])
def test_one_changed_byte_is_found_and_its_file_is_named(name: str, server: Answer) -> None:
    assert differences(changed(server, path_of(name), with_body(flip))) == {name: "differs"}


@pytest.mark.parametrize("name", ["index.html", ASSETS[0], ASSETS[-1]])
def test_a_missing_file_is_named(name: str, server: Answer) -> None:
    gone = changed(server, path_of(name), lambda _: httpx.Response(404))
    assert differences(gone) == {name: MISSING}


@pytest.mark.parametrize(
    ("change", "difference"),
    [(with_body(flip), "differs"), (lambda _: httpx.Response(404), MISSING)],
)
def test_no_file_is_overlooked(change: Change, difference: str, server: Answer) -> None:
    everywhere = server
    for name in FILES:
        everywhere = changed(everywhere, path_of(name), change)
    assert differences(everywhere) == dict.fromkeys(FILES, difference)


def test_a_page_that_leads_elsewhere_is_none(server: Answer) -> None:
    """Not followed: what is there is not under this URL."""
    there = {"Location": "https://evil.example/"}
    away = changed(server, path_of("index.html"), lambda _: httpx.Response(302, headers=there))
    assert differences(away) == {"index.html": "is missing (the server answers 302)"}


@pytest.mark.parametrize("value", [None, "anything else"])
def test_each_header_that_limits_the_page_is_compared(value: str | None, server: Answer) -> None:
    lax = server
    for header in KNOWN["headers"]:
        lax = changed(lax, path_of("index.html"), with_header(header, value))
    found = differences(lax)
    assert found == {"index.html": ", ".join(f"has another {each}" for each in KNOWN["headers"])}


def test_a_policy_with_one_origin_more_is_found(server: Answer) -> None:
    def relax(response: httpx.Response) -> httpx.Response:
        policy = response.headers[POLICY]
        response.headers[POLICY] = policy.replace("script-src", "script-src https://evil.example")
        return response

    found = differences(changed(server, path_of(ASSETS[0]), relax))
    assert found == {ASSETS[0]: f"has another {POLICY}"}


def test_each_header_that_gives_the_page_more_than_it_asks_for_is_found(server: Answer) -> None:
    unwanted = {
        "Link": "<https://evil.example/x.css>; rel=stylesheet",
        "Refresh": "0; url=https://evil.example",
        "Service-Worker-Allowed": "/",
        "Set-Cookie": "who=1",
    }
    generous = server
    for header, value in unwanted.items():
        generous = changed(generous, path_of("index.html"), with_header(header, value))
    found = differences(generous)
    assert found == {"index.html": ", ".join(f"has the header {each}" for each in unwanted)}


def test_another_version_of_the_page_is_told_file_by_file(
    server: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What both versions have is not named, and what only the server has is extra."""
    other = {**FILES, "scripts/miner.js": b"mine()", "styles/page.css": b"main { color: red }"}
    theirs = manifest.make_manifest(other)

    def answer(request: httpx.Request) -> httpx.Response:
        headers = server(httpx.Request("GET", f"{BASE}/")).headers
        headers.pop("content-encoding", None)
        name = request.url.path.removeprefix(path_of("", theirs["version"]))
        if request.url.path == "/live/":
            body = other["index.html"].replace(b"{version}", theirs["version"].encode())
        elif request.url.path == "/live/config.json":
            body = json.dumps({**PAGE, "version": theirs["version"]}).encode()
        elif name == "manifest.json":
            body = json.dumps(theirs).encode()
        elif name in other:
            body = other[name]
        else:
            return httpx.Response(404)
        return httpx.Response(200, headers=headers, content=body)

    assert differences(answer) == {
        "config.json": f"says that this is version {theirs['version']}",
        "index.html": "differs",
        "manifest.json": "differs",
        "scripts/miner.js": "is extra",
        "styles/page.css": "differs",
    }


def test_a_liar_can_t_lead_to_good_files_while_the_page_loads_others(server: Answer) -> None:
    """The files that count are those that the HTML refers to, whatever config.json says."""
    good = "A" * 16

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/live/config.json":
            return with_facts(version=good)(server(request))
        if f"/{good}/" in request.url.path:
            url = str(request.url).replace(good, VERSION)
            return server(httpx.Request("GET", url, headers=request.headers))
        if request.url.path == path_of("scripts/page.js"):
            return httpx.Response(200, content=b"steal()")
        return server(request)

    found = differences(answer)
    assert found["config.json"] == f"says that this is version {good}"
    assert found["scripts/page.js"].startswith("differs, has another")


@pytest.mark.parametrize(
    "origin",
    [
        "https://files.example; script-src-elem *",
        "https://files.example *",
        "https://*",
        "https:",
        "*",
        "http://files.example",
        "https://who@files.example",
    ],
)
def test_no_fact_can_add_a_directive_to_the_policy(origin: str, server: Answer) -> None:
    """A server that sends a lax policy, and facts that it seems to follow from."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = server(request)
        if request.url.path == "/live/config.json":
            return with_facts(files_origin=origin)(found)
        policy = found.headers[POLICY].replace("https://files.s3.amazonaws.com", origin.strip())
        found.headers[POLICY] = policy
        return found

    assert differences(answer)["config.json"] == "is missing, or not burnbag's"


TEXTS = st.sampled_from(["", "x", "logo_url", "token_url", "https://a.example/", "\x1b[2J"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)
NAMES = st.sampled_from(["brand", "sign_in", "files_origin", "limits", "people_auth"])


@settings(max_examples=examples(50))
@given(facts=st.dictionaries(NAMES, JSON, max_size=4))
def test_facts_of_any_kind_are_compared_or_refused(server: Answer, facts: dict[str, Any]) -> None:
    odd = changed(server, "/live/config.json", with_facts(**facts))
    with suppress(PageDiffers):
        verify(odd)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"[" * 100_000, b"\xff", b"{}"])
def test_what_is_no_config_is_told(body: bytes, server: Answer) -> None:
    odd = changed(server, "/live/config.json", with_body(lambda _: body))
    assert differences(odd) == {"config.json": "is missing, or not burnbag's"}


@pytest.mark.parametrize("files", [None, [1, 2], [{}], {"x" * 500: 1}, "xyz", {"\x1b[2J": {}}])
def test_a_list_of_files_of_any_kind_is_read(files: Any, server: Answer) -> None:
    odd = with_body(lambda _: json.dumps({"files": files}).encode())
    found = differences(changed(server, path_of("manifest.json"), odd))
    assert found["manifest.json"] == "differs"
    assert all(len(name) <= 100 for name in found)


def test_a_file_that_does_not_end_is_another_one(server: Answer) -> None:
    long = changed(server, path_of("index.html"), with_body(lambda body: body + b" " * 2_000_000))
    assert differences(long) == {"index.html": "differs"}


def test_a_file_that_can_t_be_decompressed_is_another_one(server: Answer) -> None:
    def spoil(response: httpx.Response) -> httpx.Response:
        headers = {**response.headers, "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=Once(b"\x1f\x8bnonsense"))

    assert differences(changed(server, path_of("index.html"), spoil)) == {"index.html": "differs"}


def test_a_compressed_file_is_compared_as_a_browser_sees_it(server: Answer) -> None:
    codings: list[str] = []

    def watch(request: httpx.Request) -> httpx.Response:
        found = server(request)
        codings.append(found.headers.get("content-encoding", ""))
        return found

    verify(watch)
    assert codings.count("gzip") == len(FILES) + 1  # the manifest


@pytest.mark.parametrize(("given", "sent"), [({}, BROWSER), ({"user_agent": "Me/1"}, "Me/1")])
def test_it_calls_itself_a_browser_unless_it_is_told_otherwise(
    given: dict[str, str], sent: str, server: Answer
) -> None:
    seen: set[str] = set()

    def watch(request: httpx.Request) -> httpx.Response:
        seen.add(request.headers["User-Agent"])
        return server(request)

    verify(watch, **given)
    assert seen == {sent}


def test_a_server_that_fails_proves_nothing_either_way(server: Answer) -> None:
    failing = changed(server, path_of(ASSETS[0]), lambda _: httpx.Response(500))
    with pytest.raises(Unavailable):
        verify(failing)


def test_no_answer_is_no_page() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("no")

    with pytest.raises(Refused):
        verify(refuse)


@pytest.mark.parametrize(
    "url", ["http://secrets.example.com", "secrets.example.com", "", "https://"]
)
def test_a_url_that_links_could_not_have_is_refused(url: str) -> None:
    with pytest.raises(LinkError):
        verify_page(url)


def test_the_message_counts_and_the_attribute_names() -> None:
    assert str(PageDiffers({"a": "differs"})).endswith("1 file of it differs")
    assert str(PageDiffers({"a": "differs", "b": "differs"})).endswith("2 files of it differ")
