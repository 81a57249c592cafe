"""The nearest satellites that still have a terminal free."""

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
    """Every satellite with its nearest neighbours, nearest pairs first, as far as both have terminals free."""

    name: ClassVar[str] = "nearest"
    neighbours: int = Field(default=4, ge=1, le=64)

    @property
    def is_dynamic(self) -> bool:
        """Neighbours change."""
        return True

    def links(self, constellation: Constellation, positions_m: NDArray[np.float64], terminals: int) -> Pairs:
        """Links between any compute satellites."""
        mine = positions_m[: constellation.n_compute]
        return nearest_links(mine, self.neighbours, min(self.neighbours, terminals))


def nearest_links(places: NDArray[np.float64], neighbours: int, terminals: int) -> Pairs:
    """Greedy links: all pairs of near satellites, from the shortest on, while both ends have terminals free."""
    from scipy.spatial import cKDTree

    n = len(places)
    if n < 2:
        return np.empty((0, 2), np.int32)
    asked = min(2 * neighbours + 1, n)
    apart, found = cKDTree(places).query(places, k=asked, workers=-1)
    pairs = np.column_stack([np.repeat(np.arange(n), asked), found.ravel()])
    others = pairs[:, 0] != pairs[:, 1]  # not the first column alone: a docked satellite is as near as oneself
    pairs, apart = pairs[others], apart.ravel()[others]
    unique, at = np.unique(np.sort(pairs, axis=1), axis=0, return_index=True)
    order = np.argsort(apart[at], kind="stable")
    return tidy(_greedy(unique[order], np.full(n, terminals)))


def _greedy(pairs: Any, free: NDArray[np.int64]) -> Any:
    """Pairs in their order while both ends are free."""
    from skyrack.network.matching import take_greedily

    return pairs[take_greedily(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), free, free)]
