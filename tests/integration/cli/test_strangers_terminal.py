"""What reaches a terminal: all of a secret, to be seen, and nothing that commands it."""

import json

import pytest
from burnbag_format.base64url import encode
from hypothesis import example, given
from hypothesis import strategies as st

from burnbag.cli.visible import Marker, is_ignored
from burnbag.links import Link
from tests.support.cli import Machine
from tests.support.server import Served, views_left

ID, TOKEN = encode(bytes(16)), encode(bytes(32))
JSON = {"Content-Type": "application/json"}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
NODDING = "\U0001f642\u200d\u2195\ufe0f"
SHOWN = [
    ("password\rpasswort", "password<CR>passwort"),
    ("a\r\nb\r\n", "a\r\nb\r\n"),
    ("a\r\r\nb", "a<CR>\r\nb"),
    ("a\r", "a<CR>"),
    ("safe\u202egpj.exe", "safe<U+202E>gpj.exe"),
    ("\u202a\u2066\u2069\u200e\u200f\u061c", "<U+202A><U+2066><U+2069><U+200E><U+200F><U+061C>"),
    ("pass\u200bword", "pass<U+200B>word"),
    ("\ufeffpass\u00adword\u2060", "<U+FEFF>pass<U+00AD>word<U+2060>"),
    ("a\u200db", "a<U+200D>b"),
    ("\U0001f468\u200d", "\U0001f468<U+200D>"),
    ("\u200d\U0001f468", "<U+200D>\U0001f468"),
    ("a\u2028b\u2029c", "a<U+2028>b<U+2029>c"),
    (f"{FAMILY}{RAINBOW}{NODDING}", f"{FAMILY}{RAINBOW}{NODDING}"),
    ("caf\u00e9\t\u6f22\u0301 \u20ac", "caf\u00e9\t\u6f22\u0301 \u20ac"),
]
TEXTS = st.text("a\r\n\u200d\ufe0f\u202e\U0001f468\U0001f469\u2195\u00e9", max_size=12)


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_is_not_seen_is_marked(text: str, shown: str) -> None:
    marker = Marker()
    assert marker.mark(text, final=True) == shown
    assert marker.has_marked is (text != shown)


@given(st.lists(TEXTS))
def test_pieces_are_marked_like_the_whole(pieces: list[str]) -> None:
    whole, marker = Marker(), Marker()
    shown = "".join(map(marker.mark, pieces)) + marker.mark("", final=True)
    assert shown == whole.mark("".join(pieces), final=True)
    assert marker.has_marked is whole.has_marked


@given(st.text())
@example("\u034f")
def test_no_mark_hides_anything(text: str) -> None:
    """What Unicode calls printable and lets nobody see is marked too."""
    shown = Marker().mark(text, final=True)
    assert "\u202e" not in shown and "\r" not in shown.replace("\r\n", "")
    if text.isprintable() and not any(map(is_ignored, text)):
        assert shown == text


def test_a_screen_shows_marks_and_a_pipe_gets_the_bytes(
    recipient: Machine, sender: Machine
) -> None:
    secret = f"a\rb\u202e{FAMILY}"
    link = sender.run("send", "--views", "2", stdin=secret.encode()).text
    assert sender.run("open", link).out == secret.encode()
    ran = recipient.type("open", "-y", link)
    note = "what is in <...> stands for characters that are not seen"
    assert (ran.code, ran.err) == (0, f"a<CR>b<U+202E>{FAMILY}\n{note}\n")


def test_a_plain_secret_is_shown_without_a_note(recipient: Machine, sender: Machine) -> None:
    link = sender.run("send", stdin=b"first\nsecond").text
    assert recipient.type("open", "-y", link).err == "first\nsecond\n"


ATTACK = "\x1b[2J\x1b]0;owned\x07\u202e\r\nburnbag: all is well"
PEEK = {
    "id": ID,
    "kind": "text",
    "size": 1,
    "passphrase": False,
    "max_views": 1,
    "views_left": 1,
    "created_at": 0,
    "expires_at": 2**33,
}


