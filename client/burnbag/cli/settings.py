"""Where the URL, the region and the profile come from."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from burnbag import Burnbag
from burnbag.cli import configfile, places
from burnbag.cli.failures import Usage
from burnbag.errors import LinkError
from burnbag.links import base_url
from burnbag.signing import region_of, session_region

NOT_SET: Final = "not set"
REGION_VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
PROFILE_VARIABLES: Final = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")


@dataclass(frozen=True)
class Setting:
    """A value, and where it comes from."""

    value: str | None
    origin: str


@dataclass(frozen=True)
class Settings:
    """What a sender's call needs. The region may be None: then AWS's own configuration has it."""

    url: Setting
    region: Setting
    profile: Setting

    def session(self) -> Any:
        """AWS's session for a profile of ours; None leaves the choice to AWS's own rules."""
        if self.profile.value is None or self.profile.origin in PROFILE_VARIABLES:
            return None
        import botocore.session

        session = botocore.session.Session(profile=self.profile.value)
        with configured():
            known = session.available_profiles
        if self.profile.value not in known:
            raise Usage(f"AWS's configuration has no profile {self.profile.value}")
        return session

    def client(self) -> Burnbag:
        """A client for the sender's calls. Raises Usage where there is no URL."""
        if self.url.value is None:
            where = f"--url, BURNBAG_URL or url in {places.config_file()}"
            raise Usage(f"which burnbag? Its URL is missing: {where}")
        return Burnbag(self.url.value, self.session(), region=self.region.value)

    def with_aws(self) -> "Settings":
        """The same, with what AWS's own configuration says of the region."""
        import botocore.session

        if self.region.value is not None:
            return self
        with configured():
            region = session_region(self.session() or botocore.session.Session())
        origin = "AWS's configuration" if region else NOT_SET
        return Settings(self.url, Setting(region, origin), self.profile)


@contextmanager
def configured() -> Iterator[None]:
    """Tell of trouble with AWS's own configuration. Raises Usage."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
        raise Usage(f"AWS's configuration: {error}") from None


def find(url: str | None, region: str | None, profile: str | None) -> Settings:
    """Options first, then the environment, then the config file. Raises Usage."""
    file = places.config_file()
    config = configfile.read(file)
    chosen = url_setting(url, config, file)
    return Settings(
        url=chosen,
        region=region_setting(region, chosen.value, config, file),
        profile=profile_setting(profile, config, file),
    )


def url_setting(option: str | None, config: Mapping[str, str], file: Path) -> Setting:
    found = first(("--url", option), environment("BURNBAG_URL"), (str(file), config.get("url")))
    if found.value is None:
        return found
    try:
        return Setting(base_url(found.value), found.origin)
    except LinkError as error:
        raise Usage(f"{found.origin}: {error}") from None


def region_setting(
    option: str | None, url: str | None, config: Mapping[str, str], file: Path
) -> Setting:
    """The URL goes before the environment: API Gateway takes signatures for its own region only."""
    host = urlsplit(url or "").hostname or ""
    variables = map(environment, REGION_VARIABLES)
    return first(
        ("--region", option),
        ("the URL", region_of(host)),
        *variables,
        (str(file), config.get("region")),
    )


def profile_setting(option: str | None, config: Mapping[str, str], file: Path) -> Setting:
    """Credentials in the environment go before a profile in our file, as they are nearer."""
    found = first(("--profile", option), *map(environment, PROFILE_VARIABLES))
    if found.value is not None:
        return found
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return Setting(None, "AWS_ACCESS_KEY_ID is set")
    return first((str(file), config.get("profile")))


def first(*candidates: tuple[str, str | None]) -> Setting:
    """The first that has a value."""
    found = ((origin, value) for origin, value in candidates if value)
    origin, value = next(found, (NOT_SET, None))
    return Setting(value, origin)


def environment(name: str) -> tuple[str, str | None]:
    return name, os.environ.get(name)
