"""The page: the widgets on their grid, in one file, with no script and nothing to fetch."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any, Final

from tools.dashboard.insights import Table
from tools.dashboard.plots import colour, draw
from tools.dashboard.values import Line, Span
from tools.dashboard.widgets import Widget

LINK: Final = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
PAGE: Final = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 0; padding: 1rem; background: #f3f4f6; color: #111827;
       font: 14px/1.4 system-ui, Helvetica, Arial, "DejaVu Sans", sans-serif }
h1 { margin: 0 0 .2rem; font-size: 1.3rem }
h2 { margin: 0 0 .3rem; font-size: .95rem }
p { margin: 0 }
header p, .text { color: #4b5563 }
main { display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); gap: 0 .6rem;
       margin-top: .8rem; min-width: 60rem }
section { background: #fff; padding: .6rem .7rem .3rem; border-radius: 6px 6px 0 0 }
.text { font-size: .85rem; border-radius: 0 0 6px 6px; padding: .3rem .7rem .6rem;
        margin-bottom: .7rem }
svg { display: block; width: 100%; height: auto }
ul { list-style: none; margin: .2rem 0 0; padding: 0; font-size: .78rem }
li { display: inline-block; margin-right: .9rem; white-space: nowrap }
li i { display: inline-block; width: .7rem; height: .7rem; margin-right: .3rem; border-radius: 2px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .82rem }
th, td { text-align: left; padding: .15rem .8rem .15rem 0; white-space: nowrap;
         border-bottom: 1px solid #e5e7eb }
th { color: #4b5563; font-weight: 600 }
.empty { color: #9ca3af; padding: 1rem 0 }
</style>
<header><h1>$title</h1><p>$subtitle</p></header>
<main>
$widgets
</main>
</html>
""")


@dataclass(frozen=True)
class Shown:
    """A widget, and its lines, its table or why there is none; a text has neither."""

    widget: Widget
    content: list[Line] | Table | str | None = None


def write_page(title: str, shown: Iterable[Shown], span: Span) -> str:
    """The whole document."""
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in (span.start, span.end))
    subtitle = f"{start} to {end} UTC, with the values that CloudWatch had then."
    widgets = "\n".join(place(each, span) for each in shown)
    return PAGE.substitute(title=escape(title), subtitle=escape(subtitle), widgets=widgets)


def place(shown: Shown, span: Span) -> str:
    it = shown.widget
    style = f"grid-column: {it.x + 1} / span {it.width}; grid-row: {it.y + 1} / span {it.height}"
    kind = "text" if it.kind == "text" else "shown"
    return f'<section class="{kind}" style="{style}">{fill(shown, span)}</section>'


def fill(shown: Shown, span: Span) -> str:
    heading = f"<h2>{escape(shown.widget.title)}</h2>"
    match shown.content:
        case Table() as table:
            return heading + write_table(table)
        case str() as why_not:
            return f'{heading}<p class="empty">{escape(why_not)}</p>'
        case None:
            return f"<p>{write_text(shown.widget.properties['markdown'])}</p>"
        case lines:
            return heading + write_graph(shown.widget, lines, span)


def write_graph(widget: Widget, lines: list[Line], span: Span) -> str:
    if not any(line.points for line in lines):
        return '<p class="empty">no values</p>'
    entries = [
        f'<li><i style="background: {colour(number)}"></i>{escape(line.label)}</li>'
        for number, line in enumerate(lines)
    ]
    return f"{draw(widget, lines, span)}<ul>{''.join(entries)}</ul>"


def write_text(markdown: str) -> str:
    """The text; of Markdown it knows the links."""
    return LINK.sub(r'<a href="\2">\1</a>', escape(markdown))


def write_table(table: Table) -> str:
    if not table.rows:
        return '<p class="empty">no rows</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{write_cell(row.get(n))}</td>" for n in table.columns) + "</tr>"
        for row in table.rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'


def write_cell(value: Any) -> str:
    return escape("-" if value is None else str(value))
