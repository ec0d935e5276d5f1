"""What the tests of the command share: a machine of its own for each, and a terminal to type on."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.services import ROOT

SECRET = "hunter2-canary"
PATIENCE = 30.0
BURNBAG = (sys.executable, "-m", "burnbag")
CAPABILITIES = "-dac_override,-dac_read_search"
WITHOUT = ("setpriv", f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}")
# Root may read and write everywhere, unless it gives that right up.
WITHOUT_RIGHTS = (*(WITHOUT if os.geteuid() == 0 else ()), *BURNBAG)
# A user whom the system does not know, as containers have them.
NOBODY = ("setpriv", "--reuid=4242", "--clear-groups", *BURNBAG)
# Makes the terminal on stderr the process's own, so that /dev/tty is there, and becomes burnbag.
ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "burnbag", *sys.argv[1:]])
"""
Answers = Sequence[tuple[str, str]]
Stream = int | IO[bytes]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said; on a terminal `err` is all that is seen there."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode().rstrip("\n")


class Machine:
    """A home folder and a working folder that nothing else uses."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.state = self.home / ".local" / "state" / "burnbag"
        self.history = self.state / "sent.sqlite3"
        self.config = self.home / ".config" / "burnbag" / "config.toml"
        self.env = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "client"),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "COLUMNS": "80",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        if url is not None:
            self.env["BURNBAG_URL"] = url

    def start(
        self, *args: object, program: Sequence[str] = BURNBAG, stdout: Stream = subprocess.PIPE
    ) -> "subprocess.Popen[bytes]":
        """A command without a terminal, which is being carried out."""
        return subprocess.Popen(
            [*program, *map(str, args)],
            env=self.env,
            cwd=self.work,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def run(
        self,
        *args: object,
        stdin: bytes = b"",
        program: Sequence[str] = BURNBAG,
        stdout: Stream = subprocess.PIPE,
    ) -> Ran:
        """A command without a terminal, from its start to its end."""
        process = self.start(*args, program=program, stdout=stdout)
        out, err = process.communicate(stdin, timeout=PATIENCE)
        return Ran(process.returncode, out or b"", (err or b"").decode())

    def shell(self, script: str, *args: str) -> Ran:
        """A script of bash in which `burnbag` is the command; `args` are its $1, $2 and so on."""
        defined = f'burnbag() {{ "{sys.executable}" -m burnbag "$@"; }}\n{script}'
        found = subprocess.run(
            ["bash", "-c", defined, "bash", *args],
            env=self.env,
            cwd=self.work,
            capture_output=True,
            start_new_session=True,
            timeout=PATIENCE,
        )
        return Ran(found.returncode, found.stdout, found.stderr.decode())

    def type(
        self,
        *args: object,
        answers: Answers = (),
        stdin: bytes | None = None,
        piped: bool = False,
    ) -> Ran:
        """A command on a terminal: each of `answers` is typed once its question is there.

        `stdin` is piped in instead of typed; `piped` takes stdout away from the terminal.
        """
        master, slave = pty.openpty()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", ON_TERMINAL, *map(str, args)],
                env=self.env,
                cwd=self.work,
                start_new_session=True,
                stdin=slave if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE if piped else slave,
                stderr=slave,
            )
        finally:
            os.close(slave)
        if process.stdin:
            process.stdin.write(stdin or b"")
            process.stdin.close()
        seen = conversation(master, answers)
        out = process.stdout.read() if process.stdout else b""
        return Ran(process.wait(PATIENCE), out, seen.replace("\r\n", "\n"))

    def files(self) -> set[str]:
        """What is in the working folder."""
        return {str(path.relative_to(self.work)) for path in self.work.rglob("*")}

    def kept(self) -> bytes:
        """All that this machine keeps, in one."""
        return b"".join(path.read_bytes() for path in self.home.rglob("*") if path.is_file())


def conversation(master: int, answers: Answers) -> str:
    """All that is seen on a terminal until it is left."""
    waiting, seen, looked_at = list(answers), "", 0
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if waiting and waiting[0][0] in seen[looked_at:]:
            # getpass throws away what was typed before it stopped the echo.
            time.sleep(0.05)
            looked_at = len(seen)
            os.write(master, waiting.pop(0)[1].encode(errors="surrogateescape"))
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:
            piece = b""
        if not piece:
            os.close(master)
            assert not waiting, f"never asked {waiting[0][0]!r}: {seen!r}"
            return seen
        seen += piece.decode(errors="replace")
    raise AssertionError(f"did not end: {seen!r}")


def interrupted(process: "subprocess.Popen[bytes]", by: int = signal.SIGINT) -> Ran:
    """How a command ends that is told to stop."""
    process.send_signal(by)
    out, err = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, out or b"", (err or b"").decode())


def eventually(happens: Callable[[], object]) -> None:
    """Wait until it does."""
    until = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.02)
