"""Mission dose (total ionising dose over the design life), and the shielding that keeps it under a limit."""

from __future__ import annotations

import math

import numpy as np

from skyrack.environment.radiation_environment import RadiationEnvironment

THICKNESSES_MM = (1, 2, 3, 5, 10, 20)
"""Thicknesses of aluminium (mm) at which doses are tabulated; shielding lies between the first and the last."""


def mission_dose_gy(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, thickness_mm: float
) -> float:
    """Return the dose (Gy) of trapped protons and electrons over a life of `years` inside an aluminium sphere."""
    return years * float(environment.dose_gy_per_year(altitude_m, inclination_rad, thickness_mm))


def required_shielding_mm(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, limit_gy: float
) -> float | None:
    """Return the minimum thickness of 1 to 20 mm that keeps the mission dose under the limit; None where none does."""
    grid = np.exp(np.linspace(0.0, math.log(THICKNESSES_MM[-1]), 200))
    doses = years * environment.dose_gy_per_year(altitude_m, inclination_rad, grid)
    enough = np.flatnonzero(doses <= limit_gy)
    return float(grid[enough[0]]) if len(enough) else None
