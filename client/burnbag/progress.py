"""How a long transfer tells where it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with the bytes done so far and the bytes in all; both of the encrypted form.

    `done` may go back: a broken upload starts again.
    """

    def __call__(self, done: int, total: int) -> None: ...


def silent(done: int, total: int) -> None:
    """Tells nothing."""
