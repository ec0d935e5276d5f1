"""RFC 8188 `aes128gcm`, streamed: what the sender encrypts and the recipient decrypts.

    header = salt (16) || record size (4) || length of key id (1) || key id
    key    = HKDF-SHA256(input key, salt, "Content-Encoding: aes128gcm" || 0x00), 16 bytes
    nonce  = HKDF-SHA256(input key, salt, "Content-Encoding: nonce" || 0x00), 12 bytes, XOR number
    record = AES-128-GCM(key, nonce, data || delimiter || zeros), of record size; the last shorter

The delimiter is 2 in the last record and 1 in all others, so a stream that was cut short, even
between two records, does not decrypt; and the record's number in the nonce lets no record be
moved, repeated or left out. Each encryption has its own random salt and so its own key, which
is why counting nonces from zero is safe. The vectors are in `tests/vectors/aes128gcm.json`.
"""

import io
import os
import struct
from collections.abc import Iterable, Iterator
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
# A record is held in memory before it is known to be genuine: who sends one may not say how much.
LARGEST_RECORD: Final = 1024 * 1024
LAST, NOT_LAST = 2, 1

header = struct.Struct(f">{SALT_BYTES}sIB")


class Readable(Protocol):
    """What bytes are read from, as from any binary file: none come only at the end."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def encrypt(
    source: Readable,
    input_key: bytes,
    *,
    salt: bytes | None = None,
    record_size: int = RECORD_SIZE,
    key_id: bytes = b"",
) -> Iterator[bytes]:
    """The encrypted form of what `source` holds, piece by piece."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    aead, nonce = derived(input_key, salt)
    yield header.pack(salt, record_size, len(key_id)) + key_id
    for sequence, (data, length, last) in enumerate(records(source, record_size - OVERHEAD)):
        data[length] = LAST if last else NOT_LAST
        yield aead.encrypt(numbered(nonce, sequence), data[: length + 1], None)


def decrypt(source: Readable, input_key: bytes) -> Iterator[memoryview]:
    """What was encrypted, record by record, each yielded only once it has proved genuine.

    That all of it came is known only when the iterator ends without an error. Raises Damaged.
    """
    salt, record_size, key_id_length = header.unpack(exactly(source, header.size))
    exactly(source, key_id_length)
    if not OVERHEAD < record_size <= LARGEST_RECORD:
        raise Damaged
    aead, nonce = derived(input_key, salt)
    for sequence, (sealed, length, last) in enumerate(records(source, record_size)):
        try:
            padded = aead.decrypt(numbered(nonce, sequence), sealed[:length], None)
        except (InvalidTag, ValueError):
            raise Damaged from None
        yield unpadded(padded, LAST if last else NOT_LAST)


def encrypted_size(size: int, record_size: int = RECORD_SIZE) -> int:
    """How many bytes `encrypt` makes of `size`."""
    count = max(1, -(-size // (record_size - OVERHEAD)))
    return header.size + size + count * OVERHEAD


def derived(input_key: bytes, salt: bytes) -> tuple[AESGCM, int]:
    """The cipher, and the nonce of the first record as a number (RFC 8188, section 2.2)."""
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(input_key)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(input_key)
    return AESGCM(key), int.from_bytes(nonce, "big")


def numbered(nonce: int, sequence: int) -> bytes:
    return (nonce ^ sequence).to_bytes(12, "big")


def unpadded(padded: bytes, delimiter: int) -> memoryview:
    """The data of a record. Padding is zeros after the delimiter; most records have none."""
    end = len(padded) if padded[-1:] != b"\0" else len(padded.rstrip(b"\0"))
    if not end or padded[end - 1] != delimiter:
        raise Damaged
    return memoryview(padded)[: end - 1]


def records(source: Readable, size: int) -> Iterator[tuple[memoryview, int, bool]]:
    """Pieces of `size` bytes, the last one shorter: buffer, length, and whether it is the last.

    One byte is read ahead, which tells. A piece is good until the next one is asked for, and has
    room for a byte after it, for the delimiter: copying each piece would halve the speed.
    """
    buffer = memoryview(bytearray(size + 1))
    length = filled(source, buffer)
    while length > size:
        ahead = buffer[size]
        yield buffer, size, False
        buffer[0] = ahead
        length = 1 + filled(source, buffer[1:])
    yield buffer, length, True


def filled(source: Readable, buffer: memoryview) -> int:
    """Fill `buffer`, or as much of it as there is; how many bytes that was."""
    length = source.readinto(buffer) or 0
    while 0 < length < len(buffer) and (more := source.readinto(buffer[length:])):
        length += more
    return length


def exactly(source: Readable, size: int) -> bytes:
    found = memoryview(bytearray(size))
    if filled(source, found) != size:
        raise Damaged
    return bytes(found)


class Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

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
        """The pieces that have not been read, as they are."""
        rest, self.rest = self.rest, memoryview(b"")
        if rest:
            yield rest
        yield from self.pieces
