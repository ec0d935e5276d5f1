"""Programs that are not burnbag's: run where they are there, which in full size they must be."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.size import FULL
from tools.emulator import ROOT_KEY


def needs(*programs: str) -> pytest.MarkDecorator:
    """Leave a test out where a program is missing, but not in continuous integration."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing) and not FULL, reason=f"needs {', '.join(missing)}")


def told_environment(deployment: Deployment, home: Path) -> dict[str, str]:
    """A new user's shell, in which what `make up` told to export is exported."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "BURNBAG_URL": deployment.stack.api_url,
        "AWS_REGION": deployment.stack.region,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
    }


def callers_environment(deployment: Deployment, home: Path) -> dict[str, str]:
    """The same with temporary credentials, as a calling service has them."""
    return told_environment(deployment, home) | {
        "AWS_ACCESS_KEY_ID": deployment.caller.access_key,
        "AWS_SECRET_ACCESS_KEY": deployment.caller.secret_key,
        "AWS_SESSION_TOKEN": deployment.caller.token or "",
    }
