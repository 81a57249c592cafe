"""Satellites that share a position, as docked spacecraft do: every search ends, and no figure is lost."""

import itertools
import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from tests.models import history_of, network_of

from skyrack.network.bisection import bisection
from skyrack.network.links import Links
from skyrack.network.sweeps import neighbour_table, shortest, walk
from skyrack.network.topology.nearest import nearest_links
from skyrack.orbits.ground import ground_sites
from skyrack.scenario import load

RADIO = {"eirp": "10 kW", "gain_per_temperature": "50 1/K", "frequency": "60 GHz", "bandwidth": "2 GHz"}


def docked_fleet(n_alike, **network):
    """Shells that lie exactly upon each other: every satellite has `n_alike` - 1 others docked to it."""
    shell = {"kind": "walker-delta", "inclination": "53 deg", "altitude": "1200 km", "planes": 6}
    shell |= {"satellites_per_plane": 10, "phasing": 1}
    return load(
        {
            "extends": "starlink-v3-compute",
            "shells": [shell | {"name": f"s{k}"} for k in range(n_alike)],
            "claims": [],
            "sources": {},
            "network": {"stations": [], "cities": ["London", "Tokyo", "Lagos"], "step": "2 h"} | network,
        }
    ).scenario


def element(number, mean_anomaly_deg):
    return {
        "OBJECT_NAME": f"S-{number}",
        "OBJECT_ID": "2025-001A",
        "EPOCH": "2027-03-20T00:00:00.000000",
        "MEAN_MOTION": 13.16010791,
        "ECCENTRICITY": 0.0001,
        "INCLINATION": 53.0,
        "RA_OF_ASC_NODE": 0.0,
        "ARG_OF_PERICENTER": 0.0,
        "MEAN_ANOMALY": mean_anomaly_deg,
        "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": "U",
        "NORAD_CAT_ID": 90001 + number,
        "ELEMENT_SET_NO": 999,
        "REV_AT_EPOCH": 1,
        "BSTAR": 0.0,
        "MEAN_MOTION_DOT": 0.0,
        "MEAN_MOTION_DDOT": 0.0,
    }


@pytest.mark.parametrize("short_m", [0.0, 0.01, 0.3])
def test_a_path_through_docked_satellites_ends(short_m):
    """A cluster whose exit lies at the end of a chain: the first neighbours lead back, as near to the place as the exit."""
    pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [3, 4], [0, 3], [4, 5]], np.int32)
    length_m = np.array([short_m] * 6 + [2e6])
    table = neighbour_table(6, pairs, length_m, np.ones(7, bool))
    ranges = np.full((6, 1), np.inf, np.float32)
    ranges[5, 0] = 3e6
    ways = ranges.copy()
    shortest(*table, 0, 6, ways)
    for start in range(6):
        path = np.empty(6, np.int64)
        n = walk(*table, 0, ranges, ways, 0, start, path)
        assert path[n - 1] == 5
        assert len(set(path[:n].tolist())) == n
    assert ways[0, 0] == pytest.approx(5e6, abs=3.0)


@pytest.mark.parametrize("seed", range(30))
def test_paths_over_short_links_are_as_long_as_those_of_dijkstra(seed):
    generator = np.random.default_rng(seed)
    n = 40
    pairs = np.array(sorted({tuple(sorted(p)) for p in generator.integers(0, n, (120, 2)).tolist() if p[0] != p[1]}))
    length_m = generator.choice([0.0, 0.0, 1e-3, 0.2, 1.0, 500.0, 2e6], len(pairs))
    table = neighbour_table(n, pairs.astype(np.int32), length_m, np.ones(len(pairs), bool))
    ranges = np.full((n, 1), np.inf, np.float32)
    ranges[generator.integers(0, n, 2)] = 1.5e6
    ways = ranges.copy()
    shortest(*table, 0, n, ways)
    down = np.flatnonzero(np.isfinite(ranges[:, 0]))
    rows, columns = np.concatenate([pairs[:, 0], down]), np.concatenate([pairs[:, 1], np.full(len(down), n)])
    graph = csr_matrix((np.concatenate([length_m, np.full(len(down), 1.5e6)]), (rows, columns)), shape=(n + 1, n + 1))
    theirs = dijkstra(graph, directed=False, indices=n)[:n]
    known = {tuple(pair): float(length) for pair, length in zip(pairs.tolist(), length_m, strict=True)}
    for start in np.flatnonzero(np.isfinite(theirs)):
        path = np.empty(n, np.int64)
        m = walk(*table, 0, ranges, ways, 0, start, path)
        steps = itertools.pairwise(path[:m].tolist())
        assert sum(known[min(step), max(step)] for step in steps) + 1.5e6 == pytest.approx(theirs[start], rel=3e-6)


