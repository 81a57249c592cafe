"""The sky of one layer, step by step: everything that is the same for all its satellites.

Computed in float64 from the scenario's time and rounded once, so a year-long run is as exact on its last day as on its
first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import ASTRONOMICAL_UNIT_M, SUN_RADIUS_M
from skyrack.core.law import driver
from skyrack.design.shells import Layer
from skyrack.physics.shadow.geometry import earth_angular_radius_rad
from skyrack.physics.solar_array import array_health_frac
from skyrack.physics.sun import solar_flux_w_per_m2, sun_position


@dataclass(frozen=True)
class SunTrack:
    """The Sun at a series of times."""

    time_s: NDArray[np.float64]
    """Since the epoch."""
    direction: NDArray[np.float64]
    """Unit vectors in the mean equator of date, (time, xyz)."""
    distance_au: NDArray[np.float64]

    @classmethod
    def at(cls, epoch_tt_s: float, time_s: NDArray[np.float64]) -> SunTrack:
        """The Sun at times since an epoch given in Terrestrial Time since J2000."""
        positions = np.empty((len(time_s), 4))
        _sun_positions(epoch_tt_s, np.asarray(time_s, np.float64), positions)
        return cls(time_s, positions[:, :3], positions[:, 3])


@driver
def _sun_positions(epoch_tt_s, time_s, positions):
    for k in range(len(time_s)):
        sun = sun_position(epoch_tt_s + time_s[k])
        positions[k, 0], positions[k, 1], positions[k, 2] = sun.x_eci, sun.y_eci, sun.z_eci
        positions[k, 3] = sun.distance_au


def step_sky(layer: Layer, sun: SunTrack, shadow: Any, wear_per_year_frac: float) -> NDArray[np.float64]:
    """At the middle of each step: cos and sin of the angle flown, solar flux, array health, both shadow edges.

    The edges are those of the middle of the track: the Sun's apparent size changes by less than 0.06 % in a day.
    """
    flown = np.mod(layer.phase_rate_rad_per_s * sun.time_s, 2.0 * math.pi)
    middle_au = float(sun.distance_au[len(sun.distance_au) // 2])
    sun_radius_rad = math.asin(SUN_RADIUS_M / (middle_au * ASTRONOMICAL_UNIT_M))
    edges = shadow.edge_cosines(float(earth_angular_radius_rad(layer.radius_m)), sun_radius_rad)
    sky = np.empty((len(sun.time_s), 6))
    sky[:, 0], sky[:, 1] = np.cos(flown), np.sin(flown)
    sky[:, 2] = solar_flux_w_per_m2.py_func(sun.distance_au)
    sky[:, 3] = array_health_frac.py_func(sun.time_s, wear_per_year_frac)
    sky[:, 4:] = edges
    return sky


def piece_sky(layer: Layer, sun: SunTrack) -> NDArray[np.float64]:
    """At the ends of the pieces: the Sun's x and y turned back by the drift of the nodes, and its z times sin(i)."""
    drift = np.mod(layer.raan_rate_rad_per_s * sun.time_s, 2.0 * math.pi)
    x, y, z = sun.direction.T
    return np.column_stack(
        [
            x * np.cos(drift) + y * np.sin(drift),
            y * np.cos(drift) - x * np.sin(drift),
            z * math.sin(layer.inclination_rad),
        ]
    )
