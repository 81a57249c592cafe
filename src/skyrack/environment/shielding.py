"""How thick a wall must be to keep the dose of a life in orbit under a limit."""

from __future__ import annotations

import math

import numpy as np

from skyrack.environment.radiation_environment import RadiationEnvironment

THICKNESSES_MM = (1, 2, 3, 5, 10, 20)
"""Walls that a satellite may have: from the first to the last."""


def dose_gy(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, thickness_mm: float
) -> float:
    """Return the dose of some years behind an aluminium sphere, trapped protons and electrons."""
    return float(years * environment.dose_gy_per_year(altitude_m, inclination_rad, thickness_mm))


def thickness_mm(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, limit_gy: float
) -> float | None:
    """The thinnest wall of 1 to 20 mm that keeps the dose under the limit; None where none does."""
    grid = np.exp(np.linspace(0.0, math.log(THICKNESSES_MM[-1]), 200))
    doses = years * environment.dose_gy_per_year(altitude_m, inclination_rad, grid)
    enough = np.flatnonzero(doses <= limit_gy)
    return float(grid[enough[0]]) if len(enough) else None
