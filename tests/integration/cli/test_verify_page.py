"""`burnbag verify-page`: is the page that a server serves the one that was released?"""

import json
from pathlib import Path

import pytest

from tests.support.cli import Machine, make_stranger
from tests.support.server import Served
from tests.support.services import PAGE
from tools import manifest

FILES = manifest.read_files()
VERSION = manifest.make_version(FILES)


@pytest.fixture
def visitor(tmp_path: Path) -> Machine:
    """A machine that knows no burnbag and has no credentials."""
    return make_stranger(tmp_path / "visitor")


def test_the_released_page_is_recognized(visitor: Machine, server: Served) -> None:
    ran = visitor.run("verify-page", server.url)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.splitlines() == [
        f"page      {server.url}/",
        f"files     {len(FILES)}, all as released",
        "headers   as released",
        f"version   {VERSION}",
        "talks to  its own server, https://files.s3.amazonaws.com",
        "pictures  its own server, https://static.example.com",
        "sending   nobody",
        "name      Example's secrets",
    ]


def test_scripts_get_all_of_it_as_json(visitor: Machine, server: Served) -> None:
    ran = visitor.run("verify-page", server.url, "--json")
    assert (ran.code, json.loads(ran.out)) == (
        0,
        {
            "url": f"{server.url}/",
            "version": VERSION,
            "files": len(FILES),
            "connections": ["https://files.s3.amazonaws.com"],
            "images": ["https://static.example.com"],
            "facts": {**PAGE, "version": VERSION},
            "differences": {},
        },
    )


def test_a_whole_link_will_do_and_nothing_secret_of_it_is_sent(
    visitor: Machine, machine: Machine, server: Served
) -> None:
    link = machine.run("send", stdin=b"x").text
    server.requests.clear()
    assert visitor.run("verify-page", link).code == 0
    assert set(server.requests) == {
        "GET /live/",
        "GET /live/config.json",
        f"GET /live/assets/{VERSION}/manifest.json",
        *(f"GET /live/assets/{VERSION}/{name}" for name in FILES if name != "index.html"),
    }


def test_a_changed_page_is_told_with_what_differs_in_it(visitor: Machine, server: Served) -> None:
    server.faults.foreign = [(200, {"Content-Type": "text/html"}, b"<script>\x1b[2J</script>")]
    ran = visitor.run("verify-page", server.url)
    assert ran.code == 6
    assert (
        ran.err == "burnbag: this is not the page that this version knows: 1 file of it differs\n"
    )
    assert ran.text == "config.json  is missing, or not burnbag's"


def test_what_differs_is_there_for_scripts_too(visitor: Machine, server: Served) -> None:
    server.faults.refuse = [("GET /live/assets", 404)]
    ran = visitor.run("verify-page", server.url, "--json")
    assert ran.code == 6
    (what,) = json.loads(ran.out)["differences"].values()
    assert what == "is missing (the server answers 404)"


def test_what_a_server_says_commands_no_terminal(visitor: Machine, server: Served) -> None:
    facts = {**PAGE, "version": "\x1b[2J\n"}
    server.faults.foreign = [(200, {}, json.dumps(facts).encode())]
    ran = visitor.run("verify-page", server.url)
    assert (ran.code, ran.text) == (6, "config.json  says that this is version ?[2J?")


def test_a_server_that_is_not_there_proves_nothing(visitor: Machine) -> None:
    ran = visitor.run("verify-page", "http://127.0.0.1:9")
    assert (ran.code, ran.out) == (1, b"")
    why = "it is refused, nothing listens there"
    assert ran.err == f"burnbag: the connection to 127.0.0.1:9 could not be made: {why}\n"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ([], "URL is missing; see burnbag verify-page --help"),
        (["ftp://x"], "the URL is not well-formed"),
        (["http://example.com/"], "the URL must begin with https://"),
    ],
)
def test_a_usage_error_is_one_line(visitor: Machine, args: list[str], error: str) -> None:
    ran = visitor.run("verify-page", *args)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
