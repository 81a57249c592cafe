"""Jobs of a plan: a flight of the satellites that they need, and their simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skyrack.core.constants import DAY_S
from skyrack.fleet.sample_flight import SampleHistory, fly_samples
from skyrack.orbits.layout import SatelliteRef
from skyrack.run.prepare import Plan
from skyrack.scenario import Scenario
from skyrack.workload.summary import Jobs, followed_satellites, run_jobs


def simulated_jobs(
    plan: Plan,
    *,
    scenario: Scenario | None = None,
    on_snapshot: Callable[[int, int], None] | None = None,
) -> Jobs:
    """Fly the satellites that the jobs of a plan follow, once, and return its jobs without prices.

    `scenario` is that of the plan with other jobs, by default with its own. An impossible job is left out, with the reason.
    """
    asked = scenario or plan.scenario
    followed, span_s = followed_satellites(asked, plan.network.constellation)
    samples = fly_samples(asked, plan.layout, followed, span_s)

    def fly(members: Sequence[SatelliteRef]) -> SampleHistory:
        return fly_samples(asked, plan.layout, members, DAY_S)

    return run_jobs(asked, plan.network, plan.exposure, samples, fly, plan.accelerators, on_snapshot)
