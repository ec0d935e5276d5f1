"""Commands as forks of one process that has imported burnbag already.

A short command spends most of its time on imports. Here one process imports everything once and
then forks for each command. Such a command is a process all the same: it has its own descriptors,
environment, session and working folder, and it ends like any other. Only its interpreter did not
start anew, so what is about the start, such as early signals, is tested on `python -m burnbag`.
"""

import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.services import ROOT

# What the interpreter reads when it starts, and a fork therefore has from the first process.
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(ROOT / "client"), str(ROOT)]), "LANG": "C.UTF-8"}
# What a library imports only when it is used.
LATE = ("httpcore", "click._textwrap")
LARGEST_ORDER = 1 << 16


def suits(env: Mapping[str, str]) -> bool:
    """Whether a fork behaves as an interpreter started with `env` would."""
    own = {name for name in env if name.startswith(("PYTHON", "LC_"))} - {"PYTHONPATH"}
    return not own and env.get("LANG") == ENVIRONMENT["LANG"]


def start(
    args: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    files: Sequence[int],
    *,
    terminal: bool = False,
) -> "Command":
    """Start `burnbag` with `args`; `files` become its stdin, stdout and stderr.

    With `terminal`, stderr is a terminal and becomes the command's own.
    """
    order = {"args": args, "env": dict(env), "folder": str(folder), "terminal": terminal}
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(first_process(), [json.dumps(order).encode()], [theirs.fileno(), *files])
    return Command(ours)


class Command:
    """A command that was started."""

    def __init__(self, told: socket.socket) -> None:
        self.told = told

    def wait(self, timeout: float) -> int:
        """The exit status, negative for a signal, as in subprocess."""
        self.told.settimeout(timeout)
        with self.told:
            return os.waitstatus_to_exitcode(int(self.told.recv(64)))


def run(
    args: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    stdin: bytes,
    timeout: float,
    stdout: int | None = None,
) -> tuple[int, bytes, bytes]:
    """Run `burnbag` with pipes for what is not given: exit status, stdout, stderr."""
    with ExitStack() as pipes:
        pairs = [os.pipe() for _ in range(3)]
        theirs = [pairs[0][0], pairs[1][1], pairs[2][1]]
        given = pipes.enter_context(open(pairs[0][1], "wb", buffering=0))
        readers = [pipes.enter_context(open(pairs[n][0], "rb")) for n in (1, 2)]
        given_out = theirs[1] if stdout is None else stdout
        command = start(args, env, folder, [theirs[0], given_out, theirs[2]])
        for file in theirs:
            os.close(file)
        threads = [Reading(reader) for reader in readers]
        with suppress(BrokenPipeError):
            given.write(stdin)
        given.close()
        status = command.wait(timeout)
        out, err = (thread.result(timeout) for thread in threads)
        return status, out, err


class Reading(threading.Thread):
    """Reads a pipe to its end, so that no writer waits."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(daemon=True)
        self.pipe, self.data = pipe, b""
        self.start()

    def run(self) -> None:
        self.data = self.pipe.read()

    def result(self, timeout: float) -> bytes:
        self.join(timeout)
        assert not self.is_alive(), "somebody still holds the other end"
        return self.data


@cache
def first_process() -> socket.socket:
    """The socket of the process that forks. It ends with the tests: its socket is closed then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())],
            env={**ENVIRONMENT, "PATH": os.environ["PATH"]},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return ours


def fork_for_each(control: socket.socket) -> None:
    """Fork for each order that comes. Returns in the child, as the command that was ordered.

    In between stands a process that waits for the command and tells its end.
    """
    while True:
        message, files, *_ = socket.recv_fds(control, LARGEST_ORDER, 4)
        if not message:
            sys.exit()
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            command = os.fork()
            if command == 0:
                return become(json.loads(message), files)
            for file in files[1:]:
                os.close(file)
            _, status = os.waitpid(command, 0)
            os.write(files[0], str(status).encode())
            os._exit(0)
        for file in files:
            os.close(file)


def become(order: Any, files: list[int]) -> None:
    """Take on all that a new process would have been started with."""
    os.setsid()
    for number, file in enumerate(files[1:]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    if order["terminal"]:
        fcntl.ioctl(2, termios.TIOCSCTTY, 0)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv[1:] = order["args"]
    sys.stdin = open_again(sys.stdin, "rb")
    sys.stdout = open_again(sys.stdout, "wb")
    sys.stderr = open_again(sys.stderr, "wb")


def open_again(stream: Any, mode: str) -> io.TextIOWrapper:
    """A standard stream on what its descriptor is now, opened as the interpreter opens it."""
    binary: Any = open(stream.fileno(), mode, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        binary,
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.fileno() == 2 or binary.raw.isatty(),
    )


def import_everything() -> None:
    import burnbag

    for found in pkgutil.walk_packages(burnbag.__path__, "burnbag."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    for name in LATE:
        importlib.import_module(name)


if __name__ == "__main__":
    import_everything()
    # Collected once: what stays is never looked at again, in no child.
    gc.collect()
    gc.freeze()
    # The processes in between are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        fork_for_each(control)
    sys.path.remove(str(ROOT))
    runpy.run_module("burnbag", run_name="__main__", alter_sys=True)
