"""`burnbag completion`."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete this command.

    \b
      bash   eval "$(burnbag completion bash)"          in ~/.bashrc
      zsh    eval "$(burnbag completion zsh)"           in ~/.zshrc, after compinit
      fish   burnbag completion fish | source           in config.fish
    """
    from burnbag.cli.main import COMPLETE, NAME

    found = get_completion_class(shell)
    assert found is not None and context.parent is not None
    click.echo(found(context.parent.command, {}, NAME, COMPLETE).source())
