"""Being told to stop: whoever asks, what was begun is tidied up."""

import signal
from types import FrameType
from typing import Final, NoReturn

# Windows has neither SIGHUP nor SIGQUIT.
NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
STOPPING: Final = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def install() -> None:
    """End by any of them as by Ctrl-C. What was started to ignore one goes on doing so."""
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def stop(number: int, frame: FrameType | None) -> NoReturn:
    """The first of them ends the command; a second must not cut the tidying short."""
    ignore()
    raise KeyboardInterrupt


def ignore() -> None:
    """Also once all is done and told: a late signal could only interrupt the interpreter's end."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
