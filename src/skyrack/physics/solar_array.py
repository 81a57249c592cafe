"""Electric power of a solar array that faces the Sun."""

import math
from typing import NamedTuple

from skyrack.core.constants import JULIAN_YEAR_S, STEFAN_BOLTZMANN_W_PER_M2_K4
from skyrack.core.jit import law

REFERENCE_TEMPERATURE_K = 301.15
"""Rating temperature of space solar cells, 28 deg C: ECSS-E-ST-20-08C, AIAA S-111."""


@law
def array_absorbed_w_per_m2(
    solar_flux_w_per_m2, earth_flux_w_per_m2, reflected_flux_w_per_m2, view_frac, absorptivity, efficiency, emissivity
):
    """Heat absorbed by both faces of a panel that faces the Sun, less its electric power.

    (a - eta) S + (e q_ir + a q_albedo) F, where F (`view_frac`) is the sum of both faces' view factors to the Earth.
    Reference: Gilmore, Spacecraft Thermal Control Handbook, 2nd ed., ch. 2 (flat plate in sunlight).
    """
    from_earth = emissivity * earth_flux_w_per_m2 + absorptivity * reflected_flux_w_per_m2
    return (absorptivity - efficiency) * solar_flux_w_per_m2 + view_frac * from_earth


@law
def array_temperature_k(absorbed_w_per_m2, emissivity):
    """Equilibrium temperature of a thin panel that radiates from both faces: (q / (2 e sigma))^(1/4).

    Heat capacity is neglected: a thin panel reaches equilibrium within minutes, so the cold first minutes after an eclipse,
    when cells yield a few percent more, are left out.

    Valid: 200-400 K. Reference: Gilmore, 2nd ed., ch. 2 (flat plate in sunlight).
    """
    return math.sqrt(math.sqrt(absorbed_w_per_m2 / (2.0 * STEFAN_BOLTZMANN_W_PER_M2_K4 * emissivity)))


@law
def cell_efficiency(temperature_k, rated_efficiency, temperature_coefficient_per_k):
    """Efficiency of a cell at its working temperature.

    Linear about 28 deg C: eta = eta_28 (1 + k (T - 301.15 K)), k negative. Reference: Green, Solar Cells (1982), ch. 5.
    """
    return rated_efficiency * (1.0 + temperature_coefficient_per_k * (temperature_k - REFERENCE_TEMPERATURE_K))


class Cubic(NamedTuple):
    """Coefficients of a polynomial of third degree."""

    constant: float
    linear: float
    square: float
    cube: float


@law
def cubic(x, terms):
    """Value of a polynomial of third degree at `x`, by Horner's rule; `terms` is a `Cubic`."""
    return terms.constant + x * (terms.linear + x * (terms.square + x * terms.cube))


@law
def array_power_w(solar_flux_w_per_m2, cell_area_m2, efficiency, health_frac):
    """Electric power in full sunlight. `cell_area_m2` is the panel area times packing times the cosine of mispointing."""
    return solar_flux_w_per_m2 * cell_area_m2 * health_frac * efficiency


@law
def array_health_frac(age_s, wear_per_year_frac):
    """Remaining fraction of an array's beginning-of-life power: an equal fraction is lost each year, (1 - w)^years.

    Reference: Wertz, Everett and Puschell, Space Mission Engineering: The New SMAD, eq. 21-9 (lifetime degradation).
    """
    return (1.0 - wear_per_year_frac) ** (age_s / JULIAN_YEAR_S)
