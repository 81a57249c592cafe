"""Timelines and folders of flights for tests, without a scenario."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from skyrack.flight.settings import Settings
from skyrack.flight.timeline import CONDITIONS_COLUMNS, Hardware, Timeline
from skyrack.results.run_folder import RunFolder

HOUR_S = 3600.0
needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed: pip install 'skyrack[flight]'"
)


def hardware(**changed: Any) -> Hardware:
    """Computers of one accelerator with 1 TFLOP/s."""
    return replace(Hardware("test chip", 1, 1e12, 1e12, 1000.0, 1e-7, 60.0, 240.0), **changed)


def timeline(n: int = 4, hours: float = 2.0, **changed: Any) -> Timeline:
    """Return a timeline of n satellites in a row: full power, links of 1 ms and 8 Gbit/s between neighbours."""
    steps = round(hours * 60)
    shape = (steps, n)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    made = Timeline(  # noqa: S604 - a shell of satellites
        scenario="test",
        shell="row",
        satellites=tuple(range(100, 100 + n)),
        begin_s=0.0,
        orbit=hardware(),
        ground=hardware(reboot_s=0.0),
        ground_link_bytes_per_s=50e9,
        ground_hop_s=5e-6,
        storms_per_s=0.0,
        storm_s=600.0,
        time_s=60.0 * np.arange(1, steps + 1),
        sunlit_frac=np.ones(shape),
        compute_power_frac=np.ones(shape),
        clock_frac=np.ones(shape),
        node_failures_per_s=np.zeros(shape),
        sdc_per_s=np.zeros(shape),
        proton_flux_per_m2_s=np.zeros(shape),
        electronics_temp_k=np.full(shape, 300.0),
        route_time_s=np.array([0.0]),
        delay_s=1e-3 * apart[None].astype(float),
        rate_bit_per_s=np.where(apart == 0, np.inf, 8e9)[None],
        hops=apart[None].astype(np.int64),
    )
    return replace(made, **changed)


def with_eclipse(given: Timeline, begin_s: float, end_s: float, clock: float = 0.0) -> Timeline:
    """Return a timeline whose satellites are in shadow for a while."""
    dark = (given.time_s > begin_s) & (given.time_s <= end_s)
    return replace(
        given,
        sunlit_frac=np.where(dark[:, None], 0.0, given.sunlit_frac),
        clock_frac=np.where(dark[:, None], clock, given.clock_frac),
        compute_power_frac=np.where(dark[:, None], clock, given.compute_power_frac),
    )


def folder_of(path: Path, given: Timeline, settings: Settings | None = None) -> Path:
    """Write the folder of a flight that has not begun."""
    folder = RunFolder(path)
    path.mkdir(parents=True, exist_ok=True)
    given.write(folder)
    n, steps = given.n_ranks, len(given.time_s)
    columns = {name: getattr(given, name).T.ravel() for name in CONDITIONS_COLUMNS}
    polars.DataFrame(
        {
            "satellite": np.repeat(np.array(given.satellites, np.int32), steps),
            "time_s": np.tile(given.time_s + given.begin_s, n),
            **columns,
        }
    ).write_parquet(path / "conditions.parquet")
    (settings or Settings(n_ranks=n)).write(path)
    (path / "ranks").mkdir(exist_ok=True)
    return path
