"""How much a command says: with `-v` also each request, with `-q` only results and trouble."""

import logging

import click

from burnbag.cli import printing, tty
from burnbag.cli.errors import UsageError


class Shown(logging.Handler):
    """Shows a log's lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        printing.show(f"* {record.getMessage()}")


def be_verbose(context: click.Context, param: click.Parameter, value: bool) -> None:
    """Show what `burnbag.tracing` tells, from now on: no headers, no bodies, no queries."""
    logger = logging.getLogger("burnbag")
    if value and not any(isinstance(handler, Shown) for handler in logger.handlers):
        refuse_both(tty.is_quiet())
        logger.setLevel(logging.INFO)
        logger.addHandler(Shown())


def be_quiet(context: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        refuse_both(bool(logging.getLogger("burnbag").handlers))
        tty.be_quiet()


def refuse_both(has_other: bool) -> None:
    if has_other:
        raise UsageError("-v says more and -q says less: use one of them")


def options(hidden: bool = False) -> list[click.Option]:
    """The options that every command has; hidden ones may stand before it: `burnbag -q send`."""
    return [
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=be_verbose,
            hidden=hidden,
            help="Show each request on stderr.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=be_quiet,
            hidden=hidden,
            help="Say nothing but results, warnings and errors.",
        ),
    ]
