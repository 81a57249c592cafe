"""Laws that a pencil can check, each with broadcasting and nan."""

import itertools
import math

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M, JULIAN_YEAR_S
from skyrack.physics.battery import battery_exchange, battery_health_frac
from skyrack.physics.orbit import (
    beta_angle_rad,
    cos_sun_angle,
    period_s,
    sun_from,
    sun_in_plane,
    sun_synchronous_inclination_rad,
)
from skyrack.physics.radiator import absorbed_from_earth_w_per_m2, reflected_flux_w_per_m2, sink_temperature_k
from skyrack.physics.shadow.geometry import mean_sunlight, shadow_edge, shadow_half_arc, shadow_half_arc_squared
from skyrack.physics.solar_array import (
    array_absorbed_w_per_m2,
    array_health_frac,
    array_power_w,
    array_temperature_k,
    cell_efficiency,
)
from skyrack.physics.sun import solar_flux_w_per_m2
from skyrack.physics.view_factor import plate_to_sphere_view_factor


def test_array_power():
    assert array_power_w(1361.0, 100.0, 0.2, 0.5) == pytest.approx(13_610.0)
    assert cell_efficiency(311.15, 0.2, -0.004) == pytest.approx(0.2 * 0.96)
    assert array_health_frac(2.0 * JULIAN_YEAR_S, 0.1) == pytest.approx(0.81)


def test_array_in_balance_radiates_what_it_absorbs():
    taken = array_absorbed_w_per_m2(1361.0, 237.0, 200.0, 0.6, 0.75, 0.22, 0.82)
    temperature_k = array_temperature_k(taken, 0.82)
    absorbed = (0.75 - 0.22) * 1361.0 + 0.6 * (0.82 * 237.0 + 0.75 * 200.0)
    assert 2 * 0.82 * 5.670374419e-8 * temperature_k**4 == pytest.approx(absorbed)


@pytest.mark.parametrize(
    ("charge", "surplus", "deficit", "first", "expected"),
    [
        (50.0, 10.0, 0.0, True, (59.0, 0.0, 0.0)),  # charges at 90 %
        (98.0, 10.0, 0.0, True, (100.0, 10.0 - 2.0 / 0.9, 0.0)),  # full: the rest is curtailed
        (50.0, 0.0, 9.0, True, (40.0, 0.0, 0.0)),  # discharges at 90 %
        (25.0, 0.0, 9.0, True, (20.0, 0.0, 4.5)),  # down to the reserve of 20
        (100.0, 10.0, 9.0, True, (90.0, 10.0, 0.0)),  # into shadow: surplus comes first and finds it full
        (100.0, 10.0, 9.0, False, (99.0, 0.0, 0.0)),  # out of shadow: what was drawn is refilled
    ],
)
def test_battery(charge, surplus, deficit, first, expected):
    done = battery_exchange(charge, surplus, deficit, 0.0, first, 100.0, 20.0, 1e9, 0.9, 0.9, 1.0)
    assert (done.charge_j, done.curtailed_w, done.short_w) == pytest.approx(expected)
    assert surplus == pytest.approx(done.curtailed_w + done.lost_w + done.charge_j - charge + done.discharged_w)


def test_the_essential_share_may_empty_the_battery():
    is_first = True
    done = battery_exchange(21.0, 0.0, 10.0, 0.3, is_first, 100.0, 20.0, 1e9, 1.0, 1.0, 1.0)
    assert done.discharged_w == pytest.approx(1.0 * 0.7 + 10.0 * 0.3)
    empty = battery_exchange(1.0, 0.0, 10.0, 0.3, is_first, 100.0, 20.0, 1e9, 1.0, 1.0, 1.0)
    assert (empty.charge_j, empty.short_w) == pytest.approx((0.0, 9.0))


def test_battery_fade():
    assert battery_health_frac(5000.0, 2 * JULIAN_YEAR_S, 2e-5, 0.01) == pytest.approx(0.88)
    assert battery_health_frac(1e9, 0.0, 2e-5, 0.01) == 0.0


def test_no_sun_synchronous_orbit_far_out():
    assert math.isnan(sun_synchronous_inclination_rad(EARTH_RADIUS_M + 6000e3))
    values = sun_synchronous_inclination_rad(EARTH_RADIUS_M + np.array([500e3, 6000e3]))
    assert np.isnan(values).tolist() == [False, True]


def test_beta_angle():
    assert beta_angle_rad(math.pi / 2, math.pi / 2, 0.0, 0.0) == pytest.approx(math.pi / 2)
    assert beta_angle_rad(0.0, math.pi / 2, 0.0, 0.0) == pytest.approx(0.0)


