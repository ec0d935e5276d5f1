"""Terraform: the program, its plugins, and a private copy of the configuration to run it in."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from tools.console import Problem, tail
from tools.paths import BUILD, TERRAFORM

OLDEST: Final = (1, 9)
REGISTRY: Final = "registry.terraform.io"
PROVIDER: Final = Path(REGISTRY, "hashicorp", "aws")
PLUGIN_CACHE: Final = BUILD / "terraform-plugins"
# Terraform's own customary folders, for machines that have no way to the registry.
PLUGIN_FOLDERS: Final = (
    Path("~/.terraform.d/plugins"),
    Path("/usr/local/share/terraform/plugins"),
    Path("/usr/share/terraform/plugins"),
)
INSTALL: Final = "https://developer.hashicorp.com/terraform/install"


@cache
def program(oldest: tuple[int, int] = OLDEST) -> str:
    """The path of Terraform. Raises Problem if there is none, or it is older than `oldest`."""
    wanted = ".".join(map(str, oldest))
    path = shutil.which("terraform")
    if path is None:
        raise Problem(f"Terraform {wanted} or newer is needed and was not found: {INSTALL}")
    found = version(path)
    if found < oldest:
        raise Problem(
            f"Terraform {wanted} or newer is needed, this is {found[0]}.{found[1]}: {INSTALL}"
        )
    return path


def version(path: str) -> tuple[int, int]:
    done = subprocess.run(
        [path, "version", "-json"],
        env=quiet_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        major, minor, *_ = json.loads(done.stdout)["terraform_version"].split(".")
        return int(major), int(minor)
    except (ValueError, KeyError):
        raise Problem(f"{path} does not tell its version:\n{done.stderr.strip()}") from None


def plugin_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of provider plugins on this machine, None to use the registry."""
    if chosen := environment.get("TF_PLUGIN_DIR"):
        if not (Path(chosen) / PROVIDER).is_dir():
            raise Problem(f"TF_PLUGIN_DIR={chosen} has no {PROVIDER}")
        return Path(chosen)
    nearby = sorted(folder.parent for folder in Path("/opt").glob(f"*/{REGISTRY}"))
    candidates = [folder.expanduser() for folder in PLUGIN_FOLDERS] + nearby
    return next((folder for folder in candidates if (folder / PROVIDER).is_dir()), None)


def quiet_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without settings that change what Terraform does behind our back.

    A command-line configuration that is missing is only a warning, but one per call.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("TF_") or name in ("TF_LOG", "TF_LOG_PATH")
    }
    config = environment.get("TF_CLI_CONFIG_FILE", "")
    if config and Path(config).is_file():
        kept["TF_CLI_CONFIG_FILE"] = config
    return {**kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def copy_configuration(target: Path) -> None:
    """Make `target` a copy of terraform/, keeping what `init` left there."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in target.iterdir():
        if not entry.name.startswith(".terraform"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend_override.tf")
    shutil.copytree(TERRAFORM, target, ignore=ignored, dirs_exist_ok=True)


def initialise(folder: Path, environment: Mapping[str, str], log: Path, *options: str) -> None:
    """`terraform init`, from the plugins at hand if there are any."""
    plugins = plugin_folder()
    environment = dict(environment)
    if plugins:
        options = (*options, f"-plugin-dir={plugins}")
    else:
        PLUGIN_CACHE.mkdir(parents=True, exist_ok=True)
        environment["TF_PLUGIN_CACHE_DIR"] = str(PLUGIN_CACHE)
    arguments = ["init", "-input=false", "-no-color", *options]
    with log.open("ab") as output:
        done = subprocess.run(
            [program(), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        from_where = f"plugins from {plugins}" if plugins else "the registry"
        raise Problem(f"terraform init failed ({from_where}):\n{tail(log)}")


def outputs(folder: Path, environment: Mapping[str, str]) -> dict[str, object]:
    """The outputs of the state of `folder`, by name."""
    done = subprocess.run(
        [program(), "output", "-json", "-no-color"],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"terraform output failed:\n{done.stderr.strip()}")
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}
