"""How a command ends: its exit code, and one line for each error."""

import os
import sys
from collections.abc import Callable
from typing import Final

import click
from click.exceptions import Exit, NoArgsIsHelpError

from burnbag.cli import terminal, usage
from burnbag.cli.failures import Failed, Usage
from burnbag.errors import (
    BurnbagError,
    ConfigurationError,
    Gone,
    LinkError,
    NotFound,
    PassphraseError,
    Refused,
)

# The first that fits counts.
CODES: Final = (
    (NotFound, 3),
    (Gone, 4),
    (PassphraseError, 5),
    (LinkError, 2),
    (ConfigurationError, 2),
    (BurnbagError, 1),
)


def code_of(command: Callable[[], None]) -> int:
    """Run `command` and give its exit code. No error comes out, and none is told twice."""
    try:
        try:
            command()
            sys.stdout.flush()
        except BaseException:
            # What is left in the buffer has been told of already, or nobody wants it any more.
            discard_stdout()
            raise
    except Exit as exit:
        return exit.exit_code
    except NoArgsIsHelpError as help:
        terminal.show(help.format_message())
        return help.exit_code
    except click.ClickException as error:
        return ended(usage.described(error), error.exit_code)
    except Failed as error:
        return ended(str(error), error.code)
    except BurnbagError as error:
        return ended(str(error), code_for(error))
    except KeyboardInterrupt:
        return interrupted()
    except BrokenPipeError:
        return ended("the reader of the output went away", 1)
    except OSError as error:
        return ended(error.strerror or "the system reports an error", 1)
    except Exception as error:
        # Its text may hold anything, so only its kind is told.
        return ended(f"unexpected {type(error).__name__}; this is a defect", 1)
    return 0


def code_for(error: BurnbagError) -> int:
    """2 also for what the server refuses of the options."""
    if isinstance(error, Refused) and error.field:
        return Usage.code
    return next(code for kind, code in CODES if isinstance(error, kind))


def ended(message: str, code: int) -> int:
    terminal.say(message)
    return code


def interrupted() -> int:
    """On a terminal the `^C` stands on a line of its own."""
    if terminal.is_terminal(sys.stderr):
        terminal.show("")
    return ended("interrupted", 1)


def discard_stdout() -> None:
    """Let the interpreter's last flush of stdout go nowhere, where a flush fails now."""
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
