"""From what a chunk left behind to rows of tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.figures import QUANTILES, quantile_column
from skyrack.fleet.flight import ChunkResult, Flight
from skyrack.fleet.quantiles import quantiles
from skyrack.fleet.tables import HISTOGRAMS, LEVELS, TOTALS, TRACES

MAX_TRACE_ROWS = 50_000
"""Rows kept for a sampled satellite: every step up to this many, every second one beyond, and so on."""

LEVELS_OF_QUANTILES = tuple(QUANTILES.values())
_SUMS = (*TOTALS, *LEVELS)
POWERS = {
    "array_power_w": "array_j",
    "compute_power_w": "compute_j",
    "bus_power_w": "bus_j",
    "curtailed_power_w": "curtailed_j",
    "lost_power_w": "lost_j",
    "unserved_power_w": "unserved_j",
    "discharged_power_w": "discharged_j",
}
"""Columns of power, and the sum over time that each is from."""


def reduce(result: ChunkResult, flight: Flight) -> dict[str, NDArray[Any]]:
    """The chunk as small arrays: sums by shell and interval, quantiles, thinned traces."""
    chunk = result.chunk
    stride = max(1, math.ceil(len(flight.chunks) * chunk.n_steps / MAX_TRACE_ROWS))
    kept = np.arange(-(chunk.first_step % -stride), chunk.n_steps, stride)
    return {
        "time_s": chunk.interval_times_s(),
        "interval_s": np.asarray(chunk.interval_steps) * chunk.step_s,
        "sums": result.sums,
        "shell_quantiles": quantiles(result.histograms, flight.histogram_scales, LEVELS_OF_QUANTILES),
        "fleet_quantiles": quantiles(
            result.histograms.sum(axis=0, dtype=np.int32), flight.histogram_scales, LEVELS_OF_QUANTILES
        ),
        "trace_time_s": (chunk.first_step + kept + 1.0) * chunk.step_s,
        "traces": np.stack([trace[kept] for trace in result.traces.values()]),
        "surroundings_w": np.array(
            [trace[:, TRACES.index("surroundings_w")].mean() for trace in result.traces.values()]
        ),
    }


def columns(
    sums: NDArray[np.float64],
    interval_s: NDArray[np.float64],
    quantile_values: NDArray[np.float64],
    n_sats: float,
    capacity_j: float,
) -> dict[str, NDArray[np.float64]]:
    """Columns of one group's intervals (the fleet, or one shell) from its sums (interval, sum)."""
    at = {name: sums[:, position] for position, name in enumerate(_SUMS)}
    sat_s = n_sats * interval_s
    table = {
        "sunlit_frac": at["sunlit_s"] / sat_s,
        **{power: at[energy] / interval_s for power, energy in POWERS.items()},
        "throttled_frac": at["throttled_s"] / sat_s,
        "charge_frac_mean": at["charge_j"] / capacity_j,
        "electronics_temp_mean_k": at["electronics_ks"] / sat_s,
        "radiator_temp_mean_k": at["radiator_ks"] / sat_s,
        "proton_flux_mean_per_m2_s": at["protons_per_m2"] / sat_s,
    }
    for number, histogram in enumerate(HISTOGRAMS):
        for level, name in enumerate(QUANTILES):
            table[quantile_column(histogram, name)] = quantile_values[:, number, level]
    return table
