"""Many run folders beside each other: list them, take one away, latencies by time."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError, RunError
from skyrack.results.run_folder import RunFolder
from skyrack.results.table_slice import slice_table

FIGURES = (
    "n_sats",
    "span_s",
    "sunlit_frac_mean",
    "compute_power_mean_w",
    "capacity_factor",
    "radiator_temp_max_k",
    "throttled_frac",
    "cost_ratio",
    "wall_s",
)
"""Figures that a list of runs shows."""


def list_runs(shelf: Path) -> list[dict[str, Any]]:
    """Rows of all run folders of a shelf, newest first; what is no run, or a damaged one, is left out."""
    rows = []
    for path in shelf.iterdir() if shelf.is_dir() else ():
        row = row_of(path)
        if row is not None:
            rows.append(row)
    return sorted(rows, key=lambda row: (row["begun"], row["id"]), reverse=True)


def row_of(path: Path) -> dict[str, Any] | None:
    """What a list says of one run folder; None where it is none."""
    if path.is_symlink() or path.name.startswith(".") or not (path / "manifest.json").is_file():
        return None
    folder = RunFolder(path)
    try:
        manifest = folder.manifest
        if "kind" in manifest:
            return None
        is_complete = folder.is_complete
        summary = folder.read_json("summary.json") if is_complete else {}
    except RunError:
        return None
    state = "complete" if is_complete else "running" if folder.is_claimed else "interrupted"
    return {
        "id": path.name,
        "scenario": str(manifest.get("scenario", "")),
        "title": str(manifest["title"]),
        "state": state,
        "begun": str(manifest.get("begun", "")),
        "ended": manifest.get("ended"),
        "figures": {name: summary.get(name) for name in FIGURES} if is_complete else None,
    }


def remove(path: Path) -> None:
    """Take a run folder away at once: it is renamed first, so that no half of it is ever seen."""
    folder = RunFolder.open(path)
    if folder.is_claimed:
        raise InputError(f"{path}: a process is flying this run; stop it first")
    doomed = path.with_name(f".removed-{uuid.uuid4().hex}")
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def latency_by_time(folder: RunFolder) -> dict[str, list[float | None]]:
    """Round trips from the cities to the nearest compute, look by look: median, 95 %, and the share that reaches any."""
    import polars

    table = slice_table(folder, "city_latency", ["time_s", "rtt_ms"]).frame()
    found = (
        table.group_by("time_s")
        .agg(
            polars.col("rtt_ms").median().alias("rtt_p50_ms"),
            polars.col("rtt_ms").quantile(0.95).alias("rtt_p95_ms"),
            polars.col("rtt_ms").is_not_null().mean().alias("reachable_frac"),
        )
        .sort("time_s")
    )
    columns: dict[str, list[float | None]] = found.to_dict(as_series=False)
    return columns
