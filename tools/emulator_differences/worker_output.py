"""What a function has printed is read when it answers, without a pause.

The emulator waits 50 ms after each answer for lines that might still come, and most calls print
none. But a function prints before it answers, so by then all of it is in the pipe.
"""

import os
import select
import threading
from typing import Any, Final

from ministack.core.lambda_runtime import Worker

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {Worker: "_read_stderr _drain_stderr _drain_stderr_bounded"}
CHUNK: Final = 1 << 16
# Held while somebody reads a pipe and keeps what was in it: never for longer than a moment.
reading = threading.Lock()


def correct() -> None:
    setattr(Worker, "_read_stderr", read_to_the_end)  # noqa: B010
    setattr(Worker, "_drain_stderr", drain)  # noqa: B010
    setattr(Worker, "_drain_stderr_bounded", drain)  # noqa: B010


def read_to_the_end(worker: Any) -> None:
    """In a thread of the worker's: keep what is printed, so that the pipe is never full."""
    pipe, kept = worker._proc.stderr, worker._stderr_queue
    while wait_for(pipe, None):
        with reading:
            if wait_for(pipe, 0) and not keep(pipe, kept):
                return


def drain(worker: Any) -> str:
    """What was printed since the last time: what was kept, and what is in the pipe."""
    process, kept = worker._proc, worker._stderr_queue
    with reading:
        while process and wait_for(process.stderr, 0) and keep(process.stderr, kept):
            pass
        chunks = [kept.get() for _ in range(kept.qsize())]
    text: str = b"".join(chunks).decode(errors="replace")
    return text.rstrip("\n")


def wait_for(pipe: Any, milliseconds: int | None) -> bool:
    """Whether something can be read, or has ended."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(milliseconds))


def keep(pipe: Any, kept: Any) -> bool:
    """Keep what is in the pipe. False at its end."""
    chunk = os.read(pipe.fileno(), CHUNK)
    kept.put(chunk)
    return bool(chunk)
