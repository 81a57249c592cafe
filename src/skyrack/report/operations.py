"""Page of simulated operations: policies side by side, where node-seconds went, load and queue over time, accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.errors import InputError
from skyrack.report import style
from skyrack.report.economics import dollars
from skyrack.report.pages import count, rendered, written
from skyrack.report.style import figure, svg
from skyrack.results.run_folder import RunFolder

KIND = "operations"
PARTS = (
    ("useful_over_held", "useful work", style.COMPUTE),
    ("overhead_frac", "checkpoints, restarts, transfers", style.BUS),
    ("lost_frac", "work lost at interruptions", style.UNSERVED),
    ("dark_frac", "waiting for light", style.SHADOW),
)
COLOURS = (style.COMPUTE, style.ARRAY, style.CHARGE, style.UNSERVED, style.ELECTRONICS, style.LOST)


def write_operations_page(path: Path) -> Path:
    """Write report.html of a folder of simulated operations and return its path; InputError for any other folder."""
    from markupsafe import Markup

    folder = RunFolder.open(path)
    if folder.manifest.get("kind") != KIND:
        raise InputError(f"{path}: this folder holds no simulated operations")
    found = folder.read_json("operations_summary.json")
    jobs, history = folder.table("jobs"), folder.table("operations")
    drawn = {"parts": parts(found), "history": over_time(history), "waits": waits(jobs)}
    return written(
        rendered(
            "operations.html",
            {"dollars": dollars, "count": count},
            title=found["title"],
            manifest=folder.manifest,
            found=found,
            policies=found["policies"],
            figures={name: Markup(text) for name, text in drawn.items()},  # noqa: S704 (our own drawings)
        ),
        path / "report.html",
    )


def parts(found: dict[str, Any]) -> str:
    """Draw how each policy spent the node-seconds that jobs held."""
    policies = found["policies"]
    with figure(height_in=1.2 + 0.45 * len(policies)) as (drawing, axes):
        for row, policy in enumerate(policies):
            left = 0.0
            for name, label, colour in PARTS:
                share = 100.0 * (policy[name] or 0.0)
                axes.barh(row, share, left=left, color=colour, height=0.62, label=label if row == 0 else None)
                if share >= 4.0:
                    middle = left + 0.5 * share
                    axes.text(middle, row, f"{share:.0f} %", ha="center", va="center", color="white", fontsize=8.5)
                left += share
        axes.set_yticks(range(len(policies)), [policy["policy"] for policy in policies])
        axes.invert_yaxis()
        axes.set(xlim=(0.0, 100.0), xlabel="share of the node-seconds held by jobs (%)")
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8.5)
        return svg(drawing)


def over_time(history: Any) -> str:
    """Draw the share of busy satellites and the number of waiting jobs over time, for each policy."""
    names = list(dict.fromkeys(history["policy"].to_list()))
    with figure(height_in=3.0, columns=2) as (drawing, (left, right)):
        for name, colour in zip(names, COLOURS * (1 + len(names) // len(COLOURS)), strict=False):
            mine = history.filter(history["policy"] == name)
            hours = (mine["time_s"].to_numpy() - float(mine["time_s"][0])) / 3600.0
            left.plot(hours, 100.0 * mine["busy_frac"].to_numpy(), color=colour, lw=1.2, label=name)
            right.plot(hours, mine["waiting"].to_numpy(), color=colour, lw=1.2)
        left.set(xlabel="time (h)", ylabel="satellites held by jobs (%)", ylim=(0.0, None))
        right.set(xlabel="time (h)", ylabel="waiting jobs", ylim=(0.0, None))
        left.legend(fontsize=8.5)
        return svg(drawing)


def waits(jobs: Any) -> str:
    """Draw the distribution of the time from submission to the first start, for each policy."""
    names = list(dict.fromkeys(jobs["policy"].to_list()))
    with figure(height_in=3.0, columns=2) as (drawing, (left, right)):
        for name, colour in zip(names, COLOURS * (1 + len(names) // len(COLOURS)), strict=False):
            mine = jobs.filter(jobs["policy"] == name)
            for axes, column in ((left, "begin_s"), (right, "end_s")):
                values = np.sort((mine[column] - mine["arrival_s"]).to_numpy())
                values = values[np.isfinite(values)]
                if not len(values):
                    continue
                kept = np.unique(np.linspace(0, len(values) - 1, 400).astype(int))
                share = 100.0 * (kept + 1.0) / mine.height
                axes.step(np.maximum(values[kept], 1.0) / 60.0, share, where="post", color=colour, lw=1.2, label=name)
        left.set(xscale="log", xlabel="waiting time (min)", ylabel="share of all jobs (%)", ylim=(0.0, 101.0))
        right.set(xscale="log", xlabel="completion time (min)", ylim=(0.0, 101.0))
        left.legend(fontsize=8.5, loc="lower right")
        return svg(drawing)
