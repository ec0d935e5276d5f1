"""An embedded AWS of its own, and a copy of the module for pytest-terraform to run in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tools import emulator, terraform
from tools.checkout import BUILD, TERRAFORM

HERE = Path(__file__).parent
STACK = BUILD / "infrastructure"
# pytest-terraform passes no options to init, so where the plugins are goes into a file.
MIRROR = """provider_installation {{
  filesystem_mirror {{
    path = "{folder}"
  }}
}}
"""


@pytest.fixture(scope="module", autouse=True)
def embedded_aws() -> Iterator[emulator.Emulator]:
    shutil.rmtree(STACK / "storage", ignore_errors=True)
    shutil.copytree(HERE / "storage", STACK / "storage")
    module = TERRAFORM / "modules" / "burnbag" / "modules" / "storage"
    shutil.copytree(module, STACK / "storage" / "modules" / "storage")
    server = emulator.start(STACK, emulator.find_free_port())
    try:
        with mock.patch.dict(os.environ, environment(server)):
            yield server
    finally:
        emulator.stop(STACK)


def environment(server: emulator.Emulator) -> dict[str, str]:
    config = STACK / "terraform.rc"
    folder = terraform.find_plugins()
    config.write_text(MIRROR.format(folder=folder) if folder else "")
    return {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": emulator.ROOT_KEY,
        "AWS_REGION": emulator.REGION,
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(config),
    }
