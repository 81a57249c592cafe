"""A +Grid in every layer, and links up and down between neighbouring layers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from skyrack.network.matching import greedy_assignment
from skyrack.network.topology import Pairs, tidy
from skyrack.network.topology.plus_grid import all_grid_links
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation


class InterShell(Part):
    """+Grid, and one link from every `every`-th satellite to the nearest free one of the next layer up.

    Layers are ordered by altitude. Needs two terminals more than +Grid.
    """

    name: ClassVar[str] = "inter-shell"
    shift: int = Field(default=0, ge=-1000, le=1000)
    every: int = Field(default=1, ge=1, le=1_000_000)

    @property
    def is_dynamic(self) -> bool:
        """Satellites of neighbouring layers drift past each other."""
        return True

    def links(self, constellation: Constellation, positions_m: NDArray[np.float64], terminals: int) -> Pairs:
        """Grids, and what joins them."""
        del terminals
        layers: dict[tuple[int, int], list[Any]] = {}
        for grid in constellation.grids:
            if grid.shell < constellation.n_compute_shells:
                layers.setdefault(grid.family, []).append(grid.numbers().ravel())
        groups = [np.concatenate(parts) for parts in layers.values()]
        height = [float(np.median(np.linalg.norm(positions_m[group], axis=1))) for group in groups]
        # layers of one height in the order of the scenario
        order = np.argsort(np.round(np.array(height), -1), kind="stable")
        parts = [all_grid_links(constellation, self.shift)]
        for lower, upper in itertools.pairwise(order):
            parts.append(
                greedy_assignment(positions_m, groups[lower][:: self.every], groups[upper], links=1, max_guests=1)
            )
        return tidy(np.concatenate(parts))
