"""Usage errors without values: what was typed in the wrong place may be a secret or a link."""

import re
from typing import Any, Final, NoReturn

import click
from click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption

# An id may begin with a hyphen. All 22 characters of it, or at least four where a single hyphen
# and what follows can't be an option of ours: those have one letter.
HYPHENED_ID: Final = re.compile(r"-[A-Za-z0-9_-]{21}|-[A-Za-z0-9_][A-Za-z0-9_-]{2,20}")


def described(error: click.ClickException) -> str:
    """What is wrong, and where to read how it is right."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "burnbag"
    return f"{reason(error)}; see {path} --help"


def reason(error: click.ClickException) -> str:
    if isinstance(error, NoSuchOption):
        near = error.possibilities or []
        return "there is no such option" + (f", perhaps {near[0]}" if near else "")
    if isinstance(error, MissingParameter) and error.param:
        return f"{error.param.human_readable_name} is missing"
    if isinstance(error, BadParameter) and error.param:
        return f"the value of {named(error.param)} can't be used"
    if isinstance(error, BadOptionUsage):
        return f"{error.option_name} lacks its value, or takes none"
    return "there is an argument too many"


def named(param: click.Parameter) -> str:
    return param.opts[-1] if isinstance(param, click.Option) else param.human_readable_name


class Group(click.Group):
    """Commands in the order in which they were written."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            unknown_command(ctx)
        return super().resolve_command(ctx, args)


def unknown_command(ctx: click.Context) -> NoReturn:
    from burnbag.cli.failures import Usage

    raise Usage(f"there is no such command; see {ctx.command_path} --help")


class TakesId(click.Command):
    """A command whose argument is an id, which may begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> Any:
        if "--" not in args:
            ids = [arg for arg in args if HYPHENED_ID.fullmatch(arg)]
            args = [arg for arg in args if arg not in ids] + (["--", *ids] if ids else [])
        return super().parse_args(ctx, args)
