"""Where `burnbag` gets its URL, region and profile from."""

import os
from pathlib import Path

import pytest

from burnbag.signing import NO_CREDENTIALS
from tests.support.cli import NOBODY, Machine

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/live"
OTHER = "https://burnbag.example"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Nothing is configured."""
    machine = Machine(tmp_path)
    for name in [name for name in machine.env if name.startswith("AWS_")]:
        del machine.env[name]
    aws = machine.home / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text("[work]\naws_access_key_id = a\naws_secret_access_key = b\n")
    return machine


def configure(machine: Machine, text: str) -> None:
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text(text)


def settings(machine: Machine, *args: str) -> dict[str, tuple[str, str]]:
    """The table: of each name the value and its origin."""
    ran = machine.run("config", *args)
    assert (ran.code, ran.err) == (0, "")
    rows = [[cell.strip() for cell in line.split("  ") if cell] for line in ran.text.splitlines()]
    return {row[0]: (row[1], row[2] if len(row) > 2 else "") for row in rows}


def test_what_is_not_set_is_said_with_the_places(machine: Machine) -> None:
    assert settings(machine) == {
        "url": ("-", "not set"),
        "region": ("-", "not set"),
        "profile": ("-", "not set"),
        "audit log": ("-", "not set"),
        "config file": (str(machine.config), "not there"),
        "history": (str(machine.history), "not there"),
    }


def test_an_option_goes_before_the_environment_and_that_before_the_file(machine: Machine) -> None:
    configure(machine, f'url = "{OTHER}/file"\nregion = "eu-west-1"\nprofile = "work"\n')
    found = settings(machine)
    file = str(machine.config)
    assert found["url"] == (f"{OTHER}/file", file)
    assert (found["region"], found["profile"]) == (("eu-west-1", file), ("work", file))
    machine.env |= {
        "BURNBAG_URL": f"{OTHER}/env/",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_PROFILE": "work",
    }
    found = settings(machine)
    assert found["url"] == (f"{OTHER}/env", "BURNBAG_URL")
    assert found["region"] == ("eu-west-2", "AWS_DEFAULT_REGION")
    assert found["profile"] == ("work", "AWS_PROFILE")
    machine.env["AWS_REGION"] = "eu-west-3"
    assert settings(machine)["region"] == ("eu-west-3", "AWS_REGION")
    found = settings(machine, "--url", OTHER, "--region", "eu-north-1", "--profile", "work")
    assert found["url"] == (OTHER, "--url")
    assert found["region"] == ("eu-north-1", "--region")
    assert found["profile"] == ("work", "--profile")


def test_the_variables_of_aws_count_in_its_own_order(machine: Machine) -> None:
    machine.env |= {"AWS_PROFILE": "other", "AWS_DEFAULT_PROFILE": "work"}
    assert settings(machine)["profile"] == ("work", "AWS_DEFAULT_PROFILE")


@pytest.mark.parametrize("command", ["config", "send"])
def test_a_damaged_configuration_of_aws_is_an_error(machine: Machine, command: str) -> None:
    file = machine.home / ".aws" / "config"
    file.write_text("[profile work\n")
    ran = machine.run(command, "--url", OTHER, "--profile", "work", stdin=b"x")
    assert (ran.code, ran.err) == (
        2,
        f"burnbag: AWS's configuration: Unable to parse config file: {file}\n",
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_who_has_no_home_is_told_so(machine: Machine) -> None:
    del machine.env["HOME"]
    error = "there is no home folder to look for the config file in: set HOME"
    for command in ("config", "send"):
        ran = machine.run(command, stdin=b"x", program=NOBODY)
        assert (ran.code, ran.err) == (2, f"burnbag: {error}\n")
    ran = machine.run("list", program=NOBODY)
    error = "the history can't be used: there is no home folder"
    assert (ran.code, ran.err) == (1, f"burnbag: {error}\n")


def test_the_region_in_the_url_is_the_only_one_that_can_work(machine: Machine) -> None:
    machine.env |= {"BURNBAG_URL": URL, "AWS_REGION": "us-east-1"}
    assert settings(machine)["region"] == ("eu-central-1", "the URL")


def test_the_region_may_be_in_awss_own_configuration(machine: Machine) -> None:
    (machine.home / ".aws" / "config").write_text("[profile work]\nregion = sa-east-1\n")
    found = settings(machine, "--profile", "work")
    assert found["region"] == ("sa-east-1", "AWS's configuration")


def test_credentials_in_the_environment_go_before_a_profile_in_the_file(machine: Machine) -> None:
    configure(machine, 'profile = "work"\n')
    machine.env["AWS_ACCESS_KEY_ID"] = "test"
    assert settings(machine)["profile"] == ("-", "AWS_ACCESS_KEY_ID is set")
    assert settings(machine, "--profile", "work")["profile"] == ("work", "--profile")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('urk = "x"', "{}: there is no setting 'urk', only {known}"),
        ("url = 1", "{}: url must be a text"),
        ("url =", "{} is not valid TOML: Invalid value (at end of document)"),
        ('url = "http://burnbag.example"', "{}: the URL must begin with https://"),
    ],
)
@pytest.mark.parametrize("command", ["config", "send"])
def test_a_wrong_config_file_is_an_error(
    machine: Machine, command: str, text: str, error: str
) -> None:
    configure(machine, text)
    ran = machine.run(command, stdin=b"x")
    known = "url, region, profile and audit_log_group"
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == f"burnbag: {error.format(machine.config, known=known)}\n"


def test_a_config_file_that_is_no_text_is_an_error(machine: Machine) -> None:
    configure(machine, "")
    machine.config.write_bytes(b"\xff")
    error = f"{machine.config} is not valid TOML: not UTF-8"
    assert machine.run("config").err == f"burnbag: {error}\n"


def test_what_was_typed_as_a_url_is_not_repeated(machine: Machine) -> None:
    ran = machine.run("send", "--url", "http://hunter2-canary", stdin=b"x")
    assert (ran.code, ran.err) == (2, "burnbag: --url: the URL must begin with https://\n")


@pytest.mark.parametrize(
    ("args", "environment", "error"),
    [
        (
            [],
            {},
            "which burnbag? Its URL is missing: --url, BURNBAG_URL or url in {config}",
        ),
        (["--url", URL, "--profile", "none"], {}, "AWS's configuration has no profile none"),
        (["--url", URL], {}, NO_CREDENTIALS),
        (
            ["--url", OTHER, "--profile", "work"],
            {},
            "no AWS region is set: use AWS_REGION, or a profile's region",
        ),
        (
            ["--url", URL],
            {"AWS_PROFILE": "none"},
            "no AWS credentials: The config profile (none) could not be found",
        ),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    machine: Machine, args: list[str], environment: dict[str, str], error: str
) -> None:
    machine.env |= environment | {"AWS_EC2_METADATA_DISABLED": "true"}
    ran = machine.run("send", *args, stdin=b"x")
    expected = error.format(config=machine.config)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {expected}\n")


def test_a_recipient_needs_no_configuration_at_all(machine: Machine) -> None:
    configure(machine, "not TOML")
    ran = machine.run("peek", f"http://127.0.0.1:1/#{'A' * 22}.{'A' * 43}")
    assert (ran.code, ran.err) == (
        1,
        "burnbag: the connection to 127.0.0.1:1 could not be made: "
        "it is refused, nothing listens there\n",
    )
