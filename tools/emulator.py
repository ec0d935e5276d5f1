"""The embedded AWS: one ministack process on 127.0.0.1, started, found and ended by its folder."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import SystemRandom
from typing import Final

from tools.checkout import ROOT
from tools.console import Problem, tail

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 4566
REGION: Final = "us-east-1"
# Root of the emulated account; it means nothing anywhere else.
ROOT_KEY: Final = "test"
SERVICES: Final = (
    "apigateway,cloudtrail,cloudwatch,cognito-idp,dynamodb,dynamodbstreams,events,iam,kms,lambda"
    ",logs,route53,s3,sns,sqs,sts,wafv2"
)
READY_SECONDS: Final = 60
# The state of a listening socket in /proc/net/tcp.
LISTENING: Final = "0A"
GRACE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Emulator:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def own_folder(stack: Path) -> Path:
    """The only folder that the emulator writes to. Its path marks the processes of this stack."""
    return stack.resolve() / "emulator"


def find_running(stack: Path) -> Emulator | None:
    """The stack's emulator, if it still runs and answers."""
    try:
        emulator = Emulator(**json.loads((stack / "emulator.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    # One that is busy answers late, and must not be taken for dead: what it has would be lost.
    deadline = time.monotonic() + READY_SECONDS
    while emulator.pid in find_processes(stack) and time.monotonic() < deadline:
        if is_ready(emulator.port):
            return emulator
        time.sleep(0.1)
    return None


def start(stack: Path, port: int) -> Emulator:
    """Start an empty emulator on `port`. Raises Problem if it does not come up."""
    stop(stack)
    for name in ("home", "tmp"):
        (own_folder(stack) / name).mkdir(parents=True)
    log = stack / "emulator.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tools.emulator_differences", str(own_folder(stack))],
            cwd=ROOT,
            env=environment(stack, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(child, port, log)
    except BaseException:
        stop(stack)
        raise
    emulator = Emulator(child.pid, port)
    (stack / "emulator.json").write_text(json.dumps(asdict(emulator)))
    return emulator


def stop(stack: Path) -> bool:
    """End the emulator and its Lambda workers. False if there was nothing to end."""
    found = bool(find_processes(stack))
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in find_processes(stack):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until_gone(stack):
            break
    (stack / "emulator.json").unlink(missing_ok=True)
    shutil.rmtree(own_folder(stack), ignore_errors=True)
    return found


def environment(stack: Path, port: int) -> dict[str, str]:
    """The emulator's whole environment: it passes its own on to every function."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(own_folder(stack) / "home"),
        "TMPDIR": str(own_folder(stack) / "tmp"),
        # A worker unpacks its zip anew each time, so compiled files would never be read.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "SERVICES": SERVICES,
        # A listener of a service that burnbag does not use.
        "IOT_MTLS_ENABLED": "0",
        # With Docker it would look for containers of its own and remove them.
        "DOCKER_HOST": "unix:///nonexistent",
        # AWS's default for an account; emulator_differences limits the workers.
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "LAMBDA_WARM_TTL_SECONDS": "120",
        # A model of what DynamoDB's partitions take: docs/emulator.md.
        "DYNAMODB_THROTTLING": os.environ.get("DYNAMODB_THROTTLING", ""),
        # What calls change is told to EventBridge; the newest calls can be looked up.
        "CLOUDTRAIL_RECORDING": "1",
        # How often alarms are evaluated, for tests in a hurry: docs/emulator.md.
        "CLOUDWATCH_ALARM_SECONDS": os.environ.get("CLOUDWATCH_ALARM_SECONDS", ""),
    }


def wait_until_ready(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not (is_ready(port) and listens(child.pid, port)):
        if child.poll() is not None:
            raise Problem(f"the embedded AWS ended with status {child.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise Problem(f"the embedded AWS is not ready after {READY_SECONDS} s:\n{tail(log)}")
        time.sleep(0.1)


def listens(pid: int, port: int) -> bool:
    """Whether the process itself listens there: another checkout may have been faster."""
    files = set()
    with suppress(OSError):
        for file in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                files.add(os.readlink(f"/proc/{pid}/fd/{file}"))
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        f"socket:[{fields[9]}]" in files and fields[1].endswith(f":{port:04X}")
        for fields in sockets
        if fields[3] == LISTENING
    )


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_gone(stack: Path) -> bool:
    deadline = time.monotonic() + GRACE_SECONDS
    while find_processes(stack):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def find_processes(stack: Path) -> list[int]:
    """Pids of the emulator and its workers: they have a path in its folder among their arguments.

    A process that got the pid of an ended one has none.
    """
    mark = os.fsencode(own_folder(stack))
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if pid != os.getpid() and has_argument(pid, mark)]


def has_argument(pid: int, path: bytes) -> bool:
    try:
        arguments = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(each == path or each.startswith(path + b"/") for each in arguments)


def choose_port(wanted: int | None) -> int:
    """The port that is asked for, else the usual port or any free one. Raises Problem if busy."""
    if wanted is None:
        return USUAL_PORT if is_free(USUAL_PORT) else find_free_port()
    if not 0 < wanted < 65536:
        raise Problem(f"PORT={wanted} is not a port: choose one from 1024 to 65535")
    if not is_free(wanted):
        raise Problem(f"port {wanted} is busy or not permitted: choose another, PORT=…")
    return wanted


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """A port that the system gives to nobody who asks for any: until it is used, it stays free."""
    return next(filter(is_free, SystemRandom().sample(range(10_000, 32_768), 100)))
