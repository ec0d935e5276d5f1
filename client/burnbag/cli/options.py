"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

Command = Callable[..., Any]

PATH: Final = click.Path(path_type=Path)

as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
passphrase_file: Final = click.option(
    "--passphrase-file", type=PATH, metavar="FILE", help="Take the passphrase from its first line."
)


def senders(command: Command) -> Command:
    """The options of a call that is made as a sender."""
    for name, metavar, text in reversed(SENDERS):
        command = click.option(name, metavar=metavar, help=text)(command)
    return command


SENDERS: Final = (
    ("--url", "URL", "The burnbag to talk to; otherwise BURNBAG_URL or the config file."),
    ("--region", "REGION", "Its AWS region; otherwise what the URL says, or AWS_REGION."),
    ("--profile", "NAME", "The AWS profile to sign with; otherwise what AWS itself would use."),
)
