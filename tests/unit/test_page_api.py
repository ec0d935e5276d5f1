"""The page over HTTP: what is served, under which headers, and that a visit changes nothing."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import api as gateway
from tests.support.api import Answer, Api
from tests.support.services import ENVIRON, PAGE, ROOT, load
from tests.support.world import memory_world
from tools import manifest

FILES = manifest.read_files()
MADE = manifest.make_manifest(FILES)
VERSION = MADE["version"]
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:", "https://static.example.com"],
    "connect-src": ["'self'", "https://files.s3.amazonaws.com"],
    "frame-src": ["'self'"],
    "worker-src": ["'self'"],
    "manifest-src": ["'none'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["burnbag"],
}


@pytest.fixture
def api() -> Api:
    return Api(memory_world())


def asset(name: str, version: str = VERSION) -> str:
    return f"/assets/{version}/{name}"


def served(answer: Answer) -> bytes:
    """The bytes that a browser makes of an answer."""
    data = answer.data
    return gzip.decompress(data) if answer.headers.get("Content-Encoding") == "gzip" else data


def policy_of(answer: Answer) -> dict[str, list[str]]:
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {each.split()[0]: each.split()[1:] for each in directives}


PLACES = ["/", "/config.json", *(asset(name) for name in FILES if name != "index.html")]


def test_the_base_is_the_page_with_the_version_of_its_assets_written_in(api: Api) -> None:
    answer = api.call("GET", "/")
    html = served(answer).decode()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"assets/{VERSION}/" in html and "{version}" not in html
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [name for name in FILES if name != "index.html"])
def test_an_asset_is_its_file_and_is_kept_for_a_year(name: str, api: Api) -> None:
    answer = api.call("GET", asset(name))
    assert (answer.status, served(answer)) == (200, FILES[name])
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_is_served_is_what_the_manifest_says(api: Api) -> None:
    for name, facts in MADE["files"].items():
        data = served(api.call("GET", "/" if name == "index.html" else asset(name)))
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        assert (digest, len(data)) == (facts["sha256"], facts["size"]), name


def test_the_manifest_can_be_had_too(api: Api) -> None:
    assert json.loads(served(api.call("GET", asset("manifest.json")))) == MADE


@pytest.mark.parametrize("place", PLACES)
def test_everything_comes_with_headers_that_allow_no_more_than_the_page_needs(
    place: str, api: Api
) -> None:
    answer = api.call("GET", place)
    assert policy_of(answer) == POLICY
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    allowed = [it for it in answer.headers["Permissions-Policy"].split(", ") if "()" not in it]
    assert allowed == ["clipboard-write=(self)"]
    assert "web-share" not in answer.headers["Permissions-Policy"]


def test_the_page_is_told_what_it_has_to_know_and_which_version_it_is(api: Api) -> None:
    answer = api.call("GET", "/config.json")
    assert answer.body == {**PAGE, "version": VERSION}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", ["/", asset("scripts/page.js")])
def test_a_file_is_compressed_for_those_who_can_read_that(place: str, api: Api) -> None:
    plain, zipped = (
        api.call("GET", place, headers={"Accept-Encoding": accepted})
        for accepted in ("identity", "br;q=1.0, gzip;q=0.8, *;q=0.1")
    )
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted", ["gzip;q=0", "br, gzip; q=0.0", "gzip ;q=0.00", "gzip;q= 0.000", "xgzip", "", "br"]
)
def test_nobody_gets_gzip_who_does_not_want_it(accepted: str, api: Api) -> None:
    answer = api.call("GET", "/", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers


def test_a_look_at_the_headers_gets_them_and_no_body(api: Api) -> None:
    looked, got = api.call("HEAD", "/"), api.call("GET", "/")
    assert (looked.status, looked.data) == (200, b"")
    assert looked.headers | {"X-Request-Id": "1"} == got.headers | {"X-Request-Id": "1"}


@pytest.mark.parametrize(
    "place",
    [
        asset("scripts/page.js", version="A" * 16),
        asset("scripts/page.js", version=".."),
        asset("index.html"),
        asset("nowhere.js"),
        asset("scripts"),
        asset("scripts/"),
        asset("/scripts/page.js"),
        asset("./scripts/page.js"),
        asset("../app.py"),
        asset("scripts/../../app.py"),
        asset("scripts/..%2f..%2fapp.py"),
        asset("%2e%2e/app.py"),
        asset("..\\app.py"),
        asset("scripts/page.js\0"),
        asset("scripts/page.js%00.css"),
        asset("/etc/passwd"),
        asset("\udcff.js"),
        asset("caf\u00e9.js"),
        asset("a" * 100_000),
    ],
)
def test_what_is_no_file_of_the_page_is_not_found(place: str, api: Api) -> None:
    answer = api.call("GET", place)
    assert (answer.status, answer.problem) == (404, "no-such-file")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "target"),
    [("/live", "./live/"), ("/_aws/execute-api/1/live", "./live/"), ("/a:b", "./a%3Ab/")],
)
def test_a_base_without_its_slash_leads_to_the_one_with_it(
    path: str, target: str, api: Api
) -> None:
    """By a relative target. The fragment, which no server sees, goes along in the browser."""
    answer = call_at(api, path)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (307, target)
    assert answer["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/live/", "/a/b/"])
def test_a_base_with_its_slash_is_the_page(path: str, api: Api) -> None:
    assert call_at(api, path)["statusCode"] == 200


def call_at(api: Api, path: str) -> Any:
    """Visit the page under a path of API Gateway's own; a name of one's own has none."""
    event = gateway.request("GET", "/", b"", {"Accept": "text/html"})
    event["requestContext"]["path"] = path
    return api.page(event, None)


def test_no_visit_uses_anything(api: Api) -> None:
    """Link previews and scanners visit whatever they find."""
    sealed = api.sealed(views=1)
    for place in PLACES:
        assert api.call("GET", place, token=sealed["token"]).status == 200
    assert api.call("HEAD", "/", token=sealed["token"]).status == 200
    assert api.reveal_secret(sealed["id"], sealed["token"]).body["secret"] == "hunter2"


def test_the_page_of_a_stack_with_a_sign_in_may_ask_that_for_tokens(api: Api) -> None:
    api.page.facts = {
        **PAGE,
        "brand": dict.fromkeys(PAGE["brand"]),
        "sign_in": {"token_url": "https://example.auth.eu-central-1.amazoncognito.com/token"},
    }
    policy = policy_of(api.call("GET", "/"))
    assert policy["connect-src"][1:] == [
        "https://files.s3.amazonaws.com",
        "https://example.auth.eu-central-1.amazoncognito.com",
    ]
    assert policy["img-src"] == ["'self'", "blob:", "data:"]


@pytest.mark.parametrize("event", [[], {}, {"resource": "/", "headers": None}])
def test_what_is_no_call_of_api_gateway_is_an_error_of_the_function(event: Any, api: Api) -> None:
    """Lambda counts it, and nobody is answered."""
    with pytest.raises((TypeError, KeyError)):
        api.page(event, None)


def test_a_package_without_its_files_is_said_to_be_a_mistake(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = load("reveal", "page").build(ENVIRON, tmp_path)
    event = gateway.request("GET", "/", b"", {})
    answer = page(event, None)
    known_as = event["requestContext"]["requestId"]
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (500, 500)
    assert answer["headers"] == {
        "Cache-Control": "no-store",
        "Content-Type": "application/problem+json",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": known_as,
    }
    assert json.loads(answer["body"])["request_id"] == known_as
    assert re.fullmatch(
        rf"unexpected: FileNotFoundError at \w+:\d+ \(request {known_as}\)", caplog.messages[-1]
    )


def test_the_function_looks_for_the_page_beside_its_module() -> None:
    page = load("reveal", "page")
    assert page.FOLDER == ROOT / "services" / "reveal" / "web"
    assert page.handler.files.folder == page.FOLDER and page.handler.facts == PAGE
