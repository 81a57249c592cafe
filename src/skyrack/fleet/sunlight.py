"""Sun, shadow edges and orbit angles of one layer through time, which all its satellites share.

Values are computed in float64 from the scenario's time and rounded once, so a year-long run is as accurate on its last day
as on its first.
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
    """Return values at the middle of each step, (step, 6), float32.

    Cosine and sine of the angle flown since the epoch, solar flux (W/m2) and array health; then, as fractions of a turn, the
    angle flown and the motion of the nodes over the Earth, which has rotated by `turned_rad`.
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
"""Columns of `block_sky`: the Sun's x and y rotated back by the drift of the nodes, its z times the sine of the inclination,
cosines of both shadow edges, and the fraction of a turn flown since the epoch."""


def block_sky(layer: Layer, sun: SunTrack, shadow: ShadowModel) -> NDArray[np.float64]:
    """Return the values that the planes of a layer share at the ends of the blocks, (end, BLOCK_SKY)."""
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
"""Values of one orbital plane at one time: orbit angle of a satellite of phase zero from the anti-solar point, in turns;
squares of half the arcs, in turns, in which each half of the Sun's light is hidden; components of the Sun's direction in the
plane, from the node at the epoch and a quarter orbit ahead."""


@driver
def plane_skies(plane_raan_rad, cos_inclination, block_sky):
    """Return the values of each plane at the ends of the blocks, (plane, end, PLANE_SKY)."""
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
