"""From what a segment left behind to rows of tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.flight import Flight, SegmentResult
from skyrack.fleet.quantiles import quantiles
from skyrack.fleet.tables import HISTOGRAMS, LEVELS, TOTALS, TRACES
from skyrack.results.channels import QUANTILE_LEVELS, QUANTILE_NAMES, quantile_column

MAX_TRACE_ROWS = 50_000
"""Rows kept for a sampled satellite: every step up to this many, every second one beyond, and so on."""

_SUMS = (*TOTALS, *LEVELS)
POWERS = {
    "array_power_w": "array_j",
    "compute_power_w": "compute_j",
    "bus_power_w": "bus_j",
    "spilled_power_w": "spilled_j",
    "lost_power_w": "lost_j",
    "shed_power_w": "shed_j",
    "discharged_power_w": "discharged_j",
}
"""Columns of power, and the sum over time that each is from."""


def reduce(result: SegmentResult, flight: Flight) -> dict[str, NDArray[Any]]:
    """The segment as small arrays: sums by shell and record, quantiles, thinned traces."""
    segment = result.segment
    stride = max(1, math.ceil(len(flight.segments) * segment.n_steps / MAX_TRACE_ROWS))
    kept = np.arange(-(segment.first_step % -stride), segment.n_steps, stride)
    return {
        "time_s": segment.record_times_s(),
        "record_s": np.asarray(segment.record_steps) * segment.step_s,
        "sums": result.sums,
        "shell_quantiles": quantiles(result.histograms, flight.histogram_scales, QUANTILE_LEVELS),
        "fleet_quantiles": quantiles(
            result.histograms.sum(axis=0, dtype=np.int32), flight.histogram_scales, QUANTILE_LEVELS
        ),
        "trace_time_s": (segment.first_step + kept + 1.0) * segment.step_s,
        "traces": np.stack([trace[kept] for trace in result.traces.values()]),
        "surroundings_w": np.array(
            [trace[:, TRACES.index("surroundings_w")].mean() for trace in result.traces.values()]
        ),
    }


def columns(
    sums: NDArray[np.float64],
    record_s: NDArray[np.float64],
    quantile_values: NDArray[np.float64],
    n_sats: float,
    capacity_j: float,
) -> dict[str, NDArray[np.float64]]:
    """Columns of one group's records (the fleet, or one shell) from its sums (record, sum)."""
    at = {name: sums[:, position] for position, name in enumerate(_SUMS)}
    sat_s = n_sats * record_s
    table = {
        "sunlit_frac": at["sunlit_s"] / sat_s,
        **{power: at[energy] / record_s for power, energy in POWERS.items()},
        "throttled_frac": at["throttled_s"] / sat_s,
        "charge_frac_mean": at["charge_j"] / capacity_j,
        "electronics_temp_mean_k": at["electronics_ks"] / sat_s,
        "radiator_temp_mean_k": at["radiator_ks"] / sat_s,
        "proton_flux_mean_per_m2_s": at["protons_per_m2"] / sat_s,
    }
    for number, histogram in enumerate(HISTOGRAMS):
        for level, name in enumerate(QUANTILE_NAMES):
            table[quantile_column(histogram, name)] = quantile_values[:, number, level]
    return table
