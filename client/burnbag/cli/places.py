"""Where this machine keeps what is burnbag's, in the platform's own places."""

from pathlib import Path
from typing import Final

import platformdirs

from burnbag.cli.failures import Usage

NAME: Final = "burnbag"


def config_file() -> Path:
    """Raises Usage where this user has no home."""
    try:
        return platformdirs.user_config_path(NAME, appauthor=False) / "config.toml"
    except RuntimeError:
        raise Usage("there is no home folder to look for the config file in: set HOME") from None


def history_file() -> Path:
    return state_folder() / "sent.sqlite3"


def machine_secret_file() -> Path:
    return state_folder() / "machine-secret"


def state_folder() -> Path:
    """Raises OSError where this user has no home."""
    try:
        return platformdirs.user_state_path(NAME, appauthor=False)
    except RuntimeError:
        raise OSError(None, "there is no home folder", "~") from None


def made_state_folder() -> Path:
    """The state folder, there, and readable by nobody else. Raises OSError."""
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
