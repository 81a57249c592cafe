"""Trapped protons met in flight, against the belts asked for at every place of the same orbit."""

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.design import lay_out
from skyrack.design.radiation import DRIFT_RAD, PROTONS_MEV, trapped_flux
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TOTALS
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import load

ROW = TOTALS.index("protons_per_m2")


@pytest.mark.parametrize(("name", "tolerance"), [("suncatcher-81", 0.02), ("three-body-2800", 0.03)])
def test_fluence_along_an_orbit(name, tolerance):
    scenario = load(name).scenario
    flight = Flight(scenario, lay_out(scenario))
    for _ in flight.segments:
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
    sums = np.concatenate([flight.advance(CpuDriver(1)).sums[0, :, ROW] for _ in flight.segments])
    busiest = np.sort(sums)[::-1]
    assert busiest[: len(busiest) // 8].sum() > 0.8 * busiest.sum() > 0.0
