"""Collective communication over the links: all-reduce time over a tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.network.links import Links
from skyrack.physics.collectives import tree_all_reduce_s
from skyrack.physics.propagation_delay import light_time_s


def all_reduce_s(amount_bytes: float, rate_bit_per_s: float, depth: int, hop_m: float) -> float:
    """Return the time (s) of an all-reduce of `amount_bytes` per satellite over a tree of links.

    t = 2 S / B + 2 h d / c: the sum is pipelined up the tree in pieces and broadcast down again; every link carries the
    data once in each direction, the slowest link (rate B) limits the throughput, and light travels h hops of length d
    up and down. A ring of n nodes takes 2 (n - 1) / n S / B, which is the same for large n. Reduction and broadcast do
    not overlap here, although they could.

    Computing, packet headers and links that fail during the operation are neglected. Reference: Patarasuk and Yuan, J.
    Parallel Distrib. Comput. 69 (2009) 117 (the ring); Sanders et al., Parallel Comput. 35 (2009) 581 (trees).
    """
    return tree_all_reduce_s(amount_bytes, depth * float(light_time_s(hop_m)), rate_bit_per_s / 8.0)


@dataclass(frozen=True)
class Tree:
    """Spanning tree of links that connects a group of satellites."""

    members: int
    """Number of satellites in the tree."""
    depth: int
    """Hops from the root to the farthest member."""
    rate_bit_per_s: float
    """Data rate of the slowest link."""
    hop_m: float
    """Mean length of the links."""


def tree_of(links: Links, group: NDArray[np.int64], alive: NDArray[np.bool_]) -> Tree | None:
    """Return a tree over the links that are up between working members of a group; None if they are not connected."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order

    members = group[alive[group]]
    n = len(members)
    position = np.full(len(alive), -1)
    position[members] = np.arange(n)
    ends = position[links.pairs]
    inside = links.is_up & (ends >= 0).all(axis=1) & (links.rate_bit_per_s > 0.0)
    a, b = ends[inside].T
    if n < 2 or not len(a):
        return None
    arc_number = coo_matrix((np.arange(1.0, len(a) + 1.0), (a, b)), shape=(n, n)).tocsr()
    arc_number = arc_number + arc_number.T
    root = 0
    for _ in range(3):  # double sweep: the middle of the path between the two farthest members is the root
        order, before = breadth_first_order(arc_number, root, directed=False)
        if len(order) < n:
            return None
        path = [int(order[-1])]
        while path[-1] != root:
            path.append(int(before[path[-1]]))
        middle, root = path[len(path) // 2], int(order[-1])
    order, before = breadth_first_order(arc_number, middle, directed=False)
    depth = np.zeros(n, np.int64)
    for one in order[1:]:
        depth[one] = depth[before[one]] + 1
    used = np.asarray(arc_number[order[1:], before[order[1:]]], np.int64).ravel() - 1
    rates, lengths = links.rate_bit_per_s[inside][used], links.range_m[inside][used]
    return Tree(n, int(depth.max()), float(rates.min()), float(lengths.mean()))
