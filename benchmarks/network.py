"""Latencies: Skyrack beside a plain sgp4 and scipy script and beside networkx, at the same answers; and how cost grows.

The standard job is one look at 72 x 22 satellites at 550 km and 53 degrees (odd planes half a place ahead, as Hypatia lays
them out), +Grid, from 100 cities, all pairs. Each way finds
the places of the satellites by SGP4, sets the links' lengths and finds the shortest ways of all pairs.
"""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import networkx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from sgp4.api import WGS72, Satrec, SatrecArray
from sgp4.exporter import export_tle

from skyrack.network.history import rtt_ms
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import cities_of
from skyrack.orbits.layout import lay_out
from skyrack.scenario import load

PLANES, PER_PLANE, CITIES = 72, 22, 100
EPOCH_DAYS = 28_000.0
"""Of the elements, days since 1949-12-31: 2026-08-29."""
SINE_LIMIT = math.sin(math.radians(25.0))
SUN = np.array([1.0, 0.0, 0.0])
LOOKS = 10


@cache
def satellites() -> list[Any]:
    """The shell as SGP4 records."""
    radius_km = 6378.135 + 550.0
    motion = 60.0 * math.sqrt(398600.8 / radius_km**3)
    records = []
    for number in range(PLANES * PER_PLANE):
        plane, place = divmod(number, PER_PLANE)
        phase = 2.0 * math.pi * (place + 0.5 * (plane % 2)) / PER_PLANE
        record = Satrec()
        node = 2.0 * math.pi * plane / PLANES
        record.sgp4init(
            WGS72, "i", number + 1, EPOCH_DAYS, 0.0, 0.0, 0.0, 1e-6, 0.0, math.radians(53.0), phase, motion, node
        )
        record.classification, record.intldesg, record.elnum, record.revnum, record.ephtype = "U", "26001A", 1, 1, 0
        records.append(record)
    return records


@cache
def case() -> Any:
    """Skyrack's scenario of the same satellites, and what looks at it."""
    text = "\n".join(line for record in satellites() for line in export_tle(record)) + "\n"
    scenario = load(
        {
            "extends": "starlink-v3-compute",
            "epoch": "2026-08-29T00:00:00Z",
            "shells": [],
            "catalogued": [{"name": "shell", "elements": text, "planes": PLANES}],
            "network": {"laser": {"sun_exclusion": "0 deg"}, "cities": [f"largest-{CITIES}"]},
            "claims": [],
            "sources": {},
        }
    ).scenario
    model = NetworkModel.of(Constellation(lay_out(scenario)), scenario.network)
    return model, cities_of(scenario.network)


def skyrack_look(time_s: float) -> Any:
    """Round trips of all pairs, by Skyrack."""
    model, cities = case()
    snapshot = model.at(time_s)
    return snapshot.paths(snapshot.ground(cities))


def plain_look(time_s: float) -> Any:
    """The same in forty lines: sgp4's arrays, a sparse matrix, scipy's Dijkstra from every city."""
    model, cities = case()
    constellation = model.constellation
    fleet = _plain_fleet()
    days = np.array([2_433_281.5 + EPOCH_DAYS])
    _, places, _ = fleet.sgp4(days, np.array([time_s / 86_400.0]))
    places = places[:, 0] * 1e3
    ground = cities.at(constellation.sidereal_rad(time_s)).T
    n = len(places)
    a, b = _grid()
    length = np.linalg.norm(places[a] - places[b], axis=1)
    apart = places[None] - ground[:, None]
    ranges = np.linalg.norm(apart, axis=2)
    upward = np.einsum("csx,cx->cs", apart, ground / np.linalg.norm(ground, axis=1)[:, None])
    city, satellite = np.nonzero(upward >= SINE_LIMIT * ranges)
    down = ranges[city, satellite]
    rows, columns = np.concatenate([a, b, n + city]), np.concatenate([b, a, satellite])
    graph = csr_matrix((np.concatenate([length, length, down]), (rows, columns)), shape=(n + CITIES, n + CITIES))
    ways = dijkstra(graph, indices=np.arange(n, n + CITIES))[:, :n]
    seen = np.where(upward >= SINE_LIMIT * ranges, ranges, np.inf)
    total = np.full((CITIES, CITIES), np.inf)
    for c in range(CITIES):
        there = np.flatnonzero(np.isfinite(seen[c]))
        total[c] = (ways[:, there] + seen[c, there]).min(axis=1, initial=np.inf)
    return total


