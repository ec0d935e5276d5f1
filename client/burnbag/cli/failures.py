"""How a command says that it can't go on: the text is the whole message."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Failed(Exception):
    """It did not work; exit code 1."""

    code = 1


class Usage(Failed):
    """It was asked for in a way that can't work; nothing has been done. Exit code 2."""

    code = 2


class Unknown(Failed):
    """There is no such thing; exit code 3."""

    code = 3


@contextmanager
def naming(what: Path | str, advice: str = "") -> Iterator[None]:
    """Tell of trouble with a file by the name the user gave it.

    A broken pipe is never about a file.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(f"{what}: {error.strerror or 'an error of the system'}{advice}") from None
