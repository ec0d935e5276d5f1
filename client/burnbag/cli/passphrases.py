"""The passphrase of a new secret: typed twice, read from a file, or made here.

What is made is shown once to whoever sends, and kept nowhere.
"""

from dataclasses import dataclass, field
from pathlib import Path

from burnbag.cli import inputs, printing, tty
from burnbag.cli.errors import UsageError


@dataclass(frozen=True)
class NewPassphrase:
    """How the passphrase is to be had: `made` is one that was made already."""

    ask: bool
    file: Path | None
    made: str | None = field(default=None, repr=False)

    def read(self, stdin_taken: bool) -> str | None:
        """The passphrase; None if there is to be none. Raises UsageError."""
        if self.made is not None:
            return self.made
        return inputs.read_new_passphrase(self.ask, self.file, stdin_taken)


def plan(ask: bool, generate: str | None, file: Path | None) -> NewPassphrase:
    """What the options mean: with `--passphrase`, `--generate` makes it instead of asking."""
    from burnbag.cli import generator

    made = generator.generate(generate) if ask and generate else None
    if made and file is not None:
        raise UsageError("--passphrase makes one, --passphrase-file reads one: use one of them")
    return NewPassphrase(ask, file, made)


def require_reader(generate: str | None, as_json: bool) -> None:
    """Raise UsageError if nobody would see what is made."""
    if generate and not as_json and not tty.can_ask():
        raise UsageError("there is no terminal to show what is made on; --json prints it")


def show(made: str, kind: str, is_passphrase: bool) -> None:
    """Show it on the terminal, even if stderr is a file: once, and nowhere else."""
    from burnbag.cli import generator

    what = "passphrase" if is_passphrase else "secret"
    line = f"{what}: {made}  ({generator.describe(kind)}; it is shown only now)"
    try:
        with tty.open_terminal() as terminal:
            printing.write_line(terminal.fileno(), line)
    except OSError:
        printing.show(line)
