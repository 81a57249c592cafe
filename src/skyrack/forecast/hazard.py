"""Rates at which computers of a fleet fail, ahead of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skyrack.environment.exposure_summary import Exposure
from skyrack.orbits.layout import Layout
from skyrack.scenario import Scenario
from skyrack.workload.failures import Hazards, hazards

Floats = NDArray[np.float64]


def shell_hazards(scenario: Scenario, layout: Layout, exposure: Exposure, accelerators: int) -> tuple[Hazards, ...]:
    """Return the failure rates of one satellite of each shell, means over its orbits."""
    return tuple(hazards(scenario, exposure.shells[number], accelerators) for number in range(len(layout.shells)))


def dose_rates_gy_per_s(layout: Layout, exposure: Exposure, year_s: float) -> Floats:
    """Return the dose rate behind the shielding of each shell, (shell,)."""
    return np.array([exposure.shells[number].dose_per_year_gy for number in range(len(layout.shells))]) / year_s
