"""Satellites in rings: each ring holds the satellites that follow one another along one orbital plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skyrack.orbits.constellation import Constellation

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rings:
    """Satellites in the order of their rings; a *node* is a position in this order.

    Neighbouring nodes of one ring are linked by the lasers ahead and astern, rings of one group that follow one another are
    neighbouring planes. A formation is one ring.
    """

    satellite: Ints
    """Number of the satellite at each node, (node,)."""
    first: Ints
    """First node of each ring, and the number of all nodes, (ring + 1,)."""
    group: Ints
    """Group of each ring, (ring,): planes of one layer of a shell are one group."""
    shell: Ints
    """Position in the layout of the shell of each ring, (ring,)."""
    is_closed: NDArray[np.bool_]
    """True for rings whose last node is a neighbour of the first, (ring,)."""

    @classmethod
    def of(cls, constellation: Constellation) -> Rings:
        """Return the rings of all compute satellites of a constellation."""
        satellites: list[Ints] = []
        sizes: list[int] = []
        groups: list[int] = []
        shells: list[int] = []
        families: dict[tuple[int, int], int] = {}
        for grid in constellation.grids:
            if grid.shell >= constellation.n_compute_shells:
                continue
            numbers = grid.numbers().reshape(grid.planes, -1)
            family = (grid.shell, *grid.family)
            satellites.append(numbers.ravel())
            sizes += [numbers.shape[1]] * grid.planes
            groups += [families.setdefault(family, len(families))] * grid.planes  # type: ignore[arg-type]
            shells += [grid.shell] * grid.planes
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        satellite = np.concatenate(satellites).astype(np.int64)
        is_closed = _are_closed(constellation.states(0.0)[0], satellite, first)
        return cls(satellite, first, np.array(groups), np.array(shells), is_closed)

    @property
    def n_nodes(self) -> int:
        """Number of nodes, one for each compute satellite."""
        return len(self.satellite)

    @property
    def n_rings(self) -> int:
        """Number of rings."""
        return len(self.group)

    @property
    def size(self) -> Ints:
        """Number of nodes of each ring."""
        return np.diff(self.first)

    @cached_property
    def ring_of(self) -> NDArray[np.int32]:
        """Ring of each node."""
        return np.repeat(np.arange(self.n_rings, dtype=np.int32), self.size)

    @cached_property
    def node_of(self) -> Ints:
        """Node of each satellite, by the satellite's number."""
        found = np.empty(self.n_nodes, np.int64)
        found[self.satellite] = np.arange(self.n_nodes)
        return found

    @property
    def largest(self) -> int:
        """Number of nodes of the largest ring."""
        return int(self.size.max())


def _are_closed(places: NDArray[np.float64], satellite: Ints, first: Ints) -> NDArray[np.bool_]:
    """Return which rings close: their last and first satellites are about as near as the first two."""
    sizes = np.diff(first)
    second, last = first[:-1] + np.minimum(1, sizes - 1), first[1:] - 1
    start = places[satellite[first[:-1]]]
    near_m = np.linalg.norm(start - places[satellite[second]], axis=1)
    closing_m = np.linalg.norm(start - places[satellite[last]], axis=1)
    return np.asarray((sizes > 2) & (closing_m < 1.5 * near_m), np.bool_)
