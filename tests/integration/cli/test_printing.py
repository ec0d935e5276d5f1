"""Nothing is printed but by the one function that makes it printable."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.cli import printing
from burnbag.cli.formatting import align, tabulate
from burnbag.printable import make_printable
from tests.support.services import ROOT

PACKAGE = ROOT / "client" / "burnbag"
# Whoever calls these writes somewhere, or asks.
WRITERS = {
    "print",
    "input",
    "echo",
    "secho",
    "echo_via_pager",
    "click.prompt",
    "click.confirm",
    "getpass",
    "write",
    "writelines",
    "write_all",
    "warn",
    "terminal",
    "print_exception",
    "print_exc",
    "displayhook",
    "excepthook",
    "__unraisablehook__",
}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
# What may be done with a stream itself: nothing that writes.
HARMLESS = {"isatty", "flush", "fileno", "encoding", "reconfigure"}
ALLOWED = {
    # The one place.
    "cli.printing print_data: print",
    "cli.printing show: write",
    "cli.printing show: stderr",
    "cli.printing show_prompt: write",
    "cli.printing show_prompt: stderr",
    "cli.printing write_prompt: write",
    "cli.printing end_line: write",
    "cli.printing write_line: write",
    # The terminal's own sequence for the clipboard, around base64.
    "cli.printing copy_by_terminal: write",
    "cli.printing copy_by_terminal: stderr",
    # The secret itself: on a terminal through a marker, into a pipe as it is.
    "cli.output Screen.show: write",
    "cli.output choose_stdout: stdout",
    # A prompt that went through make_printable; getpass has to write it.
    "cli.tty ask_unseen: getpass",
    # A bar of numbers, and of a link a picture.
    "cli.printing draw: write",
    "cli.printing draw: stderr",
    "cli.send show_qr_code: terminal",
    "cli.send show_qr_code: stderr",
    # Whether there is a stream, and which.
    "cli.tty complete_streams: stdout",
    "cli.tty complete_streams: stderr",
    "cli.tty is_watched: stderr",
    "cli.tty is_interactive: stdout",
    # An error in a finalizer, by Python itself.
    "cli.interrupts raise_again: __unraisablehook__",
    # Files.
    "cli.receipts write_signed: write",
    "cli.idempotency write_secret: write",
    "cli.kept keep: write",
    "opening write_stored: write",
    "destinations File.write: write_all",
    "destinations Output.write: write",
    "destinations Output.write: write_all",
    "destinations write_all: write",
    "sources encrypt_source: write",
    "spools Spool.write: write",
    "resuming ResumeFile.create: write",
    "resuming ResumeFile.note: write",
    # Connections.
    "deadlines LimitedStream.write: write",
    "_async.deadlines LimitedStream: write",
    # What git said, which is no stream of ours.
    "cli.version ask_git: stdout",
}


def writers_in(module: Path) -> Iterator[str]:
    """What writes, or hands a stream on to what may: `module function: what`."""
    name = ".".join(module.relative_to(PACKAGE).with_suffix("").parts)

    def walk(node: ast.AST, scope: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{scope}.{child.name}" if scope else child.name
            if isinstance(child, ast.Call):
                called = {name_of(child.func), ast.unparse(child.func)}
                yield from (f"{name} {scope}: {writer}" for writer in called & WRITERS)
            is_harmless = isinstance(child, ast.Attribute) and child.attr in HARMLESS
            if name_of(child) in STREAMS and isinstance(child, ast.Attribute):
                yield f"{name} {scope}: {child.attr}"
            elif not (is_harmless and name_of(child.value) in STREAMS):  # type: ignore[attr-defined]
                yield from walk(child, inner)

    yield from walk(ast.parse(module.read_text()), "")


def name_of(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def test_no_other_module_prints() -> None:
    found = {writer for module in PACKAGE.rglob("*.py") for writer in writers_in(module)}
    assert found == ALLOWED


def test_what_ends_the_program_is_no_text_of_anybodys() -> None:
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and name_of(node.func) in ("exit", "SystemExit"):
                assert ast.unparse(node) in (
                    "sys.exit(code)",
                    "sys.exit('burnbag: interrupted')",
                    "context.exit()",
                )


@given(st.text())
def test_what_is_printable_commands_no_terminal(text: str) -> None:
    made = make_printable(text)
    assert made.isprintable() and len(made) == len(text)
    assert all(shown in (given, "?") for given, shown in zip(text, made, strict=True))


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\x9b2J", "\r", "\n", "\u202e", "\u2066", "\u061c", "\u200b", "\u2028", "\x7f"],
)
def test_no_line_of_ours_holds_it(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    hostile = f"a{text}b"
    printing.show(hostile)
    printing.show_prompt(hostile)
    printing.write_prompt(2, hostile)
    printing.print_lines([hostile])
    printing.print_lines(align([("key", hostile)]))
    printing.print_lines(tabulate([["one", hostile], [hostile, "two"]]))
    out, err = capfd.readouterr()
    assert (out + err).count("\n") == 5
    assert (out + err).replace("\n", "").isprintable()


def test_a_line_goes_out_even_if_nobody_can_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    printing.show("nobody sees this")
