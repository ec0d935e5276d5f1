"""What a function has printed before it answered is read with its answer, however much it is."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.lambda_runtime import Worker

from tools.emulator_differences import worker_output

# Prints what it is told to, then answers.
FUNCTION = """
import sys
import threading
for line in sys.stdin:
    print(line.strip() * 20_000 if line.startswith("much") else line, end="", file=sys.stderr)
    print("answer", flush=True)
"""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that runs, and whose output nobody reads yet."""
    for name in worker_output.WRAPPED[Worker].split():
        monkeypatch.setattr(Worker, name, getattr(Worker, name))
    worker_output.correct()
    made: Any = Worker("function", {}, b"")
    command, pipe = [sys.executable, "-c", FUNCTION], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        made._proc = process
        yield made


@pytest.fixture
def reader(worker: Any) -> Iterator[threading.Thread]:
    """The thread that reads it."""
    thread = threading.Thread(target=worker._read_stderr)
    thread.start()
    yield thread
    worker._proc.stdin.close()
    thread.join(60)


def call(worker: Any, text: str) -> str:
    worker._proc.stdin.write(f"{text}\n")
    worker._proc.stdin.flush()
    assert worker._proc.stdout.readline() == "answer\n"
    found: str = worker._drain_stderr_bounded()
    return found


@pytest.mark.usefixtures("reader")
def test_each_answer_comes_with_its_own_lines(worker: Any) -> None:
    for text in ("Grüße", "", *(f"line {number}" for number in range(200))):
        assert call(worker, text) == text


@pytest.mark.usefixtures("reader")
def test_more_than_a_pipe_holds_keeps_no_function_waiting(worker: Any) -> None:
    assert call(worker, "much") == "much" * 20_000


def test_without_the_thread_nothing_is_lost_either(worker: Any) -> None:
    assert call(worker, "one") == "one"
    assert worker._drain_stderr() == ""


def test_the_thread_ends_with_the_function(worker: Any, reader: threading.Thread) -> None:
    worker._proc.stdin.close()
    reader.join(60)
    assert not reader.is_alive()
