"""The Lambda runtime that the zips are built for: the interpreter and machine at hand."""

import platform
import sys
from typing import Final

from tools.console import Problem

OLDEST: Final = (3, 11)
NEWEST: Final = (3, 13)
ARCHITECTURES: Final = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}


def lambda_runtime(version: tuple[int, int] | None = None) -> str:
    """The runtime's name, such as "python3.11", for this interpreter.

    The packaging interpreter's version must be the function's, or compiled
    dependencies don't load. Raises Problem outside 3.11 to 3.13.
    """
    major, minor = version or (sys.version_info.major, sys.version_info.minor)
    if not OLDEST <= (major, minor) <= NEWEST:
        raise Problem(
            f"this is Python {major}.{minor}; burnbag's functions run on Python 3.11, 3.12 or 3.13."
            " Choose one: make PYTHON=python3.12 …"
        )
    return f"python{major}.{minor}"


def lambda_architecture(machine: str | None = None) -> str:
    """Lambda's word for this machine: "x86_64" or "arm64". Raises Problem for any other."""
    machine = machine or platform.machine()
    try:
        return ARCHITECTURES[machine.lower()]
    except KeyError:
        raise Problem(f"Lambda has no {machine} machines, only x86_64 and arm64") from None
