"""Shielding that keeps the mission dose (total ionising dose over the design life) under a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skyrack.core.constants import EARTH_RADIUS_M, JULIAN_YEAR_S
from skyrack.environment.radiation_environment import RadiationEnvironment
from skyrack.orbits.layout import Layout, ShellLayout

THICKNESSES_MM = (1, 2, 3, 5, 10, 20)
"""Thicknesses of aluminium at which doses are tabulated; shielding lies between the first and the last."""


@dataclass(frozen=True)
class ShellShielding:
    """Shielding of the satellites of one shell."""

    thickness_mm: float
    """Least thickness of aluminium that keeps the mission dose under the limit, or the greatest one where none does."""
    is_within_limit: bool


def mission_dose_gy(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, thickness_mm: float
) -> float:
    """Return the dose of trapped protons and electrons over a life of `years` inside an aluminium sphere."""
    return years * float(environment.dose_gy_per_year(altitude_m, inclination_rad, thickness_mm))


def required_shielding_mm(
    environment: RadiationEnvironment, altitude_m: float, inclination_rad: float, years: float, limit_gy: float
) -> float | None:
    """Return the least thickness of 1 to 20 mm that keeps the mission dose under the limit; None where none does."""
    grid = np.exp(np.linspace(0.0, math.log(THICKNESSES_MM[-1]), 200))
    doses = years * environment.dose_gy_per_year(altitude_m, inclination_rad, grid)
    enough = np.flatnonzero(doses <= limit_gy)
    return float(grid[enough[0]]) if len(enough) else None


def shielding_by_shell(
    environment: RadiationEnvironment, layout: Layout, life_s: float, limit_gy: float
) -> tuple[ShellShielding, ...]:
    """Return the shielding of each compute shell, by its most exposed layer, for a design life and a dose limit."""
    return tuple(_of_shell(environment, shell, life_s / JULIAN_YEAR_S, limit_gy) for shell in layout.shells)


def _of_shell(environment: RadiationEnvironment, shell: ShellLayout, years: float, limit_gy: float) -> ShellShielding:
    needed_mm = [
        required_shielding_mm(environment, layer.radius_m - EARTH_RADIUS_M, layer.inclination_rad, years, limit_gy)
        for layer in shell.layers
    ]
    enough_mm = [thickness for thickness in needed_mm if thickness is not None]
    if len(enough_mm) < len(needed_mm):
        return ShellShielding(float(THICKNESSES_MM[-1]), is_within_limit=False)
    return ShellShielding(max(enough_mm), is_within_limit=True)
