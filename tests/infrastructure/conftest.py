"""An embedded AWS for each file."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tools import emulator, terraform
from tools.checkout import BUILD

# pytest-terraform passes no options to init, so where the plugins are goes into a file.
MIRROR = """provider_installation {{
  filesystem_mirror {{
    path = "{folder}"
  }}
}}
"""


@pytest.fixture(scope="module", autouse=True)
def embedded_aws(request: pytest.FixtureRequest) -> Iterator[emulator.Emulator]:
    """Each file's own, so that files can run at the same time."""
    stack = BUILD / f"infrastructure-{request.path.stem}"
    server = emulator.start(stack, emulator.find_free_port())
    try:
        with mock.patch.dict(os.environ, environment(server, stack)):
            yield server
    finally:
        emulator.stop(stack)


def environment(server: emulator.Emulator, stack: Path) -> dict[str, str]:
    config = stack / "terraform.rc"
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
