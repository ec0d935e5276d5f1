"""The link as a QR code."""

import sys

import segno

from burnbag.cli import terminal


def show(link: str) -> None:
    """Two modules in each character, on stderr: stdout has the link itself."""
    try:
        "\N{UPPER HALF BLOCK}".encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        return terminal.say(f"no QR code: {sys.stderr.encoding} has no characters for it")
    segno.make_qr(link, error="l").terminal(out=sys.stderr, compact=True)
    sys.stderr.flush()
