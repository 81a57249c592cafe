"""How much a network carries: the largest share of a table of demands that all pairs can have at once.

Maximum concurrent flow by a linear program over ways (HiGHS through scipy), to which a shortest way under the program's own
prices is added until none would help (column generation). The first ways come from multiplicative weights, which send flow
over what is cheap under prices that grow with the load of an arc (Garg and Konemann, SIAM J. Comput. 37 (2007) 630). At any
moment there is a flow and a bound, so that on large networks the search may end early: by duality no prices l allow more
than sum(capacity l) / sum(demand x shortest way under l) (Shahrokhi and Matula, J. ACM 37 (1990) 318).
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
"""When the search ends: gap between flow and bound, and linear programs solved."""
SEED_GAP, SEED_ROUNDS, STEEPNESS = 0.03, 60, 1.0
PULL = 0.7
MOST_STEPS = 150_000
"""A linear program that takes more steps is given up, and what was found before stands. Counted in steps and not in
seconds, so that a busy machine finds the same."""


@dataclass(frozen=True)
class Graph:
    """Nodes joined by arcs of one direction."""

    n_nodes: int
    tail: Ints
    head: Ints
    capacity: Floats

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
        """Shortest distance from each source to every node, and the node before it."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        row: Any = self._row  # type: ignore[attr-defined]
        matrix = csr_matrix((length, self.head, row), shape=(self.n_nodes, self.n_nodes))
        found: tuple[Floats, NDArray[np.int32]] = dijkstra(matrix, indices=sources, return_predecessors=True)
        return found

    def arcs_on_way(self, before: NDArray[np.int32], source: int, target: int) -> Ints:
        """Arcs of the way that a tree of predecessors holds."""
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        steps = np.array(nodes, np.int64)
        key: Any = self._key  # type: ignore[attr-defined]
        return np.asarray(np.searchsorted(key, steps[:-1] * self.n_nodes + steps[1:]), np.int64)


@dataclass(frozen=True)
class Demands:
    """Who wants to send how much to whom."""

    source: Ints
    target: Ints
    rate: Floats


@dataclass(frozen=True)
class Flow:
    """What all demands can have at once."""

    share: float
    """Share of every demand that is carried; may exceed one."""
    bound: float
    """No flow carries more than this share."""
    arc_flow: Floats
    """Of each arc of the graph, in its order."""
    price: Floats
    """Of each arc: what one more unit of capacity would add to the share (zero where it would add nothing)."""
    method: str
    unreachable: tuple[int, ...] = field(default=())
    """Demands between which there is no way; the share is that of the others."""
    rounds: int = 0


