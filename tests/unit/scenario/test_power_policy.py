"""Policies that command: what they see, and what becomes of their answer."""

import numpy as np
import pytest

from skyrack.core.errors import InputError
from skyrack.core.plugins import models_of
from skyrack.scenario.power_policy import CommandingPolicy, PolicyContext, requested_w

CONTEXT = PolicyContext(
    time_s=3600.0,
    span_s=600.0,
    state_of_charge_frac=np.array([1.0, 0.4, 0.0]),
    average_power_w=np.full(3, 100.0),
    peak_power_w=np.full(3, 150.0),
    command_w=np.array([10.0, 20.0, 900.0]),
)


class Obeys:
    name = "obeys"
    refill_s = 60.0

    def bounds_w(self, average_power_w, peak_power_w):
        return 0.0, peak_power_w

    def requested_w(self, context):
        return context.command_w


@pytest.mark.parametrize("name", ["always-on", "floor", "follow-sun"])
def test_built_in_policies_are_static(name):
    policy = models_of("power_policy")[name]()
    assert not isinstance(policy, CommandingPolicy)
    assert requested_w(policy, CONTEXT) is None


def test_a_command_is_held_to_the_peak():
    assert requested_w(Obeys(), CONTEXT).tolist() == [10.0, 20.0, 150.0]


@pytest.mark.parametrize("answer", [np.zeros(2), np.array([1.0, -1.0, 0.0]), np.array([np.nan, 0.0, 0.0]), 5.0])
def test_a_command_that_is_none_is_said_so(answer):
    class Wrong(Obeys):
        def requested_w(self, context):
            return answer

    with pytest.raises(
        InputError, match=r"power_policy: obeys commands an array of shape .* for each of the 3 satellites"
    ):
        requested_w(Wrong(), CONTEXT)
