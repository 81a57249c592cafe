"""What a thread of the CPU driver is given to fly some tiles of one layer through one chunk.

Named tuples of arrays, so that compiled code takes them whole; it takes them apart before its loops, as each array that is
reached through a tuple inside a loop would be counted there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.tables import HISTOGRAMS, TILE, TOTALS
from skyrack.fleet.tile_layout import SIZE


class FleetArrays(NamedTuple):
    """The satellites of a layer, (row, satellite), padded to whole tiles (see `flight.LayerFleet`)."""

    n_live: int
    """Those that are real."""
    sats_per_plane: int
    elements: NDArray[np.float32]
    states: NDArray[np.float32]
    capacity_j: NDArray[np.float32]
    requests: NDArray[np.float32]
    totals: NDArray[np.float64]
    extremes: NDArray[np.float32]


class Sky(NamedTuple):
    """Sun and shadow over the task's orbital planes."""

    steps: NDArray[np.float32]
    """What all planes share at each step (see `sky.step_sky`)."""
    planes: NDArray[np.float64]
    """(plane, end of a block, `sky.PLANE_SKY`), for the planes from `first_plane` on: exact at the ends of a block and linear
    between them, the shadow's arc by its square."""
    first_plane: int
    facing_view: tuple[np.float32, ...]
    """Coefficients of an even polynomial in the cosine of the Sun's angle."""


class Exposure(NamedTuple):
    """Trapped protons met (see `exposure`)."""

    by_block: NDArray[np.float32]
    """The table of `exposure.protons_by_block` for `own_cells`; without blocks, the `belts` are looked at themselves."""
    belts: NDArray[np.float32]
    own_cells: NDArray[np.int64]
    """Cells that the nodes of the task's planes begin in."""
    plane_rows: NDArray[np.int64]
    """Which of them is each plane's."""


class Blocks(NamedTuple):
    """How the chunk is cut (see `flight.Chunk`)."""

    steps: NDArray[np.int64]
    """Step at which each block begins, and the end."""
    interval: NDArray[np.int64]
    """The interval that each belongs to."""


class Tally(NamedTuple):
    """What intervals leave behind."""

    folds: NDArray[np.float64]
    """(interval, TOTALS + LEVELS and FOLDS, flat), in steps."""
    histogram_scales: NDArray[np.float32]
    histograms: NDArray[np.int32]
    """(interval, HISTOGRAMS, bin)."""


class Traced(NamedTuple):
    """The satellites whose every step is kept."""

    places: NDArray[np.int64]
    traces: NDArray[np.float32]
    """(satellite, step, TRACES)."""


class Room(NamedTuple):
    """Where one thread flies its tiles."""

    tile: NDArray[np.float32]
    """Its rows; they begin at a cache line, as a vector that straddles two lines costs double."""
    sums: NDArray[np.float64]
    """(TOTALS, satellite): a tile's totals through the chunk, in steps."""
    cells: NDArray[np.uint32]
    """Each satellite's cell of node and phase (see `exposure`)."""
    bins: NDArray[np.uint32]
    """(HISTOGRAMS, satellite): where each is counted."""

    @classmethod
    def new(cls) -> Room:
        """For one more thread."""
        floats = np.zeros(SIZE + 16, np.float32)
        lead = (-floats.ctypes.data % 64) // 4
        return cls(
            floats[lead : lead + SIZE],
            np.empty((len(TOTALS), TILE), np.float64),
            np.empty(TILE, np.uint32),
            np.empty((len(HISTOGRAMS), TILE), np.uint32),
        )
