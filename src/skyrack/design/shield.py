"""How thick a wall must be to keep the dose of a life in orbit under a limit."""

from __future__ import annotations

import functools
import math

import numpy as np

from skyrack.catalogue import facts

THICKNESSES_MM = (1, 2, 3, 5, 10, 20)
INCLINATIONS_DEG = (30, 55, 95, 100)
RAD_PER_GY = 100.0
TABLE_YEARS = 5.0
ALTITUDES_KM = (300.0, 500.0, 650.0, 800.0, 1000.0, 1500.0, 2000.0)
DOSE_BY_ALTITUDE = (0.3, 0.6, 1.0, 2.0, 5.0, 30.0, 80.0)
"""Trapped dose relative to 650 km. Source: fact rd.spacedc, an estimate of that tool's authors."""


@functools.cache
def _table() -> np.ndarray:
    """Log of the dose of five years at 550 km in rad (silicon), (inclination, thickness)."""
    known = facts()
    return np.log([[known[f"rd.dose550.i{i}.al{t}"].value for t in THICKNESSES_MM] for i in INCLINATIONS_DEG])


def dose_gy(altitude_m: float, inclination_rad: float, years: float, thickness_mm: float) -> float:
    """Dose behind an aluminium sphere, trapped protons and electrons.

    A table of 550 km (SPENVIS, AP8-MIN and AE8-MAX), log-linear in thickness and linear in inclination (folded at 90
    deg, held at its ends), times a ratio by altitude, which is an estimate. Valid: 1-20 mm, 300-2,000 km; solar protons
    and cosmic rays are left out.
    """
    inclination_deg = math.degrees(inclination_rad)
    by_thickness = [np.interp(math.log(thickness_mm), np.log(THICKNESSES_MM), row) for row in _table()]
    at_550_rad = float(np.interp(inclination_deg, INCLINATIONS_DEG, np.exp(by_thickness)))

    def ratio(altitude_km: float) -> float:
        return math.exp(float(np.interp(altitude_km, ALTITUDES_KM, np.log(DOSE_BY_ALTITUDE))))

    return at_550_rad / RAD_PER_GY * (years / TABLE_YEARS) * ratio(altitude_m / 1e3) / ratio(550.0)


def thickness_mm(altitude_m: float, inclination_rad: float, years: float, limit_gy: float) -> float | None:
    """The thinnest wall of 1 to 20 mm that keeps the dose under the limit; None where none does."""
    grid = np.exp(np.linspace(0.0, math.log(20.0), 200))
    doses = np.array([dose_gy(altitude_m, inclination_rad, years, float(t)) for t in grid])
    enough = np.flatnonzero(doses <= limit_gy)
    return float(grid[enough[0]]) if len(enough) else None
