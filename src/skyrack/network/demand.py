"""A table of demands between cities, put on a snapshot of the network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.network.flow import Demands, Flow, Graph, concurrent_flow
from skyrack.network.snapshot import NetworkSnapshot
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import Places
from skyrack.orbits.visibility import slant_ranges
from skyrack.scenario.network import Network

EXACT_SATELLITES = 5_000
EXACT_DEMANDS = 100
GRAPH_SATELLITES = 12_500
"""On larger fleets the flow is sought on about as many satellites, layers spread evenly; the whole fleet's is no smaller."""
GRAVITY_TOTAL_BIT_PER_S = 1e12


@dataclass(frozen=True)
class LoadedNetwork:
    """Demands between cities put on the network of one time."""

    flow: Flow
    asked_bit_per_s: float
    pairs: list[tuple[int, int]]
    """Cities (from, to) of each demand."""
    satellites: NDArray[np.int64]
    """Satellites of the graph, its first nodes."""
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    capacity: NDArray[np.float64]
    names: list[str]
    """Cities, the nodes after the satellites; then come the access of satellites, and the cities where they receive."""
    access_of: NDArray[np.int64]
    """Satellite of each access node, those up before those down."""

    def node_name(self, node: int, constellation: Constellation) -> str:
        """What a node is called."""
        n, n_cities = len(self.satellites), len(self.names)
        if node < n:
            return constellation.name_of(int(self.satellites[node]))
        if node < n + n_cities:
            return self.names[node - n]
        if node < n + n_cities + len(self.access_of):
            return f"access of {constellation.name_of(int(self.access_of[node - n - n_cities]))}"
        return self.names[node - n - n_cities - len(self.access_of)]


def demands_of(network: Network, cities: Places) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """Pairs of cities and what they ask for: as written, or 1 Tbit/s in all by the product of the cities' people."""
    if network.demands:
        known = {name: number for number, name in enumerate(cities.names)}
        for demand in network.demands:
            wrong = next((name for name in (demand.source, demand.target) if name not in known), None)
            if wrong is not None:
                raise InputError(
                    f"network.demands: {wrong!r} is not one of the scenario's cities, for example {cities.names[0]!r}"
                )
            if demand.source == demand.target:
                raise InputError(f"network.demands: {demand.source!r} asks for data from itself; name two cities")
        pairs = [(known[demand.source], known[demand.target]) for demand in network.demands]
        return pairs, np.array([demand.rate_bit_per_s for demand in network.demands])
    n = min(network.demand_cities, len(cities.names))
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    people = np.maximum(cities.people, 1.0)
    weight = np.array([people[a] * people[b] for a, b in pairs])
    return pairs, GRAVITY_TOTAL_BIT_PER_S * weight / weight.sum() if len(weight) else weight


def load_network(snapshot: NetworkSnapshot, cities: Places, ground_m: NDArray[np.float64]) -> LoadedNetwork | None:
    """Scale all demands equally until a link saturates (maximum concurrent flow); None where nothing is demanded.

    Cities, at `ground_m` (xyz, city), send and receive through the access of every satellite in sight, each of which carries
    the scenario's rate in each direction for all its users together.
    """
    constellation, network, links = snapshot.model.constellation, snapshot.model.network, snapshot.links
    pairs, rates = demands_of(network, cities)
    if not pairs:
        return None
    used = np.unique(pairs)
    satellites = _chosen(constellation)
    n = len(satellites)
    position_of = np.full(constellation.n_sats, -1)
    position_of[satellites] = np.arange(n)
    ranges = np.empty((n, len(used)), np.float32)
    here = np.ascontiguousarray(ground_m[:, used])
    usable = snapshot.usable[satellites]
    limits = (snapshot.model.min_elevation_sine, snapshot.model.range_limit_m)
    slant_ranges(snapshot.positions_m[satellites], here, *limits, usable, ranges)
    seen, city = np.nonzero(np.isfinite(ranges))
    access, access_at = np.unique(seen, return_inverse=True)
    first_city, first_access = n, n + len(used)
    ends = position_of[links.pairs]
    kept = links.is_up & (ends >= 0).all(axis=1) & (links.rate_bit_per_s > 0.0)
    a, b = ends[kept].T
    up = np.full(len(access), network.access.rate_bit_per_s)
    gate = first_access + np.arange(len(access))
    joins, at = first_city + city, first_access + access_at.ravel()
    wide = np.full(len(joins), network.access.rate_bit_per_s)
    # up through one access node and down through another, and into a city by a node of its own, so that no data passes
    # through a city or turns round at an access
    down_gate = gate + len(access)
    receives = first_access + 2 * len(access) + np.arange(len(used))
    tail = np.concatenate([a, b, joins, gate, access, at + len(access)])
    head = np.concatenate([b, a, at, access, down_gate, receives[city]])
    capacity = np.concatenate([links.rate_bit_per_s[kept], links.rate_bit_per_s[kept], wide, up, up, wide])
    graph = Graph(int(receives[-1]) + 1, tail, head, capacity)
    position = {int(number): k for k, number in enumerate(used)}
    demands = Demands(
        np.array([first_city + position[p] for p, _ in pairs]),
        np.array([int(receives[position[q]]) for _, q in pairs]),
        rates,
    )
    exact = n <= EXACT_SATELLITES and len(pairs) <= EXACT_DEMANDS
    flow = concurrent_flow(graph, demands, exact=exact)
    names = [cities.names[int(number)] for number in used]
    return LoadedNetwork(
        flow,
        float(rates.sum()),
        pairs,
        satellites,
        graph.tail,
        graph.head,
        graph.capacity,
        names,
        satellites[np.concatenate([access, access])],
    )


def _chosen(constellation: Constellation) -> NDArray[np.int64]:
    """Satellites that the flow is sought on: all, or layers spread evenly over the fleet."""
    grids = constellation.grids
    share = min(1.0, GRAPH_SATELLITES / constellation.n_sats)
    n = max(1, math.floor(len(grids) * share))
    picked = np.unique(np.linspace(0, len(grids) - 1, n).round().astype(int))
    return np.sort(np.concatenate([grids[k].numbers().ravel() for k in picked]))
