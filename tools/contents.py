"""Which files of an installed package belong in a function's zip."""

from pathlib import PurePosixPath
from typing import Final

# cryptography loads `_cffi_backend` alone: cffi's own package and pycparser build extensions.
BUILD_TIME_ONLY: Final = {"cffi", "pycparser"}
# The runtime brings its own; a second copy would be 25 MB of another version.
IN_THE_RUNTIME: Final = {"boto3", "botocore", "s3transfer"}
NEVER: Final = {"__pycache__", "tests", "test", "bin"}
SOURCE_ONLY: Final = {".pyc", ".pyo", ".pyi", ".c", ".h", ".pxd", ".pyx", ".rs"}


def wanted(member: str) -> bool:
    """Whether the zip keeps `member`, a path as in `cryptography/x509/__init__.py`."""
    path = PurePosixPath(member)
    top = path.parts[0]
    if top.endswith(".dist-info"):
        # The metadata vary with the installer; the licences travel with the code, as they ask.
        return "licenses" in path.parts and not top.startswith("pycparser-")
    if top in BUILD_TIME_ONLY | IN_THE_RUNTIME or NEVER.intersection(path.parts):
        return False
    return path.suffix not in SOURCE_ONLY and path.name != "py.typed"
