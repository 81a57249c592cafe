"""What the shadow and the radiation environment ask of a model, and what they make of a wrong one."""

import math

import numpy as np
import pytest

from skyrack.core.constants import ASTRONOMICAL_UNIT_M, EARTH_RADIUS_M, SUN_RADIUS_M
from skyrack.core.errors import InputError
from skyrack.environment.radiation_environment import proton_flux
from skyrack.environment.radiation_environment.ae8_ap8 import Ae8Ap8
from skyrack.environment.shadow import edges
from skyrack.environment.shadow.conical import Conical
from skyrack.environment.trapped_radiation import DRIFT_RAD, PROTONS_MEV, trapped_flux

RADIUS_M = EARTH_RADIUS_M + 650e3


class Noting:
    name = "noting"

    def __init__(self, answer=(0.4, 0.5)):
        self.seen, self.answer = [], answer

    def edge_cosines(self, geometry):
        self.seen.append(geometry)
        return self.answer


def test_a_shadow_is_given_the_geometry_of_its_layer():
    model = Noting()
    found = edges(model, RADIUS_M, 1.7, np.sin([0.0, 0.3]), np.array([1.0, 0.99]))
    assert found.tolist() == [[0.4, 0.5], [0.4, 0.5]]
    first, second = model.seen
    assert (first.radius_m, first.inclination_rad) == (RADIUS_M, 1.7)
    assert second.sun_declination_rad == pytest.approx(0.3)
    assert second.sun_distance_m == pytest.approx(0.99 * ASTRONOMICAL_UNIT_M)
    assert first.earth_angular_radius_rad == pytest.approx(math.asin(EARTH_RADIUS_M / RADIUS_M))
    assert second.sun_angular_radius_rad == pytest.approx(math.asin(SUN_RADIUS_M / second.sun_distance_m))


@pytest.mark.parametrize("answer", [(0.4, 1.2), (-0.1, 0.5), (math.nan, 0.5)])
def test_edges_that_are_none_are_said_so(answer):
    with pytest.raises(InputError, match="the model 'noting' gives an edge whose cosine is"):
        edges(Noting(answer), RADIUS_M, 0.0, np.zeros(1), np.ones(1))


def test_the_conical_edges_lie_half_the_sun_apart():
    ((early, late),) = np.arccos(edges(Conical(), RADIUS_M, 0.0, np.zeros(1), np.ones(1))).tolist()
    assert early - late == pytest.approx(math.asin(SUN_RADIUS_M / ASTRONOMICAL_UNIT_M))


def test_the_belts_drift_with_the_year():
    latitude, longitude = np.full(3, -0.4), np.array([-1.2, -0.8, 0.0])
    own, now = (proton_flux(Ae8Ap8(), latitude, longitude, 650e3, year) for year in (None, 2026.0))
    assert np.array_equal(own, trapped_flux(latitude, longitude, 650e3, "p", PROTONS_MEV))
    assert np.array_equal(now, trapped_flux(latitude, longitude + DRIFT_RAD, 650e3, "p", PROTONS_MEV))


@pytest.mark.parametrize("answer", [-1.0, math.nan, math.inf])
def test_a_flux_that_is_none_is_said_so(answer):
    class Wrong(Ae8Ap8):
        def proton_flux_per_m2_s(self, latitude_rad, longitude_rad, altitude_m, year):
            return np.full(np.shape(latitude_rad), answer)

    with pytest.raises(InputError, match=r"environment\.radiation: the model 'ae8-ap8' gives no flux"):
        proton_flux(Wrong(), np.zeros(2), np.zeros(2), 650e3)
