"""Topology of links to the nearest satellites with free terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from skyrack.network.topology import Pairs, tidy
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation


class Nearest(Part):
    """Links from every satellite to its nearest neighbours, shortest pairs first, while both have free terminals."""

    name: ClassVar[str] = "nearest"
    neighbours: int = Field(default=4, ge=1, le=64)
    """Maximum number of links of a satellite."""

    @property
    def is_dynamic(self) -> bool:
        """True: the nearest neighbours change."""
        return True

    def links(self, constellation: Constellation, positions_m: NDArray[np.float64], terminals: int) -> Pairs:
        """Return the links between compute satellites at `positions_m`, (satellite, xyz) in metres."""
        mine = positions_m[: constellation.n_compute]
        return nearest_links(mine, self.neighbours, min(self.neighbours, terminals))


def nearest_links(positions_m: NDArray[np.float64], neighbours: int, terminals: int) -> Pairs:
    """Return greedy links between near satellites, shortest first, while both ends have free terminals.

    `positions_m` are the positions of the satellites, (satellite, xyz), in metres.
    """
    from scipy.spatial import cKDTree

    n = len(positions_m)
    if n < 2:
        return np.empty((0, 2), np.int32)
    asked = min(2 * neighbours + 1, n)
    apart, found = cKDTree(positions_m).query(positions_m, k=asked, workers=-1)
    pairs = np.column_stack([np.repeat(np.arange(n), asked), found.ravel()])
    others = (
        pairs[:, 0] != pairs[:, 1]
    )  # a docked satellite is as near as oneself, so the first column may not be oneself
    pairs, apart = pairs[others], apart.ravel()[others]
    unique, at = np.unique(np.sort(pairs, axis=1), axis=0, return_index=True)
    order = np.argsort(apart[at], kind="stable")
    return tidy(_greedy(unique[order], np.full(n, terminals)))


def _greedy(pairs: Any, free: NDArray[np.int64]) -> Any:
    """Return the pairs that are taken in their order while both ends have free terminals."""
    from skyrack.network.matching import take_greedily

    return pairs[take_greedily(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), free, free)]
