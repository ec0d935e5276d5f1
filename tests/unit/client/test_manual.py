"""The manual page: all of the command's help, in roff that renders."""

import re
import shutil
import subprocess

import click
from hypothesis import given
from hypothesis import strategies as st

from burnbag.cli.main import group
from burnbag.cli.manual import (
    EXIT_CODES,
    VARIABLES,
    all_commands,
    escape,
    make_manual,
    write_help,
)
from tests.support.documents import rows, section
from tests.support.services import ROOT

MACROS = {".TH", ".SH", ".SS", ".B", ".PP", ".TP", ".nf", ".fi"}
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


def unescape(line: str) -> str:
    """What roff prints for a line of text."""
    line = line.removeprefix("\\&").replace("\\-", "-")
    line = re.sub(r"\\\[u([0-9A-F]{4,6})\]", lambda found: chr(int(found[1], 16)), line)
    return line.replace("\\e", "\\")


def test_every_command_and_option_is_in_it() -> None:
    page = unescape(make_manual())
    for name, command in all_commands(group):
        if command.hidden:
            continue
        assert f"\n.SS burnbag {name}\n" in page
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1] in page and (option.help or "") in page


def test_exit_codes_and_variables_are_those_of_the_guide() -> None:
    guide = (ROOT / "docs/cli.md").read_text()
    documented = {int(first) for first, *_ in rows(guide) if first.isdigit()}
    assert documented == set(EXIT_CODES)
    for name in VARIABLES:
        if name.startswith("BURNBAG_"):
            assert name in section(ROOT / "docs/cli.md", "## Configuration")


def test_it_has_no_request_but_known_ones() -> None:
    for line in make_manual().splitlines():
        assert line.isascii()
        if line.startswith((".", "'")):
            assert line.split()[0] in MACROS


def test_it_renders_without_a_warning() -> None:
    """Where groff is; what it would warn of, the test above knows for the most part."""
    if groff := shutil.which("groff"):
        command = [groff, "-man", "-Tutf8", "-ww", "-rLL=80n"]
        done = subprocess.run(command, input=make_manual().encode(), capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
        assert "burnbag - one-time secrets in your own AWS account" in shown
        assert "      pg_dump mydb | burnbag send --ttl 2h      prints the link" in shown


@given(TEXT)
def test_text_is_printed_as_it_is(text: str) -> None:
    escaped = escape(text)
    assert escaped.isascii() and not escaped.startswith((".", "'"))
    assert unescape(escaped) == text


def test_lines_that_click_leaves_as_they_are_stay_so() -> None:
    text = "One\nparagraph.\n\n\b\n  a   b\n  c\n\nAnother."
    shown = ["One paragraph.", ".PP", ".nf", "  a   b", "  c", ".fi", ".PP", "Another."]
    assert list(write_help(text)) == shown
