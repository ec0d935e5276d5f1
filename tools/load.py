"""A load on a running stack, so that there is something to see: secrets of every kind and end."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

from botocore.session import Session

from burnbag import Burnbag, BurnbagError, Sent
from tools.caller import assume_caller
from tools.console import Problem, say
from tools.stack import Stack
from tools.stories import LOAD, Cast, Story

T = TypeVar("T")
# Each is a session of the caller's role, so another creator.
CREATORS: Final = ("orders", "payroll", "support")
# The embedded AWS has a processor or two, which the functions share.
THREADS: Final = 4
# The shortest life is a minute, and what has expired is swept in the next one.
ERASED_WITHIN: Final = 300.0


def fill(stack: Stack, load: Mapping[Story, int] = LOAD) -> None:
    """Send so many secrets of each story, and wait until what has expired is erased.

    Raises Problem.
    """
    say(f"\nA load of {sum(load.values())} secrets, from {len(CREATORS)} creators:")
    started = time.monotonic()
    try:
        with gather(stack) as cast:
            play(cast, load)
            wait_until_erased(cast)
    except BurnbagError as error:
        raise Problem(f"the load failed: {error}") from error
    say(f"  done in {time.monotonic() - started:.0f} s")


@contextmanager
def gather(stack: Stack) -> Iterator[Cast]:
    """Senders and a recipient, signed in until the end."""
    senders = [sign_in(stack, name) for name in CREATORS]
    try:
        with Burnbag() as recipient:
            yield Cast(senders, recipient)
    finally:
        for sender in senders:
            sender.close()


def sign_in(stack: Stack, creator: str) -> Burnbag:
    keys, session = assume_caller(stack, creator), Session()
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    return Burnbag(stack.api_url, session, region=stack.region)


def play(cast: Cast, load: Mapping[Story, int]) -> None:
    """All first parts, then all second parts in any order."""
    beginnings = [partial(story, cast) for story, count in load.items() for _ in range(count)]
    endings = in_parallel("sent", beginnings)
    cast.dice.shuffle(endings)
    in_parallel("ended", endings)


def in_parallel(done: str, calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of `calls`, in any order, a few at a time. Tells how many are `done`."""
    with ThreadPoolExecutor(THREADS) as pool:
        running = as_completed([pool.submit(call) for call in calls])
        return [found.result() for found in tell_progress(done, running, len(calls))]


def wait_until_erased(cast: Cast) -> None:
    """Wait until what time ends is erased. Raises Problem."""
    expiring = cast.expiring
    list(tell_progress("expired and erased", watch(expiring), len(expiring)))


def watch(expiring: list[tuple[Burnbag, Sent]]) -> Iterable[Sent]:
    """Each secret once it is erased, in the order in which they were sent. Raises Problem."""
    deadline = time.monotonic() + ERASED_WITHIN
    for sender, sent in expiring:
        while sender.receipt(sent.id, sent.receipt_token).erased_at is None:
            if time.monotonic() > deadline:
                raise Problem(f"what expires was not erased within {ERASED_WITHIN:.0f} s")
            time.sleep(1)
        yield sent


def tell_progress(done: str, each: Iterable[T], total: int) -> Iterable[T]:
    """`each`, and a line that says how far it is: on a terminal always the same line."""
    for number, it in enumerate(each, start=1):
        yield it
        if sys.stdout.isatty():
            print(f"\r  {number} of {total} {done}", end="", flush=True)
    say(f"\r  {total} of {total} {done}" if sys.stdout.isatty() else f"  {total} {done}")
