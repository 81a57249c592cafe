"""Failures and particles from afar, by hand."""

import math

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.environment.trapped_radiation import from_afar
from skyrack.physics.failure import availability_frac, cycles_to_failure, worn_by_cycles_frac
from skyrack.physics.radiation import (
    cutoff_rigidity_gv,
    galactic_share,
    open_sky_frac,
    uncorrected_per_s,
)


def test_coffin_manson():
    assert cycles_to_failure(100.0, 5000.0, 100.0, 2.3) == 5000.0
    assert cycles_to_failure(50.0, 5000.0, 100.0, 2.0) == pytest.approx(20_000.0)
    assert worn_by_cycles_frac(5000.0, 5000.0, 2.0) == pytest.approx(1.0 - math.exp(-1.0))


def test_availability():
    assert availability_frac(99.0, 1.0) == pytest.approx(0.99)
    assert np.asarray(availability_frac(np.array([1.0, 3.0]), 1.0)) == pytest.approx([0.5, 0.75])


def test_cutoffs():
    """14.9 GV at the magnetic equator, 0.6 GV at L = 5; a dose that falls as the cutoff rises."""
    assert cutoff_rigidity_gv(1.0) == 14.9
    assert cutoff_rigidity_gv(5.0) == pytest.approx(0.596)
    shares = np.asarray(galactic_share(np.array([0.0, 1.0, 5.0, 15.0])))
    assert shares[0] == 1.0
    assert (np.diff(shares) < 0.0).all()
    assert open_sky_frac(1e12, EARTH_RADIUS_M) == pytest.approx(1.0)
    assert open_sky_frac(EARTH_RADIUS_M, EARTH_RADIUS_M) == 0.5


def test_who_is_open_to_what_comes_from_afar():
    """The Space Station gets about 0.12 of 0.45 mGy a day; poles are open to storms and the equator is not."""
    station = from_afar(EARTH_RADIUS_M + 420e3, math.radians(51.6))
    assert 0.45 * station.galactic_frac == pytest.approx(0.12, abs=0.02)
    pole = from_afar(EARTH_RADIUS_M + 650e3, math.radians(98.0))
    low = from_afar(EARTH_RADIUS_M + 650e3, math.radians(30.0))
    assert pole.galactic_frac > station.galactic_frac > low.galactic_frac > 0.0
    assert pole.storm_frac > 0.1
    assert low.storm_frac == 0.0


def test_error_correction_by_hand():
    """72 bits, an upset each 1e6 seconds of a bit, scrubbed each hour; a few upsets of several bits go through at once."""
    rate = 72.0 / 1e6
    assert uncorrected_per_s(1e-6, 72.0, 3600.0, 0.0) == pytest.approx(0.5 * rate**2 * 3600.0)
    assert uncorrected_per_s(1e-6, 72.0, 3600.0, 0.01) == pytest.approx(0.5 * rate**2 * 3600.0 + 0.01 * rate)
    rarely, often = (uncorrected_per_s(1e-9, 64.0, scrub, 0.0) for scrub in (3600.0, 60.0))
    assert rarely == pytest.approx(60.0 * often)
