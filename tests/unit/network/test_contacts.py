"""Contacts with ground stations, against the length of a pass in closed form."""

import math

import numpy as np
import pytest
from tests.models import constellation_of

from skyrack.core.constants import DAY_S, EARTH_MU_M3_PER_S2
from skyrack.network.contacts import contacts
from skyrack.orbits.ground import station_places, stations_of
from skyrack.scenario import load

POLAR_RADIUS_M = 6_356_752.3
STEP_S = 5.0


@pytest.mark.parametrize(("altitude_km", "limit_deg"), [(550.0, 25.0), (1200.0, 10.0)])
def test_pole_sees_every_revolution_for_the_time_of_an_overhead_pass(altitude_km, limit_deg):
    """A satellite in a polar orbit passes over a station at the pole once in a revolution, whatever the Earth's rotation."""
    shell = {"name": "one", "kind": "walker-delta", "inclination": "90 deg", "altitude": f"{altitude_km} km"}
    shell |= {"planes": 1, "satellites_per_plane": 2}
    pole = {"name": "pole", "kind": "optical", "latitude": "90 deg", "longitude": "0 deg"}
    network = {"stations": [pole | {"elevation_limit": f"{limit_deg} deg"}], "cities": ["London", "Tokyo"]}
    given = {"extends": "starlink-v3-compute", "shells": [shell], "claims": [], "sources": {}, "network": network}
    scenario = load(given).scenario
    constellation = constellation_of(scenario)
    stations = stations_of(scenario.network)
    found = contacts(constellation, stations, station_places(stations), np.arange(0.0, DAY_S, STEP_S))
    radius_m = 6_378_136.3 + 1e3 * altitude_km
    per_s = math.sqrt(EARTH_MU_M3_PER_S2 / radius_m**3)
    limit = math.radians(limit_deg)
    pass_s = 2.0 * (math.acos(POLAR_RADIUS_M / radius_m * math.cos(limit)) - limit) / per_s
    whole = [one for one in found if one.begin_s > 0.0 and one.end_s < DAY_S - STEP_S]
    assert {one.satellite for one in whole} == {0, 1}
    for one in whole:
        assert one.end_s - one.begin_s == pytest.approx(pass_s, abs=2.0 * STEP_S)
        assert one.rate_bit_per_s == stations[0].rate_bit_per_s
    begins = [one.begin_s for one in found if one.satellite == 0]
    assert np.diff(begins).mean() == pytest.approx(2.0 * math.pi / per_s, rel=0.003)
