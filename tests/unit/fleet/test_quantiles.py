"""Quantiles from counts."""

import numpy as np
import pytest

from skyrack.fleet.quantiles import quantiles
from skyrack.fleet.tables import HISTOGRAM_BINS, HISTOGRAMS

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def test_quantiles_follow_the_values():
    rng = np.random.default_rng(1)
    scales = np.array([(0.0, 1.0)] * len(HISTOGRAMS), np.float32)
    values = rng.uniform(50.0, 150.0, 20_000)
    counts = np.zeros((1, len(HISTOGRAMS), HISTOGRAM_BINS), np.int32)
    counts[0, :] = np.bincount(values.astype(int), minlength=HISTOGRAM_BINS)
    found = quantiles(counts, scales, LEVELS)[0, 0]
    np.testing.assert_allclose(found, np.quantile(values, LEVELS), atol=0.6)


def test_all_in_one_bin():
    counts = np.zeros((1, len(HISTOGRAMS), HISTOGRAM_BINS), np.int32)
    counts[0, :, 7] = 3
    found = quantiles(counts, np.array([(0.0, 1.0)] * len(HISTOGRAMS), np.float32), LEVELS)
    assert found.min() == pytest.approx(7.05)
    assert found.max() == pytest.approx(7.95)
