"""A finished run as a picture: one byte of each satellite for what its folder says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.frame_channels import Signal
from skyrack.run.finished import Run
from skyrack.run.outputs import CHANNELS

SHOWN = {
    "sunlit_frac": "Sunlight, mean",
    "battery_depth_max_frac": "Deepest discharge",
    "radiator_temp_max_k": "Radiator, hottest",
    "electronics_temp_max_k": "Electronics, hottest",
    "compute_power_per_sat_mean_w": "Compute power, mean",
    "throttled_frac": "Throttled time",
    "longest_eclipse_s": "Longest eclipse",
}
"""Columns of satellites.parquet that a globe colours by, each with its title."""


@dataclass(frozen=True)
class Picture:
    """One quantity of every satellite of a run."""

    signal: Signal
    bytes: NDArray[np.uint8]


def signals_of_run(run: Run) -> list[Signal]:
    """What a run's satellites can be coloured by, each with its least and greatest value as ends."""
    import polars

    ends = polars.scan_parquet(run.path / "satellites.parquet").select(
        *[polars.col(name).min().alias(f"low {name}") for name in SHOWN],
        *[polars.col(name).max().alias(f"high {name}") for name in SHOWN],
    )
    found: dict[str, Any] = ends.collect().row(0, named=True)
    return [_signal(name, float(found[f"low {name}"]), float(found[f"high {name}"])) for name in SHOWN]


def _signal(name: str, low: float, high: float) -> Signal:
    channel = CHANNELS[name]
    return Signal(name, SHOWN[name], channel.unit, low, max(high, low + 1e-6 * max(abs(low), 1.0)), channel.label)


def picture_of_run(run: Run, name: str) -> Picture:
    """One of the run's signals as bytes, in the order of satellites.parquet."""
    import polars

    values = polars.read_parquet(run.path / "satellites.parquet", columns=[name])[name].to_numpy()
    signal = _signal(name, float(values.min()), float(values.max()))
    return Picture(signal, signal.bytes_of(np.asarray(values, np.float32)))
