"""What must not matter: threads, tiles, the order of satellites."""

import numpy as np
import pytest

from skyrack.fleet import cpu
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TILE, TOTALS
from skyrack.orbits.layout import Layout, lay_out
from skyrack.scenario import load


@pytest.fixture(scope="module")
def scenario():
    changes = {
        "shells.i30.stack.shells": 2,
        "shells.sso.stack.shells": 2,
        "shells.i30.planes": 7,
        "shells.sso.planes": 5,
        "span": "6 h",
        "output": "30 min",
    }
    return load("spacex-million", changes).scenario


def flown(scenario, threads=1, shells=None):
    layout = lay_out(scenario)
    flight = Flight(scenario, Layout(layout.epoch, shells) if shells else layout)
    results = [flight.advance(CpuDriver(threads)) for _ in flight.chunks]
    return flight, results


def test_threads_change_no_bit(scenario):
    one, one_results = flown(scenario, threads=1)
    two, two_results = flown(scenario, threads=2)
    for a, b in zip(one.layers, two.layers, strict=True):
        assert np.array_equal(a.states, b.states)
        assert np.array_equal(a.totals, b.totals)
        assert np.array_equal(a.extremes, b.extremes)
    for a, b in zip(one_results, two_results, strict=True):
        assert np.array_equal(a.sums, b.sums)
        assert np.array_equal(a.histograms, b.histograms)


def test_tiling_of_tasks_changes_nothing(scenario, monkeypatch):
    _, before = flown(scenario)
    monkeypatch.setattr(cpu, "TILES_PER_TASK", 1)
    _, after = flown(scenario, threads=2)
    for a, b in zip(before, after, strict=True):
        assert np.array_equal(a.histograms, b.histograms)
        np.testing.assert_allclose(a.sums, b.sums, rtol=1e-12)


def test_order_of_satellites_changes_nothing(scenario):
    from dataclasses import replace

    order = np.random.default_rng(7).permutation(lay_out(scenario).layers[0].n_sats)
    shells = lay_out(scenario).shells
    turned = tuple(
        replace(
            shell,
            layers=tuple(
                replace(
                    layer,
                    plane_raan_rad=layer.raan_rad[order[order < layer.n_sats]],  # each in a plane of its own
                    phase_rad=layer.phase_rad[order[order < layer.n_sats]],
                )
                if layer.n_sats == len(order)
                else layer
                for layer in shell.layers
            ),
        )
        for shell in shells
    )
    straight, _ = flown(scenario, shells=shells)
    shuffled, _ = flown(scenario, shells=turned)
    first, second = straight.layers[0], shuffled.layers[0]
    n = first.layer.n_sats
    assert np.array_equal(first.totals[:, :n][:, order], second.totals[:, :n])
    assert np.array_equal(first.states[:, :n][:, order], second.states[:, :n])


def test_a_tile_at_rest_is_flown_as_any_other():
    """Where all batteries are full the driver passes over them; one that is not brings the whole tile back to them."""
    dawn = {
        "shells": [
            {
                "name": "dawn",
                "kind": "sun-synchronous",
                "altitude": "1500 km",
                "local_time": "18 h",
                "planes": 1,
                "satellites_per_plane": 3 * TILE,
            }
        ],
        "span": "3 h",
        "claims": [],
    }
    dawn_scenario = load("spacex-million", dawn).scenario
    resting, disturbed = Flight(dawn_scenario, lay_out(dawn_scenario)), Flight(dawn_scenario, lay_out(dawn_scenario))
    begun = resting.layers[0].states[0].copy()
    disturbed.layers[0].states[0, [7, 7 + TILE]] *= np.float32(0.5)
    for flight in (resting, disturbed):
        for _ in flight.chunks:
            flight.advance(CpuDriver(1))
    one, other = resting.layers[0], disturbed.layers[0]
    alike = np.ones(3 * TILE, bool)
    alike[[7, 7 + TILE]] = False
    assert np.array_equal(one.states[0], begun)
    assert not one.totals[TOTALS.index("discharged_j")].any()
    curtailed = TOTALS.index("curtailed_j")
    assert (
        other.totals[curtailed, ~alike] < 0.9 * one.totals[curtailed, ~alike]
    ).all()  # they charged for half the time,
    assert np.array_equal(other.states[0], begun)  # then came to rest
    assert np.array_equal(one.states[:, alike], other.states[:, alike])
    assert np.array_equal(one.totals[:, alike], other.totals[:, alike])
    assert np.array_equal(one.extremes[:, alike], other.extremes[:, alike])


def test_books_close_for_each_satellite_in_float32(scenario):
    flight, _ = flown(scenario)
    at = {name: row for row, name in enumerate(TOTALS)}
    for fleet in flight.layers:
        real = slice(0, fleet.layer.n_sats)
        total = fleet.totals[:, real]
        stored = fleet.states[0, real] - fleet.design.battery.capacity_j
        uses = total[at["compute_j"]] + total[at["bus_j"]] + total[at["curtailed_j"]] + total[at["lost_j"]] + stored
        assert (np.abs(total[at["array_j"]] - uses) <= 1e-4 * total[at["array_j"]]).all()
        assert (fleet.states[0, real] >= 0.0).all()
        assert (fleet.states[0, real] <= fleet.capacity_j[real] * (1 + 1e-6)).all()


def test_eclipses_are_counted_from_edge_to_edge(scenario):
    """Count and longest of a day, from the geometry, against a count over each step's light."""
    flight, results = flown(scenario)
    at = {name: row for row, name in enumerate(TOTALS)}
    step_s = scenario.step_s
    for ref in flight.sampled:
        pair = ref.layer, ref.position
        light = np.concatenate([result.traces[pair][:, 0] for result in results])
        fleet = flight.layers[pair[0]]
        dark = light < 1.0
        begun = int(np.sum(dark[1:] & ~dark[:-1]))
        assert fleet.totals[at["eclipses"], pair[1]] in (begun, begun + 1)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(int), [0]])))
        whole = [
            float(np.sum(1.0 - light[first:past]) * step_s)
            for first, past in edges.reshape(-1, 2)
            if first > 0 and past < len(light)
        ]
        longest_s = float(fleet.extremes[3, pair[1]])
        assert longest_s == pytest.approx(max(whole), abs=3.0) if whole else longest_s < 3000.0
