"""CPU driver: distributes tiles over threads and adds up their results in a fixed order."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.constants import narrow
from skyrack.fleet.cpu_types import Blocks, Exposure, FleetArrays, Room, Sky, Tally, Traced
from skyrack.fleet.exposure import node_cells, protons_by_block, steps_between_looks
from skyrack.fleet.flight import Chunk, ChunkResult, Flight, LayerFleet
from skyrack.fleet.sunlight import plane_skies
from skyrack.fleet.tables import COUNTS, HISTOGRAM_BINS, HISTOGRAMS, LEVELS, TILE, TOTALS, TRACES
from skyrack.fleet.tile_layout import FOLDS
from skyrack.fleet.tiles import fly_tiles

TILES_PER_TASK = 32
N_CHANNELS = len(TOTALS) + len(LEVELS)


@dataclass(frozen=True)
class _Task:
    """Some tiles of one layer, to be advanced through one chunk."""

    fleet: LayerFleet
    chunk: Chunk
    step_sky: NDArray[np.float32]
    block_sky: NDArray[np.float64]
    tiles: tuple[int, int]
    places: tuple[int, ...]
    """Positions in the layer of the satellites whose every step is kept."""

    @property
    def n_sats(self) -> int:
        """Number of satellites, without the padding of the last tile."""
        first, past = self.tiles
        return min(past * TILE, self.fleet.layer.n_sats) - first * TILE

    def fly(self, room: Room, histograms: NDArray[np.int32]) -> tuple[NDArray[np.float64], list[NDArray[np.float32]]]:
        """Advance the satellites; return their sums, (interval, TOTALS + LEVELS), and the steps of those at `places`.

        Every satellite is counted in the thread's own `histograms`, (shell, interval, HISTOGRAMS, bin).
        """
        fleet, chunk, layer = self.fleet, self.chunk, self.fleet.layer
        n_intervals = len(chunk.interval_steps)
        folds = np.zeros((n_intervals, N_CHANNELS * FOLDS))
        traces = np.empty((len(self.places), chunk.n_steps, len(TRACES)), np.float32)
        first_plane, planes = self._planes()
        fly_tiles(
            self.tiles,
            FleetArrays(
                layer.n_sats,
                layer.sats_per_plane,
                fleet.elements,
                fleet.states,
                fleet.capacity_j,
                fleet.requests,
                fleet.totals,
                fleet.extremes,
            ),
            Sky(
                self.step_sky,
                plane_skies(planes, math.cos(layer.inclination_rad), self.block_sky),
                first_plane,
                tuple(np.float32(c) for c in fleet.facing_view),
            ),
            self._exposure(planes),
            Blocks(chunk.block_steps, chunk.block_interval),
            narrow(fleet.constants),
            room,
            Tally(folds, fleet.histogram_scales, histograms[layer.shell]),
            Traced(np.array(self.places, np.int64), traces),
        )
        n_integrals = len(TOTALS) - len(COUNTS)
        units = np.array([chunk.step_s] * n_integrals + [1.0] * (N_CHANNELS - n_integrals))
        return folds.reshape(n_intervals, N_CHANNELS, FOLDS).sum(axis=2) * units, list(traces)

    def _planes(self) -> tuple[int, NDArray[np.float64]]:
        """Return the number of the first plane of the satellites, and the ascending nodes (rad) of all their planes."""
        layer, first = self.fleet.layer, self.tiles[0] * TILE
        first_plane, last_plane = first // layer.sats_per_plane, (first + self.n_sats - 1) // layer.sats_per_plane
        return first_plane, layer.plane_raan_rad[first_plane : last_plane + 1]

    def _exposure(self, planes: NDArray[np.float64]) -> Exposure:
        """Return the proton exposure of the planes; without a table by block where each block has a single lookup."""
        chunk, belts = self.chunk, self.fleet.belts
        own_cells, plane_rows = np.unique(node_cells(planes), return_inverse=True)
        every = steps_between_looks(chunk.step_s)
        listed = chunk.block_steps if np.diff(chunk.block_steps).max() > every else chunk.block_steps[:1]
        by_block = protons_by_block(belts, own_cells, self.step_sky, listed, every)
        return Exposure(by_block, belts, own_cells, plane_rows)


class CpuDriver:
    """Driver that advances a fleet on several threads; results do not depend on their number or timing.

    Each task (some tiles of one layer) has its own row of sums, added up in the order of the tasks; histograms are
    integers, whose sum is independent of the order.
    """

    name = "cpu"

    def __init__(self, threads: int, on_progress: Callable[[int], None] | None = None) -> None:
        self.threads = threads
        self.on_progress = on_progress or (lambda _: None)

    def __call__(
        self,
        flight: Flight,
        chunk: Chunk,
        step_skies: list[NDArray[np.float32]],
        block_skies: list[NDArray[np.float64]],
    ) -> ChunkResult:
        """Advance every layer of the flight through the chunk and return the result."""
        n_shells, n_intervals = len(flight.shells), len(chunk.interval_steps)
        result = ChunkResult(
            chunk,
            np.zeros((n_shells, n_intervals, N_CHANNELS)),
            np.zeros((n_shells, n_intervals, len(HISTOGRAMS), HISTOGRAM_BINS), np.int32),
        )
        counts: list[NDArray[np.int32]] = []
        mine = threading.local()

        def begin() -> None:
            mine.room, mine.histograms = Room.new(), np.zeros(result.histograms.shape, np.int32)
            counts.append(mine.histograms)

        def fly(task: _Task) -> tuple[NDArray[np.float64], list[NDArray[np.float32]]]:
            brought = task.fly(mine.room, mine.histograms)
            self.on_progress(task.n_sats * chunk.n_steps)
            return brought

        sampled = [(ref.layer, ref.position) for ref in flight.sampled]
        traces: dict[tuple[int, int], NDArray[np.float32]] = {}
        with ThreadPoolExecutor(self.threads, initializer=begin) as pool:
            flying = [
                (number, task, pool.submit(fly, task))
                for number, fleet in enumerate(flight.layers)
                for task in _tasks(number, fleet, chunk, step_skies[number], block_skies[number], sampled)
            ]
            for number, task, future in flying:
                sums, steps = future.result()
                result.sums[task.fleet.layer.shell] += sums
                traces.update({(number, place): trace for place, trace in zip(task.places, steps, strict=True)})
        result.traces = {pair: traces[pair] for pair in sampled}
        for partial in counts:
            result.histograms += partial
        return result


def _tasks(
    number: int,
    fleet: LayerFleet,
    chunk: Chunk,
    step_sky: NDArray[np.float32],
    block_sky: NDArray[np.float64],
    sampled: list[tuple[int, int]],
) -> list[_Task]:
    """Return the tasks of layer `number`."""
    cuts = [(first, min(first + TILES_PER_TASK, fleet.n_tiles)) for first in range(0, fleet.n_tiles, TILES_PER_TASK)]
    kept = [place for layer, place in sampled if layer == number]
    return [
        _Task(
            fleet,
            chunk,
            step_sky,
            block_sky,
            (first, past),
            tuple(place for place in kept if first * TILE <= place < past * TILE),
        )
        for first, past in cuts
    ]
