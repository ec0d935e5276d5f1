"""`python -m burnbag`."""

from burnbag.cli import run

run()
