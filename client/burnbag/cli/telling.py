"""What is told of an opened secret."""

import base64
from contextlib import nullcontext
from typing import Any

import click

from burnbag.cli import terminal, words
from burnbag.cli.failures import naming
from burnbag.results import Opened


def noted(opened: Opened) -> None:
    """Where the file is, for who watches."""
    terminal.note(f"saved {words.printable(str(opened.path))}, {words.size(opened.size)}")


def printed(opened: Opened) -> None:
    """Print JSON while the view can still be fetched again, if that fails."""
    # The file is there: there is nothing to do again.
    with naming("stdout") if opened.path else nullcontext():
        click.echo(words.as_json(described(opened)))


def nothing(opened: Opened) -> None:
    """The secret itself has been written."""


def described(opened: Opened) -> dict[str, Any]:
    """What was opened as JSON has it: the path, or the secret as text where it is one."""
    found: dict[str, Any] = {
        "kind": opened.kind,
        "filename": opened.filename or None,
        "media_type": opened.media_type or None,
        "size": opened.size,
        "views_left": opened.views_left,
    }
    if opened.path:
        return found | {"path": str(opened.path)}
    try:
        return found | {"secret": (opened.data or b"").decode()}
    except UnicodeDecodeError:
        return found | {"secret_base64": base64.b64encode(opened.data or b"").decode()}
