"""How many accelerators a satellite holds: one integer, by one rule, for sizing, jobs, radiation and price."""

from __future__ import annotations

from skyrack.catalogue.parts import part
from skyrack.scenario import Scenario
from skyrack.scenario.satellite import Satellite


def accelerators_per_satellite(scenario: Scenario, satellite: Satellite | None = None) -> int:
    """Return the number of accelerators of a satellite, by default the scenario's own.

    It is the number that the design states, or as many whole accelerators as the highest compute power feeds, each with its
    share of the rack. A satellite with some compute power holds at least one, which then runs below its highest power; one
    without compute power holds none.
    """
    if scenario.design.accelerators is not None:
        return int(scenario.design.accelerators)
    peak_w = (satellite or scenario.satellite).compute.peak_power_w
    if peak_w <= 0.0:
        return 0
    return max(1, int(peak_w / part("accelerators", scenario.design.accelerator)["system_power_w"] + 1e-9))
