"""Where this machine keeps burnbag's files: in the platform's own folders."""

from pathlib import Path
from typing import Final

import platformdirs

from burnbag.cli.errors import UsageError

NAME: Final = "burnbag"


def config_file() -> Path:
    """Raises UsageError if this user has no home folder."""
    try:
        return platformdirs.user_config_path(NAME, appauthor=False) / "config.toml"
    except RuntimeError:
        raise UsageError(
            "there is no home folder to look for the config file in: set HOME"
        ) from None


def history_file() -> Path:
    """Raises OSError if this user has no home folder."""
    return state_folder() / "sent.sqlite3"


def machine_secret_file() -> Path:
    """Raises OSError if this user has no home folder."""
    return state_folder() / "machine-secret"


def state_folder() -> Path:
    """Raises OSError if this user has no home folder."""
    try:
        return platformdirs.user_state_path(NAME, appauthor=False)
    except RuntimeError:
        raise OSError(None, "there is no home folder", "~") from None


def make_state_folder() -> Path:
    """Make the state folder if need be, readable by its owner only. Raises OSError."""
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
