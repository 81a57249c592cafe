"""Training and serving results on the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.api import display
from skyrack.cli.render import CONSOLE, left_out

MAX_CITIES = 8
SIDES = ("orbit", "ground")


def training(job: Any) -> None:
    """Print a training job: result in a sentence, orbit beside ground, losses of compute, path of the report."""
    found = job.result
    orbit, ground = found["orbit"], found["ground"]
    CONSOLE.print(Text(job.folder.manifest["title"], style="bold"))
    CONSOLE.print(
        f"{found['model']} on {found['tokens']:.3g} tokens: {orbit['days']:,.1f} days on {found['satellites']:,} satellites "
        f"of {found['shell']} ({orbit['accelerators']:,} of {orbit['accelerators_allocated']:,} x {found['accelerator']} "
        "have a place), "
        f"{ground['days']:,.1f} days on {ground['accelerators_allocated']:,} on the ground."
    )
    table = Table("", "orbit", "ground", box=None, pad_edge=False)
    for name, show in (
        ("method", lambda one: one["method"]),
        ("layout", _layout),
        ("time of a step", lambda one: display(one["step_s"], "s")),
        ("goodput", lambda one: f"{100 * one['goodput_frac']:.1f} %"),
        ("interruptions a day", lambda one: f"{one['node_failures_per_day']:,.3g}"),
        ("checkpoint each", lambda one: _dash(one["checkpoint_interval_s"], "s")),
        ("energy", lambda one: display(one["energy_j"], "j")),
        ("cost", lambda one: "-" if one["cost_usd"] is None else f"{one['cost_usd'] / 1e6:,.2f} M USD"),
    ):
        table.add_row(name, *(show(found[side]) for side in SIDES))
    CONSOLE.print(table)
    lost = Table("where the arithmetic went", *SIDES, box=None, pad_edge=False)
    for here, there in zip(found["losses"]["orbit"], found["losses"]["ground"], strict=True):
        style = "bold" if here["name"] == "useful" else ""
        lost.add_row(Text(here["name"], style=style), *(f"{100 * one['lost_frac']:.1f} %" for one in (here, there)))
    CONSOLE.print(lost)
    tried = Table("methods tried", "days", "goodput", "workers", "satellites", box=None, pad_edge=False)
    for row in found["tried"]:
        tried.add_row(
            row["method"],
            f"{row['days']:,.1f}",
            f"{100 * row['goodput_frac']:.1f} %",
            str(row["workers"]),
            f"{row['nodes']:,}",
        )
    CONSOLE.print(tried)
    _end(job)


def serving(job: Any) -> None:
    """Print a serving job: result in a sentence, orbit beside ground, the first cities, path of the report."""
    found = job.result
    orbit, ground = found["orbit"], found["ground"]
    served = found["requests_per_s"] * orbit["answered_frac"]
    CONSOLE.print(Text(job.folder.manifest["title"], style="bold"))
    CONSOLE.print(
        f"{found['model']} ({found['precision']}) on {_count(found['used_frac'] * found['replicas'])} replicas of "
        f"{found['group']} x {found['accelerator']}, {100 * found['used_frac']:.3g} % of the fleet: "
        f"{_count(orbit['tokens_per_s'])} output tokens per second for {_count(served)} requests per "
        f"second; {100 * orbit['slo_attainment_frac']:.1f} % within the target. The demand is "
        f"{_count(found['demand_per_s'])} requests per second, the capacity of the whole fleet "
        f"{_count(found['capacity_per_s'])}."
    )
    table = Table("", "orbit", "ground", box=None, pad_edge=False)
    for name, key, unit in (
        ("TTFT, p50", "ttft_p50_s", "s"),
        ("TTFT, p99", "ttft_p99_s", "s"),
        ("TPOT, p50", "tpot_p50_s", "s"),
        ("TPOT, p99", "tpot_p99_s", "s"),
        ("end-to-end latency, p50", "e2e_p50_s", "s"),
        ("requests that reach a satellite", "reached_frac", "frac"),
        ("SLO attainment", "slo_attainment_frac", "frac"),
        ("tokens per accelerator and second", "tokens_per_accelerator_s", ""),
        ("tokens per joule", "tokens_per_j", ""),
        ("USD per million tokens", "usd_per_mtoken", ""),
    ):
        table.add_row(name, *(_dash(one[key], unit) for one in (orbit, ground)))
    table.add_row("tokens per satellite in reach and second", f"{orbit['tokens_per_satellite_s']:,.3g}", "-")
    CONSOLE.print(table)
    cities = Table("city", "TTFT p50", "p99", "path", "ground region", "p50", "p99", box=None, pad_edge=False)
    for row in sorted(found["cities"], key=lambda row: -row["weight"])[:MAX_CITIES]:
        here, there = row["orbit"], row["ground"]
        cities.add_row(
            row["name"],
            _dash(here["ttft_p50_s"], "s"),
            _dash(here["ttft_p99_s"], "s"),
            "-" if here["path_ms"] is None else f"{here['path_ms']:.1f} ms",
            row["region"],
            _dash(there["ttft_p50_s"], "s"),
            _dash(there["ttft_p99_s"], "s"),
        )
    CONSOLE.print(cities)
    left_out(len(found["cities"]), MAX_CITIES, "cities")
    _end(job)


def _end(job: Any) -> None:
    for remark in job.result["remarks"]:
        CONSOLE.print(remark)
    CONSOLE.print(f"report: {job.path / 'report.html'}", soft_wrap=True)


def _layout(one: dict[str, Any]) -> str:
    parallel = one["parallel"]
    words = [
        f"{parallel['data']:,} {'model replica' if parallel['data'] == 1 else 'model replicas'}",
        f"tensor {parallel['tensor']}",
        f"pipeline {parallel['pipeline']}",
    ]
    if parallel["expert"] > 1:
        words.append(f"expert {parallel['expert']}")
    if one["workers"] > 1:
        words.insert(0, f"{one['workers']} workers")
    return ", ".join(words)


def _dash(number: float | None, unit: str) -> str:
    return "-" if number is None else display(number, unit)


def _count(number: float) -> str:
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {name}"
    return f"{number:,.3g}" if number < 1e3 else f"{number:,.0f}"
