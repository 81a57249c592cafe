"""Two neighbours in the plane and one in each plane beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from skyrack.core.constants import TWO_PI
from skyrack.network.matching import take_greedily
from skyrack.network.topology import Pairs, tidy
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation, Grid


class PlusGrid(Part):
    """+Grid: every satellite with the one before and behind it and with the nearest of both neighbouring planes.

    Within a formation, neighbours of the lattice are linked, and the middle satellites of formations make the grid. Planes
    of a star, or of a fan of local times, stay open at the seam, where neighbours fly past each other.
    """

    name: ClassVar[str] = "plus-grid"
    shift: int = Field(default=0, ge=-1000, le=1000)
    """Places by which the neighbour in the next plane is further ahead than the nearest one."""

    @property
    def is_dynamic(self) -> bool:
        """Links stay as they are."""
        return False

    def links(self, constellation: Constellation, positions_m: Any, terminals: int) -> Pairs:
        """The grid of every layer of the compute shells."""
        del positions_m, terminals
        return tidy(all_grid_links(constellation, self.shift))


def all_grid_links(constellation: Constellation, shift: int = 0) -> Any:
    """+Grid of all compute shells, catalogued planes among them."""
    grids = [grid for grid in constellation.grids if grid.shell < constellation.n_compute_shells]
    return np.concatenate([*(grid_links(grid, shift) for grid in grids), *_between_catalogued(grids)])


def grid_links(grid: Grid, shift: int = 0) -> Any:
    """Pairs of one grid."""
    numbers = grid.numbers()
    middle = numbers[:, :, 0]
    pairs = []
    is_open = grid.places < 3 or _arc_rad(grid) < 1.5 * math.pi
    if grid.places > 1:
        last = grid.places - 1 if is_open else grid.places
        pairs.append(np.stack([middle[:, :last], np.roll(middle, -1, axis=1)[:, :last]], axis=-1).reshape(-1, 2))
    for plane in range(grid.planes if grid.is_closed else grid.planes - 1):
        following = (plane + 1) % grid.planes
        ahead = shift + (0 if grid.keeps_index else _places_behind(grid, plane, following))
        there = np.arange(grid.places) + ahead
        met = (there >= 0) & (there < grid.places) if is_open and grid.places > 2 else np.ones(grid.places, np.bool_)
        pairs.append(np.column_stack([middle[plane, met], middle[following, there[met] % grid.places]]))
    if grid.size > 1 and grid.layer is not None:
        pairs.append(_lattice_links(grid, numbers))
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64)


def _between_catalogued(grids: list[Grid]) -> list[Any]:
    """Links between planes that were found from catalogued nodes: satellites at nearly the same argument of latitude.

    Where the places of two planes are staggered by half, the side is chosen that brings the row back: otherwise rows would
    wind round the Earth. Planes may have holes; a satellite whose neighbour is missing has no link there.
    """
    by_first = {int(grid.numbers().flat[0]): grid for grid in grids if grid.order is not None}
    pairs = []
    wound = 0.0
    for grid in grids:
        if grid.follows is None:
            continue
        west = by_first[grid.follows]
        ahead, places = _stagger(west.phases, grid.phases, wound)
        wound += ahead
        here, there = _matched(west.phases, grid.phases, ahead * TWO_PI / places, 0.75 * math.pi / places)
        pairs.append(np.column_stack([west.numbers().ravel()[here], grid.numbers().ravel()[there]]))
    return pairs


def _stagger(west: Any, east: Any, wound: float) -> tuple[float, int]:
    """How far the places of a plane are ahead of those of the plane to the west, in places, and how many places they have."""
    places = max(1, *(round(TWO_PI / float(np.median(_gaps(phases)))) for phases in (west, east)))
    begins = [float(np.angle(np.exp(1j * places * phases).sum())) / TWO_PI for phases in (west, east)]
    ahead = (begins[1] - begins[0] + 0.5) % 1.0 - 0.5
    if abs(ahead) > 0.4:
        ahead = min((ahead, ahead - math.copysign(1.0, ahead)), key=lambda side: (round(abs(wound + side), 6), -side))
    return ahead, places


DOCKED_RAD = 1e-6
"""Satellites of a plane that are nearer than this, some metres, are docked to each other."""


def _gaps(phases: Any) -> Any:
    """Angles between neighbouring satellites of a plane; docked satellites count as one."""
    ordered = np.sort(phases)
    gaps = np.append(np.diff(ordered), ordered[0] + TWO_PI - ordered[-1])
    return gaps[gaps > DOCKED_RAD]


def _matched(west: Any, east: Any, ahead_rad: float, within_rad: float) -> tuple[Any, Any]:
    """Positions in both planes of satellites that face each other, each once, the best pairs first."""
    apart = (east[None, :] - west[:, None] - ahead_rad + math.pi) % TWO_PI - math.pi
    here, there = np.nonzero(np.abs(apart) <= within_rad)
    order = np.argsort(np.abs(apart[here, there]), kind="stable")
    here, there = here[order], there[order]
    taken = take_greedily(here, there, np.ones(len(west), np.int64), np.ones(len(east), np.int64))
    return here[taken], there[taken]


def _arc_rad(grid: Grid) -> float:
    """Part of its plane that a row of places takes."""
    if grid.layer is None or grid.places < 2:
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
    behind: float = (here - there + math.pi) % TWO_PI - math.pi
    return round(behind / (_arc_rad(grid) / grid.places) + 1e-9)


def _lattice_links(grid: Grid, numbers: Any) -> Any:
    from skyrack.orbits.formation import neighbours

    layer: Any = grid.layer
    inner = neighbours(layer.formation)
    return numbers.reshape(-1, grid.size)[:, inner].reshape(-1, 2)
