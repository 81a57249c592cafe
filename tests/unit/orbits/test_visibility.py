"""Visibility and slant range against the same geometry written in NumPy."""

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.orbits.visibility import nearest_seen, place_array, slant_ranges

N_SATS, N_PLACES = 300, 7
SINE_LIMIT, RANGE_LIMIT_M = np.sin(np.radians(20.0)), 2.5e6


@pytest.fixture(scope="module")
def sky():
    rng = np.random.default_rng(5)
    towards = rng.normal(size=(N_SATS, 3))
    satellites = (EARTH_RADIUS_M + 1.1e6) * towards / np.linalg.norm(towards, axis=1)[:, None]
    latitude, longitude = rng.uniform(-1.4, 1.4, N_PLACES), rng.uniform(-3.0, 3.0, N_PLACES)
    ground = place_array(latitude, longitude, np.zeros(N_PLACES), 0.7)
    is_usable = rng.random(N_SATS) > 0.1
    away = satellites[:, None, :] - ground.T[None, :, :]
    expected = np.linalg.norm(away, axis=2)
    upward = (away * (ground / np.linalg.norm(ground, axis=0)).T).sum(axis=2) / expected
    expected[(upward < SINE_LIMIT) | (expected > RANGE_LIMIT_M) | ~is_usable[:, None]] = np.inf
    return satellites, ground, is_usable, expected


def test_slant_ranges_are_those_of_numpy(sky):
    satellites, ground, is_usable, expected = sky
    found = np.zeros((N_SATS, N_PLACES), np.float32)
    slant_ranges(satellites, ground, SINE_LIMIT, RANGE_LIMIT_M, is_usable, found)
    assert np.isfinite(expected).sum() > 20
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_nearest_satellite_is_the_one_of_least_slant_range(sky):
    satellites, ground, is_usable, expected = sky
    nearest, range_m = np.zeros(N_PLACES, np.int64), np.zeros(N_PLACES)
    nearest_seen(satellites, ground, SINE_LIMIT, RANGE_LIMIT_M, is_usable, nearest, range_m)
    is_seen = np.isfinite(expected).any(axis=0)
    assert (nearest[is_seen] == expected.argmin(axis=0)[is_seen]).all()
    assert (nearest[~is_seen] == -1).all()
    np.testing.assert_allclose(range_m, expected.min(axis=0), rtol=1e-6)


def test_nothing_is_seen_where_no_satellite_is_usable(sky):
    satellites, ground, _, _ = sky
    nearest, range_m = np.zeros(N_PLACES, np.int64), np.zeros(N_PLACES)
    nearest_seen(satellites, ground, SINE_LIMIT, RANGE_LIMIT_M, np.zeros(N_SATS, bool), nearest, range_m)
    assert (nearest == -1).all()
    assert np.isinf(range_m).all()
