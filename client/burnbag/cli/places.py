"""Where this machine keeps what is burnbag's, in the platform's own places."""

from pathlib import Path
from typing import Final

import platformdirs

NAME: Final = "burnbag"


def config_file() -> Path:
    return platformdirs.user_config_path(NAME, appauthor=False) / "config.toml"


def history_file() -> Path:
    return state_folder() / "sent.sqlite3"


def machine_secret_file() -> Path:
    return state_folder() / "machine-secret"


def state_folder() -> Path:
    return platformdirs.user_state_path(NAME, appauthor=False)


def made_state_folder() -> Path:
    """The state folder, there, and readable by nobody else. Raises OSError."""
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
