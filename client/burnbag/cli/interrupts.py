"""Signals that end a command: the first one ends it cleanly, further ones are ignored.

The first signal raises KeyboardInterrupt, so that what was begun is tidied up. Python can't always
pass that on: an import may swallow it, and a finalizer can't let it out. So it is put off while
modules are imported, and raised again if Python reports that it was lost. It is put off, too, while
a program is started: nobody would know yet what has to be ended.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

# Windows has neither SIGHUP nor SIGQUIT.
NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
STOPPING: Final = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
# Raises a lost KeyboardInterrupt again; Windows does not have it either.
AGAIN: Final = getattr(signal, "SIGALRM", None)
AGAIN_SECONDS: Final = 0.001

is_deferring = False
is_pending = False


def install() -> None:
    """Let each of the signals end the command, except those that it was started to ignore."""
    sys.unraisablehook = raise_again
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def stop(number: int, frame: FrameType | None) -> None:
    """End the command. A second signal must not cut the tidying short."""
    global is_pending
    ignore()
    if is_deferring:
        is_pending = True
    else:
        raise KeyboardInterrupt


def ignore() -> None:
    """Ignore all signals from now on: also when the command is done and Python is shutting down."""
    for number in [*STOPPING, AGAIN] if AGAIN else STOPPING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def defer() -> Iterator[None]:
    """Put an interruption off until the end of the block, which does not wait for anybody."""
    global is_deferring
    is_deferring = True
    try:
        yield
    finally:
        is_deferring = False
    if is_pending:
        raise KeyboardInterrupt


def raise_again(unraisable: Any) -> None:
    """Handle an exception that Python can't pass on, and would only print.

    Raise a KeyboardInterrupt again, in a moment and outside of the finalizer that lost it.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt) and AGAIN:
        signal.signal(AGAIN, stop)
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    # Python reports a signal that arrived just as it was being ignored.
    elif "ignored due to race condition" not in str(unraisable.exc_value):
        sys.__unraisablehook__(unraisable)


def tell() -> None:
    """Say that the command was interrupted; on a terminal on its own line, after the `^C`."""
    from burnbag.cli import printing

    with suppress(AttributeError, OSError, ValueError):  # stderr may be closed.
        if sys.stderr.isatty():
            printing.show("")
    printing.show("burnbag: interrupted")
