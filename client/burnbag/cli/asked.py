"""What somebody types to ask for many secrets: times, durations, networks, ids, and who it was.

Each function raises UsageError for what it can't read, and none repeats it: what was typed in the
wrong place may be a link.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from burnbag.cli.durations import parse_duration
from burnbag.cli.errors import UsageError

if TYPE_CHECKING:
    from burnbag.audit.questions import Network

DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
ID_PART: Final = re.compile(r"[A-Za-z0-9_-]{4,22}", re.ASCII)
EMAIL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+")
ARN: Final = re.compile(r"arn:[\w-]+:(iam|sts)::[0-9]{12}:[^\s*]+", re.ASCII)
NAME: Final = re.compile(r"((role|user)/)?[\w+=,.@-]{1,64}", re.ASCII)
LOG_GROUP: Final = re.compile(r"[A-Za-z0-9_/.#-]{1,512}", re.ASCII)
SIZE: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]))? ?([kmg]?)(?:i?b)?", re.ASCII | re.IGNORECASE)
ENVIRONMENT: Final = re.compile(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", re.ASCII)


def parse_seconds(text: str, option: str) -> int:
    """Seconds, or numbers with units, each unit once and the largest first."""
    seconds = parse_duration(text)
    if seconds is None:
        raise UsageError(f"{option} is in seconds, or like 90s, 15m, 1h30m, 7d, 2w")
    return seconds


def parse_size(text: str, option: str) -> int:
    """Bytes, or a number of KiB, MiB or GiB."""
    found = SIZE.fullmatch(text.strip())
    size = 0
    if found:
        whole, tenths, unit = found.groups()
        size = (
            (int(whole) * 10 + int(tenths or 0)) * 1024 ** " kmg".index(unit.lower() or " ") // 10
        )
    if not size:
        raise UsageError(f"{option} is in bytes, or like 500KiB, 20MiB, 2GiB")
    return size


def parse_since(text: str, now: datetime) -> datetime:
    """A time, or how long ago it was; of a date its first moment."""
    return parse_moment(text, "--since", now)


def parse_until(text: str, now: datetime) -> datetime:
    """A time, or how long ago it was; of a date its last moment."""
    found = parse_moment(text, "--until", now)
    is_date = DATE.fullmatch(text)
    return found + timedelta(days=1, microseconds=-1) if is_date else found


def parse_moment(text: str, option: str, now: datetime) -> datetime:
    try:
        if not text.isdecimal() and parse_duration(text) is not None:
            return now - timedelta(seconds=parse_seconds(text, option))
        if DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        found = datetime.fromisoformat(text)
        if "T" in text and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    forms = "24h or 7d ago, 2026-11-21, or 2026-11-21T08:30:00Z"
    raise UsageError(f"{option} is a time, as in {forms}")


def parse_networks(texts: tuple[str, ...]) -> "tuple[Network, ...]":
    from ipaddress import ip_network

    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError:
        raise UsageError("--outside is a network, as in 10.0.0.0/8 or 2001:db8::/32") from None


def parse_id(text: str) -> str:
    """An id, or the beginning of one; of a link its id. Raises LinkError too."""
    from burnbag.cli import inputs

    if "#" in text:
        return inputs.parse_id(text)
    if not ID_PART.fullmatch(text):
        raise UsageError("--secret is an id, at least its first 4 characters, or a link")
    return text


def parse_who(text: str, option: str) -> str:
    """An ARN, or an e-mail address as the log has it: in lower case."""
    if EMAIL.fullmatch(text.lower()):
        return text.lower()
    if not ARN.fullmatch(text):
        forms = "arn:aws:iam::123456789012:role/orders, or an e-mail address"
        raise UsageError(f"{option} is an ARN, as in {forms}")
    return text


def parse_recipients(texts: tuple[str, ...]) -> list[str]:
    """Roles and users by ARN, people by address, domains: as burnbag keeps them."""
    from burnbag.recipients import normalize_recipients

    try:
        return normalize_recipients(texts)
    except ValueError as error:
        why = str(error)
    commas = "; each has a --to of its own" if any("," in text for text in texts) else ""
    raise UsageError(f"--to: {why}{commas}")


def parse_creator(text: str) -> str:
    """As `parse_who`, or a name that the server completes: that of a role of its own account."""
    if not NAME.fullmatch(text) and not ARN.fullmatch(text) and not EMAIL.fullmatch(text.lower()):
        forms = "orders (a role), arn:aws:iam::123456789012:role/orders, or an e-mail address"
        raise UsageError(f"--created-by is a name or an ARN, as in {forms}")
    return text


def parse_window(
    since: str | None, until: str | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """A beginning and an end, in their order."""
    found = parse_since(since, now) if since is not None else None
    end = parse_until(until, now) if until is not None else None
    if found and found > (end or now):
        raise UsageError("--since is after --until" if end else "--since is to come")
    return found, end


def check_log_group(group: str | None, environment: str | None) -> None:
    """Raise UsageError for names that no log group and no environment can have."""
    if group is not None and environment is not None:
        raise UsageError("--log-group and --environment are two names for it: use one of them")
    if group is not None and not LOG_GROUP.fullmatch(group):
        raise UsageError("--log-group is a name, as in /burnbag/prod/audit")
    if environment is not None and not ENVIRONMENT.fullmatch(environment):
        raise UsageError("--environment is the name that Terraform has for it, as in prod")
