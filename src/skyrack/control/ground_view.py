"""What the ground gets of a twin now: the round trip to the nearest compute, and what comes down."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.time import tt_since_j2000_s
from skyrack.network.downlink import station_rates
from skyrack.network.history import rtt_ms
from skyrack.network.links import LinkPlan
from skyrack.network.routes import Router
from skyrack.orbits.constellation import Constellation, is_gone
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.ground import cities_of, station_places, stations_of
from skyrack.scenario import Scenario

NEAR_M = 100e3
MOST_NEAR = 400
"""Of the satellites near another one, so many, no farther away."""


class Outlook:
    """Looks from the ground at the satellites of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.network = scenario.network
        self.constellation = Constellation(scenario)
        self.cities, self.stations = cities_of(scenario.network), stations_of(scenario.network)
        self.sites = station_places(self.stations)
        self.router = Router(self.constellation, scenario.network.access, np.ones(self.constellation.n_sats, np.bool_))
        self.router.threads = 1
        self._plan: LinkPlan | None = None

    def partners(self, number: int, time_s: float, is_up: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Satellites that one is linked to now by laser, how far away, and whether the link is up.

        `is_up` are the compute satellites at work, as for `look`; with one that is not, no link is up.
        """
        if self._plan is None:
            self._plan = LinkPlan(self.constellation, self.network, np.ones(self.constellation.n_sats, np.bool_))
        places, speeds = self.constellation.states(time_s)
        usable = ~is_gone(places)
        usable[: len(is_up)] &= is_up
        self._plan.alive = usable
        sun = SunTrack.at(tt_since_j2000_s(self.constellation.epoch), np.array([time_s]))
        links = self._plan.look(places, speeds, sun.direction[0], 0.0)
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

    def near(self, number: int, time_s: float) -> list[dict[str, Any]]:
        """Compute satellites near one, itself first, nearest first: places along the orbit, up, and across it to the left."""
        places, speeds = self.constellation.states(time_s)
        places, speeds = places[: self.constellation.n_compute], speeds[: self.constellation.n_compute]
        apart = places - places[number]
        range_m = np.linalg.norm(apart, axis=1)
        chosen = np.flatnonzero(range_m <= NEAR_M)
        chosen = chosen[np.argsort(range_m[chosen], kind="stable")][:MOST_NEAR]
        up = places[number] / np.linalg.norm(places[number])
        across = np.cross(places[number], speeds[number])
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

    def look(self, time_s: float, is_up: NDArray[np.bool_], sites_down: set[str]) -> dict[str, Any]:
        """Median round trip of the cities, their share that is in sight of compute, and rates of the stations.

        `is_up` are the compute satellites at work, in the order of the scenario's layers; in measured shells, whose layers
        are sorted otherwise, a satellite that is down counts for another one of its shell.
        """
        places, _ = self.constellation.states(time_s)
        usable = ~is_gone(places)
        usable[: len(is_up)] &= is_up
        self.router.usable = usable
        turned = self.constellation.sidereal_rad(time_s)
        nearest, range_m = self.router.nearest(places, self.cities.at(turned))
        trips = rtt_ms(range_m[nearest >= 0])
        standing = [station for station in self.stations if station.name not in sites_down]
        rates = (
            station_rates(standing, station_places(standing).at(turned), places, usable) if standing else np.zeros(0)
        )
        return {
            "time_s": time_s,
            "nearest_rtt_median_ms": float(np.median(trips)) if trips.size else None,
            "nearest_rtt_most_ms": float(trips.max()) if trips.size else None,
            "nearest_reachable_frac": float((nearest >= 0).mean()) if nearest.size else None,
            "downlink_bit_per_s": float(rates.sum()),
            "sites_up": len(standing),
            "sites": [
                {"name": station.name, "rate_bit_per_s": float(rate)}
                for station, rate in zip(standing, rates, strict=True)
            ]
            + [{"name": name, "rate_bit_per_s": None} for name in sorted(sites_down)],
        }