@cache
def _plain_fleet() -> Any:
    """The records as Skyrack read them, so that both round alike."""
    return SatrecArray(list(case()[0].constellation.shells[0].catalogue.read.records))


@cache
def _grid() -> Any:
    index = np.arange(PLANES * PER_PLANE).reshape(PLANES, PER_PLANE)
    first = np.concatenate([index.ravel(), index.ravel()])
    return first, np.concatenate([np.roll(index, -1, axis=1).ravel(), np.roll(index, -1, axis=0).ravel()])


def networkx_look(time_s: float) -> Any:
    """The same by networkx, Dijkstra from every city."""
    model, cities = case()
    snapshot = model.at(time_s)
    places, links, ground = snapshot.positions_m, snapshot.links, snapshot.ground(cities).T
    graph = networkx.Graph()
    graph.add_weighted_edges_from(
        (int(a), int(b), float(length)) for (a, b), length in zip(links.pairs, links.range_m, strict=True)
    )
    seen = []
    for place in ground:
        apart = places - place
        ranges = np.linalg.norm(apart, axis=1)
        there = np.flatnonzero(apart @ place >= SINE_LIMIT * ranges * np.linalg.norm(place))
        seen.append({int(k): float(ranges[k]) for k in there})
    total = np.full((CITIES, CITIES), np.inf)
    for c in range(CITIES):
        ways = _from_city(graph, seen[c])
        for other in range(CITIES):
            total[c, other] = min(
                (ways.get(k, math.inf) + length for k, length in seen[other].items()), default=math.inf
            )
    return total


def _from_city(graph: Any, seen: dict[int, float]) -> dict[int, float]:
    graph.add_node("city")
    graph.add_weighted_edges_from(("city", k, length) for k, length in seen.items())
    ways = networkx.single_source_dijkstra_path_length(graph, "city")
    graph.remove_node("city")
    return dict(ways)


def check_answers() -> float:
    """Largest difference of the three ways' round trips at one look, in microseconds."""
    ours = skyrack_look(600.0).length_m
    ours = np.minimum(ours, ours.T)
    upper = np.triu_indices(CITIES, 1)
    plain, by_networkx = plain_look(600.0), networkx_look(600.0)
    return float(max(np.abs(rtt_ms(ours) - rtt_ms(theirs))[upper].max() for theirs in (plain, by_networkx)) * 1e3)


def ways() -> dict[str, Callable[[], float]]:
    """The ways of doing the standard job; each returns how many looks it did."""

    def several(look: Callable[[float], Any], n: int) -> Callable[[], float]:
        def run() -> float:
            for k in range(n):
                look(60.0 * k)
            return float(n)

        return run

    return {
        "Skyrack, links with budgets, hops": several(skyrack_look, 5 * LOOKS),
        "sgp4 and scipy, a plain script": several(plain_look, LOOKS),
        "networkx on Skyrack's links": several(networkx_look, 1),
    }


SIZES: tuple[dict[str, str], ...] = (
    {"shells.sso.satellites_per_plane": "25", "shells.i30.satellites_per_plane": "12"},
    {},
    {"stack": "2"},
    {"stack": "4"},
    {"stack": "8"},
    {"stack": "16"},
    {"stack": "40"},
)


def scale() -> list[dict[str, float]]:
    """Seconds for a look at growing parts of spacex-million, and the largest memory so far."""
    rows = []
    for size in SIZES:
        changes = dict(size)
        stack = changes.pop("stack", "1")
        changes |= {
            "shells.sso.stack.shells": stack,
            "shells.i30.stack.shells": stack,
            "network.cities": "largest-1000",
        }
        scenario = load("spacex-million", changes | {"claims": []}).scenario
        model = NetworkModel.of(Constellation(lay_out(scenario)), scenario.network)
        cities = cities_of(scenario.network)
        nearest, routes = [], []
        for k in range(4):
            begun = time.perf_counter()
            snapshot = model.at(60.0 * k)
            placed = time.perf_counter()
            ground = snapshot.ground(cities)
            snapshot.nearest(ground)
            found = time.perf_counter()
            snapshot.paths(np.ascontiguousarray(ground[:, :CITIES]))
            done = time.perf_counter()
            nearest.append(found - begun)
            routes.append(done - found + placed - begun)
        rows.append(
            {
                "n_sats": model.constellation.n_sats,
                "nearest_s": float(np.median(nearest[1:])),
                "routes_s": float(np.median(routes[1:])),
                "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0,
            }
        )
    return rows
