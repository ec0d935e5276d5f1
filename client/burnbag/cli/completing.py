"""Completion in fish, with descriptions that are whole: click's own script cuts them at a comma."""

from click.shell_completion import FishComplete, add_completion_class

SPLIT = 'string split "," $completion'
SPLIT_ONCE = 'string split --max 1 "," $completion'


class WholeDescriptions(FishComplete):
    """Fish's completion, which splits what it gets into its kind and the rest."""

    source_template = FishComplete.source_template.replace(SPLIT, SPLIT_ONCE)


def install() -> None:
    add_completion_class(WholeDescriptions, "fish")
