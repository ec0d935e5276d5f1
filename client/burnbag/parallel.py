"""Several pieces of work at a time. All concurrency of this package is here."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Crew:
    """Up to `size` pieces of work at a time, each in a thread of its own; the first failure counts.

    The threads end with the process, so whoever interrupts it does not wait for them: Python would
    wait for those of its own pools, and a connection that hangs takes its time.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.free = threading.Semaphore(size)
        self.failure: BaseException | None = None
        self.is_stopped = False

    def add(self, work: Callable[[], object]) -> None:
        """Begin a piece of work as soon as somebody is free. Raises what another one has raised."""
        self.free.acquire()
        if self.failure is not None:
            self.free.release()
            raise self.failure
        threading.Thread(target=self.do, args=(work,), daemon=True).start()

    def do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as failure:
            self.failure = self.failure or failure
        finally:
            self.free.release()

    def finish(self) -> None:
        """Wait until all work is done. Raises what it has raised."""
        for _ in range(self.size):
            self.free.acquire()
        if self.failure is not None:
            raise self.failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Work that looks at `is_stopped` ends soon."""
        self.is_stopped = True
