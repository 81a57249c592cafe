"""Latencies on the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.cli.render import CONSOLE, channel_sentence, left_out, value

MAX_ROWS = 12


def routes(found: Any) -> None:
    """What was seen of a network: figures, the first pairs and cities, where the tables are."""
    document = found.document
    CONSOLE.print(Text(found.folder.manifest["title"], style="bold"))
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name, figure in found.figures.items():
        table.add_row(value(name, figure), channel_sentence(name))
    CONSOLE.print(table)
    if document["pairs"]:
        _pairs(document["pairs"])
    if document["cities"]:
        _cities(document["cities"])
    for remark in document["remarks"]:
        CONSOLE.print(remark)
    CONSOLE.print(f"tables: {found.path / 'routes.parquet'}, {found.path / 'city_latency.parquet'}", soft_wrap=True)


def _pairs(rows: list[dict[str, Any]]) -> None:
    table = Table("from", "to", "median", "least", "most", "hops", "reached", "by cable", box=None, pad_edge=False)
    for row in rows[:MAX_ROWS]:
        table.add_row(
            row["from_city"],
            row["to_city"],
            *(_ms(row[f"rtt_{which}_ms"]) for which in ("median", "min", "max")),
            "-" if row["hops_median"] is None else f"{row['hops_median']:.0f}",
            f"{100 * row['reachable_frac']:.1f} %",
            _ms(row["fibre_rtt_ms"]),
        )
    CONSOLE.print(table)
    left_out(len(rows), MAX_ROWS, "pairs")


def _cities(rows: list[dict[str, Any]]) -> None:
    table = Table("city", "to the nearest compute", "reached", "nearest data center by cable", box=None, pad_edge=False)
    for row in rows[:MAX_ROWS]:
        table.add_row(
            row["name"],
            _ms(row["rtt_median_ms"]) if row["rtt_median_ms"] is not None else row["why_not"],
            f"{100 * row['reachable_frac']:.1f} %",
            f"{_ms(row['fibre_rtt_ms'])} ({row['fibre_region']})",
        )
    CONSOLE.print(table)
    left_out(len(rows), MAX_ROWS, "cities")


def _ms(number: float | None) -> str:
    return "-" if number is None else f"{number:.2f} ms"
