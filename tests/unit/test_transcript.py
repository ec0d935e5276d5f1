"""The reader of transcripts refuses output that differs from what a document shows."""

import pytest

from tests.support.documents import Block
from tests.support.transcript import Command, commands, fits

URL = "http://127.0.0.1:{}/_aws/execute-api/{}/live/#{}"


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("a\nb\n", "a\nb\n"),
        ("", ""),
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        ("a … c\n", "a b c\n"),
        ("at 2026-11-21 19:30:08 UTC\n", "at 2030-01-01 00:00:00 UTC\n"),
        (URL.format(4720, "10053b15", "a" * 22), URL.format(1, "0", "_-" * 11) + "\n"),
    ],
)
def test_fits(shown: str, real: str) -> None:
    assert fits(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("a\n", "a\nb\n"),
        ("a\nb\n", "a\n"),
        ("size  95 bytes\n", "size  96 bytes\n"),
        ("a … c\n", "a b\nc\n"),
        ("", "burnbag: no\n"),
    ],
)
def test_does_not_fit(shown: str, real: str) -> None:
    assert not fits(shown, real)


def test_reads_the_commands_of_a_transcript() -> None:
    block = Block("console", "$ burnbag open x\nburnbag: gone\n$ true\n")
    assert list(commands(block)) == [Command("burnbag open x", "burnbag: gone\n"), Command("true")]
    assert [command.fails for command in commands(block)] == [True, False]


def test_reads_the_lines_of_a_script() -> None:
    block = Block("sh", "make plan ENV=dev    # shows it\naws iam attach \\\n  --name x\n")
    assert [command.text for command in commands(block)] == [
        "make plan ENV=dev",
        "aws iam attach --name x",
    ]
