"""Write them: `python -m tools.asynchronous`."""

from tools.asynchronous.writing import make_twins
from tools.console import run


def write_twins() -> None:
    """Only what is another is written, so that nothing is built anew without need."""
    for path, text in make_twins().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


run(write_twins)
