"""A whole burnbag on the embedded AWS: `up` and `down`, and what is known of it in between."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools import emulator, package, terraform
from tools.console import Problem, say, step, tail
from tools.emulator import Emulator
from tools.locks import locked
from tools.paths import PACKAGES, stack_directory
from tools.runtime import lambda_architecture, lambda_runtime
from tools.terraform_apply import apply

LOCAL: Final = "local"
BACKEND: Final = 'terraform {\n  backend "local" {\n    path = "../terraform.tfstate"\n  }\n}\n'


@dataclass(frozen=True)
class Stack:
    """A running stack, as `build/<name>/stack.json` describes it."""

    name: str
    api_url: str
    aws_endpoint_url: str
    region: str
    pid: int
    outputs: Mapping[str, Any]

    @property
    def port(self) -> int:
        return int(self.aws_endpoint_url.rsplit(":", 1)[1])


def up(name: str = LOCAL, port: int | None = None) -> Stack:
    """Build, start what does not run, and apply what changed.

    Raises Problem; an emulator that this call started is ended again before.
    """
    if sys.platform != "linux":
        raise Problem("the embedded AWS runs the real zips, which are Linux's: use Linux or WSL 2")
    terraform.program()
    folder = stack_directory(name)
    with locked(folder):
        with step("building the zips"):
            package.build()
        server, started = running_emulator(folder, port)
        try:
            return deploy(name, folder, server)
        except Problem as problem:
            raise explained(problem, folder) from None
        finally:
            if started and current(name) is None:
                emulator.stop(folder)


def explained(problem: Problem, folder: Path) -> Problem:
    """`problem`, or what is behind it: nothing can be applied to an emulator that died."""
    if emulator.running(folder):
        return problem
    return Problem(f"the embedded AWS ended while in use:\n{tail(folder / 'emulator.log')}")


def running_emulator(folder: Path, port: int | None) -> tuple[Emulator, bool]:
    """The stack's emulator, on `port` if one is asked for, and whether it was started now."""
    present = emulator.running(folder)
    if present and port in (None, present.port):
        say(f"- the embedded AWS runs already: {present.url}")
        return present, False
    chosen = emulator.choose_port(port)
    with step(f"starting the embedded AWS on {emulator.HOST}:{chosen}"):
        forget(folder)
        return emulator.start(folder, chosen), True


def deploy(name: str, folder: Path, server: Emulator) -> Stack:
    configuration, log = folder / "terraform", folder / "terraform.log"
    log.unlink(missing_ok=True)
    environment = terraform_environment(server)
    with step("terraform init"):
        terraform.copy_configuration(configuration)
        (configuration / "backend_override.tf").write_text(BACKEND)
        terraform.initialise(configuration, environment, log)
    with step("terraform apply (a queue alone takes 25 s)"):
        options = ["-var-file=environments/local.tfvars", "-parallelism=20"]
        progress = apply(configuration, options, environment, log)
        say(f"  {progress}" if progress.planned else "  nothing to change")
    return describe(name, folder, server, terraform.outputs(configuration, environment))


def terraform_environment(server: Emulator) -> dict[str, str]:
    """The user's environment without their AWS: nothing may go to a real account."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **terraform.quiet_environment(inherited),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": emulator.ROOT_KEY,
        "AWS_REGION": emulator.REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Against the loopback, a call that fails thrice fails for good.
        "AWS_MAX_ATTEMPTS": "3",
        "TF_VAR_packages_dir": str(PACKAGES),
        "TF_VAR_lambda_runtime": lambda_runtime(),
        "TF_VAR_lambda_architecture": lambda_architecture(),
        "TF_VAR_emulator_endpoint_url": server.url,
    }


def describe(name: str, folder: Path, server: Emulator, outputs: Mapping[str, Any]) -> Stack:
    stack = Stack(name, outputs["api_url"], server.url, emulator.REGION, server.pid, outputs)
    facts = {"aws_endpoint_url": stack.aws_endpoint_url, "region": stack.region, "pid": stack.pid}
    unfinished = folder / "stack.json.part"
    unfinished.write_text(json.dumps({**outputs, **facts}, indent=2) + "\n")
    unfinished.replace(folder / "stack.json")
    return stack


def current(name: str = LOCAL) -> Stack | None:
    """The running stack of that name, None if it is down."""
    folder = stack_directory(name)
    server = emulator.running(folder)
    try:
        facts = json.loads((folder / "stack.json").read_text())
    except FileNotFoundError:
        return None
    if server is None or server.pid != facts["pid"]:
        return None
    own = {key: facts.pop(key) for key in ("aws_endpoint_url", "region", "pid")}
    return Stack(name, facts["api_url"], outputs=facts, **own)


def down(name: str = LOCAL) -> bool:
    """End the stack and forget its state; whether it was running."""
    folder = stack_directory(name)
    if not folder.is_dir():
        return False
    with locked(folder):
        found = emulator.stop(folder)
        forget(folder)
        shutil.rmtree(folder / "terraform", ignore_errors=True)
    return found


def forget(folder: Path) -> None:
    """Remove what describes an emulator's contents: they are gone with its memory."""
    for description in [folder / "stack.json", *folder.glob("terraform.tfstate*")]:
        description.unlink(missing_ok=True)
