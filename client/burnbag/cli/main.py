"""The commands together, and how each of them ends."""

import os
import sys
from collections.abc import Callable
from typing import Final

import click
from click.exceptions import Exit, NoArgsIsHelpError
from click.shell_completion import get_completion_class, shell_complete

from burnbag.cli import interrupts, loudness, printing, tty
from burnbag.cli.audit import audit
from burnbag.cli.errors import CommandError, exit_code, explain_answer, explain_usage, name_file
from burnbag.cli.listing import list_
from burnbag.cli.open import open_, peek
from burnbag.cli.options import CommandGroup, refuse_command, sender_options
from burnbag.cli.receipts import receipt, unfreeze
from burnbag.cli.request import request
from burnbag.cli.revoking import revoke
from burnbag.cli.send import send
from burnbag.cli.submit import submit
from burnbag.cli.verify import keys, verify
from burnbag.cli.verify_page import verify_page
from burnbag.errors import BurnbagError

NAME: Final = "burnbag"
COMPLETE: Final = "_BURNBAG_COMPLETE"


def show_version(context: click.Context, option: click.Parameter, is_asked: bool) -> None:
    if not is_asked or context.resilient_parsing:
        return
    from burnbag.cli.version import describe_version

    printing.print_data(describe_version())
    context.exit()


class MainGroup(CommandGroup):
    """Its help is the list of commands, so that it fits a screen: the usage has the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)


@click.group(
    cls=MainGroup,
    options_metavar="[--help] [--version]",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_version,
    help="Show the version and exit.",
)
def group() -> None:
    """One-time secrets in your own AWS account, encrypted on this machine.

    \b
      pg_dump mydb | burnbag send --ttl 2h      prints the link
    """


@click.command()
@sender_options
def config(url: str | None, region: str | None, profile: str | None) -> None:
    """Show the settings, and where they come from."""
    with interrupts.defer():
        from burnbag.cli import formatting, paths, settings

    found = settings.find_settings(url, region, profile).with_aws_region()
    chosen = {"url": found.url, "region": found.region, "profile": found.profile}
    chosen["audit log"] = settings.find_audit_log_group(None, None)
    rows = [(name, setting.value or "-", setting.origin) for name, setting in chosen.items()]
    files = {"config file": paths.config_file(), "history": paths.history_file()}
    for name, file in files.items():
        with name_file(file):
            rows.append((name, str(file), "" if file.exists() else "not there"))
    printing.print_lines(formatting.tabulate(rows))


@click.command("help", hidden=True)
@click.argument("command", required=False)
def help_(command: str | None) -> None:
    """Show the help of a command, or of all of them.

    \b
      burnbag help send
    """
    parent = click.get_current_context().parent
    assert parent is not None
    if command is None:
        return printing.print_data(group.get_help(parent))
    found = group.get_command(parent, command) or refuse_command(parent)
    context = found.make_context(command, [], parent=parent, resilient_parsing=True)
    printing.print_data(found.get_help(context))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
def completion(shell: str) -> None:
    """Print what makes a shell complete this command.

    \b
      bash   eval "$(burnbag completion bash)"          in ~/.bashrc
      zsh    eval "$(burnbag completion zsh)"           in ~/.zshrc, after compinit
      fish   burnbag completion fish | source           in config.fish
    """
    from burnbag.cli import completing

    completing.install()
    shell_class = get_completion_class(shell)
    assert shell_class is not None
    printing.print_data(shell_class(group, {}, NAME, COMPLETE).source())


commands = (
    *(send, open_, peek, request, submit, receipt, revoke, unfreeze),
    *(list_, verify, keys),
)
group.params += loudness.options(hidden=True)
for command in (*commands, verify_page, audit, config, completion, help_):
    group.add_command(command)


def main() -> None:
    """Do what the arguments say. Raises what `run_command` can explain."""
    tty.complete_streams()
    # click's own way to run a group writes its own messages, with the values in them.
    if instruction := os.environ.get(COMPLETE):
        from burnbag.cli import completing

        completing.install()
        shell_complete(group, {}, NAME, COMPLETE, instruction)
        return
    with group.make_context(NAME, sys.argv[1:]) as context:
        group.invoke(context)


def run_command(command: Callable[[], None]) -> int:
    """Run `command`, explain its error, and return its exit code.

    Raises KeyboardInterrupt and nothing else; signals are ignored from the return on.
    """
    try:
        try:
            command()
            sys.stdout.flush()
        except BaseException:
            # Either the error is about stdout itself, or nobody wants what is left in its buffer.
            discard_stdout()
            raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        code = explain_error(error)
    else:
        code = 0
    interrupts.ignore()
    return code


def explain_error(error: BaseException) -> int:
    """Tell what went wrong, on one line, and return the exit code. Exit has nothing to tell."""
    match error:
        case Exit():
            return error.exit_code
        case NoArgsIsHelpError():
            printing.show_lines(error.format_message().splitlines())
            return error.exit_code
        case click.ClickException():
            message, code = explain_usage(error), error.exit_code
        case CommandError():
            message, code = str(error), error.code
        case BurnbagError():
            message, code = explain_answer(error), exit_code(error)
        case BrokenPipeError():
            message, code = "the reader of the output went away", 1
        case OSError():
            message, code = error.strerror or "the system reports an error", 1
        case _:
            # Its text may hold anything, so only its kind is told.
            message, code = f"unexpected {type(error).__name__}; this is a defect", 1
    tty.say(message)
    return code


def discard_stdout() -> None:
    """If stdout can't be flushed, let the interpreter's last flush of it go nowhere."""
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
