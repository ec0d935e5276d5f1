"""A graph as SVG. Its title and legend are the page's: there they wrap, and can be searched."""

import io
import re
from datetime import UTC
from typing import Any, Final

import matplotlib
import matplotlib.dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tools.dashboard.values import Line, Span
from tools.dashboard.widgets import Widget

# matplotlib's dates have no types.
dates: Final[Any] = matplotlib.dates
# Without red, which is that of the line that should not be crossed.
COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b"),
    *("#e377c2", "#17becf", "#bcbd22", "#7f7f7f"),
)
GREY: Final = "#6b7280"
# Inches for a column, and for a graph of six rows.
COLUMN: Final = 0.62
HEIGHT: Final = 2.3
STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
}


# A line of fewer points has a dot for each, so that a single one can be seen.
FEW: Final = 100


def colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def draw(widget: Widget, lines: list[Line], span: Span) -> str:
    """The graph as an SVG element that is as wide as its place."""
    with matplotlib.rc_context(STYLE):
        figure = Figure((widget.width * COLUMN, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        for number, line in enumerate(lines):
            plot(axes, line.since(span.start), colour(number))
        draw_marks(axes, widget)
        set_scales(axes, widget, lines, span)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return fit(written.getvalue())


def plot(axes: Axes, line: Line, shade: str) -> None:
    times = [dates.date2num(at) for at, _ in line.points]
    dot = "o" if len(times) < FEW else ""
    style: Any = {"linewidth": 1.3, "marker": dot, "markersize": 2.5}
    # Not clipped, or half of a line along the axis would be missing.
    axes.plot(times, line.values, color=shade, clip_on=False, **style)


def draw_marks(axes: Axes, widget: Widget) -> None:
    """The lines that should not be crossed."""
    for mark in widget.properties.get("annotations", {}).get("horizontal", []):
        axes.axhline(mark["value"], color=mark["color"], linewidth=1.0, linestyle="--")
        at = (1.0, mark["value"])
        axes.annotate(
            *(mark["label"], at),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 2),
            textcoords="offset points",
            ha="right",
            color=mark["color"],
            fontsize=8,
        )


def set_scales(axes: Axes, widget: Widget, lines: list[Line], span: Span) -> None:
    """Axes from 0, with room above what is highest, and times in UTC."""
    axis = widget.properties["yAxis"]["left"]
    marks = widget.properties.get("annotations", {}).get("horizontal", [])
    values = [value for line in lines for value in line.values]
    highest = max([1.0, *(mark["value"] for mark in marks), *values])
    axes.set_ylim(0, axis.get("max", highest * 1.15))
    axes.set_xlim(dates.date2num(span.start), dates.date2num(span.end))
    axes.set_ylabel(axis["label"], color=GREY)
    whole = all(value.is_integer() for value in values)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=whole))
    axes.yaxis.set_major_formatter("{x:,.6g}")
    locator = dates.AutoDateLocator(tz=UTC, minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC, show_offset=False))
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    axes.tick_params(colors=GREY, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#d1d5db")


def fit(document: str) -> str:
    """The SVG element alone, without a size of its own."""
    element = document[document.index("<svg") :]
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", element, count=2)