def test_the_turned_sky_is_the_turned_satellite():
    """sun_in_plane and sun_angle against a position vector and a dot product."""
    rng = np.random.default_rng(5)
    for raan, phase, drift, flown, inclination in rng.uniform(0.0, 2 * math.pi, (50, 5)):
        sun = rng.normal(size=3)
        sun /= np.linalg.norm(sun)
        node, latitude = raan + drift, phase + flown
        position = np.array(
            [
                math.cos(node) * math.cos(latitude) - math.sin(node) * math.sin(latitude) * math.cos(inclination),
                math.sin(node) * math.cos(latitude) + math.cos(node) * math.sin(latitude) * math.cos(inclination),
                math.sin(latitude) * math.sin(inclination),
            ]
        )
        plane = sun_in_plane(
            math.cos(raan),
            math.sin(raan),
            math.cos(inclination),
            sun[0] * math.cos(drift) + sun[1] * math.sin(drift),
            sun[1] * math.cos(drift) - sun[0] * math.sin(drift),
            sun[2] * math.sin(inclination),
        )
        from_satellite = sun_from(*plane, math.cos(phase), math.sin(phase))
        cosine = cos_sun_angle(*from_satellite, math.cos(flown), math.sin(flown))
        assert cosine == pytest.approx(float(position @ sun), abs=1e-12)


def lit(place, step_turns, early, late):
    return mean_sunlight(place, step_turns, shadow_edge(early, step_turns), shadow_edge(late, step_turns))


def test_mean_sunlight_of_one_step():
    assert lit(0.4, 0.01, 0.18, 0.18) == (1.0, 0.0)
    assert lit(-0.1, 0.01, 0.18, 0.18) == (0.0, 0.0)
    assert lit(0.1, 0.01, 0.0, 0.0) == (1.0, 0.0)
    assert lit(0.18, 0.01, 0.18, 0.18) == pytest.approx((0.5, 0.0))
    assert lit(-0.1805, 0.01, 0.18, 0.18) == pytest.approx((0.55, 0.0))
    assert lit(0.18, 0.01, 0.185, 0.175) == pytest.approx((0.5, 0.5))  # half-light all the time
    assert lit(0.0, 0.01, 0.001, 0.0) == pytest.approx((0.9, 0.1))  # a shadow that grazes, inside one step
    assert lit(0.005, 0.01, 0.001, 0.0) == pytest.approx((0.95, 0.05))  # and half of it


def test_the_shadows_arc_and_its_square_beyond_the_kink():
    edge = math.cos(math.radians(64.0))
    assert shadow_half_arc(shadow_half_arc_squared(1.0, edge)) == pytest.approx(64.0 / 360.0)
    assert shadow_half_arc(shadow_half_arc_squared(edge, edge)) == 0.0
    assert shadow_half_arc(shadow_half_arc_squared(0.9 * edge, edge)) == 0.0
    below, at, above = (shadow_half_arc_squared(math.cos(math.radians(64.0 + d)), edge) for d in (-0.01, 0.0, 0.01))
    assert above - at == pytest.approx(at - below, rel=1e-3)  # no kink where eclipses end
    assert math.isfinite(shadow_half_arc_squared(0.0, edge))


def test_reflected_light_only_by_day():
    np.testing.assert_allclose(reflected_flux_w_per_m2(1361.0, 0.3, np.array([-0.5, 0.0, 1.0])), [0.0, 0.0, 408.3])
    assert absorbed_from_earth_w_per_m2(0.5, 200.0, 100.0, 0.9, 0.2) == pytest.approx(100.0)
    assert sink_temperature_k(0.9 * 5.670374419e-8 * 200.0**4, 0.9) == pytest.approx(200.0)


def test_view_factor_limits():
    rho = math.radians(64.0)
    assert plate_to_sphere_view_factor(1.0, rho) == pytest.approx(math.sin(rho) ** 2)
    assert plate_to_sphere_view_factor(-1.0, rho) == 0.0
    assert plate_to_sphere_view_factor(np.array([1.0, -1.0]), rho).shape == (2,)
    both = [plate_to_sphere_view_factor(math.cos(t), rho) for t in np.linspace(0, math.pi, 181)]
    assert all(a >= b for a, b in itertools.pairwise(both))


def test_flux_and_period():
    assert solar_flux_w_per_m2(1.0) == 1361.0
    assert solar_flux_w_per_m2(0.9833) == pytest.approx(1407.6, abs=0.5)
    assert period_s(EARTH_RADIUS_M + 500e3) == pytest.approx(5676.977, abs=0.001)
