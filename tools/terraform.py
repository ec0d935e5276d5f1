"""Terraform: the program, its plugins, and a private copy of the configuration to run it in."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tools.checkout import BUILD, TERRAFORM
from tools.console import Problem, tail

OLDEST: Final = (1, 9)
INSTALL: Final = "https://developer.hashicorp.com/terraform/install"
REGISTRY: Final = "registry.terraform.io"
PROVIDER: Final = Path(REGISTRY, "hashicorp", "aws")
# Terraform's own customary folders, for machines that have no way to the registry.
PLUGIN_FOLDERS: Final = (
    Path("~/.terraform.d/plugins"),
    Path("/usr/local/share/terraform/plugins"),
    Path("/usr/share/terraform/plugins"),
)


@cache
def find_program(oldest: tuple[int, int] = OLDEST) -> str:
    """The path of Terraform. Raises Problem if it is missing or older than `oldest`."""
    wanted = ".".join(map(str, oldest))
    path = shutil.which("terraform")
    if path is None:
        raise Problem(f"Terraform {wanted} or newer is needed and was not found: {INSTALL}")
    found = read_version(path)
    if found < oldest:
        raise Problem(
            f"Terraform {wanted} or newer is needed, this is {found[0]}.{found[1]}: {INSTALL}"
        )
    return path


def read_version(path: str) -> tuple[int, int]:
    done = subprocess.run(
        [path, "version", "-json"],
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        major, minor, *_ = json.loads(done.stdout)["terraform_version"].split(".")
        return int(major), int(minor)
    except (ValueError, KeyError):
        raise Problem(f"{path} does not tell its version:\n{done.stderr.strip()}") from None


def find_plugins(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of provider plugins on this machine, None to use the registry."""
    if chosen := environment.get("TF_PLUGIN_DIR"):
        if not (Path(chosen) / PROVIDER).is_dir():
            raise Problem(f"TF_PLUGIN_DIR={chosen} has no {PROVIDER}")
        return Path(chosen)
    nearby = sorted(folder.parent for folder in Path("/opt").glob(f"*/{REGISTRY}"))
    candidates = [folder.expanduser() for folder in PLUGIN_FOLDERS] + nearby
    return next((folder for folder in candidates if (folder / PROVIDER).is_dir()), None)


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without the user's settings for Terraform, apart from logging.

    Terraform would warn at each call of a command-line configuration that does not exist.
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
    """Make `target` a copy of terraform/, but keep what `terraform init` left there."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in target.iterdir():
        if not entry.name.startswith(".terraform"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend_override.tf")
    shutil.copytree(TERRAFORM, target, ignore=ignored, dirs_exist_ok=True)


def initialise(folder: Path, environment: Mapping[str, str], log: Path, *options: str) -> None:
    """Run `terraform init`, with the plugins on this machine if there are any."""
    plugins, plugin_cache = find_plugins(), BUILD / "terraform-plugins"
    if plugins:
        options = (*options, f"-plugin-dir={plugins}")
    else:
        plugin_cache.mkdir(parents=True, exist_ok=True)
        environment = {**environment, "TF_PLUGIN_CACHE_DIR": str(plugin_cache)}
    log.unlink(missing_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [find_program(), "init", "-input=false", "-no-color", *options],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        from_where = f"plugins from {plugins}" if plugins else "the registry"
        raise Problem(f"terraform init failed ({from_where}):\n{tail(log)}")


def read_outputs(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The outputs of the state of `folder`, by name."""
    done = subprocess.run(
        [find_program(), "output", "-json", "-no-color"],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"terraform output failed:\n{done.stderr.strip()}")
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}
