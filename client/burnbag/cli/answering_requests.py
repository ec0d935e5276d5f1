"""How an answer is opened: its keys come from the request's receipt, the rest is as for a link."""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from burnbag.cli import interrupts
from burnbag.cli.bar import waiting
from burnbag.cli.errors import UnknownSecret
from burnbag.errors import Gone, NotAnswered, NotFound, Unavailable
from burnbag.links import Link
from burnbag.request_links import AnswerLink

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.settings import Settings

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0
NOBODYS: Final = (
    "the server knows no such request: it ended long ago, or was made at another burnbag (--url)"
)


def open_answer(
    settings: "Settings",
    keep: AnswerLink,
    output: str | None,
    force: bool,
    yes: bool,
    as_json: bool,
    patience: float = 0.0,
) -> None:
    """Open it, and forget its private key. Raises NotAnswered, Gone, and as `Burnbag.open`."""
    with interrupts.defer():
        from burnbag.cli import kept
        from burnbag.cli.open import open_into
        from burnbag.cli.output import note_result, open_output

    try:
        with settings.make_client() as burnbag, open_output(output, force, as_json) as out:
            with waiting("somebody to answer" if patience else "the server"):
                link = find_answer(burnbag, keep, patience)
            opened = open_into(burnbag, link, out, force, yes, None, as_json)
    except Gone:
        kept.remove(keep.id)
        raise
    kept.remove(keep.id)
    if not as_json:
        note_result(out, opened)


def find_answer(
    burnbag: "Burnbag",
    keep: AnswerLink,
    seconds: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Link:
    """The answer's link; it is asked for again and again until there is one, or the time is over.

    Only the first call may fail: a wait of days must not end with a server's bad minute.
    """
    until, pause = clock() + seconds, FIRST_PAUSE
    is_first = True
    while True:
        try:
            return burnbag.find_answer(keep)
        except NotFound:
            raise UnknownSecret(NOBODYS) from None
        except (NotAnswered, Unavailable) as error:
            left = until - clock()
            if left <= 0 or (is_first and isinstance(error, Unavailable)):
                raise
        is_first = False
        sleep(min(left, pause * random.uniform(0.8, 1.2)))
        pause = min(LONGEST_PAUSE, pause * 1.3)
