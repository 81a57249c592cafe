"""Bisection bandwidth of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.network.links import Links

DIRECTIONS = 64


@dataclass(frozen=True)
class Bisection:
    """The narrowest cut between two halves of a network."""

    rate_bit_per_s: float | None
    """Data rate in each direction between halves of the largest connected component; None where nothing is connected."""
    n_components: int | None
    """Connected components."""
    n_largest: int | None
    """Satellites in the largest component."""
    n_alone: int | None
    """Satellites without any link that is up."""


def bisection(places: NDArray[np.float64], links: Links, alive: NDArray[np.bool_]) -> Bisection:
    """Return the bisection bandwidth of the largest connected component: the least capacity between two halves found.

    Finding the least of all halvings is out of reach (it is NP-hard), so this is an upper bound on it: the halves are taken
    on both sides of a plane through the middle, in 64 directions spread evenly, and by the satellites' numbers, which are in
    the order of planes. For a torus the last one is the exact answer.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    up = links.is_up
    pairs, rate = links.pairs[up], links.rate_bit_per_s[up]
    n = len(places)
    matrix = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(matrix, directed=False)
    sizes = np.bincount(label[alive]) if alive.any() else np.zeros(1, np.int64)
    sizes_there = sizes[sizes > 0]
    largest = int(sizes.argmax()) if len(sizes) else 0
    mine = np.flatnonzero((label == largest) & alive)
    alone = int((sizes == 1).sum())
    if len(mine) < 2:
        return Bisection(None, len(sizes_there), len(mine), alone)
    position = np.full(n, -1)
    position[mine] = np.arange(len(mine))
    inner = position[pairs[:, 0]] >= 0
    a, b, rate = position[pairs[inner, 0]], position[pairs[inner, 1]], rate[inner]
    middle = places[mine] - places[mine].mean(axis=0)
    orders = [np.arange(len(mine)), *(middle @ axis for axis in _spread(DIRECTIONS))]
    least = np.inf
    for order in orders:
        upper = _upper_half(order)
        least = min(least, float(rate[upper[a] != upper[b]].sum()))
    return Bisection(least, len(sizes_there), len(mine), alone)


def _upper_half(order: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which half of the satellites comes last in an order; docked satellites, equal in it, go by their numbers."""
    upper = np.zeros(len(order), np.bool_)
    upper[np.argsort(order, kind="stable")[(len(order) + 1) // 2 :]] = True
    return upper


def _spread(n: int) -> NDArray[np.float64]:
    """Unit vectors spread evenly over half a sphere (Fibonacci's spiral)."""
    k = np.arange(n) + 0.5
    z = k / n
    turn = np.pi * (1.0 + np.sqrt(5.0)) * k
    ring = np.sqrt(1.0 - z * z)
    return np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])
