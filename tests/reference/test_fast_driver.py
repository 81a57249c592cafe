"""The fast driver at 60 s steps against float64 at 1 s steps, ten days of every built-in scenario."""

from dataclasses import replace

import numpy as np
import pytest

from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.reference import fly_reference
from skyrack.fleet.tables import TRACES
from skyrack.orbits.layout import Layout, lay_out
from skyrack.scenario import library_names, load

DAYS = 10
CHARGE, ELECTRONICS, RADIATOR = (TRACES.index(name) for name in ("charge_j", "electronics_k", "radiator_k"))


def few_satellites(layout):
    """One satellite from the first, the last and two middle shells."""
    shells = layout.shells
    chosen = sorted({0, (len(shells) - 1) // 2, len(shells) // 2, len(shells) - 1})
    few = []
    for number, shell in enumerate(shells[i] for i in chosen):
        layer = shell.layers[0]
        one = layer.selection(np.array([layer.n_sats // 3]))
        few.append(replace(shell, layers=(replace(one, shell=number),)))
    return Layout(layout.epoch, tuple(few))


@pytest.mark.parametrize("name", library_names())
def test_charge_and_temperatures(name, validate):
    scenario = load(name, {"span": f"{DAYS} d"}).scenario
    layout = few_satellites(lay_out(scenario))
    flight, shells = Flight(scenario, layout), layout.shells
    tracks = [flight.advance(CpuDriver(1)).traces for _ in flight.chunks]
    for number, shell in enumerate(shells):
        fast = np.concatenate([track[(number, 0)] for track in tracks])
        slow = fly_reference(scenario, shell.satellite, shell.layers[0], 0, scenario.span_s, 1.0, scenario.step_s)
        capacity_j = shell.satellite.battery.capacity_j
        charge = float(np.abs(fast[:, CHARGE] - slow.states[:, 0]).max()) / capacity_j
        electronics_k = float(np.abs(fast[:, ELECTRONICS] - slow.states[:, 1]).max())
        radiator_k = float(np.abs(fast[:, RADIATOR] - slow.states[:, 2]).max())
        where, source = f"{name}, {shell.name}, {DAYS} days", "float64 driver at 1 s steps, same laws"
        validate(f"charge error, share of capacity: {where}", charge, 0.0, 0.002, "", source)
        validate(f"electronics temperature error: {where}", electronics_k, 0.0, 0.3, "K", source)
        validate(f"radiator temperature error: {where}", radiator_k, 0.0, 0.3, "K", source)
        closure = books(slow.flows)
        validate(f"float64 energy books: {where}", closure, 0.0, 1e-9, "", "in = served + stored + curtailed + lost")


def test_a_white_radiator_that_faces_the_sun_still_sees_the_earth():
    """It takes no sunlight, and all of the Earth's infrared."""
    changes = {"satellite.radiator.edge_on_to_sun": False, "satellite.radiator.absorptivity": 0, "span": "6 h"}
    scenario = load("three-body-2800", changes).scenario
    layout = few_satellites(lay_out(scenario))
    layout, shells = Layout(layout.epoch, layout.shells[:1]), layout.shells[:1]
    fast = Flight(scenario, layout).advance(CpuDriver(1)).traces[(0, 0)]
    slow = fly_reference(scenario, shells[0].satellite, shells[0].layers[0], 0, scenario.span_s, 1.0, scenario.step_s)
    assert np.abs(fast[:, RADIATOR] - slow.states[:, 2]).max() < 0.3


def books(flows):
    """Array energy less all its uses, as a share of it."""
    array, compute, bus, stored, curtailed, lost = flows[1:7]
    return float((array - compute - bus - stored - curtailed - lost) / array)
