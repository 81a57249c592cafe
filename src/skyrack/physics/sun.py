"""Direction and distance of the Sun from the Earth."""

import math
from typing import NamedTuple

from skyrack.core.constants import DAY_S, SOLAR_FLUX_AT_1_AU_W_PER_M2
from skyrack.core.jit import law

DEGREE_RAD = math.pi / 180.0


class SunPosition(NamedTuple):
    """Position of the Sun in the mean equator and equinox of date."""

    x_eci: float
    y_eci: float
    z_eci: float
    """Unit vector toward the geometric Sun."""
    distance_au: float


@law
def sun_position(tt_since_j2000_s):
    """Direction and distance of the geometric Sun, from seconds of Terrestrial Time since 2000-01-01 12:00.

    Keplerian motion of the Earth with the largest planetary terms (Venus, Jupiter, Moon). Nutation, aberration (0.006
    deg) and the Sun's ecliptic latitude (below 0.0004 deg) are neglected.

    Valid: 1950-2100, within 0.007 deg and 2e-5 au of ERFA epv00.

    Reference: Meeus, Astronomical Formulae for Calculators, 4th ed., ch. 18,
    with the mean elements of Meeus, Astronomical Algorithms, 2nd ed., ch. 25.
    """
    century = tt_since_j2000_s / (36_525.0 * DAY_S)
    mean_longitude = (280.46646 + 36_000.76983 * century + 0.0003032 * century * century) * DEGREE_RAD
    anomaly = (357.52911 + 35_999.05029 * century - 0.0001537 * century * century) * DEGREE_RAD
    eccentricity = 0.016708634 - 0.000042037 * century
    centre_deg = (
        (1.914602 - 0.004817 * century) * math.sin(anomaly)
        + (0.019993 - 0.000101 * century) * math.sin(2.0 * anomaly)
        + 0.000289 * math.sin(3.0 * anomaly)
    )
    since_1900 = century + 1.0
    venus_1 = (153.23 + 22_518.7541 * since_1900) * DEGREE_RAD
    venus_2 = (216.57 + 45_037.5082 * since_1900) * DEGREE_RAD
    jupiter = (312.69 + 32_964.3577 * since_1900) * DEGREE_RAD
    moon = (350.74 + 445_267.1142 * since_1900) * DEGREE_RAD
    jupiter_2 = (353.40 + 65_928.7155 * since_1900) * DEGREE_RAD
    perturbation_deg = (
        0.00134 * math.cos(venus_1)
        + 0.00154 * math.cos(venus_2)
        + 0.00200 * math.cos(jupiter)
        + 0.00179 * math.sin(moon)
    )
    distance_au = (
        1.000001018
        * (1.0 - eccentricity * eccentricity)
        / (1.0 + eccentricity * math.cos(anomaly + centre_deg * DEGREE_RAD))
        + 0.00000543 * math.sin(venus_1)
        + 0.00001575 * math.sin(venus_2)
        + 0.00001627 * math.sin(jupiter)
        + 0.00003076 * math.cos(moon)
        + 0.00000927 * math.sin(jupiter_2)
    )
    longitude = mean_longitude + (centre_deg + perturbation_deg) * DEGREE_RAD
    obliquity = (23.4392911 - 0.0130042 * century) * DEGREE_RAD
    return SunPosition(
        math.cos(longitude),
        math.sin(longitude) * math.cos(obliquity),
        math.sin(longitude) * math.sin(obliquity),
        distance_au,
    )


@law
def solar_flux_w_per_m2(distance_au):
    """Solar flux on a surface that faces the Sun.

    The solar constant over the square of the distance: 1,316-1,414 W/m2 over the year.
    """
    return SOLAR_FLUX_AT_1_AU_W_PER_M2 / (distance_au * distance_au)


@law
def mean_sun_right_ascension_rad(tt_since_j2000_s):
    """Right ascension of the fictitious mean Sun, the reference of the local time of a sun-synchronous orbit.

    It equals the mean longitude of the Sun, without aberration. Reference: Meeus, Astronomical Algorithms, 2nd ed., eq. 25.2.
    """
    century = tt_since_j2000_s / (36_525.0 * DAY_S)
    return (280.46646 + 36_000.76983 * century) * DEGREE_RAD
