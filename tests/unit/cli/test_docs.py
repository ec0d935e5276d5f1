"""The page about the command keeps up with the command."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import click
import pytest

from burnbag import Opened, Peek, Receipt, Sent, View
from burnbag.cli.errors import CODES, CommandError, UnknownSecret, UsageError
from burnbag.cli.history import Entry
from burnbag.cli.main import group
from burnbag.cli.output import opened_to_dict
from burnbag.cli.paths import config_file, history_file, machine_secret_file
from burnbag.cli.receipts import without_token
from burnbag.cli.settings import CONFIG_KEYS, PROFILE_VARIABLES, REGION_VARIABLES
from tests.support.services import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text()
COMMANDS = list(group.commands.items())
SENDERS = ["--url", "--region", "--profile"]


def section(title: str) -> str:
    """What the page says under one heading."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def table(text: str, heading: str) -> dict[str, str]:
    """The rows of the table whose first heading this is: first cell, second cell."""
    pattern = rf"^\| {heading} \| \|\n\| --- \| --- \|\n((?:\|.*\|\n)*)"
    found = re.search(pattern, f"{text}\n", re.MULTILINE)
    if not found:
        return {}
    rows = re.findall(r"^\| (.*?) \| (.*) \|$", found[1], re.MULTILINE)
    assert len(dict(rows)) == len(found[1].splitlines()), heading
    return dict(rows)


def find_quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def names(text: str) -> set[str]:
    """The names among what is quoted; not the options."""
    return {word for word in find_quoted(text) if re.fullmatch(r"[a-z]\w*", word)}


def options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def usage(name: str, command: click.Command) -> str:
    """How a command is called, as its own help would say."""
    words = ["burnbag", name]
    for param in command.params:
        if isinstance(param, click.Argument):
            word = param.human_readable_name
            words.append(word if param.required else f"[{word}]")
    return " ".join(words)


def test_the_overview_lists_exactly_the_commands() -> None:
    rows = table(PAGE, "command")
    assert list(rows) == [f"[`burnbag {name}`](#burnbag-{name})" for name, _ in COMMANDS]
    assert all(rows.values())
    assert re.findall(r"^## burnbag (.*)$", PAGE, re.MULTILINE) == [name for name, _ in COMMANDS]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_has_help_and_its_section_begins_with_its_usage(
    name: str, command: click.Command
) -> None:
    assert command.help
    assert section(f"burnbag {name}").split("\n")[1] == f"`{usage(name, command)}`"


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_the_table_of_a_command_has_exactly_its_options(name: str, command: click.Command) -> None:
    documented: list[list[str]] = []
    for cell, text in table(section(f"burnbag {name}"), "option").items():
        assert text, cell
        spelled = find_quoted(cell)
        if spelled == SENDERS:
            documented += [[option] for option in SENDERS]
        else:
            documented.append(sorted(spelled))
    assert sorted(documented) == sorted(spell(option) for option in options(command))


def spell(option: click.Option) -> list[str]:
    """An option as the table has it: its first spelling with the name of its value."""
    assert option.help, option.opts
    first, *others = option.opts
    if option.metavar and first not in SENDERS:
        first = f"{first} {option.metavar}"
    return sorted([first, *others])


def field_names(*results: Any) -> set[str]:
    return {field.name for result in results for field in fields(result)}


def keys_of_opened() -> Iterable[str]:
    for data in (b"text", b"\xff"):
        yield from opened_to_dict(Opened("text", 1, 0, "", "", data))
    yield from opened_to_dict(Opened("file", 1, 0, "", "", None, config_file()))


JSON: Mapping[str, set[str]] = {
    "send": field_names(Sent),
    "open": set(keys_of_opened()),
    "peek": field_names(Peek) | {"key_in_link"},
    "receipt": field_names(Receipt, View),
    "list": set(without_token(dict.fromkeys(field_names(Entry)))),
}


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_the_row_about_json_has_exactly_its_fields(name: str, command: click.Command) -> None:
    rows = table(section(f"burnbag {name}"), "option")
    assert ("`--json`" in rows) == (name in JSON)
    if name in JSON:
        assert names(rows["`--json`"]) == JSON[name]


def test_the_table_of_exit_codes_has_exactly_those() -> None:
    rows = table(PAGE, "exit code")
    ours = {error.code for error in (CommandError, UsageError, UnknownSecret)}
    assert [int(code) for code in rows] == sorted({0} | ours | {code for _, code in CODES})
    assert all(rows.values())


def test_the_table_of_the_configuration_has_exactly_what_is_read_and_in_its_order() -> None:
    rows = {
        name: find_quoted(text) for name, text in table(section("Configuration"), "setting").items()
    }
    assert rows == {
        "URL": ["--url", "BURNBAG_URL", "url"],
        "region": ["--region", *REGION_VARIABLES, "region"],
        "profile": ["--profile", *PROFILE_VARIABLES, "profile", "AWS_ACCESS_KEY_ID"],
    }
    example = re.search(r"```toml\n(.*?)```", section("Configuration"), re.DOTALL)
    assert example and set(re.findall(r"^(\w+) = ", example[1], re.MULTILINE)) == CONFIG_KEYS


def test_the_table_of_files_has_exactly_those() -> None:
    kept = [history_file().name, machine_secret_file().name]
    assert [find_quoted(cell) for cell in table(section("Files"), "file")] == [
        [name] for name in kept
    ]
