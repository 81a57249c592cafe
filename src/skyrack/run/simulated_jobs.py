"""Jobs of a plan: a flight of the satellites that they need, and their simulation."""

from __future__ import annotations

from collections.abc import Callable

from skyrack.environment.exposure_summary import Exposure, expose
from skyrack.fleet.sample_flight import fly_samples
from skyrack.run.prepare import Plan
from skyrack.scenario import Scenario
from skyrack.workload.summary import Jobs, followed_satellites, run_jobs


def exposure_of(plan: Plan) -> Exposure:
    """Return the radiation that the satellites of a plan are exposed to."""
    return expose(plan.scenario, plan.layout, plan.shielding_mm, plan.accelerators)


def simulated_jobs(
    plan: Plan,
    *,
    scenario: Scenario | None = None,
    exposure: Exposure | None = None,
    on_snapshot: Callable[[int, int], None] | None = None,
) -> Jobs:
    """Fly the satellites that the jobs of a plan follow, once, and return its jobs without prices.

    `scenario` is that of the plan with fewer jobs, by default with all of them; `exposure` is `exposure_of(plan)` where it
    is known already. An impossible job is left out, with the reason.
    """
    asked = scenario or plan.scenario
    followed, span_s = followed_satellites(asked, plan.network.constellation)
    samples = fly_samples(asked, plan.layout, followed, span_s)
    return run_jobs(asked, plan.network, exposure or exposure_of(plan), samples, plan.accelerators, on_snapshot)
