"""The embedded AWS: one ministack process on 127.0.0.1, started, found and ended by its folder."""

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tools import processes
from tools.console import Problem, tail
from tools.paths import ROOT

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 4566
READY_SECONDS: Final = 60
REGION: Final = "us-east-1"
# Root of the emulated account; real only on this machine's loopback.
ROOT_KEY: Final = "test"
SERVICES: Final = (
    "apigateway,cloudwatch,dynamodb,dynamodbstreams,events,iam,kms,lambda,logs,s3,sqs,sts"
)


@dataclass(frozen=True)
class Emulator:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def folder(stack: Path) -> Path:
    """What the process may write to, and the mark by which it is known."""
    return stack.resolve() / "emulator"


def running(stack: Path) -> Emulator | None:
    """The stack's emulator, if it still runs and answers."""
    try:
        emulator = Emulator(**json.loads((stack / "emulator.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    alive = emulator.pid in processes.owned_by(folder(stack))
    return emulator if alive and ready(emulator.port) else None


def start(stack: Path, port: int) -> Emulator:
    """Start an empty emulator on `port`. Raises Problem if it does not come up."""
    stop(stack)
    for name in ("home", "tmp"):
        (folder(stack) / name).mkdir(parents=True)
    log = stack / "emulator.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tools.emulator_main", str(folder(stack))],
            cwd=ROOT,
            env=environment(stack, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await_readiness(child, port, log)
    except BaseException:
        stop(stack)
        raise
    emulator = Emulator(child.pid, port)
    (stack / "emulator.json").write_text(json.dumps(asdict(emulator)))
    return emulator


def stop(stack: Path) -> bool:
    """End the emulator and its Lambda workers; whether there was anything to end."""
    found = bool(processes.owned_by(folder(stack)))
    processes.end_all(folder(stack))
    (stack / "emulator.json").unlink(missing_ok=True)
    shutil.rmtree(folder(stack), ignore_errors=True)
    return found


def environment(stack: Path, port: int) -> dict[str, str]:
    """All that the emulator inherits: it hands its environment on to every function."""
    own = folder(stack)
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(own / "home"),
        "TMPDIR": str(own / "tmp"),
        "STATE_DIR": str(own / "state"),
        "S3_DATA_DIR": str(own / "s3"),
        # Each worker unpacks its zip anew: compiled files would be written and never read.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "SERVICES": SERVICES,
        # Listeners of services that burnbag does not use.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would look for containers of its own and remove them.
        "DOCKER_HOST": "unix:///nonexistent",
        "LAMBDA_EXECUTOR": "local",
        # AWS's own default for an account; the workers are limited in emulator_differences.
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "LAMBDA_WARM_TTL_SECONDS": "120",
    }


def await_readiness(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready(port):
        if child.poll() is not None:
            raise Problem(f"the embedded AWS ended with status {child.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise Problem(f"the embedded AWS is not ready after {READY_SECONDS} s:\n{tail(log)}")
        time.sleep(0.1)


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def choose_port(wanted: int | None) -> int:
    """`wanted` if it is free, else a Problem; without a wish the usual port or any free one."""
    if wanted is None:
        return USUAL_PORT if bindable(USUAL_PORT) else free_port()
    if not 0 < wanted < 65536:
        raise Problem(f"PORT={wanted} is not a port: choose one from 1024 to 65535")
    if not bindable(wanted):
        raise Problem(f"port {wanted} is busy or not permitted: choose another, PORT=…")
    return wanted


def bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
