"""How a command fails: its exit code, and one line that never repeats what may be secret.

CommandError        it did not work; exit code 1
├── UsageError      it was asked for in a way that can't work; 2
└── UnknownSecret   no secret that was sent from here is meant; 3

The library's errors have codes of their own, in CODES, and so has a wait that found no reader.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption

from burnbag.cli.durations import in_units
from burnbag.errors import (
    AlreadyOpened,
    BurnbagError,
    ConfigurationError,
    Frozen,
    Gone,
    LinkError,
    NotAnswered,
    NotArrived,
    NotFound,
    NotTheRecipient,
    NotVerified,
    PassphraseError,
    RecipientRequired,
    Refused,
)
from burnbag.spools import SpoolError


class CommandError(Exception):
    """It did not work. The text is the whole message."""

    code = 1


class UsageError(CommandError):
    """It was asked for in a way that can't work; nothing has been done."""

    code = 2


class UnknownSecret(CommandError):
    """No secret that was sent from here is meant."""

    code = 3


# How `burnbag receipt --wait` ends if nobody opened the secret. These are answers, not errors.
ENDED_OTHERWISE: Final = 7
NOT_YET: Final = 8
# And `burnbag audit --cloudtrail` if something is left that nothing explains.
UNEXPLAINED: Final = 9

# The first that fits counts.
CODES: Final = (
    (NotFound, 3),
    (NotAnswered, 11),
    (Gone, 4),
    (PassphraseError, 5),
    (Frozen, 5),
    (NotVerified, 6),
    (RecipientRequired, 10),
    (NotTheRecipient, 10),
    (LinkError, 2),
    (ConfigurationError, 2),
    (BurnbagError, 1),
)


# What needs no look into the server's logs: it is the answer to what was asked.
EXPECTED: Final = (
    *(NotFound, Gone, RecipientRequired, NotTheRecipient, NotAnswered, PassphraseError, Frozen),
    *(NotArrived, AlreadyOpened),
)


def explain_answer(error: BurnbagError) -> str:
    """The library's error, with what finds it in the server's logs if it is unexpected."""
    is_expected = isinstance(error, EXPECTED) or (isinstance(error, Refused) and error.field)
    message = in_units(str(error))
    if is_expected or error.request_id is None:
        return message
    return f"{message.removesuffix('.')} (request id {error.request_id})"


def exit_code(error: BurnbagError) -> int:
    """The exit code for an error of the library."""
    if isinstance(error, Refused) and error.field:
        return UsageError.code  # The server refuses an option.
    return next(code for kind, code in CODES if isinstance(error, kind))


@contextmanager
def name_file(name: Path | str, advice: str = "") -> Iterator[None]:
    """Turn an OSError into a CommandError that names the file as the user did.

    A broken pipe passes, because it is about stdout and never about a file.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except SpoolError as error:
        raise CommandError(f"{error.strerror}{advice}") from None
    except OSError as error:
        reason = error.strerror or "an error of the system"
        raise CommandError(f"{name}: {reason}{advice}") from None


def explain_usage(error: click.ClickException) -> str:
    """What is wrong with a command line, and where to read more.

    Without values: what was typed in the wrong place may be a secret or a link.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "burnbag"
    return f"{explain_reason(error)}; see {path} --help"


def explain_reason(error: click.ClickException) -> str:
    if isinstance(error, NoSuchOption):
        similar = error.possibilities or []
        return "there is no such option" + (f", perhaps {similar[0]}" if similar else "")
    if isinstance(error, MissingParameter) and error.param:
        return f"{error.param.human_readable_name} is missing"
    if isinstance(error, BadParameter) and error.param:
        return f"the value of {parameter_name(error.param)} can't be used"
    if isinstance(error, BadOptionUsage):
        return f"{error.option_name} lacks its value, or takes none"
    return "there is an argument too many"


def parameter_name(param: click.Parameter) -> str:
    return param.opts[-1] if isinstance(param, click.Option) else param.human_readable_name
