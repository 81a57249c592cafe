"""Windows of light and power of planes whose numbers are known."""

import itertools

import numpy as np
import pytest

from skyrack.forecast.light import NEVER_S, POWERED, SUNLIT, LightForecast

PERIOD_S = 6000.0
KNOTS = 25


def planes(dark_frac, ride_s=0.0, slots=10):
    """A forecast of one plane for each dark fraction, all with the midnight at phase zero."""
    n = len(dark_frac)
    half = np.repeat(0.5 * np.asarray(dark_frac)[:, None], KNOTS, axis=1)
    squared = np.where(half > 0.0, half**2, -1e-3)
    return LightForecast.of_planes(
        np.repeat(np.arange(n), slots),
        np.tile(np.arange(slots) / slots, n),
        np.full(n, 1.0 / PERIOD_S),
        np.zeros((n, KNOTS)),
        squared,
        np.full((n, KNOTS), ride_s),
        0.0,
        3600.0,
    )


def test_light_ends_and_begins_at_the_edges_of_the_arc():
    light = planes([0.36])
    # phase 0.5 is noon: dark from 0.82 to 1.18
    assert light.window(5, 0.0, SUNLIT) == pytest.approx((True, 0.32 * PERIOD_S), abs=1e-3)
    assert light.window(0, 0.0, SUNLIT) == pytest.approx((False, 0.18 * PERIOD_S), abs=1e-3)
    intervals = light.intervals(5, 0.0, 2.0 * PERIOD_S, SUNLIT)
    assert np.ravel(intervals) == pytest.approx(np.array([0.0, 0.32, 0.68, 1.32, 1.68, 2.0]) * PERIOD_S, abs=1e-2)


def test_a_battery_delays_the_outage_and_may_prevent_it():
    assert planes([0.36], ride_s=600.0).window(5, 0.0, POWERED).left_s == pytest.approx(
        0.32 * PERIOD_S + 600.0, abs=1e-3
    )
    assert planes([0.36], ride_s=0.37 * PERIOD_S).window(5, 0.0, POWERED).left_s == NEVER_S
    assert planes([0.0]).window(5, 0.0, SUNLIT).left_s == NEVER_S


def test_a_gang_is_up_while_all_of_its_nodes_are():
    light = planes([0.36, 0.0])
    gang = light.gang(np.array([4, 5, 6]), 0.0, SUNLIT)
    assert gang == pytest.approx((True, 0.22 * PERIOD_S), abs=1e-3)  # the leading node, phase 0.6
    after = light.gang(np.array([4, 5, 6]), 0.23 * PERIOD_S, SUNLIT)
    assert after == pytest.approx((False, (0.18 + 0.6 - 0.23) * PERIOD_S), abs=1e-2)  # until the last one, phase 0.4
    assert light.gang(np.array([5, 15]), 0.0, SUNLIT).left_s == pytest.approx(0.32 * PERIOD_S, abs=1e-3)
    assert light.gang(np.arange(10), 0.0, SUNLIT) == (False, NEVER_S)


def test_eclipses_that_come_to_an_end_are_found_and_then_no_more():
    """The arc closes in 12 h; the last eclipse is before that, and none follows."""
    squared = np.linspace(0.18**2, -(0.18**2), KNOTS)[None, :]
    light = LightForecast.of_planes(
        np.zeros(1),
        np.array([0.5]),
        np.full(1, 1.0 / PERIOD_S),
        np.zeros((1, KNOTS)),
        squared,
        np.zeros((1, KNOTS)),
        0.0,
        3600.0,
    )
    found = light.intervals(0, 0.0, light.end_s, SUNLIT)
    lengths = [b[0] - a[1] for a, b in itertools.pairwise(found)]
    assert len(lengths) == 7  # at 0.5, 1.5, ... 6.5 orbits, before 7.2
    assert lengths == sorted(lengths, reverse=True)
    assert found[-1][1] == light.end_s
    middle = 6.5 * PERIOD_S
    half = np.sqrt(np.interp(middle, 3600.0 * np.arange(KNOTS), squared[0])) * PERIOD_S
    assert lengths[-1] == pytest.approx(2.0 * half, rel=0.02)
