"""The stack's command line: `python -m tools.stack_command up|down|demo|status`."""

import argparse
import os

from tools import console, stack
from tools.console import Problem, say
from tools.demo import demo, farewell


def port_wanted() -> int | None:
    """PORT from the environment; none if it is unset or empty."""
    wanted = os.environ.get("PORT", "")
    if not wanted:
        return None
    if not wanted.isdecimal():
        raise Problem(f"PORT={wanted} is not a number")
    return int(wanted)


def up(name: str) -> None:
    running = stack.up(name, port_wanted())
    try:
        demo(running)
    except Problem as problem:
        raise Problem(f"{problem}\nThe stack is left up to look at: make demo, make down") from None
    farewell(running)


def down(name: str) -> None:
    say("ended" if stack.down(name) else "nothing was running")


def status(name: str) -> None:
    running = stack.current(name)
    if running is None:
        raise Problem("down")
    say(f"up: {running.api_url} (pid {running.pid})")


def again(name: str) -> None:
    running = stack.current(name)
    if running is None:
        raise Problem("no stack is running: make up")
    demo(running)
    farewell(running)


COMMANDS = {"up": up, "down": down, "demo": again, "status": status}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.stack_command", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--name", default=stack.LOCAL, help="which stack; local if unset")
    arguments = parser.parse_args()
    COMMANDS[arguments.command](arguments.name)


if __name__ == "__main__":
    console.run(main)
