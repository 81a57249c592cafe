"""What must hold for every satellite and every light."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyrack.fleet.state import Light, Satellite, State
from skyrack.fleet.step import curtail, load, rest, step, supply
from skyrack.physics.solar_array import Cubic
from skyrack.physics.two_node import two_node_constants


def share(low=0.0, high=1.0):
    return st.floats(low, high, allow_nan=False)


@st.composite
def satellites(draw, step_s=60.0):
    floor_w = draw(share(0.0, 150e3))
    bus_w = draw(share(0.0, 20e3))
    limit_k = draw(share(330.0, 370.0))
    area_m2 = draw(share(20.0, 400.0))
    view_frac, is_facing = draw(share(0.0, 0.9)), draw(st.booleans())
    return Satellite(
        cell_area_m2=draw(share(1.0, 900.0)),
        rated_cell_efficiency=draw(share(0.1, 0.35)),
        efficiency_by_heat=Cubic(draw(share(0.1, 0.35)), -3e-5, 0.0, 0.0),
        array_absorptivity=0.75,
        array_emissivity=0.82,
        charge_efficiency=draw(share(0.7, 1.0)),
        discharge_efficiency=draw(share(0.7, 1.0)),
        charge_limit_j=draw(share(1e3, 1e6)) * step_s,
        reserve_frac=draw(share(0.0, 0.9)),
        bus_w=bus_w,
        essential_share=bus_w / max(bus_w + floor_w, 1e-9),
        compute_floor_w=floor_w,
        compute_ceiling_w=floor_w + draw(share(0.0, 50e3)),
        recharge_s=draw(share(60.0, 86400.0)),
        edge_on_infrared_w=0.0 if is_facing else area_m2 * view_frac * 0.9 * 237.0,
        edge_on_reflecting_m2=0.0 if is_facing else area_m2 * view_frac * 0.1,
        facing_infrared_w=area_m2 * 0.9 * 237.0 if is_facing else 0.0,
        facing_reflecting_m2=area_m2 * 0.1 if is_facing else 0.0,
        facing_sun_m2=area_m2 * 0.1 if is_facing else 0.0,
        electronics_limit_k=limit_k,
        earth_flux_w_per_m2=237.0,
        albedo=0.3,
        step_s=step_s,
        step_turns=1.75e-4 * step_s,
        two_node=two_node_constants(950e3, 500e3, 15e3, 2 * area_m2 * 0.9 * 5.670374419e-8, limit_k + 30.0, step_s),
    )


@st.composite
def lights(draw):
    half_light = draw(share(0.0, 0.5))
    sunlit = draw(share(half_light, 1.0 - half_light))
    return Light(
        sunlit,
        half_light,
        draw(share(-0.5, 0.5)),
        draw(share(-1.0, 1.0)),
        1361.0,
        draw(share(0.5, 1.0)),
        0.5,
    )


CAPACITY_J = 216e6
charges = share().map(lambda s: s * CAPACITY_J)
states = st.builds(State, charges, share(230.0, 360.0), share(220.0, 340.0))


@given(states, lights(), satellites())
def test_energy_closes(state, light, satellite):
    after, flows = step(state, CAPACITY_J, light, satellite)
    uses = flows.compute_j + flows.bus_j + flows.stored_j + flows.curtailed_j + flows.lost_j
    through = flows.array_j + abs(flows.stored_j) + flows.compute_j + flows.bus_j + CAPACITY_J
    assert abs(flows.array_j - uses) <= 1e-9 * through
    assert after.charge_j == pytest.approx(state.charge_j + flows.stored_j, abs=1e-6)


@given(states, lights(), satellites())
def test_charge_stays_in_range_and_no_flow_is_negative(state, light, satellite):
    after, flows = step(state, CAPACITY_J, light, satellite)
    assert -1e-6 * CAPACITY_J <= after.charge_j <= CAPACITY_J * (1 + 1e-9)
    for name in ("array_j", "compute_j", "bus_j", "curtailed_j", "lost_j", "unserved_j", "discharged_j"):
        assert getattr(flows, name) >= -1e-6 * max(1.0, flows.array_j + flows.compute_j), name


@given(states, lights(), satellites())
def test_temperatures_stay_physical(state, light, satellite):
    after, _ = step(state, CAPACITY_J, light, satellite)
    top_k = max(state.electronics_k, state.radiator_k, satellite.electronics_limit_k) + 3.0
    assert 3.0 < after.radiator_k <= top_k
    assert 3.0 < after.electronics_k <= top_k


@given(states, lights(), satellites())
def test_an_empty_battery_under_a_policy_without_a_floor_leaves_temperatures_alone(state, light, satellite):
    """A bus that lacks power is no lateness of compute: it once carried temperatures off by a thousand kelvin."""
    empty, follows = state._replace(charge_j=0.0), satellite._replace(compute_floor_w=0.0, essential_share=1.0)
    after, _ = step(empty, CAPACITY_J, light, follows)
    top_k = max(state.electronics_k, state.radiator_k, satellite.electronics_limit_k) + 3.0
    assert 150.0 < after.radiator_k <= top_k
    assert 200.0 < after.electronics_k <= top_k


@given(states, share(0.0, 1.0), share(0.0, 1.0), satellites())
def test_a_longer_eclipse_never_gives_more_energy(state, one, other, satellite):
    shorter, longer = max(one, other), min(one, other)
    given_j = []
    for sunlit in (shorter, longer):
        _, flows = step(state, CAPACITY_J, Light(sunlit, 0.0, -0.2, -0.6, 1361.0, 1.0, 0.5), satellite)
        given_j.append(flows.array_j)
    assert given_j[0] >= given_j[1]


@given(states, lights(), satellites(), share(1.0, 1.5))
def test_a_larger_array_never_serves_less(state, light, satellite, factor):
    larger = satellite._replace(cell_area_m2=satellite.cell_area_m2 * factor)
    _, flows = step(state, CAPACITY_J, light, satellite)
    _, more = step(state, CAPACITY_J, light, larger)
    assert more.compute_j >= flows.compute_j - 1e-6 * max(flows.compute_j, 1.0)


@given(satellites(step_s=570.0), share(230.0, 360.0), share(0.0, 400e3))
def test_heat_is_stable_at_a_tenth_of_an_orbit(satellite, start_k, heat_w):
    from skyrack.physics.two_node import coast, warm

    temperatures = (start_k, start_k)
    for _ in range(300):
        coasted = coast(*temperatures, 5e3, satellite.two_node)
        allowed_w = min(
            heat_w, max(0.0, (satellite.electronics_limit_k - coasted[0]) / satellite.two_node.electronics_k_per_w)
        )
        previous, temperatures = (
            temperatures,
            warm(coasted, allowed_w, 0.0, 0.0, 0.0, satellite.two_node),
        )
    assert math.dist(previous, temperatures) < 0.05
    assert np.isfinite(temperatures).all()


@given(states, share(0.5, 1.0), satellites())
def test_at_rest_a_step_passes_over_the_battery(state, health, satellite):
    """What `rest` and `curtail` say without store, draw and serve is what the whole step says, to the bit."""
    from skyrack.fleet.step import facing_heat
    from skyrack.physics.two_node import coast, warm

    full = state._replace(charge_j=CAPACITY_J)
    light = Light(1.0, 0.0, 0.3, 0.4, 1361.0, health, 0.5)
    facing = facing_heat(light, satellite)
    given_sky = supply(light, facing.heat_w, satellite)
    coasted = coast(full.electronics_k, full.radiator_k, given_sky.surroundings_w, satellite.two_node)
    resting = rest(CAPACITY_J, CAPACITY_J, coasted.electronics_k, given_sky.array_w, satellite)
    asked = load(CAPACITY_J, CAPACITY_J, coasted.electronics_k, 1.0, 0.0, given_sky.array_w, satellite)
    assert (resting.unrest == 0.0) == (asked.cut_w == 0.0 and asked.deficit_w == 0.0)
    assert rest(0.99 * CAPACITY_J, CAPACITY_J, coasted.electronics_k, given_sky.array_w, satellite).unrest > 0.0
    if resting.unrest > 0.0:
        return
    after, flows = step(full, CAPACITY_J, light, satellite)
    warmed = warm(coasted, resting.compute_w + satellite.bus_w, 0.0, 0.0, facing.late_w, satellite.two_node)
    assert after == State(CAPACITY_J, warmed.electronics_k, warmed.radiator_k)
    assert flows.compute_j == resting.compute_w * satellite.step_s
    assert flows.bus_j == satellite.bus_w * satellite.step_s
    assert flows.curtailed_j == curtail(resting.surplus_w, satellite) * satellite.step_s
    assert flows.stored_j == flows.lost_j == flows.unserved_j == flows.discharged_j == flows.throttled_s == 0.0
