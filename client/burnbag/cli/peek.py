"""`burnbag peek`."""

import click

from burnbag.cli import options
from burnbag.links import Link
from burnbag.results import Peek


@click.command()
@click.argument("link", required=False)
@options.as_json
def peek(link: str | None, as_json: bool) -> None:
    """Show what a link leads to. Uses no view.

    Without LINK it is asked for, or read from stdin.
    """
    from burnbag import Burnbag
    from burnbag.cli import given, words

    parsed = given.link(link)
    with Burnbag() as burnbag:
        found = burnbag.peek(parsed)
    if as_json:
        key = {"key_in_link": parsed.key is not None}
        click.echo(words.as_json(words.result(found) | key))
    else:
        click.echo(described(parsed, found))


def described(link: Link, found: Peek) -> str:
    from burnbag.cli import words

    # Of a link that was cut, nobody can tell.
    encrypted = "by the sender" if link.key else "by the server, or the link lacks its key"
    return words.aligned(
        [
            ("kind", found.kind),
            ("size", words.size(found.size)),
            ("views left", f"{found.views_left} of {found.max_views}"),
            ("expires", words.moment(found.expires_at)),
            ("passphrase", "yes" if found.passphrase else "no"),
            ("encrypted", encrypted),
        ]
    )
