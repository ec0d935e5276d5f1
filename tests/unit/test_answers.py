"""What a revealed secret looks like to its recipient, header by header and field by field."""

import pytest
from burnbag_core.sealing import Content

from tests.support.services import load

answers = load("reveal", "chalicelib.answers")
FACTS = {"views_left": 2}


@pytest.mark.parametrize(
    ("content", "described"),
    [
        (Content("é".encode(), "text/plain; charset=utf-8"), {"secret": "é"}),
        (Content(b"\xff", "application/octet-stream"), {"secret_base64": "/w=="}),
        (
            Content(b"\xff", "application/pdf", "a.pdf"),
            {"filename": "a.pdf", "media_type": "application/pdf", "secret_base64": "/w=="},
        ),
    ],
)
def test_what_was_sent_as_text_comes_back_as_text(
    content: Content, described: dict[str, str]
) -> None:
    assert answers.describe_content(content) == described


def test_a_file_is_saved_under_its_name_and_runs_nothing() -> None:
    headers = answers.download_headers(Content(b"x", "text/html", "a.html"), FACTS)
    assert headers == {
        "Content-Type": "text/html",
        "Content-Disposition": "attachment; filename=\"a.html\"; filename*=UTF-8''a.html",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Burnbag-Views-Left": "2",
    }


def test_a_claimed_file_says_until_when() -> None:
    headers = answers.download_headers(Content(b"x", "a/b", "a"), FACTS | {"claimed_until": 7})
    assert headers["X-Burnbag-Claimed-Until"] == "7"


@pytest.mark.parametrize(
    ("name", "plain", "encoded"),
    [
        ("X.txt", "X.txt", "X.txt"),
        ("é.txt", "_.txt", "%C3%A9.txt"),
        ('a"b\\c', "a_b_c", "a%22b%5Cc"),
        ("a\x7fb", "a_b", "a%7Fb"),
    ],
)
def test_a_name_has_a_plain_form_and_an_encoded_one(name: str, plain: str, encoded: str) -> None:
    shown = answers.make_disposition(name)
    assert shown == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
