"""`burnbag config`."""

import click

from burnbag.cli import options
from burnbag.cli.failures import naming


@click.command()
@options.senders
def config(url: str | None, region: str | None, profile: str | None) -> None:
    """Show the URL, region and profile, and where they come from."""
    from burnbag.cli import places, settings, words

    found = settings.find(url, region, profile).with_aws()
    chosen = {"url": found.url, "region": found.region, "profile": found.profile}
    rows = [(name, setting.value or "-", setting.origin) for name, setting in chosen.items()]
    files = {"config file": places.config_file(), "history": places.history_file()}
    for name, file in files.items():
        with naming(file):
            rows.append((name, str(file), "" if file.exists() else "not there"))
    click.echo(words.table(rows))
