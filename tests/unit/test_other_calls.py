"""What is no call of the API: another path, another method. And what describes those it has."""

import json
from typing import Any

import pytest

from tests.support.api import Answer, Api, lay_out_page, request
from tests.support.configuration import routes
from tests.support.services import ENVIRON, PAGE, load
from tests.support.world import memory_world

ID, TOKEN = "A" * 22, "A" * 43
PATHS = {call.split(" ")[1] for call in routes()}
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


@pytest.fixture
def api() -> Api:
    return Api(memory_world())


@pytest.fixture
def page() -> Any:
    """The page's function of a stack that has every call."""
    return make_page(people_auth="COGNITO")


def make_page(**changed: Any) -> Any:
    """The page's function of a stack of its own."""
    environ = ENVIRON | {"PAGE": json.dumps(PAGE | changed)}
    return load("reveal", "page").build(environ, lay_out_page())


def ask(method: str, path: str, page: Any, resource: str = "/{path+}") -> Answer:
    """What API Gateway does with a call that has no route of its own."""
    event = request(method, path, b"", {}) | {"resource": resource}
    answer = page(event, None)
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def fill_in(path: str) -> str:
    path = path.replace("{id}", ID).replace("{version}", "A" * 16)
    return path.replace("{file+}", "scripts/page.js")


def methods_at(path: str) -> set[str]:
    return {call.split(" ")[0] for call in routes() if call.split(" ")[1] == path}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_another_method_is_refused_with_those_that_there_are(path: str, page: Any) -> None:
    known = methods_at(path)
    allowed = ", ".join(sorted({*known, "OPTIONS"}))
    for method in {*METHODS, "TRACE"} - known - {"HEAD"}:
        answer = ask(method, fill_in(path), page)
        assert (answer.status, answer.problem) == (405, "method-not-allowed")
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", sorted(PATHS))
def test_options_are_the_methods_and_let_no_other_site_in(path: str, page: Any) -> None:
    answer = ask("OPTIONS", fill_in(path), page)
    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["Allow"] == ", ".join(sorted({*methods_at(path), "OPTIONS"}))
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/v1", f"/v1/secrets/{ID}/reveal/x", f"/v1/secrets/{ID}/", "/v1/secretsx", "/%2e"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_unknown_path_is_not_found_and_not_repeated(path: str, method: str, page: Any) -> None:
    answer = ask(method, path, page)
    assert (answer.status, answer.problem) == (404, "no-such-call")
    assert path not in answer.text


def test_an_answer_to_head_has_no_body(api: Api, page: Any) -> None:
    for path, status in (("/nowhere", 404), ("/v1/uploads", 405)):
        answer = ask("HEAD", path, page)
        assert (answer.status, answer.text) == (status, "")
    looked, got = api.call("HEAD", "/v1/health"), api.call("GET", "/v1/health")
    assert (looked.status, looked.text, got.text) == (200, "", '{"status": "ok"}')
    assert looked.headers["Content-Type"] == got.headers["Content-Type"]


def test_the_roots_other_methods_are_told_too(page: Any) -> None:
    answer = ask("POST", "/", page, resource="/")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_where_nobody_sends_by_the_page_its_paths_are_unknown(page: Any) -> None:
    assert ask("OPTIONS", "/people/secrets", page).status == 204
    assert ask("OPTIONS", "/people/secrets", make_page(people_auth=None)).status == 404


def test_the_description_is_served_as_the_stack_has_it(api: Api) -> None:
    answer = api.call("GET", "/v1/openapi.json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body["servers"] == [{"url": ENVIRON["API_URL"]}]
    assert answer.body["info"]["x-limits"] == PAGE["limits"]
    looked = api.call("HEAD", "/v1/openapi.json")
    assert (looked.status, looked.text) == (200, "")
