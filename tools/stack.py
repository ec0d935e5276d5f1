"""A whole burnbag on the embedded AWS: `up` and `down`, and what is known of it in between."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tools import emulator, package, terraform
from tools.checkout import BUILD, lock, stack_folder
from tools.console import Problem, say, step, tail
from tools.emulator import Emulator
from tools.terraform_apply import Stuck, apply

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


def up(
    name: str = LOCAL,
    port: int | None = None,
    variables: Mapping[str, Any] = MappingProxyType({}),
) -> Stack:
    """Build the zips, start the embedded AWS unless it runs, and apply what changed.

    `variables` are Terraform's, beside those of local.tfvars. Raises Problem, and ends an emulator
    in which nothing was finished.
    """
    if sys.platform != "linux":
        raise Problem("the embedded AWS runs the real zips, which are Linux's: use Linux or WSL 2")
    terraform.find_program()
    folder = stack_folder(name)
    with lock(folder):
        with step("building the zips"):
            package.build()
        server = find_or_start(folder, port)
        try:
            return deploy_or_start_over(name, folder, server, variables)
        except Problem as problem:
            raise explain(problem, folder) from None
        finally:
            if not is_complete(folder):
                emulator.stop(folder)


def find_or_start(folder: Path, port: int | None) -> Emulator:
    """The stack's emulator, on `port` if one is asked for."""
    present = emulator.find_running(folder)
    if present and port in (None, present.port):
        say(f"- the embedded AWS runs already: {present.url}")
        return present
    chosen = emulator.choose_port(port)
    try:
        return start_empty(folder, chosen)
    except Problem:
        if port is not None or emulator.is_free(chosen):
            raise
        say("  another checkout took that port at the same moment")
        return start_empty(folder, emulator.find_free_port())


def start_empty(folder: Path, port: int) -> Emulator:
    with step(f"starting the embedded AWS on {emulator.HOST}:{port}"):
        emulator.stop(folder)
        forget(folder)
        return emulator.start(folder, port)


def deploy_or_start_over(
    name: str, folder: Path, server: Emulator, variables: Mapping[str, Any]
) -> Stack:
    """Deploy. If that gets stuck before the stack was ever complete, start over once."""
    try:
        return deploy(name, folder, server, variables)
    except Stuck as problem:
        if is_complete(folder):
            raise Problem(f"{problem}\nStart anew: make down, then make up") from None
        say(f"  {problem}")
    say("- starting over, once, with an empty embedded AWS")
    return deploy(name, folder, start_empty(folder, server.port), variables)


def is_complete(folder: Path) -> bool:
    """Whether the stack was up once: `forget` removes its description with the emulator."""
    return (folder / "stack.json").exists()


def explain(problem: Problem, folder: Path) -> Problem:
    """`problem`, or what is behind it if the emulator died."""
    if emulator.find_running(folder):
        return problem
    return Problem(f"the embedded AWS ended while in use:\n{tail(folder / 'emulator.log')}")


def deploy(name: str, folder: Path, server: Emulator, variables: Mapping[str, Any]) -> Stack:
    configuration, log = folder / "terraform", folder / "terraform.log"
    environment = terraform_environment(server)
    with step("terraform init"):
        prepare(configuration, environment, log)
    with step("terraform apply (a queue alone takes 25 s)"):
        options = ["-var-file=environments/local.tfvars", "-parallelism=20"]
        options += [f"-var={name}={json.dumps(value)}" for name, value in variables.items()]
        progress = apply(configuration, options, environment, log)
        say(f"  {progress}" if progress.planned else "  nothing to change")
    return write_description(
        name, folder, server, terraform.read_outputs(configuration, environment)
    )


def prepare(configuration: Path, environment: Mapping[str, str], log: Path) -> None:
    """Put a copy of terraform/ there that keeps its state beside itself, and initialise it."""
    terraform.copy_configuration(configuration)
    (configuration / "backend_override.tf").write_text(BACKEND)
    terraform.initialise(configuration, environment, log)


def terraform_environment(server: Emulator) -> dict[str, str]:
    """The user's environment, but with the emulator's account instead of their own."""
    return {
        **terraform.environment_without_aws(),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": emulator.ROOT_KEY,
        "AWS_REGION": emulator.REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # On the loopback, a call that fails three times would always fail.
        "AWS_MAX_ATTEMPTS": "3",
        "TF_VAR_emulator_endpoint_url": server.url,
    }


def write_description(
    name: str, folder: Path, server: Emulator, outputs: Mapping[str, Any]
) -> Stack:
    """Write stack.json, from which `find` reads."""
    stack = Stack(name, outputs["api_url"], server.url, emulator.REGION, server.pid, outputs)
    facts = {"aws_endpoint_url": stack.aws_endpoint_url, "region": stack.region, "pid": stack.pid}
    unfinished = folder / "stack.json.part"
    unfinished.write_text(json.dumps({**outputs, **facts}, indent=2) + "\n")
    unfinished.replace(folder / "stack.json")
    return stack


def find(name: str = LOCAL) -> Stack | None:
    """The running stack of that name, None if it is down or was never complete."""
    folder = stack_folder(name)
    server = emulator.find_running(folder)
    try:
        facts = json.loads((folder / "stack.json").read_text())
    except FileNotFoundError:
        return None
    if server is None or server.pid != facts["pid"]:
        return None
    own = {key: facts.pop(key) for key in ("aws_endpoint_url", "region", "pid")}
    return Stack(name, facts["api_url"], outputs=facts, **own)


def down(name: str = LOCAL) -> bool:
    """End the stack and forget its state. False if it was not running."""
    folder = stack_folder(name)
    if not folder.is_dir():
        return False
    with lock(folder):
        found = emulator.stop(folder)
        forget(folder)
        shutil.rmtree(folder / "terraform", ignore_errors=True)
    return found


def end_all() -> None:
    """End every stack of this checkout."""
    for record in BUILD.glob("*/emulator.json"):
        down(record.parent.name)


def forget(folder: Path) -> None:
    """Remove what describes the emulator's contents, which end with it."""
    for description in [
        folder / "stack.json",
        folder / "password",
        *folder.glob("terraform.tfstate*"),
    ]:
        description.unlink(missing_ok=True)
