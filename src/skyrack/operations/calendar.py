"""Calendar of a fleet: the earliest time at which a gang finds free nodes in light that lasts, compiled."""

import numpy as np

from skyrack.core.jit import view, view_driver
from skyrack.forecast.windows import NEVER_S, down_left_s, gang_down_left_s, gang_up_left_s
from skyrack.operations.nodes import DOWN, FREE, fill_nodes
from skyrack.operations.placement import NOWHERE, fits, makes_headway, watched_nodes


@view
def _latest(values, first, size, columns, ring_closed, queue, out):
    """Write the maximum of each window of `columns` neighbours, by its first slot; infinity beyond an open ring's end."""
    head, tail = 0, 0
    for i in range(size + columns - 1):
        s = i % size
        value = values[first + s]
        while tail > head and values[first + queue[tail - 1] % size] <= value:
            tail -= 1
        queue[tail] = i
        tail += 1
        start = i - columns + 1
        if queue[head] < start:
            head += 1
        if start >= 0:
            out[start] = values[first + queue[head] % size]
    if not ring_closed:
        for start in range(size - columns + 1, size):
            out[start] = np.inf


@view
def _measure_windows(nodes, gang, ring, n_measured, queue, window):
    """Write when the windows of the rings of a gang become free, where that is not known; return the next unknown ring."""
    for one in range(max(ring, n_measured), ring + gang.rows):
        first, last = nodes.first[one], nodes.first[one + 1]
        _latest(nodes.free_s, first, last - first, gang.columns, nodes.is_closed[one], queue, window[first:last])
    return max(n_measured, ring + gang.rows)


@view
def _may_last(sky, plane, condition, from_s, required_s):
    """Return False where a plane's light ends too early: it has eclipses, and its orbit is shorter than the time required."""
    if 1.0 / sky.turns_per_s[plane] >= required_s:
        return True
    k = min(max(int((from_s - sky.begin_s) / sky.knot_s), 0), sky.midnight.shape[1] - 1)
    following = sky.next_dark[condition, plane, k]
    return following >= sky.midnight.shape[1] or sky.begin_s + following * sky.knot_s - from_s >= required_s


@view
def _is_open(nodes, gang, ring, slot, horizon_s, scratch):
    """Return True if no node of a placement is out of service for long, or reserved for another job."""
    n = fill_nodes(nodes, ring, slot, gang.columns, gang.nodes, scratch)
    for k in range(n):
        node = scratch[k]
        if nodes.holder[node] == DOWN and nodes.free_s[node] > horizon_s:
            return False
        if nodes.reserved_by[node] != FREE and nodes.reserved_by[node] != gang.row:
            return False
    return True


MAX_CHANGES = 128
"""Number of changes of a gang's light that are followed to find one that lasts."""


@view
def _first_light(nodes, sky, gang, ring, slot, from_s, required_s, latest_s, scratch):
    """Return when the condition of a gang first holds for a time; infinity if not before `latest_s`, as far as followed."""
    at_s = from_s
    for _ in range(MAX_CHANGES):
        n = watched_nodes(nodes, sky, gang, ring, slot, at_s, 1, scratch)
        left_s = gang_up_left_s(scratch[:n], sky, at_s, gang.condition)
        if left_s >= required_s:
            return at_s
        if left_s > 0.0:
            at_s += left_s
        else:
            wait_s = 0.0
            for k in range(n):
                wait_s = max(wait_s, down_left_s(scratch[k], sky, at_s, gang.condition))
            at_s += wait_s
        if at_s >= latest_s:
            break
    return np.inf


MAX_STARTS = 8
"""Number of places on one ring at which a reservation may begin."""


@view_driver
def earliest(nodes, sky, gang, now_s, horizon_s, margin, heeds_failures, scratch, queue, window):
    """Return the earliest start of a gang on the calendar as (start, ring, slot); infinity where there is none.

    Nodes are free at `free_s` at the latest. At its start the condition of the gang must hold, and for the whole of the time
    needed if that is shorter than `margin` (the longest light that any ring offers again and again). Reservations of others
    are kept. With `heeds_failures`, no gang is placed where it makes no headway. `scratch` takes a gang's nodes; `queue`
    takes twice the nodes of the largest ring, `window` one number for each node.
    """
    best_s, best_ring, best_slot = horizon_s, NOWHERE, 0
    n_measured = 0
    for ring in range(len(nodes.group)):
        first = nodes.first[ring]
        size = nodes.first[ring + 1] - first
        if size < gang.columns or not fits(nodes, ring, gang.rows):
            continue
        if heeds_failures and not makes_headway(nodes, gang, ring):
            continue
        required_s = max(min(gang.needed_s, margin), gang.least_s)
        if not _may_last(sky, sky.plane[first], gang.condition, now_s, required_s):
            continue
        n_measured = _measure_windows(nodes, gang, ring, n_measured, queue, window)
        for slot in range(0, size, max(1, size // MAX_STARTS)):
            start_s = now_s
            for row in range(gang.rows):
                start_s = max(start_s, window[nodes.first[ring + row] + slot])
            if start_s >= best_s:
                continue
            start_s = _first_light(nodes, sky, gang, ring, slot, start_s, required_s, best_s, scratch)
            if start_s < best_s and _is_open(nodes, gang, ring, slot, horizon_s, scratch):
                best_s, best_ring, best_slot = start_s, ring, slot
                if best_s <= now_s:
                    return best_s, best_ring, best_slot
    if best_ring < 0:
        return np.inf, best_ring, best_slot
    return best_s, best_ring, best_slot


@view_driver
def longest_light(sky, condition, from_s, scratch):
    """Return the longest time for which any node meets a condition from some time on, with at most an orbit's delay."""
    longest = 0.0
    step = max(1, len(sky.plane) // 4096)
    for node in range(0, len(sky.plane), step):
        scratch[0] = node
        nodes = scratch[:1]
        left_s = gang_up_left_s(nodes, sky, from_s, condition)
        if left_s <= 0.0:
            left_s = gang_up_left_s(nodes, sky, from_s + gang_down_left_s(nodes, sky, from_s, condition), condition)
        longest = max(longest, left_s)
        if longest >= NEVER_S:
            break
    return longest
