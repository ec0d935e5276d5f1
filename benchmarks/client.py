"""The client: throughput, memory and start-up, each compared with what can't be less.

    throughput   of encryption and decryption, as a ratio to AES-GCM alone: the same cipher of the
                 same library, over the same bytes, read from the same file in pieces of the same
                 size, handed to the same consumer
    memory       the peak of `burnbag send` and `burnbag open`, for one file of 1 GiB
    start-up     of `burnbag --help` and of a Python that does nothing, and what the former imports

Each figure is the best of several rounds. The rounds alternate, so that a machine that slows down
slows both.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from burnbag.aes128gcm import OVERHEAD, RECORD_SIZE, TAG_BYTES, decrypt, encrypt
from tests.support.server import run_server

Pieces = Iterator[bytes | memoryview]
Work = Callable[..., Pieces]
ROUNDS: Final = 9
MIB: Final = 1024 * 1024
PIECE: Final = RECORD_SIZE - OVERHEAD
KEY: Final = os.urandom(16)
HEAVY: Final = frozenset({"botocore", "cryptography", "httpx", "segno", "sqlite3"})
MEASURING: Final = """
import os, sys
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Throughput:
    """GB a second by AES-GCM alone and in our format."""

    alone: float
    ours: float


@dataclass(frozen=True)
class Client:
    """Peaks of memory in MiB, for a file of so many; start-up in milliseconds."""

    encryption: Throughput
    decryption: Throughput
    file_mib: int
    sending_mib: int
    opening_mib: int
    start_up: float
    python: float
    imports: list[str]


def measure(mebibytes: int = 1024) -> Client:
    encryption, decryption = measure_throughput(min(mebibytes, 256) * MIB)
    sending, opening = measure_memory(mebibytes * MIB)
    start_up, python, imports = measure_start_up()
    return Client(encryption, decryption, mebibytes, sending, opening, start_up, python, imports)


def measure_throughput(size: int) -> tuple[Throughput, Throughput]:
    """Of encryption and decryption. Every round reads the whole file, from the page cache."""
    with tempfile.TemporaryDirectory() as folder:
        plain, sealed = Path(folder, "plain"), Path(folder, "sealed")
        with plain.open("wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
        with plain.open("rb", buffering=0) as source, sealed.open("wb") as file:
            file.writelines(encrypt(source, KEY))
        raw = Path(folder, "raw")
        with raw.open("wb") as file:
            file.writelines(encrypt_raw(plain))
        return (
            compare(size, lambda: encrypt_raw(plain), lambda: run_ours(encrypt, plain)),
            compare(size, lambda: decrypt_raw(raw), lambda: run_ours(decrypt, sealed)),
        )


def encrypt_raw(path: Path) -> Iterator[bytes]:
    cipher = AESGCM(KEY)
    for number, view in enumerate(read_pieces(path, PIECE)):
        yield cipher.encrypt(number.to_bytes(12, "big"), view, None)


def decrypt_raw(path: Path) -> Iterator[bytes]:
    cipher = AESGCM(KEY)
    for number, view in enumerate(read_pieces(path, PIECE + TAG_BYTES)):
        yield cipher.decrypt(number.to_bytes(12, "big"), view, None)


def consume(made: Pieces) -> None:
    for _ in made:
        pass


def read_pieces(path: Path, size: int) -> Iterator[memoryview]:
    """Read a file into one buffer, again and again: reading can't be less work."""
    buffer = memoryview(bytearray(size))
    with path.open("rb", buffering=0) as file:
        while length := file.readinto(buffer):
            yield buffer[:length]


def run_ours(work: Work, path: Path) -> Pieces:
    with path.open("rb", buffering=0) as file:
        yield from work(file, KEY)


def compare(size: int, raw: Callable[[], Pieces], own: Callable[[], Pieces]) -> Throughput:
    times = [(spend(lambda: consume(raw())), spend(lambda: consume(own()))) for _ in range(ROUNDS)]
    alone, ours = min(a for a, _ in times), min(b for _, b in times)
    return Throughput(size / alone / 1e9, size / ours / 1e9)


def spend(work: Callable[[], object]) -> float:
    """The seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_memory(size: int) -> tuple[int, int]:
    """Run real commands against a server in this process: the peak of sending and of opening."""
    with run_server() as server, tempfile.TemporaryDirectory() as home:
        file, copy = Path(home, "file.bin"), Path(home, "copy.bin")
        with file.open("wb") as out:
            out.truncate(size)
        environ = os.environ | {
            "HOME": home,
            "BURNBAG_URL": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        link, sending = run(["send", str(file)], environ)
        _, opening = run(["open", "--yes", "--output", str(copy)], environ, link)
        assert copy.stat().st_size == size
    return sending, opening


def run(arguments: list[str], environ: dict[str, str], stdin: bytes = b"") -> tuple[bytes, int]:
    """What a command prints, and its peak memory in MiB.

    A small process starts it, because Linux counts the memory of the parent at the fork as well.
    """
    command = [sys.executable, "-c", MEASURING, sys.executable, "-m", "burnbag", *arguments]
    done = subprocess.run(command, env=environ, input=stdin, capture_output=True, check=True)
    return done.stdout, int(done.stderr.split()[-1]) // 1024


def measure_start_up() -> tuple[float, float, list[str]]:
    """Of the command and of Python alone, and what heavy libraries the command imports."""
    help_, nothing = ["-m", "burnbag", "--help"], ["-c", "pass"]
    times = [
        (spend(lambda: run_python(help_)), spend(lambda: run_python(nothing))) for _ in range(15)
    ]
    mine, bare = min(a for a, _ in times), min(b for _, b in times)
    loaded = run_python(help_, "-X", "importtime").stderr.decode().splitlines()
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in loaded}
    return mine * 1e3, bare * 1e3, sorted(imported & HEAVY)


def run_python(arguments: list[str], *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, *options, *arguments]
    return subprocess.run(command, capture_output=True, check=True)
