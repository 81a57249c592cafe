"""A +Grid in every layer, and links up and down between neighbouring layers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from skyrack.network.matching import join
from skyrack.network.topology import Pairs, tidy
from skyrack.network.topology.plus_grid import grid_links
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.network.constellation import Constellation


class InterShell(Part):
    """+Grid, and one link from every `every`-th satellite to the nearest free one of the next layer up.

    Layers are ordered by altitude, then by inclination. Needs two terminals more than +Grid.
    """

    name: ClassVar[str] = "inter-shell"
    shift: int = Field(default=0, ge=-1000, le=1000)
    every: int = Field(default=1, ge=1, le=1_000_000)

    @property
    def moves(self) -> bool:
        """Satellites of neighbouring layers drift past each other."""
        return True

    def links(self, constellation: Constellation, places: NDArray[np.float64], terminals: int) -> Pairs:
        """Grids, and what joins them."""
        del terminals
        grids = [grid for grid in constellation.grids if grid.shell < constellation.n_compute_shells]
        parts = [grid_links(grid, self.shift) for grid in grids]
        groups = [grid.numbers().ravel() for grid in grids]
        height = [float(np.linalg.norm(places[group[0]])) for group in groups]
        tilt = [0.0 if grid.layer is None else grid.layer.inclination_rad for grid in grids]
        order = np.lexsort((tilt, height))
        for lower, upper in itertools.pairwise(order):
            parts.append(join(places, groups[lower][:: self.every], groups[upper], links=1, most=1))
        return tidy(np.concatenate(parts))
