"""Greedy assignment of terminals: requests in order, as far as both sides have some left."""

from typing import Any

import numpy as np

from skyrack.core.jit import driver


@driver
def take_greedily(left, right, left_free, right_free):
    """Return which of the pairs (left[k], right[k]) are taken in their order, each using one free terminal of both sides.

    The arrays of free terminals are used up; they may be one array.
    """
    taken = np.zeros(len(left), np.bool_)
    for k in range(len(left)):
        a, b = left[k], right[k]
        if left_free[a] > 0 and right_free[b] > 0:
            left_free[a] -= 1
            right_free[b] -= 1
            taken[k] = True
    return taken


def greedy_assignment(positions_m: Any, group: Any, others: Any, *, links: int, max_guests: int, asked: int = 8) -> Any:
    """Return pairs that link each satellite of a group to the nearest free ones of other satellites, shortest first.

    Each satellite of the group gets `links` links; each of the others takes at most `max_guests`.
    """
    from scipy.spatial import cKDTree

    asked = min(max(asked, 2 * links), len(others))
    if not len(group) or not asked:
        return np.empty((0, 2), np.int64)
    apart, found = cKDTree(positions_m[others]).query(positions_m[group], k=asked, workers=-1)
    apart, found = apart.reshape(len(group), asked), found.reshape(len(group), asked)
    order = np.argsort(apart.ravel(), kind="stable")
    left = np.repeat(np.arange(len(group)), asked)[order]
    right = found.ravel()[order].astype(np.int64)
    taken = take_greedily(left, right, np.full(len(group), links), np.full(len(others), max_guests))
    return np.column_stack([group[left[taken]], others[right[taken]]])
