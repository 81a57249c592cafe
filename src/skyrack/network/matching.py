"""Giving out terminals: wishes in order, as far as both sides have some left."""

from typing import Any

import numpy as np

from skyrack.core.jit import driver


@driver
def take_in_order(left, right, left_free, right_free):
    """Which of the pairs (left[k], right[k]) are taken, in their order, each using one of both sides' free terminals.

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


def join(places: Any, group: Any, others: Any, *, links: int, most: int, asked: int = 8) -> Any:
    """Links from each satellite of a group to the nearest free ones of other satellites, shortest first.

    `most` is how many links one of the others takes.
    """
    from scipy.spatial import cKDTree

    asked = min(max(asked, 2 * links), len(others))
    if not len(group) or not asked:
        return np.empty((0, 2), np.int64)
    apart, found = cKDTree(places[others]).query(places[group], k=asked, workers=-1)
    apart, found = apart.reshape(len(group), asked), found.reshape(len(group), asked)
    order = np.argsort(apart.ravel(), kind="stable")
    left = np.repeat(np.arange(len(group)), asked)[order]
    right = found.ravel()[order].astype(np.int64)
    taken = take_in_order(left, right, np.full(len(group), links), np.full(len(others), most))
    return np.column_stack([group[left[taken]], others[right[taken]]])
