"""Conditions of computers in orbit: power, clock, links and error rates of chosen satellites through time.

One type and one table for all consumers: training and serving read it, a scheduler can forecast with it, and a real job
can run under it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import CataloguePart, part
from skyrack.environment.exposure_summary import Exposure
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.network.snapshot import NetworkSnapshot
from skyrack.orbits.layout import Layout, SatelliteRef
from skyrack.physics.propagation_delay import light_time_s
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder
from skyrack.scenario import Scenario
from skyrack.workload.accelerator_power import clock_frac
from skyrack.workload.failures import Hazards, hazards
from skyrack.workload.figures import CONDITIONS_TABLE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Conditions:
    """Conditions of chosen satellites through time; arrays are (time, satellite) unless stated otherwise."""

    satellites: tuple[SatelliteRef, ...]
    time_s: Floats
    """End of each step since the epoch, (time,)."""
    compute_power_frac: Floats
    """Power served to computers over the satellite's peak compute power."""
    accelerator_power_frac: Floats
    """Power of the accelerators over their peak power, after that of hosts and links."""
    clock_frac: Floats
    """Arithmetic rate over that at full power."""
    node_failures_per_s: Floats
    """Rate of node failures, i.e. detected failures that interrupt the computers: radiation, hardware and software."""
    sdc_per_s: Floats
    """Rate of silent data corruptions (SDC), which follows the flux of trapped protons."""
    link_rate_bit_per_s: Floats
    """Median data rate of the satellite's links that are up, from the latest snapshot; nan without a snapshot."""
    link_delay_s: Floats
    """Light time over the median of those links; nan without one."""
    electronics_temp_k: Floats
    """Temperature of the electronics."""
    sunlit_frac: Floats
    """Fraction of full sunlight."""
    proton_flux_per_m2_s: Floats
    """Flux of trapped protons above 30 MeV."""

    @property
    def step_s(self) -> float:
        """Time between two steps; 60 s for a single step."""
        return float(self.time_s[1] - self.time_s[0]) if len(self.time_s) > 1 else 60.0

    def write(self, folder: RunFolder, layout: Layout) -> None:
        """Write conditions.parquet to a run folder."""
        write_table(folder, CONDITIONS_TABLE, self._batches(layout))

    def _batches(self, layout: Layout) -> Iterator[dict[str, Any]]:
        n, times = len(self.satellites), len(self.time_s)
        names = [layout.shells[layout.layers[ref.layer].shell].name for ref in self.satellites]
        columns = (
            "compute_power_frac",
            "accelerator_power_frac",
            "clock_frac",
            "node_failures_per_s",
            "sdc_per_s",
            "link_rate_bit_per_s",
            "link_delay_s",
            "electronics_temp_k",
            "sunlit_frac",
            "proton_flux_per_m2_s",
        )
        yield {
            "satellite": np.repeat(np.array([ref.number for ref in self.satellites], np.int32), times),
            "shell": np.repeat(names, times),
            "time_s": np.tile(self.time_s, n),
            **{name: np.asarray(getattr(self, name), np.float32).T.ravel() for name in columns},
        }


def conditions_of(
    scenario: Scenario,
    layout: Layout,
    history: SampleHistory,
    exposure: Exposure,
    accelerators: int,
    snapshots: Sequence[NetworkSnapshot] = (),
) -> Conditions:
    """Return the conditions of the satellites of a sample flight, each with a number of `accelerators`.

    Links at each time are those of the latest of the `snapshots`.
    """
    rates = [_hazards_of(scenario, layout, ref, exposure, accelerators) for ref in history.satellites]
    failures = [each.through(history.proton_flux_per_m2_s[:, k]) for k, each in enumerate(rates)]
    fed = accelerator_power_frac(scenario, history.compute_frac, accelerators)
    link_rate, link_delay = _links(history, snapshots)
    return Conditions(
        history.satellites,
        history.time_s,
        history.compute_frac,
        fed,
        np.asarray(clock_frac(fed)),
        np.stack(failures, axis=1),
        np.stack([each.sdc_through(history.proton_flux_per_m2_s[:, k]) for k, each in enumerate(rates)], axis=1),
        link_rate,
        link_delay,
        history.electronics_temp_k,
        history.sunlit_frac,
        history.proton_flux_per_m2_s,
    )


def _hazards_of(
    scenario: Scenario, layout: Layout, ref: SatelliteRef, exposure: Exposure, accelerators: int
) -> Hazards:
    return hazards(scenario, exposure.shells[layout.layers[ref.layer].shell], accelerators)


def _links(history: SampleHistory, snapshots: Sequence[NetworkSnapshot]) -> tuple[Floats, Floats]:
    shape = (len(history.time_s), len(history.satellites))
    rate, delay = np.full(shape, np.nan), np.full(shape, np.nan)
    numbers = np.array([ref.number for ref in history.satellites])
    for snapshot in snapshots:
        later = history.time_s >= snapshot.time_s
        links = snapshot.links.up_by_satellite
        for column, mine in enumerate(links.of(numbers)):
            some = mine.stop > mine.start
            rate[later, column] = float(np.median(links.rate_bit_per_s[mine])) if some else 0.0
            delay[later, column] = float(light_time_s(float(np.median(links.range_m[mine])))) if some else math.nan
    return rate, delay


def accelerator_power_frac(scenario: Scenario, compute_frac: Floats, accelerators: int) -> Floats:
    """Return the power over peak power of a satellite's accelerators, which share the power served to its computers.

    `compute_frac` is the served compute power over its peak, of any shape; the result has the same shape.
    """
    chip = part("accelerators", scenario.design.accelerator)
    shared = scenario.satellite.compute.peak_power_w / (accelerators * chip["system_power_w"])
    return chip_power_frac(chip, compute_frac * min(1.0, shared))


def chip_power_frac(chip: CataloguePart, system_power_frac: Floats) -> Floats:
    """Return the power over peak power of accelerators after host and links, from that of the whole system."""
    host_w = chip["system_power_w"] - chip["chip_power_w"]
    return np.clip((system_power_frac * chip["system_power_w"] - host_w) / chip["chip_power_w"], 0.0, 1.0)
