"""Rotating Earth: sidereal angle, positions on the ellipsoid, great-circle distances."""

import math
from typing import NamedTuple

from skyrack.core.constants import EARTH_MEAN_RADIUS_M, TWO_PI
from skyrack.core.jit import law

WGS84_A_M = 6_378_137.0
"""Semi-major axis of WGS 84 (exact)."""
WGS84_F = 1.0 / 298.257223563
"""Flattening of WGS 84 (exact)."""


SIDEREAL_RATE_RAD_PER_S = math.radians(360.98564736629) / 86_400.0
"""Rotation rate of the Earth relative to the mean equinox: the linear term of `greenwich_sidereal_rad`."""


class Place(NamedTuple):
    """Position in the Earth-fixed frame: x through the Greenwich meridian, z through the north pole."""

    x_m: float
    y_m: float
    z_m: float


@law
def greenwich_sidereal_rad(utc_since_j2000_s):
    """Greenwich mean sidereal time from seconds of UTC since 2000-01-01 12:00, UTC standing for UT1 (0.9 s at most).

    Polynomial of the IAU, 1982. Reference: Aoki et al., Astron. Astrophys. 105 (1982) 359; as Vallado, 4th ed., eq. 3-45.
    """
    days = utc_since_j2000_s / 86_400.0
    centuries = days / 36_525.0
    degrees = 280.46061837 + 360.98564736629 * days + 0.000387933 * centuries * centuries - centuries**3 / 38_710_000.0
    return math.radians(degrees) % TWO_PI


@law
def place_on_earth(latitude_rad, longitude_rad, altitude_m):
    """Position of a geodetic place in the Earth-fixed frame, on the ellipsoid of WGS 84.

    Reference: NIMA TR8350.2, World Geodetic System 1984, 3rd ed., eq. 4-14.
    """
    eccentricity_squared = WGS84_F * (2.0 - WGS84_F)
    sine = math.sin(latitude_rad)
    normal_m = WGS84_A_M / math.sqrt(1.0 - eccentricity_squared * sine * sine)
    ring_m = (normal_m + altitude_m) * math.cos(latitude_rad)
    return Place(
        ring_m * math.cos(longitude_rad),
        ring_m * math.sin(longitude_rad),
        (normal_m * (1.0 - eccentricity_squared) + altitude_m) * sine,
    )


@law
def great_circle_m(first_latitude_rad, first_longitude_rad, second_latitude_rad, second_longitude_rad):
    """Great-circle distance on a sphere of the Earth's mean radius (haversine); within 0.6 % of the ellipsoid.

    Reference: Sinnott, Sky and Telescope 68 (1984) 159.
    """
    half_north = 0.5 * (second_latitude_rad - first_latitude_rad)
    half_east = 0.5 * (second_longitude_rad - first_longitude_rad)
    chord = (
        math.sin(half_north) ** 2
        + math.cos(first_latitude_rad) * math.cos(second_latitude_rad) * math.sin(half_east) ** 2
    )
    return 2.0 * EARTH_MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))
