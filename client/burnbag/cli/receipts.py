"""`burnbag receipt` and `burnbag revoke`."""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from burnbag.cli import options
from burnbag.cli.usage import TakesId
from burnbag.results import Receipt, View

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.lookup import Sealed

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0


@click.command(cls=TakesId)
@click.argument("id")
@options.as_json
@click.option("--wait", is_flag=True, help="Wait until the secret has ended.")
@options.senders
def receipt(
    id: str, as_json: bool, wait: bool, url: str | None, region: str | None, profile: str | None
) -> None:
    """Show what became of a secret: opened when, by whom, erased.

    ID is an id, the beginning of one that was sent from here, or a link. The receipt token of
    what was sent elsewhere is asked for, or read from stdin.
    """
    from burnbag.cli import lookup, words

    sealed = lookup.sealed(id)
    with sealed.client(url, region, profile) as burnbag:
        found = ended(burnbag, sealed) if wait else burnbag.receipt(sealed.id, sealed.token)
    click.echo(words.as_json(words.result(found)) if as_json else described(found))


@click.command(cls=TakesId)
@click.argument("id")
@options.senders
def revoke(id: str, url: str | None, region: str | None, profile: str | None) -> None:
    """End a secret now: nobody can open it any more.

    ID is what it is for `burnbag receipt`.
    """
    from burnbag.cli import lookup, terminal

    sealed = lookup.sealed(id)
    with sealed.client(url, region, profile) as burnbag:
        burnbag.revoke(sealed.id, sealed.token)
    terminal.show("revoked")


def ended(
    burnbag: "Burnbag", sealed: "Sealed", sleep: Callable[[float], None] = time.sleep
) -> Receipt:
    """The receipt once it says that the secret has ended.

    Only the first call may fail: who waits for days is not stopped by a server's bad minute.
    """
    from burnbag import Unavailable

    found, pause = burnbag.receipt(sealed.id, sealed.token), FIRST_PAUSE
    while found.state == "sealed":
        sleep(pause * random.uniform(0.8, 1.2))
        pause = min(LONGEST_PAUSE, pause * 1.3)
        try:
            found = burnbag.receipt(sealed.id, sealed.token)
        except Unavailable:
            continue
    return found


def described(found: Receipt) -> str:
    from burnbag.cli import words

    return words.aligned(
        [
            ("id", found.id),
            ("state", found.state),
            ("kind", found.kind),
            ("size", words.size(found.size)),
            ("label", found.label),
            ("passphrase", "yes" if found.passphrase else "no"),
            ("created", by(words.moment(found.created_at), found.created_by)),
            ("expires", words.moment(found.expires_at)),
            ("views left", f"{found.views_left} of {found.max_views}"),
            *(("viewed", viewed(view)) for view in found.views),
            ("wrong guesses", str(found.failed_attempts) if found.failed_attempts else None),
            ("ended", by(words.moment(found.ended_at), found.ended_by) if found.ended_at else None),
            ("erased", words.moment(found.erased_at) if found.erased_at else None),
        ]
    )


def viewed(view: View) -> str:
    from burnbag.cli import words

    text = by(words.moment(view.at), view.by)
    return f"{text} from {view.ip}" if view.ip else text


def by(text: str, whom: str | None) -> str:
    return f"{text} by {whom}" if whom else text
