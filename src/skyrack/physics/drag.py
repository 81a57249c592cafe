"""Atmospheric density in low orbits, and the drag on a circular orbit."""

import math

from skyrack.core.constants import EARTH_MU_M3_PER_S2
from skyrack.core.jit import law

BASE_ALTITUDES_M = (200e3, 250e3, 300e3, 350e3, 400e3, 450e3, 500e3, 600e3, 700e3, 800e3, 900e3, 1000e3)
BASE_DENSITIES_KG_PER_M3 = (
    2.789e-10, 7.248e-11, 2.418e-11, 9.518e-12, 3.725e-12, 1.585e-12,
    6.967e-13, 1.454e-13, 3.614e-14, 1.170e-14, 5.245e-15, 3.019e-15,
)  # fmt: skip
SCALE_HEIGHTS_M = (
    37_105.0, 45_546.0, 53_628.0, 53_298.0, 58_515.0, 60_828.0,
    63_822.0, 71_835.0, 88_667.0, 124_640.0, 181_050.0, 268_000.0,
)  # fmt: skip

CYCLE_ALTITUDES_M = (400e3, 500e3, 600e3, 650e3, 800e3)
CYCLE_FLUXES_SFU = (70.0, 140.0, 220.0)
CYCLE_LOG_DENSITIES = (
    (math.log(6.37e-13), math.log(8.24e-14), math.log(1.66e-14), math.log(9.28e-15), math.log(3.03e-15)),
    (math.log(3.23e-12), math.log(6.38e-13), math.log(1.48e-13), math.log(7.58e-14), math.log(1.40e-14)),
    (math.log(8.44e-12), math.log(2.13e-12), math.log(6.14e-13), math.log(3.42e-13), math.log(6.83e-14)),
)
"""Natural logarithm of the density in kg/m3 by flux and altitude."""


@law
def mean_density_kg_per_m3(altitude_m):
    """Atmospheric density at moderate solar activity, piecewise exponential: a published table for comparison.

    Valid: 200-1,500 km; the Sun's activity moves it by a factor of six either way at 600 km. Reference: Vallado,
    Fundamentals of Astrodynamics, 4th ed., table 8-4.
    """
    piece = 0
    for number in range(len(BASE_ALTITUDES_M)):
        if altitude_m >= BASE_ALTITUDES_M[number]:
            piece = number
    above_m = altitude_m - BASE_ALTITUDES_M[piece]
    return BASE_DENSITIES_KG_PER_M3[piece] * math.exp(-above_m / SCALE_HEIGHTS_M[piece])


@law
def density_by_activity_kg_per_m3(altitude_m, solar_flux_sfu, geomagnetic_ap):
    """Atmospheric density for a solar radio flux F10.7 (in solar flux units) and a geomagnetic index Ap.

    6e-10 exp(-(h - 175) / H), h in km, H = T / m, T = 900 + 2.5 (F10.7 - 70) + 1.5 Ap, m = 27 - 0.012 (h - 200).

    Valid: 180-500 km. Reference: Australian Space Weather Agency (IPS Radio and Space Services), Satellite Orbital Decay
    Calculations (1999).
    """
    altitude_km = altitude_m * 1e-3
    temperature_k = 900.0 + 2.5 * (solar_flux_sfu - 70.0) + 1.5 * geomagnetic_ap
    scale_height_km = temperature_k / (27.0 - 0.012 * (altitude_km - 200.0))
    return 6e-10 * math.exp(-(altitude_km - 175.0) / scale_height_km)


@law
def _between(x, xs, ys):
    """Linear interpolation between the points, continued beyond them along the first and the last segment."""
    piece = 0
    for number in range(1, len(xs) - 1):
        if x >= xs[number]:
            piece = number
    share = (x - xs[piece]) / (xs[piece + 1] - xs[piece])
    return ys[piece] + share * (ys[piece + 1] - ys[piece])


@law
def density_by_cycle_kg_per_m3(altitude_m, solar_flux_sfu):
    """Atmospheric density through the solar cycle, for a solar radio flux F10.7 of 70 (quiet) to 220 (active).

    Its logarithm is linear between values of NRLMSIS 2.1 at five altitudes, up to 150 km apart, and three fluxes; below
    400 km and above 800 km the last slope continues.

    Valid: 300-1,000 km, within a third of the model's values. Reference: Emmert et al., Earth and Space Science 8 (2021)
    e2020EA001321 (NRLMSIS 2.0 and its successor).
    """
    quiet = _between(altitude_m, CYCLE_ALTITUDES_M, CYCLE_LOG_DENSITIES[0])
    middling = _between(altitude_m, CYCLE_ALTITUDES_M, CYCLE_LOG_DENSITIES[1])
    active = _between(altitude_m, CYCLE_ALTITUDES_M, CYCLE_LOG_DENSITIES[2])
    return math.exp(_between(solar_flux_sfu, CYCLE_FLUXES_SFU, (quiet, middling, active)))


@law
def decay_rate_m_per_s(radius_m, density_kg_per_m3, drag_area_m2_per_kg):
    """Orbital decay rate of a circular orbit. `drag_area_m2_per_kg` is drag coefficient times area over mass.

    -da/dt = B rho sqrt(mu a): 2 pi B rho a^2 in each revolution. Reference: Wertz, Everett and Puschell, Space Mission
    Engineering: The New SMAD, eq. 9-38 (circular orbits).
    """
    return drag_area_m2_per_kg * density_kg_per_m3 * math.sqrt(EARTH_MU_M3_PER_S2 * radius_m)


@law
def drag_acceleration_m_per_s2(radius_m, density_kg_per_m3, drag_area_m2_per_kg):
    """Drag deceleration, which a thruster must balance to keep the orbit: B rho v^2 / 2. Reference: New SMAD, eq. 9-37."""
    return 0.5 * drag_area_m2_per_kg * density_kg_per_m3 * EARTH_MU_M3_PER_S2 / radius_m