def concurrent_flow(graph: Graph, demands: Demands, *, exact: bool = True) -> Flow:
    """The largest share of all demands at once; unreachable pairs are named, not served.

    `exact` goes on until share and bound agree to 0.01 %, else until 5 % or five linear programs.
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


def _ways(graph: Graph, demands: Demands, length: Floats) -> tuple[list[Ints], Floats]:
    """A shortest way of each demand under these lengths, and how long it is."""
    sources, position = np.unique(demands.source, return_inverse=True)
    distance, before = graph.trees(length, sources)
    ways = [
        graph.arcs_on_way(before[position[k]], int(demands.source[k]), int(demands.target[k]))
        for k in range(len(demands.rate))
    ]
    return ways, distance[position, demands.target]


def _by_columns(graph: Graph, demands: Demands, gap: float, most_rounds: int) -> Flow:
    """Column generation, begun with the ways of multiplicative weights.

    A way enters when it is cheaper than its demand's own price. The prices asked are drawn towards those of the best bound
    (Wentges, Int. Trans. Oper. Res. 4 (1997) 151), as the program's own jump about while many ways cost the same.
    """
    start = _shift(graph, demands)
    columns = list(start.ways)
    known = {(k, way.tobytes()) for k, way in columns}
    bound, kept = start.bound, start.length
    share, flow, price = start.share, start.flow, start.length
    rounds, is_done = 0, False
    while rounds < most_rounds and not is_done:
        solved = _solve_columns(graph, demands, columns)
        if solved is None:
            break
        share, amounts, price = solved
        flow = np.zeros(len(graph.tail))
        for (_, way), amount in zip(columns, amounts, strict=True):
            flow[way] += amount
        rounds += 1
        own = price + price.max() * 1e-9  # breaks ties towards short ways
        new: list[tuple[int, Ints]] = []
        for pull in (PULL, 0.0):
            length = pull * kept + (1.0 - pull) * own
            ways, distance = _ways(graph, demands, length)
            total = float(demands.rate @ distance)
            found = float(graph.capacity @ length) / total
            if found < bound:
                bound, kept = found, length / total
            new = [(k, way) for k, way in enumerate(ways) if (k, way.tobytes()) not in known]
            if new:
                break
        is_done = share >= bound * (1.0 - gap) or not new
        known.update((k, way.tobytes()) for k, way in new)
        columns += new
    method = "linear program" if share >= bound * (1.0 - EXACT_GAP) else "linear program, ended early"
    return Flow(share, max(bound, share), flow, price, method, rounds=rounds)


def _solve_columns(
    graph: Graph, demands: Demands, columns: list[tuple[int, Ints]]
) -> tuple[float, Floats, Floats] | None:
    """The best share with these ways; amounts of each way, and the arcs' prices. None where that takes too many steps."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    scale = float(np.median(demands.rate))
    arcs = np.unique(np.concatenate([way for _, way in columns]))
    rows = np.concatenate([np.searchsorted(arcs, way) for _, way in columns])
    places = np.repeat(np.arange(len(columns)), [len(way) for _, way in columns])
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
        method="highs-ipm",  # and crossover to a corner: a third of the time of the simplex, a quarter on large fleets
        options={"maxiter": MOST_STEPS},
    )
    if found.x is None or found.status != 0:
        return None
    price = np.zeros(len(graph.tail))
    price[arcs] = np.maximum(-found.ineqlin.marginals, 0.0) / scale
    return float(found.x[-1]), np.asarray(found.x[:-1]) * scale, price


@dataclass(frozen=True)
class _Shifted:
    share: float
    bound: float
    flow: Floats
    length: Floats
    """Prices of the best bound, so scaled that all demands together cost one."""
    ways: list[tuple[int, Ints]]


def _shift(graph: Graph, demands: Demands) -> _Shifted:
    """Multiplicative weights: every round sends all demands over the cheapest ways, and full arcs become dearer.

    The rounds' flows, each scaled to fill its fullest arc, add up to the flow.
    """
    capacity = graph.capacity
    length = 1.0 / capacity
    total, carried = np.zeros(len(graph.tail)), 0.0
    ways_known: dict[tuple[int, bytes], Ints] = {}
    share, bound, best_flow, best_length = 0.0, np.inf, total, length
    rounds = 0
    while rounds < SEED_ROUNDS and share < bound * (1.0 - SEED_GAP):
        ways, distance = _ways(graph, demands, length)
        cost = float(demands.rate @ distance)
        found = float(capacity @ length) / cost
        if found < bound:
            bound, best_length = found, length / cost
        sent = np.zeros(len(graph.tail))
        for k, way in enumerate(ways):
            sent[way] += demands.rate[k]
            ways_known.setdefault((k, way.tobytes()), way)
        load = sent / capacity
        fullest = float(load.max())
        total, carried = total + sent / fullest, carried + 1.0 / fullest
        crowding = float((total / capacity).max())
        if carried / crowding > share:
            share, best_flow = carried / crowding, total / crowding
        length = length * np.exp(STEEPNESS * load / fullest)
        length /= length.max()
        rounds += 1
    listed = [(k, way) for (k, _), way in ways_known.items()]
    return _Shifted(share, max(bound, share), best_flow, best_length, listed)