@pytest.mark.parametrize("n_alike", [2, 3])
def test_the_network_of_a_docked_fleet_is_that_of_the_fleet(n_alike):
    """Links between docked satellites add nothing to a path's length."""
    alone = history_of(docked_fleet(1, topology="plus-grid"))
    docked = history_of(docked_fleet(n_alike, topology="inter-shell", laser={"terminals": 6}))
    assert (docked.first.links.range_m == 0.0).sum() == (n_alike - 1) * 60
    assert docked.up_frac > 0.5
    assert np.isfinite(docked.route_m).any()
    np.testing.assert_allclose(docked.route_m, alone.route_m, rtol=1e-6)
    assert docked.loaded is not None
    assert docked.loaded.flow.share > 0.0


def test_paths_of_a_docked_fleet_are_made_of_links():
    scenario = docked_fleet(3, topology="inter-shell", laser={"terminals": 6})
    snapshot = network_of(scenario).at(0.0)
    links = snapshot.links
    path = snapshot.path(snapshot.ground(ground_sites(scenario.network).cities), 0, 1)
    known = {tuple(pair) for pair in links.pairs[links.is_up].tolist()}
    assert all(tuple(sorted(step)) in known for step in itertools.pairwise(path))
    assert len(set(path)) == len(path)


@pytest.mark.parametrize("radio", [None, RADIO])
def test_a_link_between_docked_satellites_is_up_at_its_highest_rate(radio):
    laser = {"terminals": 6, "sun_exclusion": "60 deg", "least_rate": "1 Mbit/s"}
    seen = history_of(docked_fleet(2, topology="inter-shell", laser=laser, radio=radio))
    links = seen.first.links
    zero = links.range_m == 0.0
    assert links.is_up[zero].all()
    assert np.isfinite(links.rate_bit_per_s).all()
    assert links.rate_bit_per_s[zero].min() >= links.rate_bit_per_s[~zero].max()


def test_docked_satellites_are_each_others_nearest():
    """Five at one place, five far away: all of a place are linked to each other, and nobody gives a terminal to itself."""
    places = np.array([[7e6, 0.0, 0.0]] * 5 + [[0.0, 7e6, 0.0]] * 5)
    pairs = nearest_links(places, 4, 4)
    assert pairs.tolist() == [
        list(pair) for five in (range(5), range(5, 10)) for pair in itertools.combinations(five, 2)
    ]


def test_halves_of_docked_satellites_are_halves():
    """Three of four satellites at one place: no plane between positions halves them, their numbers do."""
    places = np.array([[7e6, 0.0, 0.0], [7.1e6, 0.0, 0.0], [7.1e6, 0.0, 0.0], [7.1e6, 0.0, 0.0]])
    pairs = np.array([[0, 1], [1, 2], [2, 3]], np.int32)
    links = Links(pairs, np.array([1e5, 0.0, 0.0]), np.full(3, 1e9), np.zeros(3, np.uint8))
    assert bisection(places, links, np.ones(4, bool)).rate_bit_per_s == 1e9


@pytest.mark.parametrize(
    "anomalies_deg", [[0.0] * 9 + [90.0, 180.0], [0.0] * 5, [0.0, 0.0, 120.0, 120.0, 240.0, 240.0]]
)
def test_a_plane_of_docked_measured_satellites_is_a_network(anomalies_deg):
    """Two planes found from elements, most of whose satellites share a position."""
    elements = [
        element(10 * plane + k, anomaly) | {"RA_OF_ASC_NODE": 30.0 * plane}
        for plane in range(2)
        for k, anomaly in enumerate(anomalies_deg)
    ]
    scenario = load(
        {
            "extends": "starlink-v3-compute",
            "epoch": "2027-03-20T00:00:00Z",
            "shells": [],
            "catalogued": [{"name": "docked", "elements": json.dumps(elements, indent=0)}],
            "claims": [],
            "sources": {},
            "network": {"stations": [], "cities": ["London", "Tokyo"], "span": "10 min", "step": "10 min"},
        }
    ).scenario
    seen = history_of(scenario)
    assert len(seen.first.links.pairs) > 0
    assert np.isfinite(seen.first.links.rate_bit_per_s).all()
