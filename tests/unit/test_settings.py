"""Settings: read once, checked at once."""

from dataclasses import dataclass

import pytest
from burnbag_core.settings import BadSettings, read


@dataclass(frozen=True)
class Settings:
    name: str
    size: int
    strict: bool


GOOD = {"NAME": "n", "SIZE": "7", "STRICT": "true", "UNRELATED": "x"}


def test_reads_each_field_by_its_type() -> None:
    assert read(Settings, GOOD) == Settings(name="n", size=7, strict=True)
    assert read(Settings, GOOD | {"STRICT": "false"}).strict is False


@pytest.mark.parametrize("name", ["NAME", "SIZE", "STRICT"])
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(BadSettings, match=name):
        read(Settings, {key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(("name", "value"), [("SIZE", "hunter2"), ("STRICT", "hunter2")])
def test_a_bad_value_is_named_but_not_shown(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name) as caught:
        read(Settings, GOOD | {name: value})
    assert value not in str(caught.value)
