"""Trapped protons met in flight, against the belts asked for at every place of the same orbit."""

import itertools

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.environment.trapped_radiation import DRIFT_RAD, PROTONS_MEV, trapped_flux
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.exposure import EXPOSURE_S, NODES, PHASES, node_cells, protons_by_block
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TOTALS
from skyrack.orbits.layout import Layout, lay_out
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import load

ROW = TOTALS.index("protons_per_m2")


@pytest.mark.parametrize(("name", "tolerance"), [("suncatcher-81", 0.02), ("three-body-2800", 0.03)])
def test_fluence_along_an_orbit(name, tolerance):
    scenario = load(name).scenario
    flight = Flight(scenario, lay_out(scenario))
    for _ in flight.chunks:
        flight.advance(CpuDriver(1))
    fleet = flight.layers[0]
    layer = fleet.layer
    time_s = (np.arange(round(scenario.span_s / 30.0)) + 0.5) * 30.0
    phase = float(layer.phase_rad[0]) + layer.phase_rate_rad_per_s * time_s
    turned = np.asarray(greenwich_sidereal_rad(flight.epoch_utc_s + time_s))
    node = float(layer.raan_rad[0]) + layer.raan_rate_rad_per_s * time_s - turned
    latitude = np.arcsin(np.sin(layer.inclination_rad) * np.sin(phase))
    longitude = np.arctan2(np.cos(layer.inclination_rad) * np.sin(phase), np.cos(phase)) + node
    flux = trapped_flux(latitude, longitude + DRIFT_RAD, layer.radius_m - EARTH_RADIUS_M, "p", PROTONS_MEV)
    assert fleet.totals[ROW, 0] == pytest.approx(flux.mean() * scenario.span_s, rel=tolerance)


def test_a_sun_synchronous_orbit_meets_the_anomaly():
    """Most protons in few minutes of the day."""
    scenario = load("suncatcher-81", {"output": "10 min"}).scenario
    flight = Flight(scenario, lay_out(scenario))
    sums = np.concatenate([flight.advance(CpuDriver(1)).sums[0, :, ROW] for _ in flight.chunks])
    busiest = np.sort(sums)[::-1]
    assert busiest[: len(busiest) // 8].sum() > 0.8 * busiest.sum() > 0.0


def test_a_block_adds_up_the_looks_of_its_steps():
    """Against plain looks at the table, one after another, of satellites in the middle of their cells."""
    rng = np.random.default_rng(3)
    belts = rng.random((NODES, PHASES), np.float32)
    cells, block_steps, step_s = np.array([0, 17, 89]), np.array([0, 1, 8, 23]), 30.0
    every = int(EXPOSURE_S / step_s)
    step_sky = rng.random((23, 6)).astype(np.float32)
    met = protons_by_block(belts, cells, step_sky, block_steps, every).reshape(3, len(cells), PHASES)
    for block, (begin, end) in enumerate(itertools.pairwise(block_steps)):
        plain = np.zeros((len(cells), PHASES))
        for k in range(begin, end, every):
            node = (cells + 0.5) / NODES + float(step_sky[k, 5])
            phase = (np.arange(PHASES) + 0.5) / PHASES + float(step_sky[k, 4])
            rows, columns = np.floor(node * NODES).astype(int) % NODES, np.floor(phase * PHASES).astype(int) % PHASES
            plain += min(every, end - k) * belts[np.ix_(rows, columns)]
        np.testing.assert_allclose(met[block], plain, rtol=1e-5)


def test_every_node_has_a_cell():
    places = np.radians([-0.1, 0.0, 3.9, 4.1, 359.99, 360.0])
    assert node_cells(places).tolist() == [89, 0, 0, 1, 89, 0]


def test_intervals_of_a_single_step_bring_the_same():
    """Where each block is a single look there is no table of them."""
    totals = []
    for output in ("2 min", "30 min"):
        scenario = load("three-body-2800", {"span": "6 h", "output": output}).scenario
        flight = Flight(scenario, Layout(scenario.epoch, lay_out(scenario).shells[:1]))
        for _ in flight.chunks:
            flight.advance(CpuDriver(1))
        fleet = flight.layers[0]
        totals.append(fleet.totals[ROW, : fleet.layer.n_sats])
    assert totals[0].sum() > 0.0
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-4)
