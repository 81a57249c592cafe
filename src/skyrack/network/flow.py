"""Maximum concurrent flow: the largest common share of all demands that the network carries at the same time.

A path-based linear program (HiGHS through scipy) is extended by column generation: shortest paths under its dual prices
are added until none improves the solution. The first paths come from multiplicative weights, which route flow over
paths that are cheap under prices growing with the load of an arc (Garg and Konemann, SIAM J. Comput. 37 (2007) 630). A
feasible flow and an upper bound exist at any time, so that the search may end early on large networks: by duality, for
any prices l the share is at most sum(capacity l) / sum(demand x shortest path under l) (Shahrokhi and Matula, J. ACM 37
(1990) 318).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
EXACT_GAP, EXACT_ROUNDS = 1e-4, 300
NEAR_GAP, NEAR_ROUNDS = 0.05, 5
"""Stopping criteria: relative gap between share and bound, and number of linear programs solved."""
SEED_GAP, SEED_ROUNDS, STEEPNESS = 0.03, 60, 1.0
"""Multiplicative weights: gap and rounds at which they end, and exponent by which prices grow with the load."""
PULL = 0.7
"""Weight of the prices of the best bound in the smoothed dual prices (Wentges)."""
MAX_ITERATIONS = 150_000
"""Maximum iterations of one linear program; beyond it the last solution is kept. A limit of iterations, not of time,
gives the same result on a busy machine."""


@dataclass(frozen=True)
class Graph:
    """Directed graph with arc capacities; ValueError for parallel arcs."""

    n_nodes: int
    tail: Ints
    """Node at which each arc begins."""
    head: Ints
    """Node at which each arc ends."""
    capacity: Floats
    """Capacity of each arc, in the unit of the demands."""

    def __post_init__(self) -> None:
        order = np.lexsort((self.head, self.tail))
        for name in ("tail", "head", "capacity"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name)[order]))
        key = self.tail * self.n_nodes + self.head
        if len(key) > 1 and (np.diff(key) == 0).any():
            raise ValueError("two arcs join the same nodes; add their capacities up first")
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_row", np.searchsorted(self.tail, np.arange(self.n_nodes + 1)))

    def trees(self, length: Floats, sources: Ints) -> tuple[Floats, NDArray[np.int32]]:
        """Return shortest distances and predecessors from each source to every node, (source, node), by Dijkstra."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        row: Any = self._row  # type: ignore[attr-defined]
        matrix = csr_matrix((length, self.head, row), shape=(self.n_nodes, self.n_nodes))
        found: tuple[Floats, NDArray[np.int32]] = dijkstra(matrix, indices=sources, return_predecessors=True)
        return found

    def arcs_on_way(self, before: NDArray[np.int32], source: int, target: int) -> Ints:
        """Return the arcs of the path from `source` to `target` in a tree of predecessors, in order."""
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        steps = np.array(nodes, np.int64)
        key: Any = self._key  # type: ignore[attr-defined]
        return np.asarray(np.searchsorted(key, steps[:-1] * self.n_nodes + steps[1:]), np.int64)


@dataclass(frozen=True)
class Demands:
    """Demands between pairs of nodes."""

    source: Ints
    """Sending node of each demand."""
    target: Ints
    """Receiving node of each demand."""
    rate: Floats
    """Requested rate of each demand, in the unit of the capacities."""


@dataclass(frozen=True)
class Flow:
    """Concurrent flow of all demands."""

    share: float
    """Share of every demand that is carried; may exceed one."""
    bound: float
    """Upper bound of the share."""
    arc_flow: Floats
    """Flow on each arc of the graph, in its order."""
    price: Floats
    """Dual price of each arc: increase of the share per unit of additional capacity."""
    method: str
    """Name of the method that gave the result."""
    unreachable: tuple[int, ...] = field(default=())
    """Positions of demands without a path; the share is that of the others."""
    rounds: int = 0
    """Number of linear programs solved."""


def concurrent_flow(graph: Graph, demands: Demands, *, exact: bool = True) -> Flow:
    """Return the maximum concurrent flow; unreachable demands are listed and left out of the share.

    With `exact` the search ends when share and bound agree to 0.01 %, otherwise at 5 % or after five linear programs.
    """
    is_open = graph.capacity > 0.0
    inner = Graph(graph.n_nodes, graph.tail[is_open], graph.head[is_open], graph.capacity[is_open])
    reachable = _reachable(inner, demands)
    lost = tuple(np.flatnonzero(~reachable).tolist())
    kept = Demands(demands.source[reachable], demands.target[reachable], demands.rate[reachable])
    flow, price = np.zeros(len(graph.tail)), np.zeros(len(graph.tail))
    if not len(kept.rate):
        return Flow(0.0, 0.0, flow, price, "nothing can be reached", lost)
    limits = (EXACT_GAP, EXACT_ROUNDS) if exact else (NEAR_GAP, NEAR_ROUNDS)
    found = _by_columns(inner, kept, *limits)
    flow[is_open], price[is_open] = found.arc_flow, found.price
    return Flow(found.share, found.bound, flow, price, found.method, lost, found.rounds)


def _reachable(graph: Graph, demands: Demands) -> NDArray[np.bool_]:
    sources, position = np.unique(demands.source, return_inverse=True)
    if not len(sources):
        return np.zeros(0, np.bool_)
    distance, _ = graph.trees(np.ones(len(graph.tail)), sources)
    return np.isfinite(distance[position, demands.target])


def _shortest_paths(graph: Graph, demands: Demands, length: Floats) -> tuple[list[Ints], Floats]:
    """Return a shortest path (arcs) of each demand under these arc lengths, and its length."""
    sources, position = np.unique(demands.source, return_inverse=True)
    distance, before = graph.trees(length, sources)
    paths = [
        graph.arcs_on_way(before[position[k]], int(demands.source[k]), int(demands.target[k]))
        for k in range(len(demands.rate))
    ]
    return paths, distance[position, demands.target]


