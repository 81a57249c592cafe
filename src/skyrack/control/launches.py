"""Launch batches and ages of satellites, derived from a build-out.

A build-out counts satellites but does not number them. They are assumed to be launched in the order of their numbers,
one payload after the other. The epoch of the scenario is assumed to be the day on which the fleet is complete, or the
end of the build-out if it never is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.document import history_of
from skyrack.buildout.plan import plan_of
from skyrack.core.constants import DAY_S
from skyrack.run.prepare import Plan
from skyrack.run.service import sampled_service


@dataclass(frozen=True)
class Launches:
    """Launches of a fleet."""

    age_s: NDArray[np.float64]
    """Time (s) since launch at the epoch, of each satellite."""
    per_flight: int
    """Number of satellites of one launch batch."""
    accelerators: int
    """Number of accelerators of one satellite."""

    @property
    def n_batches(self) -> int:
        """Number of launch batches; the last one may be smaller."""
        return -(-len(self.age_s) // self.per_flight)

    @property
    def oldest_s(self) -> float:
        """Age (s) of the oldest satellite at the epoch."""
        return float(self.age_s.max())

    def batch_of(self, number: int) -> int:
        """Return the number of the batch that a satellite belongs to."""
        return number // self.per_flight

    def batch(self, number: int) -> slice:
        """Return the numbers of the satellites of a batch."""
        return slice(number * self.per_flight, (number + 1) * self.per_flight)


def launches_of(plan: Plan) -> Launches:
    """Return launch batches and ages from the build-out of a scenario."""
    service = sampled_service(plan)
    buildout = plan_of(plan.reading, service.power, service.lives, service.available_frac)
    history = history_of(buildout, plan.reading)
    per_flight = max(1, int(buildout.vehicles[0].sats_per_flight))
    cumulative = np.asarray(history["launched"], np.float64)
    days = np.array([(month - buildout.months[0]).days for month in buildout.months], np.float64)
    numbers = np.arange(plan.layout.n_sats) + 1.0
    launched = np.interp(numbers, cumulative, days, right=days[-1])
    return Launches((launched[-1] - launched) * DAY_S, per_flight, plan.accelerators)
