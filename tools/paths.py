"""Where things lie in the checkout."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD: Final = ROOT / "build"
PACKAGES: Final = BUILD / "packages"
TERRAFORM: Final = ROOT / "terraform"


def stack_directory(name: str) -> Path:
    """Everything one embedded stack writes: state, logs, temporary files."""
    return BUILD / name
