"""The sky of one layer, step by step: everything that is the same for all its satellites.

Computed in float64 from the scenario's time and rounded once, so a year-long run is as exact on its last day as on its
first.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import TWO_PI
from skyrack.core.jit import driver
from skyrack.environment.shadow import ShadowModel, edges
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer
from skyrack.physics.orbit import sun_in_plane
from skyrack.physics.shadow.geometry import shadow_half_arc_squared
from skyrack.physics.solar_array import array_health_frac
from skyrack.physics.sun import solar_flux_w_per_m2


def step_sky(
    layer: Layer, sun: SunTrack, wear_per_year_frac: float, turned_rad: NDArray[np.float64]
) -> NDArray[np.float32]:
    """At the middle of each step: cos and sin of the angle flown, solar flux, array health; and in turns less the whole ones
    the angle flown, and how far nodes have come over an Earth that has turned by `turned_rad`.
    """
    flown = np.mod(layer.phase_rate_rad_per_s * sun.time_s, TWO_PI)
    return np.column_stack(
        [
            np.cos(flown),
            np.sin(flown),
            solar_flux_w_per_m2.py_func(sun.distance_au),
            array_health_frac.py_func(sun.time_s, wear_per_year_frac),
            flown / TWO_PI,
            np.mod((layer.raan_rate_rad_per_s * sun.time_s - turned_rad) / TWO_PI, 1.0),
        ]
    ).astype(np.float32)


BLOCK_SKY = ("sun_x", "sun_y", "sun_lift", "early_edge", "late_edge", "turns_flown")
"""The Sun's x and y turned back by the drift of the nodes, its z times the sine of the inclination, cosines of both shadow
edges, turns flown since the epoch less the whole ones."""


def block_sky(layer: Layer, sun: SunTrack, shadow: ShadowModel) -> NDArray[np.float64]:
    """What the planes of a layer share at the ends of the blocks, (end, BLOCK_SKY)."""
    drift = np.mod(layer.raan_rate_rad_per_s * sun.time_s, TWO_PI)
    x, y, z = sun.direction.T
    return np.column_stack(
        [
            x * np.cos(drift) + y * np.sin(drift),
            y * np.cos(drift) - x * np.sin(drift),
            z * math.sin(layer.inclination_rad),
            edges(shadow, layer.radius_m, layer.inclination_rad, z, sun.distance_au),
            np.mod(layer.phase_rate_rad_per_s * sun.time_s / TWO_PI, 1.0),
        ]
    )


PLANE_SKY = ("past_midnight", "early_half_arc_squared", "late_half_arc_squared", "sun_ahead", "sun_quarter_ahead")
"""The sky of one orbital plane at one time: where a satellite of phase zero is, in turns past the plane's midnight;
squares of half the arcs, in turns, in which each half of the Sun's light is hidden; the Sun in the plane, counted from the
node at the epoch."""


@driver
def plane_skies(plane_raan_rad, cos_inclination, block_sky):
    """The sky of each plane at the ends of the blocks, (plane, end, PLANE_SKY)."""
    skies = np.empty((len(plane_raan_rad), len(block_sky), 5))
    for plane in range(len(plane_raan_rad)):
        cos_raan, sin_raan = math.cos(plane_raan_rad[plane]), math.sin(plane_raan_rad[plane])
        for end in range(len(block_sky)):
            row, sky = block_sky[end], skies[plane, end]
            sun = sun_in_plane(cos_raan, sin_raan, cos_inclination, row[0], row[1], row[2])
            cos_beta = math.hypot(sun.ahead, sun.quarter_ahead)
            midnight = math.atan2(-sun.quarter_ahead, -sun.ahead) / TWO_PI
            sky[0] = row[5] - midnight
            sky[1], sky[2] = shadow_half_arc_squared(cos_beta, row[3]), shadow_half_arc_squared(cos_beta, row[4])
            sky[3], sky[4] = sun.ahead, sun.quarter_ahead
    return skies
