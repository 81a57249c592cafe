"""Frames of a finished run: one byte of each satellite for a column of its satellites.parquet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.frame_channels import FrameChannel
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
"""Columns of satellites.parquet that a globe can be coloured by, and their titles."""


@dataclass(frozen=True)
class SatelliteFrame:
    """One quantity of every satellite of a run."""

    channel: FrameChannel
    bytes: NDArray[np.uint8]
    """In the order of satellites.parquet."""


def run_channels(run: Run) -> list[FrameChannel]:
    """Return what a run's satellites can be coloured by; the scales end at the least and greatest value."""
    import polars

    ends = polars.scan_parquet(run.path / "satellites.parquet").select(
        *[polars.col(name).min().alias(f"low {name}") for name in SHOWN],
        *[polars.col(name).max().alias(f"high {name}") for name in SHOWN],
    )
    found: dict[str, Any] = ends.collect().row(0, named=True)
    return [_channel(name, float(found[f"low {name}"]), float(found[f"high {name}"])) for name in SHOWN]


def run_frame(run: Run, name: str) -> SatelliteFrame:
    """Return one of the run's channels as bytes."""
    import polars

    values = polars.read_parquet(run.path / "satellites.parquet", columns=[name])[name].to_numpy()
    channel = _channel(name, float(values.min()), float(values.max()))
    return SatelliteFrame(channel, channel.encode(np.asarray(values, np.float32)))


def _channel(name: str, low: float, high: float) -> FrameChannel:
    described = CHANNELS[name]
    return FrameChannel(
        name, SHOWN[name], described.unit, low, max(high, low + 1e-6 * max(abs(low), 1.0)), described.label
    )
