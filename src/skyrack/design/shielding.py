"""Shielding of a fleet's computers and the life that the dose leaves in each shell: a thicker wall, or a shorter life."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M, JULIAN_YEAR_S
from skyrack.environment.radiation_environment import RadiationEnvironment
from skyrack.orbits.layout import Layout, ShellLayout

THICKNESSES_MM: NDArray[np.float64] = np.exp(np.linspace(0.0, math.log(20.0), 61))
"""Thicknesses of aluminium (mm) among which the trade chooses: 1 to 20 mm, where doses are tabulated."""
MIN_LIFE_S = 30.0 * 86_400.0
"""Shortest life that counts; a satellite with less would be replaced before it has been put to work."""


@dataclass(frozen=True)
class DoseTable:
    """Dose rate of each shell behind each of `THICKNESSES_MM`, by the most exposed layer of the shell."""

    names: tuple[str, ...]
    n_sats: NDArray[np.int64]
    gy_per_year: NDArray[np.float64]
    """Shape (shell, thickness)."""

    @classmethod
    def of(cls, environment: RadiationEnvironment, layout: Layout) -> DoseTable:
        """Return the dose rates of the compute shells of a layout."""
        return cls(
            tuple(shell.name for shell in layout.shells),
            np.array([shell.n_sats for shell in layout.shells]),
            np.array([_shell_gy_per_year(environment, shell) for shell in layout.shells]),
        )

    def at(self, thickness_mm: float) -> NDArray[np.float64]:
        """Return the dose rate of each shell (Gy/year) behind a thickness (mm), shape (shell,)."""
        where = np.log(THICKNESSES_MM)
        logs = np.log(np.maximum(self.gy_per_year, 1e-12))
        return np.array([math.exp(np.interp(math.log(thickness_mm), where, row)) for row in logs])

    def lives_s(self, limit_gy: float, life_s: float) -> NDArray[np.float64]:
        """Return the life of each shell (s) until the dose limit, at most the design life, shape (shell, thickness)."""
        until_s = limit_gy / np.maximum(self.gy_per_year, 1e-12) * JULIAN_YEAR_S
        return np.clip(until_s, min(MIN_LIFE_S, life_s), life_s)


def _shell_gy_per_year(environment: RadiationEnvironment, shell: ShellLayout) -> NDArray[np.float64]:
    doses = [
        environment.dose_gy_per_year(layer.radius_m - EARTH_RADIUS_M, layer.inclination_rad, THICKNESSES_MM)
        for layer in shell.layers
    ]
    return np.asarray(np.max(doses, axis=0), np.float64)


def choose_thickness(doses: DoseTable, limit_gy: float, life_s: float, cost_usd: Callable[[float], float]) -> float:
    """Return the thickness (mm) with the least cost per year of a satellite's life, over the whole fleet.

    `cost_usd` is the price of one launched satellite behind a thickness (mm). In a shell whose dose ends lives early,
    satellites are replaced more often; the fleet's yearly cost is that price times the mean of one over the life.
    """
    per_year = (doses.n_sats[:, None] / doses.lives_s(limit_gy, life_s)).sum(axis=0)
    costs = np.array([cost_usd(float(thickness)) for thickness in THICKNESSES_MM]) * per_year
    return float(THICKNESSES_MM[int(costs.argmin())])
