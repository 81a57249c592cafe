"""The network of a twin now: latency and downlink as the ground sees them, links and neighbours of one satellite."""

from __future__ import annotations

import threading
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.time import tt_since_j2000_s
from skyrack.network.downlink import station_rates
from skyrack.network.links import LinkPlan
from skyrack.network.routes import Router
from skyrack.network.survey import rtt_ms
from skyrack.orbits.constellation import Constellation, is_gone
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.ground import cities_of, station_places, stations_of
from skyrack.scenario import Scenario

NEIGHBOUR_RANGE_M = 100e3
MAX_NEIGHBOURS = 400
"""Most neighbours that are listed, the nearest ones."""

Bools = NDArray[np.bool_]


class GroundView:
    """The satellites of a scenario as its ground sites, its cities and each other see them; any thread may ask."""

    def __init__(self, scenario: Scenario) -> None:
        self.network = scenario.network
        self.constellation = Constellation(scenario)
        self.cities, self.stations = cities_of(scenario.network), stations_of(scenario.network)
        everyone = np.ones(self.constellation.n_sats, np.bool_)
        self._router = Router(self.constellation, scenario.network.access, everyone)
        self._router.threads = 1
        self._plan = LinkPlan(self.constellation, scenario.network, everyone)
        self._router_lock, self._plan_lock = threading.Lock(), threading.Lock()
        """Router and plan are told anew each time who is up, which two threads must not do at once."""

    def links(self, number: int, time_s: float, is_up: Bools) -> list[dict[str, Any]]:
        """Return the laser links of one satellite: the other end, the range (m), the rate and whether the link is up.

        `is_up` are the compute satellites at work; a link is up where both ends are.
        """
        positions, velocities = self.constellation.states(time_s)
        usable = self._usable(positions, is_up)
        sun = SunTrack.at(tt_since_j2000_s(self.constellation.epoch), np.array([time_s]))
        with self._plan_lock:
            self._plan.alive = usable
            links = self._plan.look(positions, velocities, sun.direction[0], 0.0)
        mine = np.flatnonzero((links.pairs == number).any(axis=1))
        return [
            {
                "number": int(links.pairs[link].sum() - number),
                "is_compute": bool(links.pairs[link].sum() - number < self.constellation.n_compute),
                "range_m": float(links.range_m[link]),
                "is_up": bool(links.state[link] == 0 and usable[links.pairs[link]].all()),
                "rate_bit_per_s": float(links.rate_bit_per_s[link]),
            }
            for link in mine
        ]

    def neighbours(self, number: int, time_s: float) -> list[dict[str, Any]]:
        """Return the compute satellites within 100 km of one, itself first, nearest first.

        Each has its range (m) and its place (m) along the orbit, up, and across it to the left.
        """
        positions, velocities = self.constellation.states(time_s)
        positions = positions[: self.constellation.n_compute]
        apart = positions - positions[number]
        range_m = np.linalg.norm(apart, axis=1)
        chosen = np.flatnonzero(range_m <= NEIGHBOUR_RANGE_M)
        chosen = chosen[np.argsort(range_m[chosen], kind="stable")][:MAX_NEIGHBOURS]
        up = positions[number] / np.linalg.norm(positions[number])
        across = np.cross(positions[number], velocities[number])
        across /= np.linalg.norm(across)
        along = np.cross(across, up)
        return [
            {
                "number": int(other),
                "range_m": float(range_m[other]),
                "along_m": float(apart[other] @ along),
                "up_m": float(apart[other] @ up),
                "across_m": float(apart[other] @ across),
            }
            for other in chosen
        ]

    def snapshot(self, time_s: float, is_up: Bools, sites_down: AbstractSet[str]) -> dict[str, Any]:
        """Return latency, reachability and downlink at a time.

        RTT (ms) from the cities to the nearest compute satellite, the fraction of cities that see one, and the rate (bit/s)
        of each ground site under a clear sky. `is_up` are the compute satellites at work, in the order of the scenario's
        layers; in catalogued shells, whose layers are sorted differently, a satellite that is down stands for another one of
        its shell.
        """
        positions, _ = self.constellation.states(time_s)
        usable = self._usable(positions, is_up)
        turned_rad = self.constellation.sidereal_rad(time_s)
        with self._router_lock:
            self._router.usable = usable
            nearest, range_m = self._router.nearest(positions, self.cities.at(turned_rad))
        trips_ms = rtt_ms(range_m[nearest >= 0])
        standing = [station for station in self.stations if station.name not in sites_down]
        ground = station_places(standing).at(turned_rad) if standing else None
        rates = np.zeros(0) if ground is None else station_rates(standing, ground, positions, usable)
        return {
            "time_s": time_s,
            "nearest_rtt_median_ms": float(np.median(trips_ms)) if trips_ms.size else None,
            "nearest_rtt_most_ms": float(trips_ms.max()) if trips_ms.size else None,
            "nearest_reachable_frac": float((nearest >= 0).mean()) if nearest.size else None,
            "downlink_bit_per_s": float(rates.sum()),
            "sites_up": len(standing),
            "sites": [
                {"name": station.name, "rate_bit_per_s": float(rate)}
                for station, rate in zip(standing, rates, strict=True)
            ]
            + [{"name": name, "rate_bit_per_s": None} for name in sorted(sites_down)],
        }

    def _usable(self, positions: NDArray[np.float64], is_up: Bools) -> Bools:
        """All satellites that can carry data: compute satellites at work, and the backbone."""
        usable: Bools = ~is_gone(positions)
        usable[: len(is_up)] &= is_up
        return usable
