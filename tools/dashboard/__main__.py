"""`python -m tools.dashboard ENV` writes build/ENV/dashboard.html."""

import sys
from pathlib import Path

from tools import target
from tools.checkout import ROOT, stack_folder
from tools.console import Problem, run, say
from tools.dashboard import insights
from tools.dashboard.page import Shown, write_page
from tools.dashboard.values import Span, find_span, read_lines
from tools.dashboard.widgets import Widget, read_dashboard
from tools.target import Target


def show(deployed: Target, widget: Widget, span: Span) -> Shown:
    """The widget with its values. A table that can't be made says why, in its place."""
    match widget.kind:
        case "metric":
            return Shown(widget, read_lines(deployed, widget, span))
        case "log":
            try:
                return Shown(widget, insights.run(deployed, widget.properties["query"], span))
            except Problem as problem:
                return Shown(widget, str(problem))
        case "text":
            return Shown(widget)
    return Shown(widget, f"a widget of the kind {widget.kind} is drawn by CloudWatch only")


def write(deployed: Target, file: Path) -> None:
    """Write the page. Raises Problem if the deployment has no dashboard."""
    widgets, span = read_dashboard(deployed), find_span(deployed)
    shown = [show(deployed, widget, span) for widget in widgets]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(write_page(str(deployed.outputs["dashboard_name"]), shown, span), "utf-8")


def main() -> None:
    if len(sys.argv) != 2:
        raise Problem("python -m tools.dashboard ENV")
    file = stack_folder(sys.argv[1]) / "dashboard.html"
    write(target.find(sys.argv[1]), file)
    say(f"the dashboard: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    run(main)
