"""Power policies that command: a whole flight under them, within what an operator allows."""

import numpy as np
import pytest

from skyrack.core.errors import InputError
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TOTALS
from skyrack.orbits.layout import lay_out
from skyrack.scenario import load


class Alternates:
    """Asks 1 kW of one satellite and 2 kW of the other, and exchanges them at each output interval."""

    name = "alternates"
    refill_s = 60.0

    def __init__(self):
        self.seen = []

    def bounds_w(self, average_power_w, peak_power_w):
        return 0.0, peak_power_w

    def requested_w(self, context):
        self.seen.append(context)
        return np.array([1000.0, 2000.0])[:: 1 if len(self.seen) % 2 else -1]


def fly(tiny, policy, command_w=None):
    """Fly the two satellites through their four output intervals; return the compute energy (J) of each in each."""
    scenario = load(tiny, {"satellite.solar_array.area": "60 m2", "satellite.battery.capacity": "20 kWh"}).scenario
    scenario = scenario.model_copy(update={"power_policy": policy})
    flight = Flight(scenario, lay_out(scenario))
    driver, energies = CpuDriver(1), []
    while flight.next_chunk < len(flight.chunks):
        before = flight.layers[0].totals[TOTALS.index("compute_j"), :2].copy()
        flight.advance(driver, command_w)
        energies.append(flight.layers[0].totals[TOTALS.index("compute_j"), :2] - before)
    return np.array(energies)


def test_each_satellite_draws_what_its_policy_asks_in_each_output_interval(tiny):
    policy = Alternates()
    drawn_w = fly(tiny, policy) / 300.0
    np.testing.assert_allclose(drawn_w, [[1000, 2000], [2000, 1000]] * 2, rtol=1e-4)
    assert [seen.time_s for seen in policy.seen] == [0.0, 300.0, 600.0, 900.0]
    assert {seen.span_s for seen in policy.seen} == {300.0}
    assert (policy.seen[0].state_of_charge_frac == 1.0).all()
    assert (policy.seen[0].peak_power_w == 4000.0).all()


def test_an_operator_limits_what_a_policy_asks(tiny):
    policy = Alternates()
    drawn_w = fly(tiny, policy, np.array([1500.0, 0.0])) / 300.0
    np.testing.assert_allclose(drawn_w, [[1000, 0], [1500, 0]] * 2, rtol=1e-4)
    assert (policy.seen[0].command_w == [1500.0, 0.0]).all()


def test_a_policy_that_leaves_a_chunk_alone_gets_its_static_bounds(tiny):
    class Silent(Alternates):
        def requested_w(self, context):
            self.seen.append(context)

    static = load(tiny).scenario.power_policy
    policy = Silent()
    policy.bounds_w, policy.refill_s = static.bounds_w, static.refill_s
    np.testing.assert_allclose(fly(tiny, policy).sum(axis=0), fly(tiny, static).sum(axis=0), rtol=1e-6)
    assert len(policy.seen) == 4


def test_a_policy_of_the_wrong_shape_ends_the_flight_in_a_sentence(tiny):
    class Wrong(Alternates):
        def requested_w(self, context):
            return np.zeros(3)

    with pytest.raises(InputError, match=r"power_policy: alternates commands an array of shape \(3,\) at 0 s"):
        fly(tiny, Wrong())
