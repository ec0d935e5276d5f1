"""The stack's command line: `python -m tools.stack_command up|down|demo|status|end-all`."""

import os
import sys

from tools import stack
from tools.console import Problem, run, say
from tools.demo import show_main_job, tell_what_next
from tools.load import fill
from tools.person import add_first_person


def read_port() -> int | None:
    """PORT from the environment, None if it is unset or empty."""
    wanted = os.environ.get("PORT", "")
    if wanted and not wanted.isdecimal():
        raise Problem(f"PORT={wanted} is not a number")
    return int(wanted) if wanted else None


def up() -> None:
    running = stack.up(port=read_port())
    add_first_person(running)
    try:
        show_main_job(running)
    except Problem as problem:
        raise Problem(f"{problem}\nThe stack is left up to look at: make demo, make down") from None
    tell_what_next(running)


def demo() -> None:
    running = stack.find()
    if running is None:
        raise Problem("no stack is running: make up")
    if os.environ.get("LOAD"):
        fill(running)
    else:
        show_main_job(running)
    tell_what_next(running)


def status() -> None:
    running = stack.find()
    if running is None:
        raise Problem("down")
    say(f"up: {running.api_url} (pid {running.pid})")


def down() -> None:
    say("ended" if stack.down() else "nothing was running")


COMMANDS = {"up": up, "demo": demo, "status": status, "down": down, "end-all": stack.end_all}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        raise Problem(f"python -m tools.stack_command {'|'.join(COMMANDS)}")
    COMMANDS[sys.argv[1]]()


if __name__ == "__main__":
    run(main)