def _by_columns(graph: Graph, demands: Demands, gap: float, max_rounds: int) -> Flow:
    """Return the flow by column generation, starting from the paths of multiplicative weights.

    A path enters when it is cheaper than the dual price of its demand. Dual prices are smoothed towards those of the
    best bound (Wentges, Int. Trans. Oper. Res. 4 (1997) 151), because they oscillate while many paths cost the same.
    """
    start = _shift(graph, demands)
    columns = list(start.paths)
    known = {(k, path.tobytes()) for k, path in columns}
    bound, kept = start.bound, start.length
    share, flow, price = start.share, start.flow, start.length
    rounds, is_done = 0, False
    while rounds < max_rounds and not is_done:
        solved = _solve_columns(graph, demands, columns)
        if solved is None:
            break
        share, amounts, price = solved
        flow = np.zeros(len(graph.tail))
        for (_, path), amount in zip(columns, amounts, strict=True):
            flow[path] += amount
        rounds += 1
        own = price + price.max() * 1e-9  # breaks ties towards paths with few arcs
        new: list[tuple[int, Ints]] = []
        for pull in (PULL, 0.0):
            length = pull * kept + (1.0 - pull) * own
            paths, distance = _shortest_paths(graph, demands, length)
            total = float(demands.rate @ distance)
            found = float(graph.capacity @ length) / total
            if found < bound:
                bound, kept = found, length / total
            new = [(k, path) for k, path in enumerate(paths) if (k, path.tobytes()) not in known]
            if new:
                break
        is_done = share >= bound * (1.0 - gap) or not new
        known.update((k, path.tobytes()) for k, path in new)
        columns += new
    method = "linear program" if share >= bound * (1.0 - EXACT_GAP) else "linear program, ended early"
    return Flow(share, max(bound, share), flow, price, method, rounds=rounds)


def _solve_columns(
    graph: Graph, demands: Demands, columns: list[tuple[int, Ints]]
) -> tuple[float, Floats, Floats] | None:
    """Return the best share over these paths, the flow on each path and the arc prices; None beyond MAX_ITERATIONS."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    scale = float(np.median(demands.rate))
    arcs = np.unique(np.concatenate([path for _, path in columns]))
    rows = np.concatenate([np.searchsorted(arcs, path) for _, path in columns])
    places = np.repeat(np.arange(len(columns)), [len(path) for _, path in columns])
    n = len(columns) + 1
    limits = coo_matrix((np.ones(len(rows)), (rows, places)), shape=(len(arcs), n))
    owner = np.array([k for k, _ in columns])
    n_demands = len(demands.rate)
    shares = coo_matrix(
        (
            np.concatenate([np.ones(len(columns)), -demands.rate / scale]),
            (
                np.concatenate([owner, np.arange(n_demands)]),
                np.concatenate([np.arange(len(columns)), np.full(n_demands, n - 1)]),
            ),
        ),
        shape=(n_demands, n),
    )
    cost = np.zeros(n)
    cost[-1] = -1.0
    found = linprog(
        cost,
        A_ub=limits.tocsr(),
        b_ub=graph.capacity[arcs] / scale,
        A_eq=shares.tocsr(),
        b_eq=np.zeros(n_demands),
        method="highs-ipm",  # with crossover to a vertex: a third of the time of the simplex, a quarter on large fleets
        options={"maxiter": MAX_ITERATIONS},
    )
    if found.x is None or found.status != 0:
        return None
    price = np.zeros(len(graph.tail))
    price[arcs] = np.maximum(-found.ineqlin.marginals, 0.0) / scale
    return float(found.x[-1]), np.asarray(found.x[:-1]) * scale, price


@dataclass(frozen=True)
class _Shifted:
    """Flow and bound of multiplicative weights, and the paths that they used."""

    share: float
    bound: float
    flow: Floats
    length: Floats
    """Prices of the best bound, scaled so that all demands together cost one."""
    paths: list[tuple[int, Ints]]


def _shift(graph: Graph, demands: Demands) -> _Shifted:
    """Return flow, bound and paths of multiplicative weights.

    Every round routes all demands over their cheapest paths and raises the prices of loaded arcs. The flow is the sum
    of the rounds, each scaled to saturate its most loaded arc.
    """
    capacity = graph.capacity
    length = 1.0 / capacity
    total, carried = np.zeros(len(graph.tail)), 0.0
    known_paths: dict[tuple[int, bytes], Ints] = {}
    share, bound, best_flow, best_length = 0.0, np.inf, total, length
    rounds = 0
    while rounds < SEED_ROUNDS and share < bound * (1.0 - SEED_GAP):
        paths, distance = _shortest_paths(graph, demands, length)
        cost = float(demands.rate @ distance)
        found = float(capacity @ length) / cost
        if found < bound:
            bound, best_length = found, length / cost
        sent = np.zeros(len(graph.tail))
        for k, path in enumerate(paths):
            sent[path] += demands.rate[k]
            known_paths.setdefault((k, path.tobytes()), path)
        load = sent / capacity
        fullest = float(load.max())
        total, carried = total + sent / fullest, carried + 1.0 / fullest
        crowding = float((total / capacity).max())
        if carried / crowding > share:
            share, best_flow = carried / crowding, total / crowding
        length = length * np.exp(STEEPNESS * load / fullest)
        length /= length.max()
        rounds += 1
    listed = [(k, path) for (k, _), path in known_paths.items()]
    return _Shifted(share, max(bound, share), best_flow, best_length, listed)
