"""The network at one time: positions, links, usable satellites and the Sun as one immutable value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.machine import usable_cores
from skyrack.core.time import tt_since_j2000_s
from skyrack.network.links import LinkModel, Links, satellites_in_order
from skyrack.network.routes import Paths, PathSearch
from skyrack.orbits.constellation import Constellation, is_gone
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.ground import Places
from skyrack.scenario.network import Network

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class NetworkModel:
    """All that stays the same of a network through a run; `at` gives its snapshot at a time."""

    constellation: Constellation
    network: Network
    links: LinkModel
    in_order: Bools
    """Satellites that work under the scenario's outages, by number."""
    threads: int = field(default_factory=usable_cores)

    @classmethod
    def of(cls, constellation: Constellation, network: Network, *, threads: int | None = None) -> NetworkModel:
        """Build the model of a scenario's network; InputError where its outages name what does not exist."""
        return cls(
            constellation,
            network,
            LinkModel(constellation, network),
            satellites_in_order(constellation.layout, network),
            threads or usable_cores(),
        )

    @property
    def range_limit_m(self) -> float:
        """Longest slant range between ground and satellite."""
        return self.network.access.range_limit_m or math.inf

    @property
    def min_elevation_sine(self) -> float:
        """Sine of the least elevation; a range limit stands in place of the elevation limit, but not through the Earth."""
        access = self.network.access
        return math.sin(access.elevation_limit_rad) if access.range_limit_m is None else 0.0

    def at(
        self, time_s: float, *, previous: NetworkSnapshot | None = None, is_up: Bools | None = None
    ) -> NetworkSnapshot:
        """Return the network at a time since the epoch.

        `previous` is the snapshot before it, for the acquisition of new links. `is_up` says which compute satellites work,
        by number; by default those that the scenario's outages leave.
        """
        positions_m, velocities_m_per_s = self.constellation.states(time_s)
        usable = self.in_order & ~is_gone(positions_m)
        if is_up is not None:
            usable[: len(is_up)] &= is_up
        sun = SunTrack.at(tt_since_j2000_s(self.constellation.epoch), np.array([time_s])).direction[0]
        links = self.links.links(
            positions_m,
            velocities_m_per_s,
            sun,
            usable,
            None if previous is None else previous.links,
            0.0 if previous is None else time_s - previous.time_s,
        )
        for array in (positions_m, velocities_m_per_s, usable):
            array.setflags(write=False)
        return NetworkSnapshot(self, time_s, positions_m, velocities_m_per_s, usable, sun, links)


@dataclass(frozen=True)
class NetworkSnapshot:
    """The network at one time; arrays are read-only and in the order of the layout's numbers."""

    model: NetworkModel
    time_s: float
    """Since the epoch."""
    positions_m: Floats
    """(satellite, xyz) in the frame of the orbits; satellites that SGP4 gives up stand far away."""
    velocities_m_per_s: Floats
    usable: Bools
    """Satellites that carry data now."""
    sun_direction: Floats
    links: Links

    @cached_property
    def sidereal_rad(self) -> float:
        """Rotation of the Earth."""
        return self.model.constellation.sidereal_rad(self.time_s)

    @property
    def n_decayed(self) -> int:
        """Number of satellites that SGP4 has given up."""
        return int(is_gone(self.positions_m).sum())

    @property
    def is_compute(self) -> Bools:
        """Usable compute satellites."""
        chosen = self.usable.copy()
        chosen[self.model.constellation.n_compute :] = False
        return chosen

    def ground(self, places: Places) -> Floats:
        """Return where places on the ground are now, (xyz, place) in metres."""
        return np.ascontiguousarray(places.at(self.sidereal_rad))

    @cached_property
    def _search(self) -> PathSearch:
        return PathSearch(
            self.positions_m,
            self.links,
            self.usable,
            self.is_compute,
            self.model.min_elevation_sine,
            self.model.range_limit_m,
            self.model.threads,
            self.model.network.router,
        )

    def nearest(self, ground_m: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Return the nearest visible compute satellite of each place (-1 for none) and its distance in metres."""
        return self._search.nearest(ground_m)

    def paths(self, ground_m: Floats) -> Paths:
        """Return the shortest paths between all places, (xyz, place), and from each to the nearest compute satellite."""
        return self._search.paths(ground_m)

    def distances(self, ground_m: Floats, satellites: NDArray[np.int64]) -> tuple[Any, Any]:
        """Return path lengths from each place to some satellites, (satellite, place), and to the nearest compute.

        Lengths in metres; infinite without a path.
        """
        return self._search.distances(ground_m, satellites)

    def path(self, ground_m: Floats, source: int, target: int) -> list[int]:
        """Return the numbers of the satellites on the shortest path between two places, empty without one."""
        return self._search.path(ground_m, source, target)
