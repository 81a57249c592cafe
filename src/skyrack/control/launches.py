"""Launch batches and ages of satellites, as far as a build-out gives them.

A build-out counts satellites, it does not name them. Here they are taken to be launched in the order of their numbers, a
launch's load at a time; the epoch of the scenario is taken as the day on which the fleet is whole, or, where the build-out
never makes it whole, as the end of the build-out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.document import history_of
from skyrack.core.constants import DAY_S
from skyrack.run.prepare import Plan


@dataclass(frozen=True)
class Launches:
    """The launches of a fleet."""

    age_s: NDArray[np.float64]
    """Time since launch at the epoch, of each satellite."""
    per_flight: int
    """Satellites of one launch batch."""
    accelerators: int
    """Accelerators of one satellite."""

    @property
    def n_batches(self) -> int:
        """Launch batches; the last one may be smaller."""
        return -(-len(self.age_s) // self.per_flight)

    @property
    def oldest_s(self) -> float:
        """Age of the oldest satellite at the epoch."""
        return float(self.age_s.max())

    def batch_of(self, number: int) -> int:
        """Return the batch that a satellite belongs to."""
        return number // self.per_flight

    def batch(self, number: int) -> slice:
        """Return the satellites of a batch."""
        return slice(number * self.per_flight, (number + 1) * self.per_flight)


def launches_of(plan: Plan) -> Launches:
    """Return batches and ages from the build-out of a scenario."""
    buildout, history = history_of(plan.scenario, plan.sizing)
    per_flight = max(1, int(buildout.vehicles[0].sats_per_flight))
    cumulative = np.asarray(history["launched"], np.float64)
    days = np.array([(month - buildout.months[0]).days for month in buildout.months], np.float64)
    numbers = np.arange(plan.layout.n_sats) + 1.0
    launched = np.interp(numbers, cumulative, days, right=days[-1])
    return Launches((launched[-1] - launched) * DAY_S, per_flight, plan.accelerators)
