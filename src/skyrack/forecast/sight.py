"""Chosen satellites in sight: where they are, where the Sun is, and when ground stations see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sample_flight import sampled_layout
from skyrack.forecast.forecast import Forecast
from skyrack.network.contacts import contacts
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import Places
from skyrack.physics.sun import sun_position
from skyrack.scenario.network import Station

Floats = NDArray[np.float64]
STEP_S = 60.0
"""Time between two looks for contacts."""


@dataclass(frozen=True)
class Sight:
    """Some satellites of a fleet, and its ground stations."""

    constellation: Constellation
    """The satellites alone, layer after layer."""
    place: NDArray[np.int64]
    """Position of each satellite in the constellation, (satellite,)."""
    stations: tuple[Station, ...]
    station_places: Places

    @classmethod
    def of(cls, forecast: Forecast, nodes: NDArray[np.int64], end_s: float) -> Sight:
        """Return the satellites at some nodes of a forecast, up to a time (s since the epoch)."""
        layout = forecast.plan.layout
        numbers = forecast.rings.satellite[nodes]
        order = np.argsort(numbers, kind="stable")
        few, _ = sampled_layout(layout, [layout.locate(int(number)) for number in numbers[order]])
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        sites = forecast.plan.sites
        return cls(Constellation(few, end_s), place, sites.stations, sites.station_places)

    def positions_m(self, time_s: float) -> Floats:
        """Return the positions of the satellites in the inertial frame, (satellite, xyz)."""
        return self.constellation.states(time_s)[0][self.place]

    def sidereal_rad(self, time_s: float) -> float:
        """Return the Greenwich sidereal angle."""
        return self.constellation.sidereal_rad(time_s)

    def sun(self, time_s: float) -> Floats:
        """Return the unit vector toward the Sun in the inertial frame, (xyz,)."""
        return np.array(sun_position(float(tt_since_j2000_s(self.constellation.epoch)) + time_s)[:3])

    def contacts(self, begin_s: float, end_s: float) -> list[list[tuple[float, float]]]:
        """Return when any station sees each satellite, as spans (begin, end) to the minute."""
        found: list[list[tuple[float, float]]] = [[] for _ in self.place]
        if self.stations:
            row_of = np.argsort(self.place)
            times_s = np.arange(begin_s, end_s, STEP_S)
            for one in contacts(self.constellation, self.stations, self.station_places, times_s):
                found[row_of[one.satellite]].append((one.begin_s, one.end_s + STEP_S))
        return [merged(spans) for spans in found]


def merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans in order, those that overlap or touch as one."""
    found: list[tuple[float, float]] = []
    for begin_s, end_s in sorted(spans):
        if found and begin_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((begin_s, end_s))
    return found
