"""What the commands take from click: shared options, ids with a hyphen, the list of commands."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from burnbag.cli import loudness
from burnbag.cli.errors import UsageError

Command = Callable[..., Any]

PATH: Final = click.Path(path_type=Path)
# An id may begin with a hyphen. It is taken for an id if it has all 22 characters, or at least
# four after a single hyphen: no option of ours looks like that.
HYPHENED_ID: Final = re.compile(r"-[A-Za-z0-9_-]{21}|-[A-Za-z0-9_][A-Za-z0-9_-]{2,20}")
SENTENCE: Final = re.compile(r".*?\.(?= |$)")

json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for scripts."
)
passphrase_file_option: Final = click.option(
    "--passphrase-file", type=PATH, metavar="FILE", help="Take the passphrase from its first line."
)
SENDER_OPTIONS: Final = (
    ("--url", "URL", "The burnbag to talk to; otherwise BURNBAG_URL or the config file."),
    ("--region", "REGION", "Its AWS region; otherwise what the URL says, or AWS_REGION."),
    ("--profile", "NAME", "The AWS profile to sign with; otherwise what AWS itself would use."),
)

RECIPIENT_OPTIONS: Final = (
    ("--region", "REGION", "The AWS region to sign for, where the link's address does not say it."),
    ("--profile", "NAME", "The AWS profile to sign with, if the secret is for a role or user."),
)


def sender_options(command: Command) -> Command:
    """Add the options of every command that signs its calls."""
    for name, metavar, text in reversed(SENDER_OPTIONS):
        command = click.option(name, metavar=metavar, help=text)(command)
    return command


OPENING_OPTIONS: Final = (
    click.option(
        "-o",
        "--output",
        type=click.Path(),
        metavar="FILE",
        help="Write to this file, into this folder, or with - to stdout.",
    ),
    click.option("-f", "--force", is_flag=True, help="Overwrite the file."),
    click.option(
        "-y",
        "--yes",
        is_flag=True,
        help="Do not ask before a view is used, nor mind if a broken try can't be repeated.",
    ),
)


def opening_options(command: Command) -> Command:
    """Add the options of every command that opens a secret."""
    for option in reversed(OPENING_OPTIONS):
        command = option(command)
    return command


def aws_options(command: Command) -> Command:
    """Add the options of a command that asks AWS itself, and no burnbag."""
    for name, metavar, text in reversed(SENDER_OPTIONS[1:]):
        command = click.option(name, metavar=metavar, help=text)(command)
    return command


def signer_options(command: Command) -> Command:
    """Add the options of a recipient's command, which signs only what is for named recipients."""
    for name, metavar, text in reversed(RECIPIENT_OPTIONS):
        command = click.option(name, metavar=metavar, help=text)(command)
    return command


def url_option(command: Command) -> Command:
    """Add the option of every command that asks a burnbag and signs nothing."""
    name, metavar, text = SENDER_OPTIONS[0]
    return click.option(name, metavar=metavar, help=text)(command)


class CommandGroup(click.Group):
    """Lists its commands in the order in which they were added, and gives each `-v` and `-q`."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.params += loudness.options()
        # Whole: what click makes of the help by itself, a shell's completion gets in part.
        cmd.short_help = first_sentence(cmd.help or "")
        super().add_command(cmd, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse an unknown command without repeating it, as click would: it may be a link."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            refuse_command(ctx)
        return super().resolve_command(ctx, args)


def first_sentence(text: str) -> str:
    found = SENTENCE.match(" ".join(text.split()))
    return found[0] if found else ""


def refuse_command(ctx: click.Context) -> NoReturn:
    raise UsageError(f"there is no such command; see {ctx.command_path} --help")


class CommandWithId(click.Command):
    """A command whose argument is an id, which may begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> Any:
        if "--" not in args:
            ids = [arg for arg in args if HYPHENED_ID.fullmatch(arg)]
            args = [arg for arg in args if arg not in ids] + (["--", *ids] if ids else [])
        return super().parse_args(ctx, args)
