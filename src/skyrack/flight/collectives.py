"""Collective operations over the routes between satellites: which ring and tree a group has, and what an operation takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skyrack.physics.collectives import (
    all_to_all_s,
    ring_all_reduce_s,
    ring_gather_s,
    tree_all_reduce_s,
    tree_broadcast_s,
)

Algorithm = Literal["auto", "ring", "tree"]
ALGORITHMS: tuple[Algorithm, ...] = ("auto", "ring", "tree")
OPERATIONS = (
    "all_reduce",
    "all_gather",
    "reduce_scatter",
    "broadcast",
    "reduce",
    "gather",
    "scatter",
    "all_to_all",
    "barrier",
    "send",
)
"""Operations that are charged; anything else is executed and counted, but takes no virtual time."""


@dataclass(frozen=True)
class GroupLinks:
    """Ring and tree over the routes of a group at one time; delays are infinite where it is not connected."""

    nodes: int
    ring_delay_s: float
    """Longest propagation delay between neighbours of the ring in the order of the ranks."""
    ring_bytes_per_s: float
    """Lowest data rate between neighbours of the ring."""
    tree_depth_s: float
    """Propagation delay from the root of the tree to the farthest leaf."""
    tree_bytes_per_s: float
    """Lowest data rate of an edge of the tree."""
    farthest_s: float
    """Longest propagation delay between two nodes."""
    narrowest_bytes_per_s: float
    """Lowest data rate of a route between two nodes."""

    @property
    def is_connected(self) -> bool:
        """True if the group has a tree, so that every operation is possible."""
        return math.isfinite(self.tree_depth_s)


ALONE = GroupLinks(1, 0.0, math.inf, 0.0, math.inf, 0.0, math.inf)


def group_links(
    delay_s: NDArray[np.float64], rate_bit_per_s: NDArray[np.float64], hops: NDArray[np.int64]
) -> GroupLinks:
    """Return ring and tree of a group from its routes, arrays of (node, node).

    The ring joins the nodes in their order and closes. The tree is a breadth-first tree over the direct links of the group
    if these connect it, otherwise over all routes, from the middle of the longest shortest path.
    """
    n = len(delay_s)
    if n < 2:
        return ALONE
    following = np.roll(np.arange(n), -1)
    here = np.arange(n)
    apart = ~np.eye(n, dtype=bool)
    direct = hops == 1
    tree = _tree(direct, delay_s, rate_bit_per_s) or _tree(apart & (rate_bit_per_s > 0.0), delay_s, rate_bit_per_s)
    depth_s, tree_rate = tree if tree is not None else (math.inf, 0.0)
    return GroupLinks(
        n,
        float(delay_s[here, following].max()),
        float(rate_bit_per_s[here, following].min()) / 8.0,
        depth_s,
        tree_rate / 8.0,
        float(delay_s[apart].max()),
        float(rate_bit_per_s[apart].min()) / 8.0,
    )


def _tree(
    edges: NDArray[np.bool_], delay_s: NDArray[np.float64], rate_bit_per_s: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Return depth (s) and lowest rate of a breadth-first tree over some edges; None if they do not connect all nodes.

    As `skyrack.network.collective.tree_of`, whose depth is the number of hops times the mean length of a link.
    """
    neighbours = [np.flatnonzero(row).tolist() for row in edges]
    root = 0
    order, before = _breadth_first(neighbours, root)
    for _ in range(3):  # double sweep: the middle of the path between the two farthest nodes is the root
        if len(order) < len(neighbours):
            return None
        path = [order[-1]]
        while path[-1] != root:
            path.append(before[path[-1]])
        middle, root = path[len(path) // 2], order[-1]
        order, before = _breadth_first(neighbours, root)
    order, before = _breadth_first(neighbours, middle)
    depth = dict.fromkeys(order[:1], 0)
    for one in order[1:]:
        depth[one] = depth[before[one]] + 1
    used = [(before[one], one) for one in order[1:]]
    mean_s = sum(float(delay_s[edge]) for edge in used) / len(used)
    return max(depth.values()) * mean_s, min(float(rate_bit_per_s[edge]) for edge in used)


def _breadth_first(neighbours: list[list[int]], root: int) -> tuple[list[int], dict[int, int]]:
    order, before, seen = [root], {}, {root}
    for one in order:
        for other in neighbours[one]:
            if other not in seen:
                seen.add(other)
                before[other] = one
                order.append(other)
    return order, before


def needed_ranks(operation: str, ranks: tuple[int, ...], root: int, me: int) -> tuple[int, ...]:
    """Return the ranks of a group whose entry a rank needs for a collective to end on it, itself included.

    `root` is the position of the root in the group, for operations that have one.
    """
    if operation in ("broadcast", "scatter"):
        return (ranks[root], me)
    if operation in ("reduce", "gather") and ranks[root] != me:
        return (me,)
    return ranks


def operation_s(
    operation: str,
    amount_bytes: float,
    links: GroupLinks,
    algorithm: Algorithm,
    accelerators: int = 1,
    scale_up_bytes_per_s: float = math.inf,
) -> float:
    """Return the time (s) of a collective operation of `amount_bytes`, infinite where the group is not connected.

    It is hierarchical: the accelerators of each node first share the message over their scale-up network, as
    `skyrack.workload.parallelism` charges it, then the nodes exchange it over a ring, a tree, or the faster of both ("auto").
    """
    within_s = 0.0
    if accelerators > 1 and operation in ("all_reduce", "reduce_scatter", "all_gather"):
        within_s = (2.0 if operation == "all_reduce" else 1.0) * amount_bytes / scale_up_bytes_per_s
    if links.nodes < 2:
        return within_s
    if not links.is_connected:
        return math.inf
    return within_s + _between_s(operation, amount_bytes, links, algorithm)


def _between_s(operation: str, amount_bytes: float, links: GroupLinks, algorithm: Algorithm) -> float:
    ring = (links.nodes, links.ring_delay_s, max(links.ring_bytes_per_s, 1e-30))
    if operation == "all_reduce":
        by_ring = ring_all_reduce_s(amount_bytes, *ring)
        by_tree = tree_all_reduce_s(amount_bytes, links.tree_depth_s, links.tree_bytes_per_s)
        return {"ring": by_ring, "tree": by_tree}.get(algorithm, min(by_ring, by_tree))
    if operation in ("all_gather", "reduce_scatter"):
        by_ring = ring_gather_s(amount_bytes, *ring)
        by_tree = tree_broadcast_s(amount_bytes, links.tree_depth_s, links.tree_bytes_per_s)
        return {"ring": by_ring, "tree": by_tree}.get(algorithm, min(by_ring, by_tree))
    if operation in ("broadcast", "reduce"):
        return tree_broadcast_s(amount_bytes, links.tree_depth_s, links.tree_bytes_per_s)
    if operation == "barrier":
        return tree_all_reduce_s(0.0, links.tree_depth_s, links.tree_bytes_per_s)
    return all_to_all_s(amount_bytes, links.nodes, links.farthest_s, max(links.narrowest_bytes_per_s, 1e-30))
