"""Which copies of a served model are in reach of whom, how far, and with how much power."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sample_flight import Pick, follow, spread
from skyrack.network.links import LinkPlan, alive
from skyrack.network.routes import Router
from skyrack.orbits.constellation import Constellation, is_gone
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.ground import Places, nearest_region
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload.accelerator_power import fed_frac

Floats = NDArray[np.float64]
SMALL_FLEET, LOOK_S, LOOK_OF_MANY_S = 5_000, 60.0, 600.0
"""Larger fleets are everywhere at any time and are looked at less often."""


@dataclass(frozen=True)
class Reach:
    """Ways and power of the simulated copies, period by period."""

    begins_s: Floats
    delay_s: NDArray[np.float64]
    """One way, (period, city, copy); infinite without a way."""
    power: Floats
    """Of the accelerators over their highest, (period, copy)."""
    compute_frac: Floats
    """Power that the flight serves to all computers over their highest, (period, copy)."""
    names: tuple[str, ...] = ()
    """Of the regions, on the ground, by city."""

    @property
    def any_copy(self) -> NDArray[np.bool_]:
        """Whether a city reaches any copy, (period, city)."""
        return np.asarray(np.isfinite(self.delay_s).any(axis=2))

    def within(self, detour_s: float) -> NDArray[np.bool_]:
        """Copies that some city may be sent to, (period, copy): no farther from it than its nearest and the detour."""
        farthest = self.delay_s.min(axis=2, keepdims=True) + detour_s
        return np.asarray((np.isfinite(self.delay_s) & (self.delay_s <= farthest)).any(axis=1))

    def thinned(self, n: int) -> Reach:
        """With some of the copies, spread evenly."""
        kept = np.unique(np.linspace(0, self.power.shape[1] - 1, n).round().astype(int))
        return Reach(
            self.begins_s,
            np.ascontiguousarray(self.delay_s[:, :, kept]),
            np.ascontiguousarray(self.power[:, kept]),
            self.compute_frac,
        )


def look(
    scenario: Scenario,
    serving: Serving,
    places: Places,
    accelerators: int,
    on_look: Callable[[int, int], None] | None = None,
) -> Reach:
    """Fly some satellites and look at the ways from all cities to them, as long as the job is looked at.

    Where the fleet has more satellites than are simulated, each stands for those near it: the nearest of them counts as far
    as the nearest of all, and the others as much farther as they are.
    """
    constellation = Constellation(scenario)
    shells = constellation.shells[: constellation.n_compute_shells]
    picks = spread(shells, serving.replicas)
    numbers = np.array([_number(constellation, pick) for pick in picks])
    step_s = LOOK_S if constellation.n_sats <= SMALL_FLEET else LOOK_OF_MANY_S
    n_looks = max(1, math.ceil(serving.span_s / step_s))
    begins_s = serving.begin_s + step_s * np.arange(n_looks, dtype=np.float64)
    fine = alive(constellation, scenario.network)
    constellation.longest_s = max(float(begins_s[-1]) + step_s, 1800.0)
    network = scenario.network
    plan, router = LinkPlan(constellation, network, fine), Router(constellation, network.access, fine, network.router)
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), begins_s)
    delay_s = np.full((n_looks, len(places.names), len(picks)), np.inf)
    for k, time_s in enumerate(begins_s):
        where, speeds = constellation.states(float(time_s))
        plan.alive = router.usable = fine & ~is_gone(where)
        links = plan.look(where, speeds, sun.direction[k], step_s if k else 0.0)
        ground = np.ascontiguousarray(places.at(constellation.sidereal_rad(float(time_s))))
        length, nearest = router.reach(where, links, ground, numbers)
        with np.errstate(invalid="ignore"):
            farther = length - length.min(axis=0)
        delay_s[k] = np.where(np.isfinite(length), farther + nearest, np.inf).T / SPEED_OF_LIGHT_M_PER_S
        if on_look is not None:
            on_look(k + 1, n_looks)
    tracks = follow(scenario, picks, serving.begin_s, n_looks * step_s)
    # the mean of each period, whatever the steps of the flight
    period = np.minimum(((tracks.time_s - serving.begin_s - 1e-6) / step_s).astype(int), n_looks - 1)
    sums = np.zeros((n_looks, len(picks)))
    np.add.at(sums, period, tracks.compute_frac)
    counts = np.bincount(period, minlength=n_looks)
    flown = np.flatnonzero(counts)
    means = sums[flown] / counts[flown, None]
    fed = means[np.maximum(np.cumsum(counts > 0) - 1, 0)]  # a period without a step keeps the last one's
    return Reach(begins_s, delay_s, fed_frac(scenario, fed, accelerators), fed)


def _number(constellation: Constellation, pick: Pick) -> int:
    shell = next(k for k, known in enumerate(constellation.shells) if known is pick.shell)
    before = 0
    for layer in pick.shell.layers:
        if layer is pick.layer:
            break
        before += layer.n_sats
    return constellation.shell_firsts[shell] + before + pick.position


def on_the_ground(scenario: Scenario, places: Places, copies: int) -> Reach:
    """Copies at full power in the region that is nearest to each city by cable."""
    names, delay_s = [], np.empty((1, len(places.names), copies))
    for k in range(len(places.names)):
        name, rtt_s = nearest_region(
            scenario.network.fibre, float(places.latitude_rad[k]), float(places.longitude_rad[k])
        )
        names.append(name)
        delay_s[0, k] = 0.5 * rtt_s
    return Reach(np.zeros(1), delay_s, np.ones((1, copies)), np.ones((1, copies)), tuple(names))
