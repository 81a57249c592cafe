"""Kernel arguments of the CPU driver: the arrays with which a thread advances some tiles of one layer through one chunk.

They are named tuples of arrays, which compiled code accepts whole. It unpacks them before its loops, as an array that is
reached through a tuple inside a loop would be reference-counted there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.tables import HISTOGRAMS, TILE, TOTALS
from skyrack.fleet.tile_layout import SIZE


class FleetArrays(NamedTuple):
    """Arrays of a layer's satellites, (row, satellite), padded to whole tiles (see `flight.LayerFleet`)."""

    n_live: int
    """Number of satellites without padding."""
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
    """Values that all planes share at each step (see `ephemeris.step_sky`)."""
    planes: NDArray[np.float64]
    """Sky of the planes from `first_plane` on, (plane, end of a block, `ephemeris.PLANE_SKY`): exact at the ends of a
    block and linear between them, the shadow's arc by its square."""
    first_plane: int
    facing_view: tuple[np.float32, ...]
    """Coefficients of the view factor's even polynomial in the cosine of the Sun angle."""


class Exposure(NamedTuple):
    """Exposure to trapped protons (see `exposure`)."""

    by_block: NDArray[np.float32]
    """Table of `exposure.protons_by_block` for `own_cells`; without blocks, `belts` is looked up directly."""
    belts: NDArray[np.float32]
    own_cells: NDArray[np.int64]
    """Cells of the ascending nodes of the task's planes at the epoch, each once."""
    plane_rows: NDArray[np.int64]
    """Position in `own_cells` of each plane's cell."""


class Blocks(NamedTuple):
    """Substep blocks of the chunk (see `flight.Chunk`)."""

    steps: NDArray[np.int64]
    """Step at which each block begins, and the end."""
    interval: NDArray[np.int64]
    """Output interval to which each block belongs."""


class Tally(NamedTuple):
    """Results of the output intervals."""

    folds: NDArray[np.float64]
    """Partial sums, (interval, TOTALS + LEVELS and FOLDS, flat), in steps."""
    histogram_scales: NDArray[np.float32]
    histograms: NDArray[np.int32]
    """Counts of satellites, (interval, HISTOGRAMS, bin)."""


class Traced(NamedTuple):
    """Satellites whose every step is kept."""

    places: NDArray[np.int64]
    traces: NDArray[np.float32]
    """Values at every step, (satellite, step, TRACES)."""


class Room(NamedTuple):
    """Working memory of one thread."""

    tile: NDArray[np.float32]
    """Rows of a tile, aligned to a cache line, as a vector that straddles two lines costs double."""
    sums: NDArray[np.float64]
    """Totals of a tile through the chunk, in steps, (TOTALS, satellite)."""
    cells: NDArray[np.uint32]
    """Cell of node and phase of each satellite (see `exposure`)."""
    bins: NDArray[np.uint32]
    """Histogram bin of each satellite, (HISTOGRAMS, satellite)."""

    @classmethod
    def new(cls) -> Room:
        """Return the working memory of a new thread."""
        floats = np.zeros(SIZE + 16, np.float32)
        lead = (-floats.ctypes.data % 64) // 4
        return cls(
            floats[lead : lead + SIZE],
            np.empty((len(TOTALS), TILE), np.float64),
            np.empty(TILE, np.uint32),
            np.empty((len(HISTOGRAMS), TILE), np.uint32),
        )
