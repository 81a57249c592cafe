"""Orbital decay: lifetime of a circular orbit under drag."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.physics.drag import decay_rate_m_per_s

PANEL_M = 10e3
"""Height of an integration panel, each with eight Gauss points; the smallest density scale height is 37 km."""


def decay_time_s(
    from_altitude_m: float, to_altitude_m: float, drag_area_m2_per_kg: float, density: Callable[[float], float]
) -> float:
    """Return the time (s) in which drag alone lowers a circular orbit, for a `density` (kg/m3) by altitude (m)."""
    panels = max(1, round((from_altitude_m - to_altitude_m) / PANEL_M))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(to_altitude_m, from_altitude_m, panels + 1)
    half_m = 0.5 * np.diff(edges)
    altitudes_m = (edges[:-1] + half_m)[:, None] + half_m[:, None] * nodes
    slowness = [
        1.0 / decay_rate_m_per_s(EARTH_RADIUS_M + altitude_m, density(altitude_m), drag_area_m2_per_kg)
        for altitude_m in altitudes_m.ravel().tolist()
    ]
    return float(np.sum(np.reshape(slowness, altitudes_m.shape) * weights * half_m[:, None]))
