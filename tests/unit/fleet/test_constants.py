"""What the fast driver puts in place of the exact view factor and of the cells' temperature."""

import itertools
import math

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.fleet.constants import efficiency_by_heat, facing_view_frac, facing_view_polynomial
from skyrack.physics.solar_array import array_absorbed_w_per_m2, array_temperature_k, cell_efficiency, cubic
from skyrack.scenario import load


@pytest.mark.parametrize("altitude_km", [300, 500, 650, 1000, 2000, 2500])
def test_the_polynomial_stays_within_two_thousandths_of_the_exact_view_factor(altitude_km):
    radius_m = EARTH_RADIUS_M + 1e3 * altitude_km
    rho = math.asin(EARTH_RADIUS_M / radius_m)
    cosines = np.linspace(-1.0, 1.0, 401)
    fitted = np.polyval(facing_view_polynomial(radius_m)[::-1], cosines**2)
    exact = [facing_view_frac(float(cosine), rho) for cosine in cosines]
    assert np.abs(fitted - exact).max() < 0.002


def test_efficiency_by_heat_is_the_cells_efficiency_at_the_panels_temperature():
    scenario = load("spacex-million").scenario
    array = scenario.satellite.solar_array
    fit = efficiency_by_heat(scenario, array)
    for flux, reflected, view in itertools.product((1316.0, 1361.0, 1408.0), (0.0, 200.0, 400.0), (0.0, 0.4, 0.9)):
        heat = array_absorbed_w_per_m2(
            flux,
            scenario.environment.earth_infrared_w_per_m2,
            reflected,
            view,
            array.absorptivity_frac,
            array.cell_efficiency_frac,
            array.emissivity_frac,
        )
        kelvin = array_temperature_k(heat, array.emissivity_frac)
        exact = cell_efficiency(kelvin, array.cell_efficiency_frac, array.temperature_coefficient_per_k)
        assert cubic(heat, fit) == pytest.approx(exact, rel=1e-4)
