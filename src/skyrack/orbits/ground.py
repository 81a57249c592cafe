"""The places on the ground that a scenario names, with their coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.ground import city_names, regions, station_keys, station_names, towns
from skyrack.core.errors import InputError
from skyrack.orbits.visibility import place_array
from skyrack.physics.earth import great_circle_m
from skyrack.physics.propagation_delay import fibre_time_s
from skyrack.scenario.network import City, Fibre, Network, Station

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Named places on the ground."""

    names: tuple[str, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    altitude_m: Floats
    people: Floats

    def at(self, sidereal_rad: float) -> Floats:
        """Where they are in the frame that does not turn, (xyz, place)."""
        return np.asarray(place_array(self.latitude_rad, self.longitude_rad, self.altitude_m, sidereal_rad))

    def first(self, n: int) -> Places:
        """The first so many of them."""
        return Places(
            self.names[:n], self.latitude_rad[:n], self.longitude_rad[:n], self.altitude_m[:n], self.people[:n]
        )


def cities_of(network: Network) -> Places:
    """The cities of a scenario, each once; InputError where two of one name lie apart."""
    found: dict[str, tuple[float, float, float, float]] = {}
    for entry in network.cities:
        if isinstance(entry, City):
            row = (entry.latitude_rad, entry.longitude_rad, entry.altitude_m, entry.people or 0.0)
            if entry.name in found and found[entry.name][:2] != row[:2]:
                raise InputError(f"network.cities: two places are called {entry.name!r}; each needs a name of its own")
            found[entry.name] = row
            continue
        for name in city_names(entry):
            town = towns()[name]
            place = (math.radians(town.latitude_deg), math.radians(town.longitude_deg), 0.0, town.people)
            found.setdefault(name, place)
    return _places(found)


def _places(found: dict[str, tuple[float, float, float, float]]) -> Places:
    table = np.array(list(found.values()), np.float64).reshape(-1, 4)
    return Places(tuple(found), table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def stations_of(network: Network) -> list[Station]:
    """The ground stations of a scenario that are in order."""
    stations: dict[str, Station] = {}
    for entry in network.stations:
        named = [entry] if isinstance(entry, Station) else [_station(name) for name in station_names(entry)]
        for station in named:
            if station.name in stations and stations[station.name] != station:
                raise InputError(f"network.stations: two are called {station.name!r}; each needs a name of its own")
            stations[station.name] = station
    return [station for name, station in stations.items() if name not in network.outages.stations]


def _station(name: str) -> Station:
    return Station.model_validate(station_keys(name))


def station_places(stations: list[Station]) -> Places:
    """Where stations stand."""
    return _places({s.name: (s.latitude_rad, s.longitude_rad, s.altitude_m, 0.0) for s in stations})


@dataclass(frozen=True)
class GroundSites:
    """Cities and ground stations of a scenario."""

    cities: Places
    stations: tuple[Station, ...]
    """Stations that work under the scenario's outages."""
    station_places: Places


def ground_sites(network: Network) -> GroundSites:
    """Return the cities and working ground stations of a scenario; InputError where one name stands for two places."""
    stations = stations_of(network)
    return GroundSites(cities_of(network), tuple(stations), station_places(stations))


def fibre_rtt_s(fibre: Fibre, first: Any, second: Any) -> float:
    """Round trip through a cable between two places (latitude, longitude), in seconds."""
    distance_m = float(great_circle_m(*first, *second))
    return 2.0 * float(fibre_time_s(distance_m, fibre.refractive_index, fibre.detour))


def nearest_region(fibre: Fibre, latitude_rad: float, longitude_rad: float) -> tuple[str, float]:
    """The nearest region of data centers on the ground, and the round trip to it by cable in seconds."""
    trips = {
        name: fibre_rtt_s(
            fibre,
            (latitude_rad, longitude_rad),
            (math.radians(region.latitude_deg), math.radians(region.longitude_deg)),
        )
        for name, region in regions().items()
    }
    name = min(trips, key=lambda one: trips[one])
    return name, trips[name]