@pytest.mark.parametrize("field", PEEK)
@pytest.mark.parametrize("command", ["peek", "open"])
def test_no_field_of_an_answer_reaches_the_terminal_raw(
    recipient: Machine, server: Served, field: str, command: str
) -> None:
    server.faults.foreign = [(200, JSON, json.dumps(PEEK | {field: ATTACK}).encode())]
    ran = recipient.type(command, f"{server.url}/#{ID}.{TOKEN}.{encode(bytes(16))}")
    assert ran.code == 1
    assert ran.err == "burnbag: the answer is not burnbag's; is the URL right?\n"


def test_a_servers_words_stay_on_one_line(recipient: Machine, server: Served) -> None:
    words = {"title": "no", "detail": ATTACK, "field": ATTACK}
    server.faults.foreign = [(422, JSON, json.dumps(words).encode())]
    ran = recipient.type("peek", f"{server.url}/#{ID}.{TOKEN}")
    assert ran.err.count("\n") == 1 and ran.err.rstrip("\n").isprintable()
    assert ran.err.startswith("burnbag: ?[2J")


def test_names_and_labels_stay_on_one_line(sender: Machine, server: Served) -> None:
    """Of a receipt whose record somebody changed, of a file, and of what was kept here."""
    (sender.work / "in").mkdir()
    sent = json.loads(sender.run("send", "--json", "--label", "label", stdin=b"x").out)
    kept = server.store.receipts[sent["id"]]
    object.__setattr__(kept, "label", ATTACK)
    object.__setattr__(kept, "created_by", ATTACK)
    shown = sender.type("receipt", sent["id"])
    missing = sender.type("open", sent["link"], "-o", f"missing{ATTACK}/out")
    for ran in (shown, missing):
        assert "\x1b" not in ran.err and "\u202e" not in ran.err and "?[2J" in ran.err
        assert all(line.isprintable() for line in ran.err.split("\n"))
    assert shown.code == 0 and missing.err.count("\n") == 1


@pytest.mark.parametrize("overwrite", [(), ("-f",)])
def test_a_file_that_becomes_a_folder_while_it_is_asked_for_uses_no_view(
    recipient: Machine, server: Served, link: str, overwrite: tuple[str, ...]
) -> None:
    """Somebody else may write to the folder, as to /tmp."""
    (recipient.work / "theirs").mkdir()
    out = recipient.work / "out"
    server.hooks.before("secret", lambda: out.symlink_to("theirs"))
    ran = recipient.run("open", link, "-o", "out", *overwrite)
    assert ran.code == 1 and "out exists already" in ran.err
    assert recipient.files() == {"theirs", "out"}
    assert views_left(server, link) == 1


def test_what_memory_should_not_hold_uses_no_view(recipient: Machine, server: Served) -> None:
    large = PEEK | {"kind": "upload", "size": 2**30}
    server.requests.clear()
    server.faults.foreign = [(200, JSON, json.dumps(large).encode())]
    link = f"{server.url}/#{ID}.{TOKEN}.{encode(bytes(16))}"
    ran = recipient.run("open", "--json", link)
    assert (ran.code, ran.err) == (2, "burnbag: this is too large for JSON: use -o FILE\n")
    assert len(server.requests) == 1


def test_a_server_that_lies_about_the_size_is_found_out(recipient: Machine, server: Served) -> None:
    download = {"url": f"{server.url}/x"}
    revealed = PEEK | {"kind": "upload", "size": 2**30, "download": download}
    answers = (PEEK, revealed)
    server.faults.foreign = [(200, JSON, json.dumps(answer).encode()) for answer in answers]
    link = Link(server.url, ID, TOKEN, bytes(16)).reveal()
    ran = recipient.run("open", "--json", link)
    assert ran.code == 1
    assert ran.err == (
        "burnbag: the secret has more than 512 MiB, too much for memory; "
        "give a path to write it to\n"
    )
