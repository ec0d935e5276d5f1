"""The stack's command line: `python -m tools.stack_command up|down|demo|status|end-all`."""

import argparse
import os

from tools import stack
from tools.console import Problem, run, say
from tools.demo import show_main_job, tell_what_next


def read_port() -> int | None:
    """PORT from the environment, None if it is unset or empty."""
    wanted = os.environ.get("PORT", "")
    if wanted and not wanted.isdecimal():
        raise Problem(f"PORT={wanted} is not a number")
    return int(wanted) if wanted else None


def up(name: str) -> None:
    running = stack.up(name, read_port())
    try:
        show_main_job(running)
    except Problem as problem:
        raise Problem(f"{problem}\nThe stack is left up to look at: make demo, make down") from None
    tell_what_next(running)


def demo(name: str) -> None:
    running = stack.find(name)
    if running is None:
        raise Problem("no stack is running: make up")
    show_main_job(running)
    tell_what_next(running)


def status(name: str) -> None:
    running = stack.find(name)
    if running is None:
        raise Problem("down")
    say(f"up: {running.api_url} (pid {running.pid})")


def down(name: str) -> None:
    say("ended" if stack.down(name) else "nothing was running")


def end_all(_name: str) -> None:
    stack.end_all()


COMMANDS = {"up": up, "demo": demo, "status": status, "down": down, "end-all": end_all}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.stack_command", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--name", default=stack.LOCAL, help="which stack; local if unset")
    arguments = parser.parse_args()
    COMMANDS[arguments.command](arguments.name)


if __name__ == "__main__":
    run(main)
