"""Annual illumination of an orbit: solar flux, beta angle and eclipse fraction for each day of a year."""

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
MAX_PLANES = 60


@dataclass(frozen=True)
class Seasons:
    """Illumination of one layer over a year, (day, plane), for at most `MAX_PLANES` planes, evenly chosen."""

    period_s: float
    flux_w_per_m2: NDArray[np.float64]
    """Solar flux, (day, 1)."""
    cos_beta: NDArray[np.float64]
    """Cosine of the beta angle (elevation of the Sun above the orbital plane)."""
    dark_frac: NDArray[np.float64]
    """Eclipse fraction of an orbit; penumbra counts by half."""

    @property
    def longest_dark_s(self) -> float:
        """Longest eclipse of the year."""
        return float(self.dark_frac.max()) * self.period_s


def seasons(layer: Layer, epoch_tt_s: float, shadow: ShadowModel) -> Seasons:
    """Return the illumination of a layer during the year that begins at the epoch (s of Terrestrial Time since J2000)."""
    chosen = np.unique(np.linspace(0, len(layer.plane_raan_rad) - 1, MAX_PLANES).astype(int))
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
    """Return the eclipse fraction, (day, plane): the sum of the half arcs of the early and the late edge."""
    dark = np.empty_like(cos_beta)
    for day in range(cos_beta.shape[0]):
        for plane in range(cos_beta.shape[1]):
            cosine = cos_beta[day, plane]
            early = shadow_half_arc(shadow_half_arc_squared(cosine, edge_cosines[day, 0]))
            late = shadow_half_arc(shadow_half_arc_squared(cosine, edge_cosines[day, 1]))
            dark[day, plane] = early + late
    return dark
