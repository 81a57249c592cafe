"""Circular orbits with the secular drift that the Earth's flattening causes, and the Sun as seen from them."""

import math
from typing import NamedTuple

from skyrack.core.constants import DAY_S, EARTH_J2, EARTH_MU_M3_PER_S2, EARTH_RADIUS_M, TROPICAL_YEAR_DAY, TWO_PI
from skyrack.core.jit import law

SUN_SYNCHRONOUS_RAAN_RATE_RAD_PER_S = TWO_PI / (TROPICAL_YEAR_DAY * DAY_S)
"""The drift that turns an orbit's plane once in a tropical year, with the mean Sun."""


@law
def mean_motion_rad_per_s(radius_m):
    """Angular speed of an unperturbed circular orbit.

    n = sqrt(mu / a^3). Reference: Vallado, Fundamentals of Astrodynamics, 4th ed., eq. 1-27.
    """
    return math.sqrt(EARTH_MU_M3_PER_S2 / (radius_m * radius_m * radius_m))


@law
def period_s(radius_m):
    """Time of one unperturbed revolution, without the J2 drift of phase (which shortens it by under 0.1 %)."""
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
    """Speed of a satellite along its circular orbit counted from the ascending node, with the secular J2 drift.

    du/dt = n + 3/2 J2 (R/a)^2 n (4 cos^2(i) - 1): the drifts of perigee and of mean anomaly added, at e = 0.

    Valid: circular orbits, 150-2,500 km. Reference: Vallado, 4th ed., eq. 9-39 and 9-41.
    """
    cos_inclination = math.cos(inclination_rad)
    drift = _j2_rate_rad_per_s(radius_m) * (4.0 * cos_inclination * cos_inclination - 1.0)
    return mean_motion_rad_per_s(radius_m) + drift


@law
def sun_synchronous_inclination_rad(radius_m):
    """Inclination at which the orbit's plane follows the mean Sun; nan where no inclination can.

    cos(i) = -RAAN rate of the Sun / (3/2 J2 (R/a)^2 n). Exists up to about 5,970 km altitude.

    Reference: Vallado, 4th ed., sec. 11.4.1; SpaceX Schedule S planes, 97.4, 99.5 and 104.9 deg at 500, 1,000, 2,000 km.
    """
    cosine = -SUN_SYNCHRONOUS_RAAN_RATE_RAD_PER_S / _j2_rate_rad_per_s(radius_m)
    return math.acos(cosine) if cosine >= -1.0 else math.nan


@law
def beta_angle_rad(raan_rad, inclination_rad, sun_right_ascension_rad, sun_declination_rad):
    """Angle of the Sun above the plane of the orbit, positive on the side of the orbit's angular momentum.

    Reference: Vallado, 4th ed., sec. 5.3.2 (the Sun's direction projected on the orbit normal).
    """
    normal_part = math.cos(sun_declination_rad) * math.sin(inclination_rad) * math.sin(
        raan_rad - sun_right_ascension_rad
    ) + math.sin(sun_declination_rad) * math.cos(inclination_rad)
    return math.asin(normal_part)


class SunInPlane(NamedTuple):
    """The part of the Sun's unit vector that lies in an orbital plane."""

    ahead: float
    """Along some direction in the plane."""
    quarter_ahead: float
    """A quarter of a turn further on, the way satellites fly."""


@law
def sun_in_plane(cos_raan, sin_raan, cos_inclination, sun_x, sun_y, sun_lift):
    """The Sun's direction in the plane of an orbit, counted from the ascending node at the epoch.

    `sun_x` and `sun_y` are the Sun's direction turned back by the drift of the nodes since, `sun_lift` is its z times the
    sine of the inclination: the same for every plane of a layer, so that the sky is turned instead of the planes. Exact:
    angle-addition formulas alone.
    """
    return SunInPlane(
        cos_raan * sun_x + sin_raan * sun_y,
        cos_inclination * (cos_raan * sun_y - sin_raan * sun_x) + sun_lift,
    )


@law
def sun_from(ahead, quarter_ahead, cos_phase, sin_phase):
    """The same Sun counted from a satellite of the plane, `phase` beyond the direction it was counted from. Exact."""
    return SunInPlane(ahead * cos_phase + quarter_ahead * sin_phase, quarter_ahead * cos_phase - ahead * sin_phase)


@law
def cos_sun_angle(sun_ahead, sun_quarter_ahead, cos_flown, sin_flown):
    """Cosine of the angle at the Earth's centre between the Sun and a satellite that has flown some angle since.

    1 under the Sun, -1 behind the Earth; the first part of `sun_from`.
    """
    return sun_ahead * cos_flown + sun_quarter_ahead * sin_flown
