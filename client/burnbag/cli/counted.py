"""A pipe whose bytes are counted as they are read."""

from io import RawIOBase
from typing import BinaryIO


class Counted(RawIOBase):
    """`stream`, and how many bytes of it were read: what was sent, once it has ended."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.stream = stream
        self.count = 0
        self.is_over = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        piece = self.stream.read(size)
        # None means that nothing has come yet.
        self.count += len(piece or b"")
        self.is_over = piece == b""
        return piece
