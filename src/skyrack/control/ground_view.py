"""The network of a twin now: latency and downlink as the ground sees them, links and neighbours of one satellite."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.network.downlink import station_rates
from skyrack.network.history import rtt_ms
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.ground import GroundSites, station_places

NEIGHBOUR_RANGE_M = 100e3
MAX_NEIGHBOURS = 400
"""Most neighbours that are listed, the nearest ones."""

Bools = NDArray[np.bool_]


class GroundView:
    """The satellites of a scenario as its ground sites, its cities and each other see them; any thread may ask."""

    def __init__(self, network: NetworkModel, sites: GroundSites) -> None:
        """Observe a network from cities and stations, with one thread."""
        self.network = replace(network, threads=1)
        self.constellation, self.sites = network.constellation, sites

    def links(self, number: int, time_s: float, is_up: Bools) -> list[dict[str, Any]]:
        """Return the laser links of one satellite: the other end, the range (m), the rate and whether the link is up.

        `is_up` are the compute satellites at work; a link is up where both ends are.
        """
        links = self.network.at(time_s, is_up=is_up).links
        mine = np.flatnonzero((links.pairs == number).any(axis=1))
        return [
            {
                "number": int(links.pairs[link].sum() - number),
                "is_compute": bool(links.pairs[link].sum() - number < self.constellation.n_compute),
                "range_m": float(links.range_m[link]),
                "is_up": bool(links.is_up[link]),
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
        of each ground site under a clear sky. `is_up` are the compute satellites at work, by number.
        """
        seen = self.network.at(time_s, is_up=is_up)
        nearest, range_m = seen.nearest(seen.ground(self.sites.cities))
        trips_ms = rtt_ms(range_m[nearest >= 0])
        standing = [station for station in self.sites.stations if station.name not in sites_down]
        rates = np.zeros(0)
        if standing:
            rates = station_rates(standing, seen.ground(station_places(standing)), seen.positions_m, seen.usable)
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
