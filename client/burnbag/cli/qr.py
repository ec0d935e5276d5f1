"""The link as a QR code."""

import sys

import segno


def show(link: str) -> None:
    """Two modules in each character, on stderr: stdout has the link itself."""
    segno.make_qr(link, error="l").terminal(out=sys.stderr, compact=True)
    sys.stderr.flush()
