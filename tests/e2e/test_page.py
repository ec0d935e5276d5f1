"""The page as API Gateway serves it: its files, its headers, and a base without its slash."""

import gzip
import shutil
import subprocess
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from burnbag import verify_page
from tests.support.deployment import Deployment, post
from tools import manifest

FILES = manifest.read_files()
VERSION = manifest.make_version(FILES)


@pytest.fixture
def browser() -> requests.Session:
    """What asks as a browser does, and follows where it is led."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip"})
    return session


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def test_the_page_is_the_released_one_and_may_talk_to_the_bucket(deployment: Deployment) -> None:
    found = verify_page(deployment.stack.api_url)
    assert (found.version, found.files) == (VERSION, len(FILES))
    declared = deployment.declared(1)
    assert found.connections == (origin_of(declared["upload"]["url"]),)


def test_a_base_without_its_slash_leads_to_the_page(
    deployment: Deployment, browser: requests.Session
) -> None:
    base = deployment.stack.api_url
    assert deployment.stack.outputs["page_url"] == f"{base}/"
    first = browser.get(base, allow_redirects=False)
    assert (first.status_code, first.headers["Location"]) == (307, "./live/")
    answer = browser.get(base)
    assert (answer.status_code, answer.url) == (200, f"{base}/")
    assert f"assets/{VERSION}/" in answer.text


def test_assets_are_where_the_page_refers_to_and_stay_for_a_year(
    deployment: Deployment, browser: requests.Session
) -> None:
    for name in (name for name in FILES if name != manifest.INDEX):
        answer = browser.get(urljoin(f"{deployment.stack.api_url}/", f"assets/{VERSION}/{name}"))
        assert (answer.status_code, answer.content) == (200, FILES[name])
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"


def test_bytes_arrive_as_they_were_compressed(deployment: Deployment) -> None:
    """Not as base64, which is how they travel from the function to API Gateway."""
    url, curl = f"{deployment.stack.api_url}/", shutil.which("curl")
    assert curl, "curl is needed"
    command = [curl, "-sS", "-H", "Accept-Encoding: gzip", url]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    assert VERSION.encode() in gzip.decompress(raw)


def test_a_look_at_the_headers_is_answered_too(
    deployment: Deployment, browser: requests.Session
) -> None:
    answer = browser.head(f"{deployment.stack.api_url}/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        (f"assets/{VERSION}/nowhere.js", 404, "no-such-file"),
        (f"assets/{VERSION}/%2e%2e/%2e%2e/app.py", 404, "no-such-file"),
        (f"assets/{VERSION}/..%2f..%2fapp.py", 404, "no-such-file"),
        ("assets/another/scripts/page.js", 404, "no-such-file"),
        ("nowhere", 404, "no-such-call"),
    ],
)
def test_what_is_not_there_is_a_problem_document(
    path: str, status: int, problem: str, deployment: Deployment
) -> None:
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    url = f"{deployment.stack.api_url}/{path}"
    command = [curl, "-sS", "--path-as-is", "-w", "\n%{http_code}", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    body, _, found = done.stdout.rpartition("\n")
    assert (int(found), f'"urn:burnbag:problem:{problem}"' in body) == (status, True)


def test_the_page_s_own_origin_may_upload_and_download(
    deployment: Deployment, browser: requests.Session
) -> None:
    """In parts too, for which a browser asks first."""
    origin = {"Origin": origin_of(deployment.stack.api_url)}
    sealed = deployment.declared(3)
    assert post(sealed, b"abc").status_code == 204
    url = deployment.reveal(sealed).json()["download"]["url"]
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    asked["Access-Control-Request-Headers"] = "range"
    allowed = browser.options(url, headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    got = browser.get(url, headers={**origin, "Range": "bytes=1-"})
    assert (got.status_code, got.content) == (206, b"bc")
    assert got.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert "content-range" in got.headers["Access-Control-Expose-Headers"].lower()


def test_no_visit_uses_a_view(deployment: Deployment, browser: requests.Session) -> None:
    sealed = deployment.sealed(secret="x")
    link = sealed["link"]
    for visit in (browser.get, browser.head, browser.get):
        assert visit(link).status_code == 200
    assert deployment.reveal(sealed).json()["secret"] == "x"
