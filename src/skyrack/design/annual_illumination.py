"""The light that an orbit gets through a year: what a satellite has to be designed for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.jit import driver
from skyrack.environment.shadow import ShadowModel, edges
from skyrack.orbits.layout import Layer
from skyrack.physics.shadow.geometry import shadow_half_arc, shadow_half_arc_squared
from skyrack.physics.sun import solar_flux_w_per_m2, sun_position

DAYS = 366
MOST_PLANES = 24


@dataclass(frozen=True)
class Seasons:
    """A year of one layer, (day, plane); planes beyond two dozen are left out evenly."""

    period_s: float
    flux_w_per_m2: NDArray[np.float64]
    """Sunlight, (day, 1)."""
    cos_beta: NDArray[np.float64]
    """Cosine of the Sun's angle above the plane."""
    dark_frac: NDArray[np.float64]
    """Share of an orbit without sunlight, penumbra by half."""

    @property
    def longest_dark_s(self) -> float:
        """The longest eclipse of the year."""
        return float(self.dark_frac.max()) * self.period_s


def seasons(layer: Layer, epoch_tt_s: float, shadow: ShadowModel) -> Seasons:
    """The year that begins at the epoch."""
    chosen = np.unique(np.linspace(0, len(layer.plane_raan_rad) - 1, MOST_PLANES).astype(int))
    time_s = np.arange(DAYS) * DAY_S
    suns = [sun_position(epoch_tt_s + moment_s) for moment_s in time_s.tolist()]
    x, y, z, distance_au = (np.array(column)[:, None] for column in zip(*suns, strict=True))
    node_rad = layer.plane_raan_rad[chosen] + layer.raan_rate_rad_per_s * time_s[:, None]
    sin_beta = math.sin(layer.inclination_rad) * (x * np.sin(node_rad) - y * np.cos(node_rad)) + z * math.cos(
        layer.inclination_rad
    )
    cos_beta = np.sqrt(1.0 - sin_beta * sin_beta)
    return Seasons(
        TWO_PI / layer.phase_rate_rad_per_s,
        np.asarray(solar_flux_w_per_m2.py_func(distance_au)),
        cos_beta,
        _dark_fracs(cos_beta, edges(shadow, layer.radius_m, layer.inclination_rad, z[:, 0], distance_au[:, 0])),
    )


@driver
def _dark_fracs(cos_beta, edge_cosines):
    """Share of an orbit in the dark: half of each edge's arc, which is twice its half."""
    dark = np.empty_like(cos_beta)
    for day in range(cos_beta.shape[0]):
        for plane in range(cos_beta.shape[1]):
            cosine = cos_beta[day, plane]
            early = shadow_half_arc(shadow_half_arc_squared(cosine, edge_cosines[day, 0]))
            late = shadow_half_arc(shadow_half_arc_squared(cosine, edge_cosines[day, 1]))
            dark[day, plane] = early + late
    return dark
