"""The most that all cities can have at once, by hand."""

import numpy as np
import pytest

from skyrack.workload.capacity import most_everywhere_per_s
from skyrack.workload.reachability import Reachability


def reach(delays):
    delay_s = np.array([delays], np.float64)
    power = np.ones((1, delay_s.shape[2]))
    return Reachability(np.zeros(1), delay_s, power, power)


NEAR, FAR, OFF = 0.01, 0.2, np.inf


@pytest.mark.parametrize(
    ("delays", "weights", "capacity", "most"),
    [
        ([[NEAR], [NEAR]], [0.5, 0.5], [10.0], 10.0),
        ([[NEAR, OFF], [OFF, NEAR]], [0.5, 0.5], [10.0, 10.0], 20.0),
        ([[NEAR, OFF], [OFF, NEAR]], [0.9, 0.1], [10.0, 10.0], 10.0 / 0.9),
        ([[NEAR, NEAR], [OFF, NEAR]], [0.9, 0.1], [10.0, 10.0], 20.0),
        # too far to be sent to: no help
        ([[NEAR, FAR], [OFF, NEAR]], [0.9, 0.1], [10.0, 10.0], 10.0 / 0.9),
        # who reaches nobody asks in vain, and holds nobody back
        ([[NEAR, OFF], [OFF, OFF]], [0.5, 0.5], [10.0, 10.0], 20.0),
    ],
)
def test_flows_by_hand(delays, weights, capacity, most):
    found = most_everywhere_per_s(reach(delays), np.array(weights), np.array([capacity]), 0.04)
    assert found == pytest.approx(most, rel=0.01)


def test_the_worst_period_counts():
    delay_s = np.array([[[NEAR, NEAR]], [[NEAR, OFF]]])
    ones = np.ones((2, 2))
    found = most_everywhere_per_s(
        Reachability(np.array([0.0, 60.0]), delay_s, ones, ones), np.ones(1), 10.0 * ones, 0.04
    )
    assert found == pytest.approx(10.0, rel=0.01)
