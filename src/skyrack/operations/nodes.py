"""Nodes of a fleet as arrays: who holds each, until when, for whom it is reserved; and how gangs take and leave them.

A gang of `rows` x `columns` takes `columns` neighbouring nodes at the same slots of `rows` neighbouring rings, row by row,
until it has its `count` of nodes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import view, view_driver

Floats = NDArray[np.float64]
FREE, DOWN = -1, -2
"""Holders of a node that no job holds: none, and none because the node is out of service."""


class Nodes(NamedTuple):
    """State of all nodes, and their arrangement in rings."""

    holder: NDArray[np.int32]
    """Row of the job that holds each node, FREE or DOWN, (node,)."""
    free_s: Floats
    """Time since which each node is free or out of service, or at which it is expected to be free again, (node,)."""
    reserved_s: Floats
    """Begin of the reservation of each node, infinity without one, (node,)."""
    reserved_by: NDArray[np.int32]
    """Row of the job for which each node is reserved, FREE without one, (node,)."""
    longest: NDArray[np.int32]
    """Upper bound of the number of free neighbours on each ring, (ring,)."""
    hint: NDArray[np.int32]
    """Slot of each ring at which the next search begins, (ring,)."""
    first: NDArray[np.int64]
    """First node of each ring, and the number of nodes, (ring + 1,)."""
    group: NDArray[np.int64]
    """Group of neighbouring rings, (ring,)."""
    is_closed: NDArray[np.bool_]
    """True for rings whose last node is a neighbour of the first, (ring,)."""
    is_regular: NDArray[np.bool_]
    """True for rings whose nodes follow one another at one distance in one plane, (ring,)."""
    failures_per_s: Floats
    """Rate of failures of one satellite of each ring, (ring,)."""
    dose: Floats
    """Dose rate of each ring relative to the fleet's mean, (ring,)."""
    order: NDArray[np.int64]
    """Rings in ascending order of their failure rates, (ring,): large gangs are sought from the first on."""
    books: Floats
    """Node-seconds that nodes were idle, and that they were out of service, up to the last change of each, (2,)."""


@view
def node_of(nodes, ring, slot, columns, k):
    """Return the `k`-th node of a gang."""
    row = k // columns
    first = nodes.first[ring + row]
    return first + (slot + k - row * columns) % (nodes.first[ring + row + 1] - first)


@view
def fill_nodes(nodes, ring, slot, columns, count, out):
    """Write the nodes of a gang to `out`; return their number."""
    for k in range(count):
        out[k] = node_of(nodes, ring, slot, columns, k)
    return count


@view
def claim(nodes, row, ring, slot, rows, columns, count, now_s, until_s):
    """Give the nodes of a placement to a job from now until a time."""
    for k in range(count):
        node = node_of(nodes, ring, slot, columns, k)
        if nodes.holder[node] == FREE:
            nodes.books[0] += now_s - nodes.free_s[node]
        nodes.holder[node] = row
        nodes.free_s[node] = until_s
    for one in range(ring, ring + rows):
        nodes.hint[one] = (slot + columns) % (nodes.first[one + 1] - nodes.first[one])


@view
def release(nodes, row, ring, slot, rows, columns, count, now_s):
    """Free the nodes of a placement that the job still holds."""
    for k in range(count):
        node = node_of(nodes, ring, slot, columns, k)
        if nodes.holder[node] == row:
            nodes.holder[node] = FREE
            nodes.free_s[node] = now_s
    for one in range(ring, ring + rows):
        _join(nodes, one, columns)


@view
def _join(nodes, ring, columns):
    """Raise the bound of free neighbours of a ring on which so many become free: runs on both sides may join with them."""
    size = nodes.first[ring + 1] - nodes.first[ring]
    nodes.longest[ring] = min(size, 2 * nodes.longest[ring] + columns)


@view_driver
def claim_gang(nodes, row, ring, slot, rows, columns, count, now_s, until_s):
    """Give the nodes of a placement to a job from now until a time (s)."""
    claim(nodes, row, ring, slot, rows, columns, count, now_s, until_s)


@view_driver
def reserve_gang(nodes, row, ring, slot, columns, count, begin_s):
    """Reserve the nodes of a placement for a job from a time on; FREE as row and infinity end a reservation."""
    for k in range(count):
        node = node_of(nodes, ring, slot, columns, k)
        nodes.reserved_by[node] = row
        nodes.reserved_s[node] = begin_s


@view_driver
def take_down(nodes, node, now_s):
    """Take a free node out of service; return False for one that a job holds or that is out of service already."""
    if nodes.holder[node] != FREE:
        return False
    nodes.books[0] += now_s - nodes.free_s[node]
    nodes.holder[node] = DOWN
    nodes.free_s[node] = now_s
    return True


@view_driver
def bring_up(nodes, node, ring, now_s):
    """Return a node to service."""
    if nodes.holder[node] == DOWN:
        nodes.books[1] += now_s - nodes.free_s[node]
        nodes.holder[node] = FREE
        nodes.free_s[node] = now_s
        _join(nodes, ring, 1)


@view_driver
def open_books(nodes, now_s):
    """Return the idle and out-of-service node-seconds since the last change of each node, up to now."""
    idle, down = 0.0, 0.0
    for node in range(len(nodes.holder)):
        if nodes.holder[node] == FREE:
            idle += now_s - nodes.free_s[node]
        elif nodes.holder[node] == DOWN:
            down += now_s - nodes.free_s[node]
    return idle, down
