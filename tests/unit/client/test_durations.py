"""Durations, as they are typed and as they are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.cli.durations import format_duration, in_units, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1h30m", 5400), ("1w", 604800), ("2w3d", 1468800), ("7d", 604800)],
)
def test_a_duration_is_seconds_or_numbers_with_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "1h30", "30m1h", "1m1m", "1.5h", "-1h", "1 h", "1y", "²h", "1234567890s"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 10**9))
def test_what_is_told_can_be_typed(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


def test_a_servers_limits_are_told_in_units() -> None:
    said = "ttl: Must be from 60 to 2592000 seconds."
    assert in_units(said) == "ttl: Must be from 1m to 30d."
    assert in_units("ttl: Must be from 90 to 5400 seconds.") == "ttl: Must be from 1m30s to 1h30m."
    assert in_units("views: Must be from 1 to 100.") == "views: Must be from 1 to 100."
