"""Giving out terminals: wishes in order, as far as both sides have some left."""

import numpy as np

from skyrack.core.law import driver


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
