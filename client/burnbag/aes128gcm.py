"""RFC 8188 `aes128gcm`, streamed: how the sender encrypts and the recipient decrypts.

    header = salt (16) || record size (4) || length of key id (1) || key id
    key    = HKDF-SHA256(input key, salt, "Content-Encoding: aes128gcm" || 0x00), 16 bytes
    nonce  = HKDF-SHA256(input key, salt, "Content-Encoding: nonce" || 0x00), 12 bytes, XOR number
    record = AES-128-GCM(key, nonce, data || delimiter || zeros), of record size; the last shorter

The delimiter is 2 in the last record and 1 in all others, so a stream that was cut short does not
decrypt, even if it was cut between two records. The record's number is part of the nonce, so no
record can be moved, repeated or left out. Each encryption has its own random salt and therefore
its own key, so it is safe to count nonces from zero. The vectors are in
`tests/vectors/aes128gcm.json`.
"""

import io
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from burnbag.errors import Damaged

RECORD_SIZE: Final = 64 * 1024
SALT_BYTES: Final = 16
TAG_BYTES: Final = 16
OVERHEAD: Final = TAG_BYTES + 1
# A record is held in memory before it is authenticated, so its sender must not choose how much.
LARGEST_RECORD: Final = 1024 * 1024
LAST, NOT_LAST = 2, 1

header = struct.Struct(f">{SALT_BYTES}sIB")


class Readable(Protocol):
    """Anything to read bytes from, like a binary file. 0 means the end."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def encrypt(
    source: Readable,
    input_key: bytes,
    *,
    salt: bytes | None = None,
    record_size: int = RECORD_SIZE,
    key_id: bytes = b"",
    padded_size: Callable[[int], int] = lambda size: size,
) -> Iterator[bytes]:
    """Encrypt what `source` holds, piece by piece, padded with zeros to what `padded_size` says."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    cipher, nonce = derive(input_key, salt)
    yield header.pack(salt, record_size, len(key_id)) + key_id
    records = pad_records(split_records(source, record_size - OVERHEAD), padded_size)
    for sequence, (data, length, last) in enumerate(records):
        data[length] = LAST if last else NOT_LAST
        yield cipher.encrypt(record_nonce(nonce, sequence), data, None)


def decrypt(source: Readable, input_key: bytes) -> Iterator[memoryview]:
    """Decrypt record by record; each one is authenticated before it is yielded.

    Only when the iterator ends without an error is it known to be complete. Raises Damaged.
    """
    salt, record_size, key_id_length = header.unpack(read_exactly(source, header.size))
    read_exactly(source, key_id_length)
    if not OVERHEAD < record_size <= LARGEST_RECORD:
        raise Damaged
    cipher, nonce = derive(input_key, salt)
    for sequence, (sealed, length, last) in enumerate(split_records(source, record_size)):
        try:
            padded = cipher.decrypt(record_nonce(nonce, sequence), sealed[:length], None)
        except (InvalidTag, ValueError):
            raise Damaged from None
        yield strip_padding(padded, LAST if last else NOT_LAST)


def encrypted_size(size: int, record_size: int = RECORD_SIZE) -> int:
    """The size of what `encrypt` makes from `size` bytes, padding included."""
    count = max(1, -(-size // (record_size - OVERHEAD)))
    return header.size + size + count * OVERHEAD


def decrypted_size(size: int, record_size: int = RECORD_SIZE) -> int:
    """The most bytes that `encrypt` makes no more than `size` bytes from, padding included."""
    count = -(-(size - header.size) // record_size)
    return size - header.size - count * OVERHEAD


def derive(input_key: bytes, salt: bytes) -> tuple[AESGCM, int]:
    """Derive the cipher and the first record's nonce, a number (RFC 8188, section 2.2)."""
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(input_key)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(input_key)
    return AESGCM(key), int.from_bytes(nonce, "big")


def record_nonce(nonce: int, sequence: int) -> bytes:
    """The nonce of one record, from that of the first."""
    return (nonce ^ sequence).to_bytes(12, "big")


def strip_padding(padded: bytes, delimiter: int) -> memoryview:
    """The data of a record. Zeros after the delimiter are padding; most records have none."""
    end = len(padded) if padded[-1:] != b"\0" else len(padded.rstrip(b"\0"))
    if not end or padded[end - 1] != delimiter:
        raise Damaged
    return memoryview(padded)[: end - 1]


def split_records(source: Readable, size: int) -> Iterator[tuple[memoryview, int, bool]]:
    """Split into pieces of `size` bytes, the last one shorter: buffer, length, is it the last.

    One byte is read ahead to tell. All pieces share one buffer, because copying each would halve
    the speed: a piece is valid until the next one, and has room after it for the delimiter.
    """
    buffer = memoryview(bytearray(size + 1))
    length = fill(source, buffer)
    while length > size:
        ahead = buffer[size]
        yield buffer, size, False
        buffer[0] = ahead
        length = 1 + fill(source, buffer[1:])
    yield buffer, length, True


def pad_records(
    pieces: Iterable[tuple[memoryview, int, bool]], padded_size: Callable[[int], int]
) -> Iterator[tuple[memoryview, int, bool]]:
    """The records: data, a byte for the delimiter, zeros; where the data end; is it the last.

    Padding that the last piece has no room for becomes records of their own.
    """
    total, buffer, length = 0, memoryview(b""), 0
    for buffer, length, last in pieces:
        total += length
        if not last:
            yield buffer, length, False
    missing = padded_size(total) - total
    while missing > (room := len(buffer) - 1 - length):
        buffer[length:] = bytes(room + 1)
        yield buffer, length, False
        missing, length = missing - room, 0
    buffer[length : length + missing + 1] = bytes(missing + 1)
    yield buffer[: length + missing + 1], length, True


def fill(source: Readable, buffer: memoryview) -> int:
    """Fill `buffer` as far as there are bytes, and return how many there were."""
    length = source.readinto(buffer) or 0
    while 0 < length < len(buffer) and (more := source.readinto(buffer[length:])):
        length += more
    return length


def read_exactly(source: Readable, size: int) -> bytes:
    """Read `size` bytes. Raises Damaged if there are fewer."""
    buffer = memoryview(bytearray(size))
    if fill(source, buffer) != size:
        raise Damaged
    return bytes(buffer)


class Stream(io.RawIOBase):
    """Pieces of bytes, readable as a file."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self.pieces = iter(pieces)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        length = min(len(buffer), len(self.rest))
        buffer[:length] = self.rest[:length]
        self.rest = self.rest[length:]
        return length

    def remaining(self) -> Iterator[bytes | memoryview]:
        """The rest, piece by piece, without copying."""
        rest, self.rest = self.rest, memoryview(b"")
        if rest:
            yield rest
        yield from self.pieces
