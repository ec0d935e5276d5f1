"""The tables of docs/performance.md, made of what was measured."""

from typing import Any, Final

from benchmarks.bill import largest, make_bill, total
from benchmarks.cost_page import MINUTE, make_terms, read_usages
from benchmarks.results import Results
from benchmarks.tables import fill, number, table, usd
from tools.checkout import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
# USD for a million that we want to stay below.
GOALS: Final = {"REST text": 24.0, "256 KB text": 40.0}
SPEED: Final = ["create p50", "p99", "reveal p50", "p99", "pairs a second"]


def render(results: Results) -> str:
    """The page, with its tables anew. Raises KeyError for a part that was never measured."""
    return fill(
        PAGE.read_text(),
        {
            "parts": parts_table(results),
            "machines": machines_table(results),
            "cost": cost_table(results),
            "processor": processor_table(results["processor"].values),
            "start": start_table(results["start"].values["handlers"]),
            "zips": zips_table(results["start"].values["zips"]),
            "callers": callers_table(results["callers"].values),
            "scale": scale_table(results["scale"].values),
            "reaper": reaper_table(results["reaper"].values),
            "client": client_table(results["client"].values),
        },
    )


def parts_table(results: Results) -> str:
    rows = [
        [f"`{name}`", part.at, f"{part.load[0]}, {part.load[1]}"] for name, part in results.items()
    ]
    return table(["part", "measured", "load"], rows)


def machines_table(results: Results) -> str:
    """On which processors and versions which parts were measured."""
    places = dict.fromkeys((part.machine, part.versions) for part in results.values())
    rows = []
    for place in places:
        names = [f"`{n}`" for n, part in results.items() if (part.machine, part.versions) == place]
        rows.append([*place, "all" if len(places) == 1 else ", ".join(names)])
    return table(["processors", "versions", "parts"], rows)


def cost_table(results: Results) -> str:
    usages, terms = read_usages(results), make_terms(results)
    bills = {name: make_bill(each, terms) for name, each in usages.items() if name != MINUTE}
    rows = [
        [
            name,
            number(usages[name].calls.total()),
            number(usages[name].write_units),
            number(usages[name].read_units),
            usd(total(lines)),
            usd(GOALS[name]) if name in GOALS else "",
            ", ".join(f"{part} {usd(lines[part])}" for part in largest(lines)),
        ]
        for name, lines in bills.items()
    ]
    units = ["AWS calls", "write units", "read units"]
    return table(["", *units, "USD a million", "goal", "largest parts"], rows)


def processor_table(found: dict[str, Any]) -> str:
    rows = [
        ["handlers", f"{found['handlers']:.2f} ms"],
        ["boto3 bare", f"{found['bare']:.2f} ms"],
        ["ratio, median", f"**{found['ratio']:.2f}**"],
        ["ratio, middle half of the rounds", f"{found['lower']:.2f} to {found['upper']:.2f}"],
        ["calls", ", ".join(f"`{call}`" for call in found["calls"])],
    ]
    return table(["", ""], rows)


def start_table(handlers: dict[str, dict[str, Any]]) -> str:
    rows = [
        [
            name,
            f"{each['handler']:.0f} ms",
            f"{each['boto3']:.0f} ms",
            f"**{each['ratio']:.2f}**",
            f"{each['compiled_ratio']:.2f}",
            ", ".join(each["clients"]) or "none",
        ]
        for name, each in handlers.items()
    ]
    return table(["", "handler", "boto3", "ratio", "if compiled", "clients"], rows)


def zips_table(sizes: dict[str, int]) -> str:
    return table(["", "bytes"], [[f"{name}.zip", f"{size:,}"] for name, size in sizes.items()])


def callers_table(found: dict[str, dict[str, float]]) -> str:
    return table(["callers", *SPEED], [[name, *speed_cells(each)] for name, each in found.items()])


def speed_cells(speed: dict[str, float]) -> list[str]:
    names = ("create_p50", "create_p99", "reveal_p50", "reveal_p99")
    return [*(f"{speed[name]:.0f} ms" for name in names), f"{speed['pairs']:.0f}"]


def scale_table(found: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"{each['records']:,}",
            *speed_cells(each["speed"]),
            number(each["sweep_units"]),
            f"{each['memory'] / 1024**2:,.0f} MB",
        ]
        for each in found
    ]
    return table(["records", *SPEED, "read units of a sweep", "emulator's memory"], rows)


def reaper_table(found: dict[str, dict[str, float]]) -> str:
    rows = [
        [name, f"{e['records']:,}", f"{e['per_second']:,.0f}", f"{e['per_processor_second']:,.0f}"]
        for name, e in found.items()
    ]
    return table(["", "records", "a second", "a second of processor time"], rows)


def client_table(found: dict[str, Any]) -> str:
    rows = [
        [
            name,
            f"{each['ours']:.2f} GB/s",
            f"{each['alone']:.2f} GB/s by AES-GCM alone, ratio "
            f"**{each['ours'] / each['alone']:.2f}**",
        ]
        for name, each in ((name, found[name]) for name in ("encryption", "decryption"))
    ]
    size = f"a file of {found['file_mib']} MiB"
    rows += [
        ["memory to send", f"{found['sending_mib']} MiB", size],
        ["memory to open", f"{found['opening_mib']} MiB", size],
        [
            "`burnbag --help`",
            f"{found['start_up']:.0f} ms",
            f"Python alone {found['python']:.0f} ms",
        ],
        ["heavy libraries that it imports", ", ".join(found["imports"]) or "none", ""],
    ]
    return table(["", "", ""], rows)
