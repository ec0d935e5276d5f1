"""`burnbag audit`: what the audit log says."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from burnbag.audit.names import GROUPS, KINDS, NAMES, PREFIX
from burnbag.cli import interrupts
from burnbag.cli.bar import waiting
from burnbag.cli.errors import UsageError
from burnbag.cli.options import aws_options

if TYPE_CHECKING:
    from burnbag.audit.log import AuditLog
    from burnbag.audit.questions import Question
    from burnbag.cli.answering import Shape

T = TypeVar("T")
SINCE: Final = "24h"


def parse_events(
    context: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> frozenset[str]:
    """Names of events, with or without `secret.` before them."""
    found = frozenset(name.removeprefix(PREFIX) for name in value)
    if not found <= set(NAMES):
        raise UsageError(f"--event is one of {', '.join(NAMES)}")
    return found


@click.command()
@click.option(
    "--since", metavar="TIME", help="From then on; otherwise for 24h, or --secret's life."
)
@click.option("--until", metavar="TIME", help="Up to then; otherwise up to now.")
@click.option("--secret", metavar="ID", help="Only this secret: an id, its beginning, or a link.")
@click.option(
    "--event", "events", metavar="NAME", callback=parse_events, multiple=True,
    help="Only these events, like revealed; can be repeated.",
)  # fmt: skip
@click.option("--by", metavar="WHO", help="Only what this ARN or e-mail address did.")
@click.option("--created-by", metavar="WHO", help="Only secrets that it created.")
@click.option("--label", metavar="TEXT", help="Only secrets with this label; * is any text.")
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), metavar="KIND", multiple=True,
    help="Only text, file or upload; can be repeated.",
)  # fmt: skip
@click.option(
    "--outside", metavar="CIDR", multiple=True,
    help="Only from addresses in no such network; can be repeated.",
)  # fmt: skip
@click.option("--slower-than", metavar="TIME", help="Only erasures later than this, like 120s.")
@click.option("--secrets", is_flag=True, help="List the secrets, and what became of each.")
@click.option("--open", "only_open", is_flag=True, help="List those that can still be opened.")
@click.option(
    "--top", type=click.Choice(GROUPS), metavar="GROUP",
    help="Count by creator, address, label, event or kind.",
)  # fmt: skip
@click.option(
    "--cloudtrail", is_flag=True,
    help="List what decrypted with the sealing key and was no reveal, and the reverse.",
)  # fmt: skip
@click.option("--sealing-key", metavar="ARN", help="With --cloudtrail: the key to look for.")
@click.option(
    "--trail-log-group", metavar="NAME",
    help="With --cloudtrail: read this log group of a trail, and not CloudTrail's history.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object on each line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, safe to open in a spreadsheet.")
@click.option("--log-group", metavar="NAME", help="The audit log group to read.")
@click.option("--environment", metavar="NAME", help="Whose audit log group to read, like prod.")
@aws_options
def audit(**given: Any) -> None:
    """Read the audit log: who created and opened what.

    Your AWS credentials need logs:FilterLogEvents on the audit log group, and nothing else;
    with --cloudtrail also cloudtrail:LookupEvents, or the same on the trail's log group.

    \b
      burnbag audit --secret ID                       what became of it
      burnbag audit --since 7d --top creator          who did the most
      burnbag audit --since 30d --open                what can still be opened
    """
    with interrupts.defer():
        from burnbag.cli import answering

    refuse_contradictions(given)
    now = datetime.now(UTC)
    question = make_question(given, now)
    log = find_log(given)
    shape = answering.Shape(given["as_json"], given["as_csv"])
    with waiting("AWS"):
        answer(log, question, shape, given, now)


def answer(
    log: "AuditLog", question: "Question", shape: "Shape", given: dict[str, Any], now: datetime
) -> None:
    """Print what was asked for."""
    from burnbag.cli import answering

    if given["cloudtrail"]:
        compare_with_trail(log, question, given, shape, now)
    elif given["top"]:
        answering.show_table(log, question, shape, given["top"])
    elif given["secrets"] or given["only_open"]:
        answering.show_secrets(log, question, shape, given["only_open"], now)
    else:
        answering.show_events(log, question, shape, given["follow"])


def refuse_contradictions(given: dict[str, Any]) -> None:
    """Raise UsageError for options that make no sense together."""
    is_list = given["secrets"] or given["only_open"]
    if given["as_json"] and given["as_csv"]:
        raise UsageError("--json and --csv are two forms of the same: use one of them")
    if given["top"] and is_list:
        raise UsageError("--top counts events, --secrets and --open list secrets: use one of them")
    if given["follow"] and (given["top"] or is_list or given["until"]):
        raise UsageError("--follow has no end: use it without --until, --top, --secrets and --open")
    by_event = ("events", "by", "outside", "slower_than")
    if not given["cloudtrail"] and (given["sealing_key"] or given["trail_log_group"]):
        raise UsageError("--sealing-key and --trail-log-group go with --cloudtrail")
    narrowing = ("secret", *by_event, "created_by", "label", "kinds", "top", "follow")
    if given["cloudtrail"] and (is_list or any(given[name] for name in narrowing)):
        raise UsageError(
            "--cloudtrail looks at every secret: use it with --since and --until, and no other "
            "question"
        )
    if is_list and any(given[name] for name in by_event):
        raise UsageError(
            "--secrets and --open look at every event of a secret: "
            "use them without --event, --by, --outside and --slower-than"
        )


def make_question(given: dict[str, Any], now: datetime) -> "Question":
    """The question in the options. Raises UsageError or LinkError."""
    with interrupts.defer():
        from burnbag.audit.questions import Question
        from burnbag.cli import asked

    def parse(name: str, read: Callable[..., T], *more: object) -> T | None:
        return None if given[name] is None else read(given[name], *more)

    if given["since"] is None and given["secret"] is None:
        given = given | {"since": SINCE}
    question = Question(
        since=parse("since", asked.parse_since, now),
        until=parse("until", asked.parse_until, now),
        secret=parse("secret", asked.parse_id),
        events=given["events"],
        kinds=frozenset(given["kinds"]),
        by=parse("by", asked.parse_who, "--by"),
        created_by=parse("created_by", asked.parse_who, "--created-by"),
        label=given["label"],
        outside=asked.parse_networks(given["outside"]),
        slower_than=parse("slower_than", asked.parse_seconds, "--slower-than"),
    )
    if question.since and question.since > (question.until or now):
        raise UsageError("--since is after --until" if question.until else "--since is to come")
    return question


def compare_with_trail(
    log: "AuditLog", question: "Question", given: dict[str, Any], shape: "Shape", now: datetime
) -> None:
    """Compare the audit log with CloudTrail. Raises UsageError or ConfigurationError."""
    with interrupts.defer():
        from burnbag.cli import comparing, settings

    until = min(question.until or now, now)
    asked = comparing.make_asked(log.group, given["sealing_key"], question.since or now, until)
    found = settings.find_settings(None, given["region"], given["profile"])
    trail = comparing.find_trail(found, asked, given["trail_log_group"], now)
    comparing.show_unexplained(log, trail, asked, shape, now)


def find_log(given: dict[str, Any]) -> "AuditLog":
    """The log that the options and settings mean. Raises UsageError or ConfigurationError."""
    with interrupts.defer():
        from burnbag.audit.log import open_log
        from burnbag.cli import asked, settings

    asked.check_log_group(given["log_group"], given["environment"])
    group = settings.find_audit_log_group(given["log_group"], given["environment"])
    if group.value is None:
        raise UsageError(
            "which audit log? Its name is missing: --log-group, --environment, "
            f"{settings.AUDIT_LOG_GROUP} or audit_log_group in the config file"
        )
    found = settings.find_settings(None, given["region"], given["profile"])
    return open_log(found.make_session(), found.region.value, group.value)
