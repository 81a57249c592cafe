"""Data of jobs on its way through the ground stations: one transfer after the other, uploads and downloads apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.forecast.ground import GroundForecast
from skyrack.operations.table import CANCELLED, JobTable

Floats = NDArray[np.float64]


def stage_in(ground: GroundForecast, columns: dict[str, Any], bytes_per_node: float, sample: int) -> None:
    """Let each job of a trace wait until its data is in orbit, in one of the sampled skies.

    Sets the columns in_bytes, staged_s and eligible_s; jobs whose data is not up within the forecast never become eligible.
    """
    arrival_s: Floats = np.asarray(columns["arrival_s"], np.float64)
    amounts: Floats = np.asarray(columns["nodes"], np.float64) * bytes_per_node
    columns["in_bytes"] = amounts
    columns["staged_s"] = columns["eligible_s"] = ground.in_turn_s(arrival_s, amounts, sample)


def stage_out(ground: GroundForecast, end_s: Floats, amounts: Floats, sample: int) -> Floats:
    """Return when the results of each job are on the ground, nan for those that have not ended, (job,)."""
    found = np.full(len(end_s), np.nan)
    ended = np.flatnonzero(np.isfinite(end_s))
    ended = ended[np.argsort(end_s[ended], kind="stable")]
    found[ended] = ground.in_turn_s(end_s[ended], amounts[ended], sample)
    return found


def uploads_done_s(table: JobTable) -> float:
    """Return when the data of all jobs so far is in orbit, as forecast; minus infinity without any."""
    counts = (table.column("in_bytes") > 0.0) & (table.column("state") != CANCELLED)
    return float(table.column("staged_s")[counts].max(initial=-np.inf))


def downloads_done_s(table: JobTable) -> float:
    """Return when the results of all jobs that have ended are on the ground, as forecast; minus infinity without any."""
    delivered_s = table.column("delivered_s")
    return float(delivered_s[np.isfinite(delivered_s)].max(initial=-np.inf))
