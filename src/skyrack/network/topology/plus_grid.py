"""Two neighbours in the plane and one in each plane beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from skyrack.core.constants import TWO_PI
from skyrack.network.topology import Pairs, tidy
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.network.constellation import Constellation, Grid


class PlusGrid(Part):
    """+Grid: every satellite with the one before and behind it and with the nearest of both neighbouring planes.

    Within a formation, neighbours of the lattice are linked, and the middle satellites of formations make the grid. Planes
    of a star, or of a fan of local times, stay open at the seam, where neighbours fly past each other.
    """

    name: ClassVar[str] = "plus-grid"
    shift: int = Field(default=0, ge=-1000, le=1000)
    """Places by which the neighbour in the next plane is further ahead than the nearest one."""

    @property
    def moves(self) -> bool:
        """Links stay as they are."""
        return False

    def links(self, constellation: Constellation, places: Any, terminals: int) -> Pairs:
        """The grid of every layer of the compute shells."""
        del places, terminals
        grids = [grid for grid in constellation.grids if grid.shell < constellation.n_compute_shells]
        return tidy(np.concatenate([*(grid_links(grid, self.shift) for grid in grids), *_between_measured(grids)]))


def grid_links(grid: Grid, shift: int = 0) -> Any:
    """Pairs of one grid."""
    numbers = grid.numbers()
    middle = numbers[:, :, 0]
    pairs = []
    if grid.places > 1:
        is_arc = grid.layer is not None and _arc_rad(grid) < 1.5 * math.pi
        last = grid.places - 1 if is_arc or grid.places == 2 else grid.places
        pairs.append(np.stack([middle[:, :last], np.roll(middle, -1, axis=1)[:, :last]], axis=-1).reshape(-1, 2))
    for plane in range(grid.planes if grid.is_closed else grid.planes - 1):
        following = (plane + 1) % grid.planes
        ahead = shift + (0 if grid.keeps_index else _places_behind(grid, plane, following))
        pairs.append(np.column_stack([middle[plane], np.roll(middle[following], -ahead)]))
    if grid.size > 1 and grid.layer is not None:
        pairs.append(_lattice_links(grid, numbers))
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64)


def _between_measured(grids: list[Grid]) -> list[Any]:
    """Links between planes that were found from measured nodes: each satellite with one ahead of or behind it there.

    Neighbours have nearly the same argument of latitude. Where the places of two planes are staggered by half, the side is
    chosen that brings the row back: otherwise rows would wind round the Earth.
    """
    by_first = {int(grid.numbers().flat[0]): grid for grid in grids if grid.order is not None}
    pairs = []
    wound = 0.0
    for grid in grids:
        if grid.follows is None:
            continue
        west = by_first[grid.follows]
        turned, moved = _matching_turn(west.phases, grid.phases, wound)
        wound += moved
        here, there = west.numbers().ravel(), grid.numbers().ravel()
        n = min(len(here), len(there))
        # unequal planes: the rows of the smaller one, each to the nearest row of the larger
        if len(here) == len(there):
            pairs.append(np.column_stack([here, np.roll(there, -turned)]))
        else:
            rows = np.floor(np.arange(n) * max(len(here), len(there)) / n).astype(int)
            larger_is_here = len(here) > len(there)
            small, large = (there, np.roll(here, turned)) if larger_is_here else (here, np.roll(there, -turned))
            pairs.append(np.column_stack([small, large[rows]]))
    return pairs


def _matching_turn(west: Any, east: Any, wound: float) -> tuple[int, float]:
    """Places by which the nearest satellite of the plane to the east is further on, and how far it is ahead, in places."""
    spacing = TWO_PI / len(east)
    offsets = (east[0] - west[0] + spacing * np.arange(len(east)) + math.pi) % TWO_PI - math.pi
    near = np.flatnonzero(np.abs(offsets) < np.abs(offsets).min() + 0.1 * spacing)
    best = int(near[np.argmin(np.abs(wound + offsets[near] / spacing))])
    return best, float(offsets[best] / spacing)


def _arc_rad(grid: Grid) -> float:
    """Part of its plane that a row of places takes."""
    if grid.layer is None:
        return TWO_PI
    phases = grid.layer.phase_rad[: grid.layer.sats_per_plane : grid.size]
    gap = float((phases[1] - phases[0]) % TWO_PI)
    return gap * len(phases)


def _places_behind(grid: Grid, plane: int, following: int) -> int:
    """How many places further on the nearest satellite of the following plane is."""
    if grid.layer is None:
        return 0
    per_plane = grid.layer.sats_per_plane
    here, there = grid.layer.phase_rad[plane * per_plane], grid.layer.phase_rad[following * per_plane]
    behind = (here - there + math.pi) % TWO_PI - math.pi
    spacing = TWO_PI / grid.places
    return round(behind / spacing + 1e-9)


def _lattice_links(grid: Grid, numbers: Any) -> Any:
    from skyrack.design.formation import neighbours

    layer: Any = grid.layer
    inner = neighbours(layer.formation)
    return numbers.reshape(-1, grid.size)[:, inner].reshape(-1, 2)
