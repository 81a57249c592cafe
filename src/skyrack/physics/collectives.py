"""Time of collective operations between nodes, in closed form: latency and bandwidth of rings, trees and levels of them.

Plain functions, not compiled laws: the processes of a user's own job call them, and these shall not load a compiler. All
sizes are those of the whole message: the tensor that is reduced, or the concatenation that is gathered or scattered. The
computing of the sum, packet headers and contention on links that several routes share are neglected.

References: Thakur, Rabenseifner and Gropp, Int. J. High Perform. Comput. Appl. 19 (2005) 49 (recalled); Patarasuk and Yuan,
J. Parallel Distrib. Comput. 69 (2009) 117; Sanders et al., Parallel Comput. 35 (2009) 581.
"""


def ring_all_reduce_s(amount_bytes: float, nodes: int, delay_s: float, bytes_per_s: float) -> float:
    """Return the time (s) of an all-reduce over a ring: 2 (n - 1) steps of S / n bytes, each with the delay of a hop."""
    return 2.0 * ring_gather_s(amount_bytes, nodes, delay_s, bytes_per_s)


def ring_gather_s(amount_bytes: float, nodes: int, delay_s: float, bytes_per_s: float) -> float:
    """Return the time (s) of an all-gather or reduce-scatter over a ring: n - 1 steps of S / n bytes."""
    if nodes < 2:
        return 0.0
    return (nodes - 1) * (delay_s + amount_bytes / nodes / bytes_per_s)


def tree_all_reduce_s(amount_bytes: float, depth_s: float, bytes_per_s: float) -> float:
    """Return the time (s) of an all-reduce over a tree: 2 S / B + 2 d, with the delay d from the root to the last leaf.

    The sum is pipelined up the tree in pieces and broadcast down again; every link carries the data once in each direction,
    and the slowest link (rate B) limits the throughput. Reduction and broadcast do not overlap here, although they could.
    """
    return 2.0 * tree_broadcast_s(amount_bytes, depth_s, bytes_per_s)


def tree_broadcast_s(amount_bytes: float, depth_s: float, bytes_per_s: float) -> float:
    """Return the time (s) of a pipelined broadcast or reduction over a tree: S / B + d."""
    return amount_bytes / bytes_per_s + depth_s


def all_to_all_s(amount_bytes: float, nodes: int, delay_s: float, bytes_per_s: float) -> float:
    """Return the time (s) in which each node sends S / n bytes to each other one, one after the other over its terminal."""
    if nodes < 2:
        return 0.0
    return (nodes - 1) / nodes * amount_bytes / bytes_per_s + delay_s


def hierarchical_all_reduce_s(amount_bytes: float, levels: list[tuple[int, float, float]]) -> float:
    """Return the time (s) of an all-reduce over nested rings, the innermost first.

    Each level is (nodes, delay of a hop in s, rate of each node in bytes/s). A level scatters what the level inside it has
    left to each node, S / (n1 n2 ...), and gathers it again afterwards; levels do not overlap. This is the multi-dimensional
    all-reduce of ASTRA-sim's analytical network: 2 (n_k - 1) / n_k S / (n_1 ... n_(k-1)) / B_k for level k.
    """
    took_s, left = 0.0, amount_bytes
    for nodes, delay_s, bytes_per_s in levels:
        took_s += ring_all_reduce_s(left, nodes, delay_s, bytes_per_s)
        left /= nodes
    return took_s
