"""Circular orbits with secular J2 drift, and the direction of the Sun relative to them."""

import math
from typing import NamedTuple

from skyrack.core.constants import DAY_S, EARTH_J2, EARTH_MU_M3_PER_S2, EARTH_RADIUS_M, TROPICAL_YEAR_DAY, TWO_PI
from skyrack.core.jit import law

SUN_SYNCHRONOUS_RAAN_RATE_RAD_PER_S = TWO_PI / (TROPICAL_YEAR_DAY * DAY_S)
"""Nodal drift of a sun-synchronous orbit: one revolution in a tropical year, with the mean Sun."""


@law
def mean_motion_rad_per_s(radius_m):
    """Angular speed of an unperturbed circular orbit.

    n = sqrt(mu / a^3). Reference: Vallado, Fundamentals of Astrodynamics, 4th ed., eq. 1-27.
    """
    return math.sqrt(EARTH_MU_M3_PER_S2 / (radius_m * radius_m * radius_m))


@law
def period_s(radius_m):
    """Period of an unperturbed circular orbit, without the J2 drift of phase (which changes it by less than 0.1 %)."""
    return TWO_PI / mean_motion_rad_per_s(radius_m)


@law
def _j2_rate_rad_per_s(radius_m):
    ratio = EARTH_RADIUS_M / radius_m
    return 1.5 * EARTH_J2 * ratio * ratio * mean_motion_rad_per_s(radius_m)


@law
def raan_rate_rad_per_s(radius_m, inclination_rad):
    """Secular drift of the ascending node of a circular orbit, positive eastward.

    dRAAN/dt = -3/2 J2 (R/a)^2 n cos(i). First order in J2; drag, higher harmonics and the Moon are neglected.

    Valid: circular orbits, 150-2,500 km. Reference: Vallado, 4th ed., eq. 9-37.
    """
    return -_j2_rate_rad_per_s(radius_m) * math.cos(inclination_rad)


@law
def argument_of_latitude_rate_rad_per_s(radius_m, inclination_rad):
    """Rate of the argument of latitude of a circular orbit, with secular J2 drift.

    du/dt = n + 3/2 J2 (R/a)^2 n (4 cos^2(i) - 1): the drifts of perigee and of mean anomaly added, at e = 0.

    Valid: circular orbits, 150-2,500 km. Reference: Vallado, 4th ed., eq. 9-39 and 9-41.
    """
    cos_inclination = math.cos(inclination_rad)
    drift = _j2_rate_rad_per_s(radius_m) * (4.0 * cos_inclination * cos_inclination - 1.0)
    return mean_motion_rad_per_s(radius_m) + drift


@law
def sun_synchronous_inclination_rad(radius_m):
    """Inclination of a sun-synchronous circular orbit; nan where none exists.

    cos(i) = -RAAN rate of the Sun / (3/2 J2 (R/a)^2 n). Exists up to about 5,970 km altitude.

    Reference: Vallado, 4th ed., sec. 11.4.1; SpaceX Schedule S planes, 97.4, 99.5 and 104.9 deg at 500, 1,000, 2,000 km.
    """
    cosine = -SUN_SYNCHRONOUS_RAAN_RATE_RAD_PER_S / _j2_rate_rad_per_s(radius_m)
    return math.acos(cosine) if cosine >= -1.0 else math.nan


@law
def beta_angle_rad(raan_rad, inclination_rad, sun_right_ascension_rad, sun_declination_rad):
    """Beta angle: elevation of the Sun above the orbital plane, positive on the side of the angular momentum.

    Reference: Vallado, 4th ed., sec. 5.3.2 (the Sun's direction projected on the orbit normal).
    """
    normal_part = math.cos(sun_declination_rad) * math.sin(inclination_rad) * math.sin(
        raan_rad - sun_right_ascension_rad
    ) + math.sin(sun_declination_rad) * math.cos(inclination_rad)
    return math.asin(normal_part)


class SunInPlane(NamedTuple):
    """Components of the Sun's unit vector in an orbital plane."""

    ahead: float
    """Component along a reference direction in the plane."""
    quarter_ahead: float
    """Component a quarter of a revolution further along the direction of flight."""


@law
def sun_in_plane(cos_raan, sin_raan, cos_inclination, sun_x, sun_y, sun_lift):
    """Direction of the Sun in the plane of an orbit, relative to the ascending node at the epoch.

    `sun_x` and `sun_y` are the Sun's direction rotated back by the nodal drift since the epoch, `sun_lift` is its z times
    the sine of the inclination. They are equal for every plane of a layer, so the sky is rotated instead of the planes.
    Exact: angle-addition formulas only.
    """
    return SunInPlane(
        cos_raan * sun_x + sin_raan * sun_y,
        cos_inclination * (cos_raan * sun_y - sin_raan * sun_x) + sun_lift,
    )


@law
def sun_from(ahead, quarter_ahead, cos_phase, sin_phase):
    """Direction of the Sun in the plane relative to a satellite `phase` beyond the reference direction. Exact."""
    return SunInPlane(ahead * cos_phase + quarter_ahead * sin_phase, quarter_ahead * cos_phase - ahead * sin_phase)


@law
def cos_sun_angle(sun_ahead, sun_quarter_ahead, cos_flown, sin_flown):
    """Cosine of the geocentric angle between the Sun and a satellite, after a given angle of flight.

    1 below the Sun, -1 behind the Earth; the first component of `sun_from`.
    """
    return sun_ahead * cos_flown + sun_quarter_ahead * sin_flown
