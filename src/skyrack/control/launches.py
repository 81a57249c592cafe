"""Which satellite came up when and with whom, as far as a build-out can say.

A build-out counts satellites, it does not name them. Here they are taken to be launched in the order of their numbers, a
flight's load at a time; the epoch of the scenario is taken as the day on which the fleet is whole, or, where the build-out
never makes it whole, as the end of the build-out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.document import history_of
from skyrack.core.constants import DAY_S
from skyrack.design.sizing import gives_cells, size
from skyrack.scenario import Loaded


@dataclass(frozen=True)
class Launches:
    """The launches of a fleet."""

    age_s: NDArray[np.float64]
    """Time since launch at the epoch, of each satellite."""
    per_flight: int
    """Satellites of one launch batch."""
    accelerators: int
    """Of one satellite."""

    @property
    def n_batches(self) -> int:
        """Launch batches, the last one perhaps smaller."""
        return -(-len(self.age_s) // self.per_flight)

    @property
    def oldest_s(self) -> float:
        """Age of the oldest satellite at the epoch."""
        return float(self.age_s.max())

    def batch_of(self, number: int) -> int:
        """The batch a satellite belongs to."""
        return number // self.per_flight

    def batch(self, number: int) -> slice:
        """The satellites of a batch."""
        return slice(number * self.per_flight, (number + 1) * self.per_flight)


def launches_of(loaded: Loaded, n_sats: int) -> Launches:
    """Batches and ages from the build-out of the scenario."""
    scenario = loaded.scenario
    found = size(scenario, keep_cells=gives_cells(loaded))
    plan, history = history_of(scenario, found)
    per_flight = max(1, int(plan.vehicles[0].sats_per_flight))
    cumulative = np.asarray(history["launched"], np.float64)
    days = np.array([(month - plan.months[0]).days for month in plan.months], np.float64)
    numbers = np.arange(n_sats) + 1.0
    launched = np.interp(numbers, cumulative, days, right=days[-1])
    return Launches((launched[-1] - launched) * DAY_S, per_flight, found.closure.accelerators)
