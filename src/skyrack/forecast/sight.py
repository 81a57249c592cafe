"""Chosen satellites in sight: where they are, where the Sun is, and when ground stations see them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sample_flight import sampled_layout
from skyrack.forecast.forecast import Forecast
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import Places
from skyrack.orbits.visibility import slant_ranges
from skyrack.physics.sun import sun_position

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
    stations: Places
    elevation_sine: Floats
    """Sine of the lowest elevation at which each station sees a satellite, (station,)."""

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
        sines = np.array([math.sin(station.elevation_limit_rad) for station in sites.stations])
        return cls(Constellation(few, end_s), place, sites.station_places, sines)

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
        n = len(self.place)
        if not self.stations.names:
            return [[] for _ in range(n)]
        times_s = np.arange(begin_s, end_s, STEP_S)
        usable = np.ones(n, np.bool_)
        seen = np.zeros((len(times_s), n), np.bool_)
        for k, time_s in enumerate(times_s.tolist()):
            ground = self.stations.at(self.sidereal_rad(time_s))
            for sine in np.unique(self.elevation_sine):
                places = np.ascontiguousarray(ground[:, self.elevation_sine == sine])
                ranges = np.empty((n, places.shape[1]), np.float32)
                slant_ranges(self.positions_m(time_s), places, float(sine), math.inf, usable, ranges)
                seen[k] |= np.isfinite(ranges).any(axis=1)
        return [spans(one, times_s) for one in seen.T]


def spans(is_seen: NDArray[np.bool_], times_s: Floats) -> list[tuple[float, float]]:
    """Return the spans in which looks at regular times were true, each up to the look after its last one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_seen.astype(np.int8), [0]])))
    ends_s = np.append(times_s, times_s[-1] + STEP_S if len(times_s) else 0.0)
    return [(float(ends_s[a]), float(ends_s[b])) for a, b in edges.reshape(-1, 2)]
