"""Being told to stop: whoever asks, what was begun is tidied up."""

import signal
from types import FrameType
from typing import Final, NoReturn

# Windows has no SIGHUP.
STOPPING: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def install() -> None:
    """End by SIGTERM and SIGHUP as by Ctrl-C. What was started to ignore one goes on doing so."""
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def stop(number: int, frame: FrameType | None) -> NoReturn:
    """Who stops a process often sends both signals: the second must not cut the tidying short."""
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def stop_listening() -> None:
    """All is done and told: a late signal has nothing to interrupt but the interpreter's end."""
    for number in (signal.SIGINT, *STOPPING):
        signal.signal(number, signal.SIG_IGN)
