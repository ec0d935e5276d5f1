"""`burnbag revoke`: the end of one secret, or of everything that somebody created."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import Bar, waiting
from burnbag.cli.errors import CommandError, UsageError
from burnbag.cli.options import CommandWithId, sender_options
from burnbag.cli.receipts import find_secret
from burnbag.results import Revocation

if TYPE_CHECKING:
    from burnbag import Burnbag


@dataclass(frozen=True)
class Wanted:
    """Whose secrets are to end, and which of them."""

    created_by: str
    since: datetime
    until: datetime | None
    label: str | None

    def revoke(self, burnbag: "Burnbag", **options: Any) -> Revocation:
        return burnbag.revoke_created_by(
            self.created_by, since=self.since, until=self.until, label=self.label, **options
        )


@click.command(cls=CommandWithId)
@click.argument("id", required=False)
@click.option(
    "--created-by", metavar="WHO",
    help="End all that is open and that it created: a role's name, an ARN, an e-mail address.",
)  # fmt: skip
@click.option("--since", metavar="TIME", help="With --created-by: created from then on, like 2h.")
@click.option("--until", metavar="TIME", help="With --created-by: created up to then.")
@click.option("--label", metavar="PREFIX", help="With --created-by: whose label begins so.")
@click.option("--dry-run", is_flag=True, help="With --created-by: only count them.")
@click.option("-y", "--yes", is_flag=True, help="With --created-by: do not ask before it begins.")
@click.option("--json", "as_json", is_flag=True, help="With --created-by: print JSON, for scripts.")
@sender_options
def revoke(
    id: str | None, url: str | None, region: str | None, profile: str | None, **given: Any
) -> None:
    """End a secret now: nobody can open it any more.

    ID is what it is for `burnbag receipt`. Operators may end all that somebody created instead:

    \b
      burnbag revoke --created-by orders --since 7d
    """
    with interrupts.defer():
        from burnbag.cli import kept
        from burnbag.cli.settings import find_settings

    refuse_contradictions(id, given)
    if id is not None:
        secret = find_secret(id)
        with find_settings(url or secret.url, region, profile).make_client() as burnbag, waiting():
            burnbag.revoke(secret.id, secret.token)
        kept.remove(secret.id)
        tty.tell("revoked")
        return
    wanted = read_wanted(given)
    with find_settings(url, region, profile).make_client() as burnbag:
        revoke_many(burnbag, wanted, given["dry_run"], given["yes"], given["as_json"])


def refuse_contradictions(id: str | None, given: dict[str, Any]) -> None:
    """Raise UsageError for options that make no sense together."""
    if given["created_by"] is not None:
        if id is not None:
            raise UsageError("an ID ends one secret, --created-by ends many: use one of them")
        if given["since"] is None:
            raise UsageError("how far back? --created-by needs --since, like 2h or 7d")
        return
    if id is None:
        raise UsageError("which secret? Its ID is missing, or --created-by")
    if any(value not in (None, False) for value in given.values()):
        raise UsageError("the options for many secrets go with --created-by, not with an ID")


def read_wanted(given: dict[str, Any]) -> Wanted:
    from burnbag.cli import asked

    since, until = asked.parse_window(given["since"], given["until"], datetime.now(UTC))
    assert since is not None
    return Wanted(asked.parse_creator(given["created_by"]), since, until, given["label"])


def revoke_many(
    burnbag: "Burnbag", wanted: Wanted, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Count, ask, end them all, and say what became of them.

    An interrupted run is continued by the same command: it finds what is left. Raises UsageError,
    and CommandError for a no, or if some could not be ended.
    """
    if not (yes or dry_run or tty.can_ask()):
        raise UsageError("there is no terminal to ask on: use --yes, after --dry-run")
    # Unwatched and unasked, nobody needs to know how many there are before.
    done = None if yes and not dry_run and not tty.is_watched() else count(burnbag, wanted)
    if not dry_run and (done is None or done.found):
        if not yes and done is not None:
            ask(done)
        done = end_all(burnbag, wanted, done.found if done else 0)
    assert done is not None
    print_done(done, wanted, dry_run, as_json)
    if done.failed:
        raise CommandError(f"{done.failed:,} could not be revoked: run the same again")


def count(burnbag: "Burnbag", wanted: Wanted) -> Revocation:
    tty.note("looking for what is open …")
    with waiting():
        return wanted.revoke(burnbag, dry_run=True)


def ask(counted: Revocation) -> None:
    secrets = f"{counted.found:,} open secret{'s' * (counted.found != 1)}"
    if not tty.ask_yes_no(f"Revoke {secrets} that {counted.created_by} created?"):
        raise CommandError("not revoked; nothing has changed")


def end_all(burnbag: "Burnbag", wanted: Wanted, total: int) -> Revocation:
    with Bar(" secrets", after="looking for what is left") as bar:

        def show(so_far: Revocation) -> None:
            if total:
                bar(min(so_far.found, total), total)

        return wanted.revoke(burnbag, progress=show)


def print_done(done: Revocation, wanted: Wanted, dry_run: bool, as_json: bool) -> None:
    from burnbag.cli.formatting import align, format_time, to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(done)))
        return
    ended = [
        ("revoked", f"{done.revoked:,}"),
        ("already ended", f"{done.already_ended:,}"),
        ("failed", f"{done.failed:,}"),
    ]
    lines = [
        ("created by", done.created_by),
        ("since", format_time(wanted.since)),
        ("until", format_time(wanted.until) if wanted.until else None),
        ("label", wanted.label),
        *([("open", f"{done.found:,}")] if dry_run else ended),
    ]
    printing.print_lines(align(lines))
