"""The page about the command keeps up with the command."""

import re
from typing import Any

import click
import pytest

from burnbag.cli.errors import CODES
from burnbag.cli.main import group
from burnbag.cli.settings import PROFILE_VARIABLES, REGION_VARIABLES
from tests.support.services import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text()
COMMANDS = sorted(group.commands.items())
COMMON = {"--help", "-h"}


def section(name: str) -> str:
    """What the page says of one command."""
    found = re.search(rf"^## burnbag {name}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_has_help_and_a_section(name: str, command: click.Command) -> None:
    assert command.help
    assert f"`burnbag {name}" in section(name)


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_option_has_help_and_stands_in_its_commands_section(
    name: str, command: click.Command
) -> None:
    text = section(name)
    for option in options(command):
        assert option.help, option.opts
        for spelled in option.opts:
            assert re.search(rf"`{re.escape(spelled)}[` ]", text), f"{name} {spelled}"


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_the_page_names_no_option_that_a_command_does_not_have(
    name: str, command: click.Command
) -> None:
    known = {spelled for option in options(command) for spelled in option.opts} | COMMON
    rows = re.findall(r"^\| (`-.*?) \|", section(name), re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`(--?[a-z][a-z-]*)", row)}
    assert named <= known


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_argument_stands_in_its_commands_section(name: str, command: click.Command) -> None:
    for param in command.params:
        if isinstance(param, click.Argument):
            assert param.human_readable_name in section(name)


def test_every_exit_code_is_in_the_page() -> None:
    rows = re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)
    assert {int(code) for code in rows} == {code for _, code in CODES} | {0, 1, 2}


def test_every_variable_that_is_read_is_in_the_page() -> None:
    for name in ("BURNBAG_URL", *REGION_VARIABLES, *PROFILE_VARIABLES, "AWS_ACCESS_KEY_ID"):
        assert f"`{name}`" in PAGE


def test_the_fields_of_json_are_in_the_page() -> None:
    from burnbag import Peek, Receipt, Sent, View

    shown: dict[str, list[Any]] = {"send": [Sent], "peek": [Peek], "receipt": [Receipt, View]}
    for command, results in shown.items():
        for result in results:
            for name in result.__dataclass_fields__:
                assert f"`{name}`" in section(command), f"{command} {name}"
