"""Simulated operations on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.api import display
from skyrack.cli.render import CONSOLE


def operated(found: Any) -> None:
    """Print the policies side by side, and the path of the report."""
    summary = found.summary
    policies = summary["policies"]
    CONSOLE.print(Text(summary["title"], style="bold"))
    CONSOLE.print(
        f"{summary['trace']['jobs']:,} jobs on {summary['n_nodes']:,} satellites in {display(summary['span_s'], 's')}; they "
        f"ask for {100.0 * summary['demand_over_capacity']:.3g} % of the fleet's node-seconds."
    )
    table = Table("", *(one["policy"] for one in policies), box=None, pad_edge=False)
    rows: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
        ("useful over held node-seconds", lambda one: f"{100.0 * one['useful_over_held']:.1f} %"),
        ("satellites held by jobs", lambda one: f"{100.0 * one['held_frac']:.1f} %"),
        ("jobs finished", lambda one: f"{one['done']:,}"),
        ("jobs waiting at the end", lambda one: f"{one['waiting']:,}"),
        ("waiting time, mean", lambda one: display(one["wait_mean_s"], "s")),
        ("completion time, mean", lambda one: display(one["completion_mean_s"], "s")),
        ("unplanned stops by eclipses", lambda one: f"{one['stops']:,}"),
        ("planned moves and suspensions", lambda one: f"{one['moves']:,}"),
        ("node failures", lambda one: f"{one['failures']:,}"),
        (
            "fleet cost per useful satellite-hour",
            lambda one: (
                "-"
                if one["fleet_usd_per_useful_node_hour"] is None
                else f"{one['fleet_usd_per_useful_node_hour']:,.3g} USD"
            ),
        ),
    )
    for name, show in rows:
        table.add_row(name, *(show(one) for one in policies))
    CONSOLE.print(table)
    CONSOLE.print(f"folder: {found.path}", soft_wrap=True)
    CONSOLE.print(f"report: {found.path / 'report.html'}", soft_wrap=True)
