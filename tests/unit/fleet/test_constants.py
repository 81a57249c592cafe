"""What the fast driver puts in place of the exact view factor."""

import math

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.fleet.constants import facing_view_frac, facing_view_polynomial


@pytest.mark.parametrize("altitude_km", [300, 500, 650, 1000, 2000, 2500])
def test_the_polynomial_stays_within_two_thousandths_of_the_exact_view_factor(altitude_km):
    radius_m = EARTH_RADIUS_M + 1e3 * altitude_km
    rho = math.asin(EARTH_RADIUS_M / radius_m)
    cosines = np.linspace(-1.0, 1.0, 401)
    fitted = np.polyval(facing_view_polynomial(radius_m)[::-1], cosines**2)
    exact = [facing_view_frac(float(cosine), rho) for cosine in cosines]
    assert np.abs(fitted - exact).max() < 0.002
