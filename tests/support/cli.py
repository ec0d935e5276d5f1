"""What the tests of the command share: a machine for each test, and a terminal to type on."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tests.support import warm
from tests.support.services import ROOT

SECRET = "hunter2-canary"
PATIENCE = 120.0  # A loaded machine takes its time.
BURNBAG = (sys.executable, "-m", "burnbag")
CAPABILITIES = "-dac_override,-dac_read_search"
WITHOUT = ("setpriv", f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}")
# Root may read and write everywhere, unless it gives up that right.
WITHOUT_RIGHTS = (*(WITHOUT if os.geteuid() == 0 else ()), *BURNBAG)
# A user without an account on the system, as in many containers.
NOBODY = ("setpriv", "--reuid=4242", "--clear-groups", *BURNBAG)
# Makes the terminal on stderr the controlling one, so that /dev/tty exists, and becomes burnbag.
ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "burnbag", *sys.argv[1:]])
"""
Answers = Sequence[tuple[str, str | Callable[[], str]]]
Stream = int | IO[bytes]


class Waitable(Protocol):
    def wait(self, timeout: float) -> int: ...


@dataclass(frozen=True)
class Ran:
    """How a command ended. On a terminal, `err` is everything that was shown there."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode().rstrip("\n")


class Machine:
    """A home folder and a working folder of its own."""

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
            # So no bar comes in between, on however slow a machine.
            "TERM": "dumb",
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
        """Start a command without a terminal."""
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
        """Run a command without a terminal to its end."""
        if program is BURNBAG and warm.suits(self.env):
            given = [str(arg) for arg in args]
            file = stdout if isinstance(stdout, int) else stdout.fileno()
            shown = None if file == subprocess.PIPE else file
            code, out, err = warm.run(given, self.env, self.work, stdin, PATIENCE, shown)
            return Ran(code, out, err.decode())
        process = self.start(*args, program=program, stdout=stdout)
        out, err = process.communicate(stdin, timeout=PATIENCE)
        return Ran(process.returncode, out or b"", (err or b"").decode())

    def shell(self, script: str, *args: str) -> Ran:
        """Run a script of bash, with `burnbag` as a command; `args` are its $1, $2 and so on."""
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
        """Run a command on a terminal; each of `answers` is typed when its question is shown.

        `stdin` is piped in instead of typed; `piped` takes stdout away from the terminal.
        """
        master, slave = pty.openpty()
        given, stdin_end = (slave, None) if stdin is None else os.pipe()
        shown, stdout_end = (slave, None) if not piped else os.pipe()[::-1]
        try:
            files = (given, shown, slave)
            command = self.start_on_terminal([str(arg) for arg in args], files)
        finally:
            for file in {given, shown, slave}:
                os.close(file)
        if stdin_end is not None:
            with open(stdin_end, "wb") as pipe:
                pipe.write(stdin or b"")
        seen = converse(master, answers)
        out = b""
        if stdout_end is not None:
            with open(stdout_end, "rb") as pipe:
                out = pipe.read()
        return Ran(command.wait(PATIENCE), out, seen.replace("\r\n", "\n"))

    def start_on_terminal(self, args: list[str], files: tuple[int, int, int]) -> Waitable:
        """Start a command on the terminal `files[2]`; its stdin and stdout are the other two."""
        if warm.suits(self.env):
            return warm.start(args, self.env, self.work, files, terminal=True)
        return subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, *args],
            env=self.env,
            cwd=self.work,
            start_new_session=True,
            stdin=files[0],
            stdout=files[1],
            stderr=files[2],
        )

    def files(self) -> set[str]:
        """The names in the working folder."""
        return {str(path.relative_to(self.work)) for path in self.work.rglob("*")}

    def kept(self) -> bytes:
        """The contents of all files in the home folder."""
        return b"".join(path.read_bytes() for path in self.home.rglob("*") if path.is_file())


def make_stranger(folder: Path) -> Machine:
    """A machine, in a new folder, that knows no burnbag and has no credentials."""
    folder.mkdir()
    machine = Machine(folder)
    for name in [name for name in machine.env if name.startswith("AWS_")]:
        del machine.env[name]
    return machine


def converse(master: int, answers: Answers) -> str:
    """Type the answers, and return everything that was shown on the terminal until its end."""
    waiting, seen, looked_at = list(answers), "", 0
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if waiting and waiting[0][0] in seen[looked_at:]:
            looked_at = len(seen)
            typed = waiting.pop(0)[1]
            typed = typed if isinstance(typed, str) else typed()
            os.write(master, typed.encode(errors="surrogateescape"))
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


def interrupt(process: "subprocess.Popen[bytes]", by: int = signal.SIGINT) -> Ran:
    """Send a signal to a command, and wait for its end."""
    process.send_signal(by)
    out, err = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, out or b"", (err or b"").decode())


def handles_signals(process: "subprocess.Popen[bytes]") -> bool:
    """Whether burnbag's own handlers are in place, or the command has ended.

    Before that a signal meets Python, which is still starting, and not a line of burnbag's. The
    two can be told apart because Python handles SIGINT too, but never SIGTERM. Linux only:
    elsewhere True.
    """
    status = Path(f"/proc/{process.pid}/status")
    if process.poll() is not None or not Path("/proc/self/status").exists():
        return True
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
    return bool(found and int(found[1], 16) >> (signal.SIGTERM - 1) & 1)


def wait_until(condition: Callable[[], object], every: float = 0.02) -> None:
    """Wait until `condition` holds. Fails if that takes too long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(every)
