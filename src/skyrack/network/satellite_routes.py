"""Routes between some satellites over the laser network: propagation delay, data rate and hops of each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.network.router import link_costs_m
from skyrack.network.snapshot import NetworkSnapshot
from skyrack.physics.propagation_delay import light_time_s

Floats = NDArray[np.float64]
MIN_COST_M = 1e-3
"""Minimum cost of a link: docked satellites are no distance apart, and a zero is no link to the path search."""


@dataclass(frozen=True)
class SatelliteRoutes:
    """Routes between satellites at one time; arrays are (satellite, satellite) in the order asked for."""

    delay_s: Floats
    """Propagation delay; zero to itself, infinite without a route."""
    rate_bit_per_s: Floats
    """Data rate of the slowest link; infinite to itself, zero without a route."""
    hops: NDArray[np.int64]
    """Number of links; zero to itself, -1 without a route."""


def routes_between(snapshot: NetworkSnapshot, satellites: NDArray[np.int64]) -> SatelliteRoutes:
    """Return the routes of the scenario's router between some satellites, each over the links that are up.

    A satellite that is down has no route. Routes are those of least cost, found by Dijkstra's algorithm from each satellite.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    links, n_all = snapshot.links, len(snapshot.positions_m)
    costs_m = link_costs_m(snapshot.model.network.router, links, snapshot.positions_m)
    used = np.flatnonzero(links.is_up & (links.rate_bit_per_s > 0.0) & np.isfinite(costs_m))
    a, b = links.pairs[used].T
    graph = coo_matrix((np.maximum(costs_m[used], MIN_COST_M), (a, b)), shape=(n_all, n_all)).tocsr()
    number = coo_matrix((used + 1.0, (a, b)), shape=(n_all, n_all)).tocsr()

    def link_of(x: int, y: int) -> int:
        return int(max(number[x, y], number[y, x])) - 1

    n = len(satellites)
    delay_s, rate = np.full((n, n), np.inf), np.zeros((n, n))
    hops = np.full((n, n), -1, np.int64)
    for row, source in enumerate(satellites.tolist()):
        delay_s[row, row], rate[row, row], hops[row, row] = 0.0, np.inf, 0
        cost, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
        for column, target in enumerate(satellites.tolist()):
            if column != row and np.isfinite(cost[target]):
                path = _links_of(target, source, before, link_of)
                delay_s[row, column] = float(light_time_s(float(links.range_m[path].sum())))
                rate[row, column] = float(links.rate_bit_per_s[path].min())
                hops[row, column] = len(path)
    return SatelliteRoutes(delay_s, rate, hops)


def _links_of(target: int, source: int, before: Any, link_of: Any) -> list[int]:
    path, here = [], target
    while here != source:
        path.append(link_of(int(before[here]), here))
        here = int(before[here])
    return path
