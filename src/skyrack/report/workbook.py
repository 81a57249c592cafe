"""Workbook of one run: every table of the report and the claims, with units and sources, as an Excel file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from skyrack.core.atomic_file import write_bytes
from skyrack.core.units import si_symbol
from skyrack.report import answer
from skyrack.run.finished import Run
from skyrack.run.outputs import CHANNELS

MAX_WIDTH = 60
ASSUMPTION = ("value", "low", "high", "confidence", "source", "url", "date", "note", "origin")
"""Parts of an assumption, in their order."""
Rows = Iterable[Sequence[Any]]


def write_workbook(run: Run, to: Path) -> Path:
    """Write the workbook of a finished run and return its path. Values are in SI units, which stand beside them."""
    import xlsxwriter

    content = io.BytesIO()
    # text of users stays text: no formula and no link is made of it
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True, "in_memory": True}
    with xlsxwriter.Workbook(content, options) as book:
        bold, wrapped = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        for name, header, rows in _sheets(run):
            table = [[_cell(value) for value in row] for row in rows]
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(header):
                widths = [len(str(row[column])) for row in table if column < len(row) and row[column] is not None]
                sheet.set_column(column, column, min(MAX_WIDTH, max([len(title), *widths]) + 2), wrapped)
            sheet.write_row(0, 0, header, bold)
            for number, row in enumerate(table, start=1):
                sheet.write_row(number, 0, row)
            sheet.autofilter(0, 0, max(len(table), 1), len(header) - 1)
    write_bytes(to, content.getvalue())
    return to


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _unit(channel: str) -> str:
    """Return the SI unit of a figure by its name."""
    return si_symbol(CHANNELS[channel.rpartition(".")[2]].unit)


def _sheets(run: Run) -> Iterable[tuple[str, list[str], Rows]]:
    """Yield name, header and rows of each sheet."""
    summary, growth = run.summary, run.growth
    columns = answer.columns_of(growth)
    yield (
        "Answer",
        ["answer"],
        [[answer.question(summary, growth)], *([text] for text, _ in answer.sentences(summary, growth))],
    )
    yield (
        "Claims",
        [
            *("claim", "quantity", "unit", "comparison", "claimed", "as announced", "as sized"),
            *("5th percentile", "95th percentile", "verdict", "verdict of the other reading", "reason"),
            *("source", "address", "date", "confidence"),
        ],
        [
            [
                *(row["statement"], row["quantity"], _unit(row["quantity"]) if row["quantity"] else None),
                *(row["comparison"], row["claimed"], row["announced"], row["sized"], row["low"], row["high"]),
                *(row["verdict"], row["other_verdict"], row["why"]),
                *(row["source"], row["url"], row["date"], row["confidence"]),
            ]
            for row in summary["claims"]
        ],
    )
    yield (
        "Two readings",
        ["figure", "as announced", "as sized"],
        [[row.label, row.announced, row.sized] for row in answer.readings(growth)],
    )
    yield (
        "Figures",
        ["name", "figure", "value", "unit", "5th percentile", "95th percentile"],
        [
            [name, CHANNELS[name].label, value, _unit(name), *growth["ranges"].get(name, (None, None))]
            for name, value in summary.items()
            if name in CHANNELS and not isinstance(value, list | dict)
        ],
    )
    yield _table("Shells", summary["shells"])
    yield from _economics(columns)
    yield _table("Sizing", growth["design"]["requirements"])
    for kind in ("training", "serving"):
        job = (run.workload or {}).get(kind)
        if job:
            yield from _job(kind, job)
    yield (
        "Assumptions",
        ["key", *ASSUMPTION],
        [[row["path"], *(row.get(name) for name in ASSUMPTION)] for row in run.assumptions],
    )


def _table(name: str, rows: Sequence[dict[str, Any]]) -> tuple[str, list[str], Rows]:
    """Return a sheet with one column for each plain value of the rows, with its unit where the name is a figure's."""
    keys = [key for key, value in rows[0].items() if not isinstance(value, list | dict)] if rows else ["none"]
    header = [f"{key} ({_unit(key)})" if key in CHANNELS and _unit(key) else key for key in keys]
    return name, header, [[row[key] for key in keys] for row in rows]


def _economics(columns: dict[str, dict[str, Any]]) -> Iterable[tuple[str, list[str], Rows]]:
    """Yield the sheets of build-out, costs, drivers and impacts, by both readings of the satellite."""
    for basis, column in columns.items():
        if column["buildout"]:
            yield _table(f"Build-out {basis}", column["buildout"]["months"])
        price = column["price"]
        if not price or not price["orbit"]:
            continue
        sides = (price["orbit"], price["ground"])
        lines, titles = "lines_usd_per_kw_year", price["line_titles"]
        prices = [
            [title, "USD", *(one["prices"][key] for one in sides)] for key, title in price["unit_price_titles"].items()
        ]
        costs = [
            [f"line: {titles.get(key, key)}", "USD/kW/year", *(one[lines][key] for one in sides)]
            for key in sides[0][lines]
        ]
        inputs = [[f"input: {key}", "", *(one["cost_inputs"][key] for one in sides)] for key in sides[0]["cost_inputs"]]
        yield f"Cost {basis}", ["cost", "unit", *(one["title"] for one in sides)], [*prices, *costs, *inputs]
        yield _table(f"Launch years {basis}", price["by_year"])
        yield _table(f"Cost drivers {basis}", price["sensitivity"])
        yield (
            f"Impact {basis}",
            ["impact", "unit", "orbit", "low", "high", "ground", "low", "high", "source"],
            [
                [row["name"], row["unit"], *_range(row["orbit"]), *_range(row["ground"]), row["source"]]
                for row in price["environment"]
            ],
        )


def _range(one: dict[str, float]) -> tuple[float, float, float]:
    return one["value"], one["low"], one["high"]


def _job(kind: str, job: dict[str, Any]) -> Iterable[tuple[str, list[str], Rows]]:
    """Yield the sheets of a training or serving job: orbit beside ground, and its tables."""
    plain = [key for key, value in job["orbit"].items() if not isinstance(value, list | dict)]
    yield (
        kind.capitalize(),
        ["figure", "orbit", "ground"],
        [
            *([key, value, None] for key, value in job.items() if not isinstance(value, list | dict)),
            *([key, job["orbit"][key], job["ground"].get(key)] for key in plain),
        ],
    )
    if kind == "training":
        rows = [{"side": side, **row} for side, points in job["by_size"].items() for row in points]
        yield _table("Training by size", rows)
        yield _table("Training by shell", job["by_shell"])
    else:
        yield _table(
            "Serving by city",
            [
                {key: value for key, value in row.items() if key not in ("orbit", "ground")}
                | {f"{side} {key}": value for side in ("orbit", "ground") for key, value in row[side].items()}
                for row in job["cities"]
            ],
        )
