"""Which satellite flies where."""

import math

import numpy as np
import pytest

from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.orbits.layout import lay_out
from skyrack.physics.sun import sun_position
from skyrack.scenario import load


def laid_out(tiny, **changes):
    return lay_out(load(tiny, {f"shells.pair.{key}": value for key, value in changes.items()}).scenario).shells


SUN_SYNCHRONOUS = {"kind": "sun-synchronous", "inclination": None, "local_time": "18 h"}


def test_a_dawn_dusk_node_stands_a_quarter_turn_from_the_sun(tiny):
    layer = laid_out(tiny, **SUN_SYNCHRONOUS)[0].layers[0]
    sun = sun_position(tt_since_j2000_s(load(tiny).scenario.epoch))
    hour_angle = math.remainder(layer.raan_rad[0] - math.atan2(sun.y_eci, sun.x_eci), 2 * math.pi)
    assert math.degrees(hour_angle) == pytest.approx(90.0, abs=4.5)  # the true Sun swings by the equation of time


def test_local_times_spread_evenly(tiny):
    layer = laid_out(tiny, **SUN_SYNCHRONOUS, planes=4, satellites_per_plane=1, local_time_spread="4 h")[0].layers[0]
    steps = np.degrees(np.diff(np.unwrap(layer.raan_rad)))
    np.testing.assert_allclose(steps, 15.0)


def test_stacks_become_shells_named_by_their_altitude(tiny):
    shells = laid_out(tiny, stack={"shells": 3, "spacing": "50 km"}, band="20 km", layers=2)
    assert [shell.name for shell in shells] == ["pair-550km", "pair-600km", "pair-650km"]
    assert [layer.shell for shell in shells for layer in shell.layers] == [0, 0, 1, 1, 2, 2]
    assert shells[0].altitude_m == pytest.approx(560e3)


def test_an_arc_keeps_satellites_together(tiny):
    layer = laid_out(tiny, satellites_per_plane=81, arc="0.0163 deg")[0].layers[0]
    assert np.ptp(layer.phase_rad) * layer.radius_m == pytest.approx(2e3, rel=0.03)


def test_a_star_spreads_over_half_a_turn(tiny):
    layer = laid_out(tiny, kind="walker-star", planes=6, satellites_per_plane=1)[0].layers[0]
    assert np.degrees(layer.raan_rad).tolist() == pytest.approx([0, 30, 60, 90, 120, 150])


def test_a_stack_that_reaches_too_high(tiny):
    with pytest.raises(InputError, match="reaches 2540 km"):
        laid_out(tiny, altitude="2000 km", stack={"shells": 7, "spacing": "90 km"})
