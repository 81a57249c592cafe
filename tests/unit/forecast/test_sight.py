"""Satellites in sight: places against the layout's own, contacts against the elevation at each minute."""

import numpy as np
import pytest

from skyrack.forecast.forecast import Forecast
from skyrack.forecast.light import SUNLIT
from skyrack.forecast.sight import STEP_S, Sight, merged
from skyrack.orbits.constellation import Constellation
from skyrack.run.prepare import load_flown, prepare


@pytest.fixture(scope="module")
def seen():
    plan = prepare(load_flown("starlink-v3-compute", {}))
    forecast = Forecast.of(plan, 0.0, 7200.0)
    nodes = np.array([700, 3, 55, 4])
    return forecast, nodes, Sight.of(forecast, nodes, 7200.0)


def test_places_are_those_of_the_whole_fleet(seen):
    forecast, nodes, sight = seen
    whole = Constellation(forecast.plan.layout, 7200.0)
    for time_s in (0.0, 4000.0):
        expected = whole.states(time_s)[0][forecast.rings.satellite[nodes]]
        assert np.abs(sight.positions_m(time_s) - expected).max() < 1.0


def test_the_sun_stands_where_satellites_in_its_shadow_see_the_earth(seen):
    """A satellite is dark behind the Earth: away from the Sun, and closer to the axis of the shadow than its radius."""
    forecast, nodes, sight = seen
    for time_s in np.arange(0.0, 7200.0, 300.0):
        is_lit, left_s = forecast.light.windows(nodes, np.full(len(nodes), time_s), SUNLIT)
        sun, places = sight.sun(time_s), sight.positions_m(time_s)
        along = places @ sun
        aside = np.linalg.norm(places - along[:, None] * sun, axis=1)
        behind = (along < 0.0) & (aside < 6.378e6)
        sure = left_s > 60.0  # edges of the shadow are softer than a cylinder
        assert (is_lit == ~behind)[sure & (np.abs(aside - 6.378e6) > 5e4)].all()


def test_contacts_are_those_minutes_in_which_a_station_sees_the_satellite(seen):
    forecast, nodes, sight = seen
    found = sight.contacts(0.0, 7200.0)
    assert any(found)
    sites = forecast.plan.sites
    limits = np.array([station.elevation_limit_rad for station in sites.stations])
    for k in range(len(nodes)):
        for time_s in np.arange(0.0, 7200.0, STEP_S):
            ground = sites.station_places.at(sight.sidereal_rad(time_s)).T
            away = sight.positions_m(time_s)[k] - ground
            sine = (away * ground).sum(axis=1) / (np.linalg.norm(away, axis=1) * np.linalg.norm(ground, axis=1))
            margin = np.abs(np.arcsin(sine) - limits).min()
            is_seen = bool((np.arcsin(sine) > limits).any())
            assert margin < 1e-4 or is_seen == any(a <= time_s < b for a, b in found[k])


def test_contacts_with_several_stations_are_one_span_where_they_touch():
    assert merged([(240.0, 300.0), (0.0, 60.0), (60.0, 120.0), (30.0, 90.0)]) == [(0.0, 120.0), (240.0, 300.0)]
    assert merged([]) == []
