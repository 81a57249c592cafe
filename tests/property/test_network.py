"""What holds for every network: ways are shortest, flows are conserved, bounds bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from skyrack.network.flow import Demands, Graph, concurrent_flow
from skyrack.network.matching import take_greedily
from skyrack.network.sweeps import neighbour_table, shortest


def random_graph(seed, n, extra):
    generator = np.random.default_rng(seed)
    pairs = {tuple(sorted((k, int(generator.integers(0, k))))) for k in range(1, n)}
    while len(pairs) < min(n - 1 + extra, n * (n - 1) // 2):
        a, b = generator.integers(0, n, 2)
        if a != b:
            pairs.add(tuple(sorted((int(a), int(b)))))
    return np.array(sorted(pairs), np.int32), generator


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(0, 80))
def test_sweeps_end_where_dijkstra_does(seed, n, extra):
    pairs, generator = random_graph(seed, n, extra)
    length = generator.uniform(1e3, 5e6, len(pairs))
    up = generator.random(len(pairs)) < 0.9
    n_places = int(generator.integers(1, 20))
    ranges = np.where(generator.random((n, n_places)) < 0.2, generator.uniform(5e5, 2e6, (n, n_places)), np.inf)
    ways = ranges.astype(np.float32)
    neighbours, lengths = neighbour_table(n, pairs, length, up)
    shortest(neighbours, lengths, 0, n, ways)
    satellite, place = np.nonzero(np.isfinite(ranges))
    a, b = pairs[up].T
    rows = np.concatenate([a, b, n + place])
    columns = np.concatenate([b, a, satellite])
    values = np.concatenate([length[up], length[up], ranges[satellite, place]])
    graph = csr_matrix((values, (rows, columns)), shape=(n + n_places, n + n_places))
    theirs = dijkstra(graph, indices=np.arange(n, n + n_places))[:, :n].T
    assert (np.isfinite(theirs) == np.isfinite(ways)).all()
    there = np.isfinite(theirs)
    assert np.abs(theirs[there] - ways[there]).max(initial=0.0) <= 1e-6 * max(theirs[there].max(initial=1.0), 1.0)


def brute_force(graph, demands):
    """The linear program over arcs and demands, all variables at once."""
    n, m, k = graph.n_nodes, len(graph.tail), len(demands.rate)
    equal, right = np.zeros((k * n, k * m + 1)), np.zeros(k * n)
    for d in range(k):
        for arc in range(m):
            equal[d * n + graph.tail[arc], d * m + arc] += 1.0
            equal[d * n + graph.head[arc], d * m + arc] -= 1.0
        equal[d * n + demands.source[d], -1] -= demands.rate[d]
        equal[d * n + demands.target[d], -1] += demands.rate[d]
    limits = np.hstack([np.tile(np.eye(m), k), np.zeros((m, 1))])
    cost = np.zeros(k * m + 1)
    cost[-1] = -1.0
    return -linprog(cost, A_ub=limits, b_ub=graph.capacity, A_eq=equal, b_eq=right, method="highs").fun


def flow_case(seed, n, extra, n_demands):
    pairs, generator = random_graph(seed, n, extra)
    tail, head = np.concatenate([pairs, pairs[:, ::-1]]).T.astype(np.int64)
    graph = Graph(n, tail, head, generator.uniform(1.0, 10.0, len(tail)))
    source = generator.integers(0, n, n_demands)
    target = (source + generator.integers(1, n, n_demands)) % n
    return graph, Demands(source, target, generator.uniform(0.5, 3.0, n_demands))


def net_outflow(graph, flow):
    return np.bincount(graph.tail, flow, graph.n_nodes) - np.bincount(graph.head, flow, graph.n_nodes)


@given(st.integers(0, 10_000), st.integers(3, 7), st.integers(0, 6), st.integers(1, 4))
def test_flow_equals_brute_force(seed, n, extra, n_demands):
    graph, demands = flow_case(seed, n, extra, n_demands)
    found = concurrent_flow(graph, demands)
    assert found.share == pytest.approx(brute_force(graph, demands), rel=1e-4)
    assert found.bound >= found.share * (1.0 - 1e-9)


@given(st.integers(0, 10_000), st.integers(3, 30), st.integers(0, 40), st.integers(1, 12), st.booleans())
def test_flow_is_conserved_and_fits(seed, n, extra, n_demands, exact):
    graph, demands = flow_case(seed, n, extra, n_demands)
    found = concurrent_flow(graph, demands, exact=exact)
    assert (found.arc_flow <= graph.capacity * (1.0 + 1e-6)).all()
    sent = np.bincount(demands.source, demands.rate, n) - np.bincount(demands.target, demands.rate, n)
    assert net_outflow(graph, found.arc_flow) == pytest.approx(found.share * sent, abs=1e-6 * max(1.0, found.share))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_bound_of_an_early_end_holds(seed):
    """Medium networks: what is found early is no more than the truth, and the bound no less."""
    graph, demands = flow_case(seed, 200, 300, 25)
    truth = concurrent_flow(graph, demands)
    early = concurrent_flow(graph, demands, exact=False)
    assert truth.method == "linear program"
    assert early.share <= truth.share * (1.0 + 1e-6)
    assert early.bound >= truth.share * (1.0 - 1e-6)
    assert early.share >= 0.5 * truth.share


def test_a_program_of_too_many_steps_leaves_what_was_found_before(monkeypatch):
    graph, demands = flow_case(3, 60, 120, 40)
    truth = concurrent_flow(graph, demands)
    monkeypatch.setattr("skyrack.network.flow.MAX_ITERATIONS", 3)
    left = concurrent_flow(graph, demands)
    assert (left.rounds, left.method) == (0, "linear program, ended early")
    assert 0.0 < left.share <= truth.share * (1.0 + 1e-6) <= left.bound * (1.0 + 2e-6)
    assert np.all(left.arc_flow <= graph.capacity * (1.0 + 1e-9))


def test_closed_arcs_carry_nothing_and_lost_pairs_are_named():
    graph = Graph(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([5.0, 0.0, 5.0]))
    demands = Demands(np.array([0, 0]), np.array([1, 3]), np.array([1.0, 1.0]))
    found = concurrent_flow(graph, demands)
    assert found.unreachable == (1,)
    assert found.share == pytest.approx(5.0)
    nothing = concurrent_flow(graph, Demands(np.array([0]), np.array([3]), np.array([1.0])))
    assert (nothing.share, nothing.unreachable) == (0.0, (0,))


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 40), st.integers(0, 5), st.integers(0, 5))
def test_terminals_are_not_given_twice(seed, n_left, n_right, left_each, right_each):
    generator = np.random.default_rng(seed)
    left, right = generator.integers(0, n_left, 200), generator.integers(0, n_right, 200)
    taken = take_greedily(left, right, np.full(n_left, left_each), np.full(n_right, right_each))
    used_left, used_right = np.bincount(left[taken], minlength=n_left), np.bincount(right[taken], minlength=n_right)
    assert used_left.max() <= left_each
    assert used_right.max() <= right_each
    # what was not taken found one side used up
    assert ((used_left[left[~taken]] == left_each) | (used_right[right[~taken]] == right_each)).all()
