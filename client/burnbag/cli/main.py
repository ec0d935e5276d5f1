"""The commands together."""

import os
import sys
from typing import Final

import click
from click.shell_completion import shell_complete

import burnbag
from burnbag.cli import signals, terminal
from burnbag.cli.completion import completion
from burnbag.cli.config import config
from burnbag.cli.list import list_
from burnbag.cli.open import open_
from burnbag.cli.peek import peek
from burnbag.cli.receipts import receipt, revoke
from burnbag.cli.send import send
from burnbag.cli.usage import Group

NAME: Final = "burnbag"
COMPLETE: Final = "_BURNBAG_COMPLETE"


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(burnbag.__version__, prog_name=NAME, message="%(prog)s %(version)s")
def group() -> None:
    """One-time secrets in your own AWS account, encrypted on this machine.

    \b
      pg_dump mydb | burnbag send --ttl 2h      prints the link
      burnbag send report.pdf --passphrase      a file, and a passphrase
      burnbag open LINK -o report.pdf           uses one view
      burnbag receipt ID --wait                 opened when, and by whom?
    """


for command in (send, open_, peek, receipt, revoke, list_, config, completion):
    group.add_command(command)


def main() -> None:
    """Carry out what the arguments say. Raises what `endings` knows how to tell."""
    signals.install()
    terminal.complete_streams()
    # click's own way of running a group writes its own messages, with the values in them.
    if instruction := os.environ.get(COMPLETE):
        shell_complete(group, {}, NAME, COMPLETE, instruction)
        return
    with group.make_context(NAME, sys.argv[1:]) as context:
        group.invoke(context)
