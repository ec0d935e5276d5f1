"""`burnbag --version`: the version, and the commit that it was built from."""

import subprocess
from importlib import resources
from pathlib import Path
from typing import Final

import burnbag

# Written where the package is built; there is none in a checkout.
BUILT: Final = "commit.txt"
UNKNOWN: Final = "unknown"
# The commit, and whether anything was changed since.
DESCRIBE: Final = ("describe", "--always", "--abbrev=12", "--exclude=*", "--dirty")
SECONDS: Final = 5


def describe_version() -> str:
    return f"burnbag {burnbag.__version__} (commit {find_commit()})"


def find_commit() -> str:
    """The commit of this very package; "unknown" where nothing tells."""
    try:
        return (resources.files("burnbag") / BUILT).read_text("ascii").strip() or UNKNOWN
    except (OSError, ValueError):
        return ask_git(Path(__file__).parents[2])


def ask_git(client: Path) -> str:
    """The commit of the checkout that has the package in its folder `client`.

    Nobody else's: an environment often lies in the checkout of another project.
    """
    checkout = client.parent
    if not (checkout / ".git").exists() or not (checkout / "client" / "pyproject.toml").is_file():
        return UNKNOWN
    command = ["git", "-C", str(checkout), *DESCRIBE]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, ValueError, subprocess.SubprocessError):
        return UNKNOWN
    return (found.returncode == 0 and found.stdout.strip()) or UNKNOWN
