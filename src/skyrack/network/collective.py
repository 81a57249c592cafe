"""What the links mean for a training step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.network.links import Links
from skyrack.physics.propagation_delay import light_time_s


def all_reduce_s(amount_bytes: float, rate_bit_per_s: float, depth: int, hop_m: float) -> float:
    """Time in which satellites add up equal amounts of data over a tree of links, each ending with the sum.

    t = 2 S / B + 2 h d / c: the sum runs up the tree in pieces, one after the other, and comes down again; every link carries
    the data once each way, the slowest of rate B sets the pace, and light goes h hops up and down. A ring of n takes
    2 (n - 1) / n S / B, which is the same for many. Up and down do not overlap here, as they could.

    Computing, packet headers and links that fail on the way are neglected. Reference: Patarasuk and Yuan, J. Parallel
    Distrib. Comput. 69 (2009) 117 (the ring); Sanders et al., Parallel Comput. 35 (2009) 581 (trees).
    """
    return 2.0 * 8.0 * amount_bytes / rate_bit_per_s + 2.0 * depth * float(light_time_s(hop_m))


@dataclass(frozen=True)
class Tree:
    """Links that join a group."""

    members: int
    depth: int
    """Hops from its middle to its farthest member."""
    rate_bit_per_s: float
    """Of its slowest link."""
    hop_m: float
    """Mean length of its links."""


def tree_of(links: Links, group: NDArray[np.int64], alive: NDArray[np.bool_]) -> Tree | None:
    """A tree over the links that are up between the living members of a group; None where they are not all connected."""
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
    place = coo_matrix((np.arange(1.0, len(a) + 1.0), (a, b)), shape=(n, n)).tocsr()
    place = place + place.T
    root = 0
    for _ in range(3):  # from the farthest of the farthest to the middle of that way
        order, before = breadth_first_order(place, root, directed=False)
        if len(order) < n:
            return None
        way = [int(order[-1])]
        while way[-1] != root:
            way.append(int(before[way[-1]]))
        middle, root = way[len(way) // 2], int(order[-1])
    order, before = breadth_first_order(place, middle, directed=False)
    depth = np.zeros(n, np.int64)
    for one in order[1:]:
        depth[one] = depth[before[one]] + 1
    used = np.asarray(place[order[1:], before[order[1:]]], np.int64).ravel() - 1
    rates, lengths = links.rate_bit_per_s[inside][used], links.range_m[inside][used]
    return Tree(n, int(depth.max()), float(rates.min()), float(lengths.mean()))
