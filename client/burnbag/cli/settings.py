"""The URL, the region and the profile, from options, the environment and the config file."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from burnbag import Burnbag
from burnbag.cli import paths
from burnbag.cli.errors import UsageError
from burnbag.errors import LinkError
from burnbag.links import normalize_base
from burnbag.signing import region_of, session_region

NOT_SET: Final = "not set"
REGION_VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
PROFILE_VARIABLES: Final = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
AUDIT_LOG_GROUP: Final = "BURNBAG_AUDIT_LOG_GROUP"
CONFIG_KEYS: Final = ("url", "region", "profile", "audit_log_group")


@dataclass(frozen=True)
class Setting:
    """A value, and where it comes from."""

    value: str | None
    origin: str


@dataclass(frozen=True)
class Settings:
    """What a sender's call needs. Without a region, AWS's own configuration decides."""

    url: Setting
    region: Setting
    profile: Setting

    def make_client(self) -> Burnbag:
        """A client for the sender's calls. Raises UsageError if there is no URL."""
        return Burnbag(self.require_url(), self.make_session(), region=self.region.value)

    def require_url(self) -> str:
        """The URL. Raises UsageError if there is none."""
        if self.url.value is None:
            where = f"--url, BURNBAG_URL or url in {paths.config_file()}"
            raise UsageError(f"which burnbag? Its URL is missing: {where}")
        return self.url.value

    def make_session(self) -> Any:
        """A session for our profile; None leaves the choice to AWS's own rules.

        Raises UsageError if there is no such profile.
        """
        if self.profile.value is None or self.profile.origin in PROFILE_VARIABLES:
            return None
        import botocore.session

        session = botocore.session.Session(profile=self.profile.value)
        with explain_aws_errors():
            known = session.available_profiles
        if self.profile.value not in known:
            raise UsageError(f"AWS's configuration has no profile {self.profile.value}")
        return session

    def with_aws_region(self) -> "Settings":
        """The same settings; a missing region is looked up in AWS's own configuration."""
        import botocore.session

        if self.region.value is not None:
            return self
        with explain_aws_errors():
            region = session_region(self.make_session() or botocore.session.Session())
        return replace(self, region=Setting(region, "AWS's configuration" if region else NOT_SET))


class LateSession:
    """What signs a recipient's calls to a server: it looks for settings when it is first asked.

    Most links need none: opening them must not depend on what is configured.
    """

    def __init__(self, base: str, region: str | None, profile: str | None) -> None:
        self.base = base
        self.region = region
        self.profile = profile

    @cached_property
    def settings(self) -> Settings:
        return find_settings(self.base, self.region, self.profile).with_aws_region()

    @property
    def region_name(self) -> str | None:
        """As a boto3 session has it. Raises UsageError."""
        return self.settings.region.value

    def get_credentials(self) -> Any:
        """As every session has it. Raises UsageError, and botocore's errors."""
        return self.session.get_credentials()

    @cached_property
    def session(self) -> Any:
        import botocore.session

        return self.settings.make_session() or botocore.session.Session()


@contextmanager
def explain_aws_errors() -> Iterator[None]:
    """Turn botocore's errors into a UsageError."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
        raise UsageError(f"AWS's configuration: {error}") from None


def find_settings(url: str | None, region: str | None, profile: str | None) -> Settings:
    """Options come first, then the environment, then the config file. Raises UsageError."""
    file = paths.config_file()
    config = read_config(file)
    chosen = find_url(url, config, file)
    return Settings(
        url=chosen,
        region=find_region(region, chosen.value, config, file),
        profile=find_profile(profile, config, file),
    )


def find_url(option: str | None, config: Mapping[str, str], file: Path) -> Setting:
    found = first_set(("--url", option), variable("BURNBAG_URL"), (str(file), config.get("url")))
    if found.value is None:
        return found
    try:
        return Setting(normalize_base(found.value), found.origin)
    except LinkError as error:
        raise UsageError(f"{found.origin}: {error}") from None


def find_region(
    option: str | None, url: str | None, config: Mapping[str, str], file: Path
) -> Setting:
    """The URL's own region comes before the environment, as API Gateway accepts no other."""
    host = urlsplit(url or "").hostname or ""
    return first_set(
        ("--region", option),
        ("the URL", region_of(host)),
        *map(variable, REGION_VARIABLES),
        (str(file), config.get("region")),
    )


def find_profile(option: str | None, config: Mapping[str, str], file: Path) -> Setting:
    """Credentials in the environment come before a profile in our file: they are nearer."""
    found = first_set(("--profile", option), *map(variable, PROFILE_VARIABLES))
    if found.value is not None:
        return found
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return Setting(None, "AWS_ACCESS_KEY_ID is set")
    return first_set((str(file), config.get("profile")))


def find_audit_log_group(option: str | None, environment: str | None) -> Setting:
    """The audit log group; an environment's own has its name in it. Raises UsageError."""
    file = paths.config_file()
    return first_set(
        ("--log-group", option),
        ("--environment", environment and f"/burnbag/{environment}/audit"),
        variable(AUDIT_LOG_GROUP),
        (str(file), read_config(file).get("audit_log_group")),
    )


def first_set(*candidates: tuple[str, str | None]) -> Setting:
    """The first of some (origin, value) that has a value."""
    for origin, value in candidates:
        if value:
            return Setting(value, origin)
    return Setting(None, NOT_SET)


def variable(name: str) -> tuple[str, str | None]:
    return name, os.environ.get(name)


def read_config(file: Path) -> dict[str, str]:
    """The config file, in TOML; empty if there is none. Raises UsageError."""
    try:
        config = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise UsageError(f"{file} is not valid TOML: {why}") from None
    for name, value in config.items():
        if name not in CONFIG_KEYS:
            known = f"{', '.join(CONFIG_KEYS[:-1])} and {CONFIG_KEYS[-1]}"
            raise UsageError(f"{file}: there is no setting {name!r}, only {known}")
        if not isinstance(value, str):
            raise UsageError(f"{file}: {name} must be a text")
    return config
