"""The config file: `url`, `region` and `profile` in TOML."""

import tomllib
from pathlib import Path
from typing import Final

from burnbag.cli.failures import Usage

KEYS: Final = frozenset({"url", "region", "profile"})


def read(file: Path) -> dict[str, str]:
    """What the file says; nothing, if there is none. Raises Usage."""
    try:
        config = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Usage(f"{file}: {error.strerror}") from None
    except ValueError as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise Usage(f"{file} is not valid TOML: {why}") from None
    for name, value in config.items():
        if name not in KEYS:
            raise Usage(f"{file}: there is no setting {name!r}, only url, region and profile")
        if not isinstance(value, str):
            raise Usage(f"{file}: {name} must be a text")
    return config
