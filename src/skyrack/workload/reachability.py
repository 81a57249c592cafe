"""Reachability of the replicas of a served model: path delay from each city, and power, through time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.network.snapshot import NetworkModel, NetworkSnapshot
from skyrack.orbits.ground import Places, nearest_region
from skyrack.orbits.layout import Layout, SatelliteRef
from skyrack.scenario import Scenario
from skyrack.workload.conditions import accelerator_power_frac

Floats = NDArray[np.float64]
SMALL_FLEET, PERIOD_S, PERIOD_OF_MANY_S = 5_000, 60.0, 600.0
"""Time between two snapshots of a serving job on a fleet of up to so many satellites, and on a larger one."""


@dataclass(frozen=True)
class Reachability:
    """Ways and power of the simulated replicas, period by period."""

    begins_s: Floats
    delay_s: NDArray[np.float64]
    """One way, (period, city, replica); infinite without a way."""
    power: Floats
    """Of the accelerators over their highest, (period, replica)."""
    compute_frac: Floats
    """Power that the flight serves to all computers over their highest, (period, replica)."""
    names: tuple[str, ...] = ()
    """Of the regions, on the ground, by city."""

    @property
    def any_replica(self) -> NDArray[np.bool_]:
        """Whether a city reaches any copy, (period, city)."""
        return np.asarray(np.isfinite(self.delay_s).any(axis=2))

    def within(self, detour_s: float) -> NDArray[np.bool_]:
        """Replicas that some city may be sent to, (period, replica): no farther from it than its nearest and the detour."""
        farthest = self.delay_s.min(axis=2, keepdims=True) + detour_s
        return np.asarray((np.isfinite(self.delay_s) & (self.delay_s <= farthest)).any(axis=1))

    def thinned(self, n: int) -> Reachability:
        """With some of the replicas, spread evenly."""
        kept = np.unique(np.linspace(0, self.power.shape[1] - 1, n).round().astype(int))
        return Reachability(
            self.begins_s,
            np.ascontiguousarray(self.delay_s[:, :, kept]),
            np.ascontiguousarray(self.power[:, kept]),
            self.compute_frac,
        )


def served_satellites(scenario: Scenario, layout: Layout) -> list[SatelliteRef]:
    """Return the satellites whose replicas of the model are simulated."""
    serving = scenario.workload.serving
    return [] if serving is None else layout.spread(serving.replicas)


def period_s(n_sats: int) -> float:
    """Return the time between two snapshots of a serving job: larger fleets are everywhere at any time."""
    return PERIOD_S if n_sats <= SMALL_FLEET else PERIOD_OF_MANY_S


def periods(scenario: Scenario, n_sats: int) -> Floats:
    """Return the times at which the periods of the serving job begin; empty without a serving job."""
    serving, step_s = scenario.workload.serving, period_s(n_sats)
    if serving is None:
        return np.empty(0)
    return serving.begin_s + step_s * np.arange(max(1, math.ceil(serving.span_s / step_s)), dtype=np.float64)


def reachability(
    scenario: Scenario,
    model: NetworkModel,
    places: Places,
    samples: SampleHistory,
    accelerators: int,
    on_snapshot: Callable[[int, int], None] | None = None,
) -> Reachability:
    """Return paths and power of the simulated replicas for each period of the serving job.

    Where the fleet has more satellites than are simulated, each stands for those near it: the nearest of them counts as far
    as the nearest of all, and the others as much farther as they are.
    """
    layout = model.constellation.layout
    refs = served_satellites(scenario, layout)
    numbers = np.array([ref.number for ref in refs])
    begins_s = periods(scenario, layout.n_all)
    delay_s = np.full((len(begins_s), len(places.names), len(refs)), np.inf)
    snapshot: NetworkSnapshot | None = None
    for k, time_s in enumerate(begins_s):
        snapshot = model.at(float(time_s), previous=snapshot)
        length, nearest = snapshot.distances(snapshot.ground(places), numbers)
        with np.errstate(invalid="ignore"):
            farther = length - length.min(axis=0)
        delay_s[k] = np.where(np.isfinite(length), farther + nearest, np.inf).T / SPEED_OF_LIGHT_M_PER_S
        if on_snapshot is not None:
            on_snapshot(k + 1, len(begins_s))
    served = _by_period(samples.select(refs, *job_window(scenario, layout.n_all)), begins_s, period_s(layout.n_all))
    return Reachability(begins_s, delay_s, accelerator_power_frac(scenario, served, accelerators), served)


def job_window(scenario: Scenario, n_sats: int) -> tuple[float, float]:
    """Return begin and length of the time that the serving job takes, in whole periods."""
    begins_s = periods(scenario, n_sats)
    return (float(begins_s[0]), len(begins_s) * period_s(n_sats)) if len(begins_s) else (0.0, 0.0)


def _by_period(history: SampleHistory, begins_s: Floats, step_s: float) -> Floats:
    """Return the mean compute power of each period, (period, satellite); a period without a step keeps the last one's."""
    period = np.minimum(((history.time_s - begins_s[0] - 1e-6) / step_s).astype(int), len(begins_s) - 1)
    counts = np.bincount(period, minlength=len(begins_s))
    sums = np.zeros((len(begins_s), len(history.satellites)))
    np.add.at(sums, period, history.compute_frac)
    flown = np.flatnonzero(counts)
    latest = np.maximum(np.cumsum(counts > 0) - 1, 0)
    return np.asarray((sums[flown] / counts[flown, None])[latest])


def on_the_ground(scenario: Scenario, places: Places, replicas: int) -> Reachability:
    """Replicas at full power in the region that is nearest to each city by cable."""
    names, delay_s = [], np.empty((1, len(places.names), replicas))
    for k in range(len(places.names)):
        name, rtt_s = nearest_region(
            scenario.network.fibre, float(places.latitude_rad[k]), float(places.longitude_rad[k])
        )
        names.append(name)
        delay_s[0, k] = 0.5 * rtt_s
    return Reachability(np.zeros(1), delay_s, np.ones((1, replicas)), np.ones((1, replicas)), tuple(names))
