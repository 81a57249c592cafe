"""Relative motion of two satellites: Hill's equations, solved by Clohessy and Wiltshire.

The frame moves with the reference satellite on its circular orbit: x radially outward, y along the track, z along the
orbit normal. `orbits.formation` adds the Earth's flattening.
"""

import math
from typing import NamedTuple

from skyrack.core.constants import EARTH_J2, EARTH_MU_M3_PER_S2, EARTH_RADIUS_M
from skyrack.core.jit import law


class Relative(NamedTuple):
    """Position and velocity relative to the reference satellite."""

    x_m: float
    y_m: float
    z_m: float
    x_m_per_s: float
    y_m_per_s: float
    z_m_per_s: float


@law
def hill_motion(time_s, mean_motion_rad_per_s, x_m, y_m, z_m, x_m_per_s, y_m_per_s, z_m_per_s):
    """Relative position and velocity after a time `time_s`, for a reference on a circular orbit.

    Neglected: the Earth's flattening, drag, and everything of second order in distance over radius.

    Valid: distances far below the orbit's radius. Reference: Clohessy and Wiltshire, J. Aerospace Sci. 27 (1960) 653.
    """
    n = mean_motion_rad_per_s
    turned = n * time_s
    s, c = math.sin(turned), math.cos(turned)
    return Relative(
        (4.0 - 3.0 * c) * x_m + s / n * x_m_per_s + 2.0 * (1.0 - c) / n * y_m_per_s,
        6.0 * (s - turned) * x_m + y_m - 2.0 * (1.0 - c) / n * x_m_per_s + (4.0 * s - 3.0 * turned) / n * y_m_per_s,
        c * z_m + s / n * z_m_per_s,
        3.0 * n * s * x_m + c * x_m_per_s + 2.0 * s * y_m_per_s,
        -6.0 * n * (1.0 - c) * x_m - 2.0 * s * x_m_per_s + (4.0 * c - 3.0) * y_m_per_s,
        -n * s * z_m + c * z_m_per_s,
    )


@law
def bounded_motion(x_m, y_m, z_m, mean_motion_rad_per_s):
    """Initial state of a closed relative orbit around the reference satellite through a given position.

    In the plane it is a 2:1 ellipse, along track by radial, centred on the reference: x' = n y / 2, y' = -2 n x. Across
    the plane the position is a turning point: z' = 0. Reference: Clohessy and Wiltshire, J. Aerospace Sci. 27 (1960) 653.
    """
    n = mean_motion_rad_per_s
    return Relative(x_m, y_m, z_m, 0.5 * n * y_m, -2.0 * n * x_m, 0.0)


class Acceleration(NamedTuple):
    """Gravitational acceleration, in a frame whose z axis is the Earth's axis."""

    x_m_per_s2: float
    y_m_per_s2: float
    z_m_per_s2: float


@law
def gravity(x_m, y_m, z_m):
    """Gravitational acceleration by a spherical Earth and its flattening (J2). Reference: Vallado, 4th ed., eq. 8-30."""
    squared = x_m * x_m + y_m * y_m + z_m * z_m
    central = -EARTH_MU_M3_PER_S2 / (squared * math.sqrt(squared))
    flat = 1.5 * EARTH_J2 * EARTH_RADIUS_M * EARTH_RADIUS_M / squared
    height = 5.0 * z_m * z_m / squared
    return Acceleration(
        central * x_m * (1.0 + flat * (1.0 - height)),
        central * y_m * (1.0 + flat * (1.0 - height)),
        central * z_m * (1.0 + flat * (3.0 - height)),
    )


@law
def node_keeping_m_per_s_per_s(inclination_offset_rad, radius_m, inclination_rad, mean_motion_rad_per_s):
    """Delta-v per second that keeps the ascending node at that of a reference orbit of another inclination.

    The node of the orbit drifts against that of the reference by dRAAN/dt = 3/2 J2 (R/a)^2 n sin(i) di; bringing it back
    costs v sin(i) for each radian. Reference: first-order J2 theory, Vallado, 4th ed., eq. 9-37.
    """
    ratio = EARTH_RADIUS_M / radius_m
    drift = 1.5 * EARTH_J2 * ratio * ratio * mean_motion_rad_per_s * math.sin(inclination_rad)
    speed_m_per_s = radius_m * mean_motion_rad_per_s
    return abs(inclination_offset_rad) * drift * speed_m_per_s * math.sin(inclination_rad)
