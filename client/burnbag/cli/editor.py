"""A secret that is written in an editor: on a file that only its owner can read, and that goes."""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

from burnbag.cli import interrupts, tty
from burnbag.cli.errors import CommandError, UsageError, name_file

VARIABLES: Final = ("VISUAL", "EDITOR")
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
NAME: Final = "secret.txt"
PATIENCE_SECONDS: Final = 3.0
FOUND_IN: Final = "/proc/mounts"


def edit() -> str:
    """What somebody writes in their editor. Raises UsageError, and CommandError for nothing."""
    if not tty.can_ask():
        raise UsageError("there is no terminal for an editor")
    command = find_editor()
    with make_folder() as folder:
        file = folder / NAME
        file.touch(mode=0o600)
        run(command, file)
        with name_file("what was written"):
            return check(file.read_bytes())


def check(written: bytes) -> str:
    """A text as it is sent. Raises CommandError for none."""
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise UsageError("what was written is not UTF-8") from None
    if not text.strip():
        raise CommandError(
            "nothing was written, so nothing is sent. (An editor with windows has to wait until "
            "its file is closed: EDITOR='code --wait')"
        )
    return tty.without_last_newline(text)


def find_editor() -> list[str]:
    """The command of the user's editor."""
    chosen = next((value for name in VARIABLES if (value := os.environ.get(name))), None)
    try:
        command = shlex.split(chosen or "vi")
    except ValueError:
        command = []
    if not command or shutil.which(command[0]) is None:
        raise UsageError("the editor can't be found: set VISUAL or EDITOR")
    return command


@contextmanager
def make_folder() -> Iterator[Path]:
    """A private folder that is removed, with all that an editor has put next to its file.

    In memory where the system has that; otherwise it is said.
    """
    memory = find_memory()
    if memory is None:
        tty.say("this system keeps no files in memory, so the text is on its disk while you write")
    try:
        folder = Path(tempfile.mkdtemp(prefix=".burnbag-", dir=memory))
    except OSError as error:
        raise CommandError(f"there is no place for the editor's file: {error.strerror}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            tty.say(f"{folder} could not be removed: it has what was written")


def find_memory() -> Path | None:
    """A folder that is memory, and that we can write to."""
    kinds = read_mounts()
    for folder in map(Path, filter(None, (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm"))):  # nosec B108
        mount = next((at for at in (folder, *folder.parents) if at in kinds), None)
        if mount and kinds[mount] in IN_MEMORY and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def read_mounts() -> dict[Path, str]:
    """What is mounted where; the last one counts. Empty where the system is not Linux."""
    with suppress(OSError), open(FOUND_IN) as lines:
        fields = (line.split() for line in lines)
        return {Path(each[1]): each[2] for each in fields}
    return {}


def run(command: list[str], file: Path) -> None:
    """Let the user edit, on the terminal even if our own streams are something else.

    As with git, Ctrl-C is the editor's then. Raises CommandError if it fails.
    """
    with open_streams() as streams, keep_terminal():
        before = signal.signal(signal.SIGINT, leave_to_editor)
        process = None
        try:
            # Until Popen returns, nobody knows which process a signal has to end.
            with name_file(command[0]), interrupts.defer():
                process = subprocess.Popen([*command, str(file)], **streams)
            code = process.wait()
        except BaseException:
            if process is not None:
                end(process)
            raise
        finally:
            # Another signal may have ended us: then all are ignored, and stay so.
            if signal.getsignal(signal.SIGINT) is leave_to_editor:
                signal.signal(signal.SIGINT, before)
    if code:
        raise CommandError(f"the editor failed ({code}), so nothing is sent")


def leave_to_editor(number: int, frame: FrameType | None) -> None:
    """Do nothing. Not SIG_IGN, which the editor would inherit."""


def end(process: "subprocess.Popen[bytes]") -> None:
    """End an editor that is still running, so that it writes nothing more."""
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def open_streams() -> Iterator[dict[str, Any]]:
    """The terminal as the editor's three streams; its own ones where there is no other way."""
    try:
        terminal = tty.open_terminal()
    except OSError:
        yield {}
        return
    with terminal:
        yield dict.fromkeys(("stdin", "stdout", "stderr"), terminal)


@contextmanager
def keep_terminal() -> Iterator[None]:
    """Leave the terminal as it was, whatever an editor that was ended has made of it."""
    try:
        import termios

        terminal = tty.open_terminal()
    except (ImportError, OSError):
        yield
        return
    with terminal:
        before = termios.tcgetattr(terminal)
        try:
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
