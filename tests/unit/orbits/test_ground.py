"""Cities, ground stations and the nearest region of data centers."""

import math

import pytest

from skyrack.core.errors import InputError
from skyrack.orbits.ground import cities_of, ground_sites, nearest_region, stations_of
from skyrack.scenario import load
from skyrack.scenario.network import Fibre

HERE = {"name": "Here", "latitude": "10 deg", "longitude": "20 deg"}


def network(tiny, **changes):
    return load(tiny, {f"network.{key.replace('__', '.')}": value for key, value in changes.items()}).scenario.network


def test_a_city_that_is_named_twice_is_there_once(tiny):
    found = cities_of(network(tiny, cities=["Tokyo", "London", "Tokyo", HERE, HERE]))
    assert found.names == ("Tokyo", "London", "Here")
    assert math.degrees(found.latitude_rad[0]) == pytest.approx(35.7, abs=0.1)


def test_two_places_of_one_name_are_refused(tiny):
    with pytest.raises(InputError, match=r"network\.cities: two places are called 'Here'"):
        cities_of(network(tiny, cities=[HERE, HERE | {"latitude": "11 deg"}]))


def test_a_station_that_is_out_is_left_out(tiny):
    names = [one.name for one in stations_of(network(tiny, stations=["gateways"]))]
    assert len(names) > 2
    sites = ground_sites(network(tiny, stations=["gateways"], outages__stations=names[:1]))
    assert [one.name for one in sites.stations] == names[1:] == list(sites.station_places.names)


@pytest.mark.parametrize(("latitude_deg", "longitude_deg", "most_ms"), [(39.0, -77.5, 1.0), (0.0, -150.0, 150.0)])
def test_a_round_trip_to_the_nearest_region_is_no_faster_than_light(latitude_deg, longitude_deg, most_ms):
    name, rtt_s = nearest_region(Fibre(), math.radians(latitude_deg), math.radians(longitude_deg))
    assert name
    assert 0.0 <= 1e3 * rtt_s < most_ms
