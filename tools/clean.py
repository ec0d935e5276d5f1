"""End every stack of this checkout: `python -m tools.clean`."""

from tools import console, stack
from tools.paths import BUILD


def main() -> None:
    for record in BUILD.glob("*/emulator.json"):
        stack.down(record.parent.name)


if __name__ == "__main__":
    console.run(main)
