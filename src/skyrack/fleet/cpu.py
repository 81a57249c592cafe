"""The CPU driver: hands tiles to threads and adds up what they bring back, always in the same order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.constants import narrow
from skyrack.fleet.flight import Flight, LayerFleet, Segment, SegmentResult
from skyrack.fleet.tables import HISTOGRAM_BINS, HISTOGRAMS, LEVELS, TILE, TOTALS, TRACES
from skyrack.fleet.tiles import fly_tiles

TILES_PER_TASK = 16
_NO_TRACE = np.empty((0, len(TRACES)), np.float32)


@dataclass(frozen=True)
class _Task:
    layer: int
    tiles: tuple[int, int]


class CpuDriver:
    """Flies segments on some threads. Neither their number nor their luck changes a bit of the result.

    Each task (some tiles of one layer) has its own row of sums, added up in the order of the tasks; histograms are
    integers, whose sum knows no order.
    """

    name = "cpu"

    def __init__(self, threads: int, on_progress: Callable[[int], None] | None = None) -> None:
        self.threads = threads
        self.on_progress = on_progress or (lambda _: None)

    def __call__(
        self,
        flight: Flight,
        segment: Segment,
        step_skies: list[NDArray[np.float32]],
        piece_skies: list[NDArray[np.float32]],
    ) -> SegmentResult:
        """Fly every layer of the flight through the segment."""
        tasks = [
            _Task(number, (first, min(first + TILES_PER_TASK, fleet.n_tiles)))
            for number, fleet in enumerate(flight.layers)
            for first in range(0, fleet.n_tiles, TILES_PER_TASK)
        ]
        n_records = len(segment.record_steps)
        n_shells = len(flight.shells)
        sums = np.zeros((len(tasks), n_records, len(TOTALS) + len(LEVELS)))
        result = SegmentResult(
            segment,
            np.zeros((n_shells, n_records, sums.shape[2])),
            np.zeros((n_shells, n_records, len(HISTOGRAMS), HISTOGRAM_BINS), np.int64),
        )
        for pair in flight.sampled():
            result.traces[pair] = _trace(flight, segment, pair, step_skies, piece_skies)

        counts: list[NDArray[np.int32]] = []
        mine = threading.local()

        def fly(number: int) -> None:
            task = tasks[number]
            fleet = flight.layers[task.layer]
            if not hasattr(mine, "counts"):
                mine.counts = np.zeros(result.histograms.shape, np.int32)
                counts.append(mine.counts)
            _fly_layer(
                fleet,
                segment,
                task.tiles,
                step_skies[task.layer],
                piece_skies[task.layer],
                sums[number],
                mine.counts[fleet.layer.shell],
            )
            n_sats = min(task.tiles[1] * TILE, fleet.layer.n_sats) - task.tiles[0] * TILE
            self.on_progress(n_sats * segment.n_steps)

        with ThreadPoolExecutor(self.threads) as pool:
            for done in [pool.submit(fly, number) for number in range(len(tasks))]:
                done.result()
        for task, task_sums in zip(tasks, sums, strict=True):
            result.sums[flight.layers[task.layer].layer.shell] += task_sums
        for partial in counts:
            result.histograms += partial
        return result


def _trace(
    flight: Flight,
    segment: Segment,
    pair: tuple[int, int],
    step_skies: list[NDArray[np.float32]],
    piece_skies: list[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Fly a copy of the tile that one satellite sits in, and keep its every step."""
    number, satellite = pair
    fleet = flight.layers[number]
    tile = satellite // TILE
    there = slice(tile * TILE, (tile + 1) * TILE)
    alone = LayerFleet(
        layer=fleet.layer,
        design=fleet.design,
        constants=fleet.constants,
        facing_view=fleet.facing_view,
        elements=fleet.elements[:, there].copy(),
        states=fleet.states[:, there].copy(),
        capacity_j=fleet.capacity_j[there].copy(),
        totals=fleet.totals[:, there].copy(),
        extremes=fleet.extremes[:, there].copy(),
        histogram_scales=fleet.histogram_scales,
    )
    traces = np.empty((segment.n_steps, len(TRACES)), np.float32)
    n_records = len(segment.record_steps)
    sums = np.zeros((n_records, len(TOTALS) + len(LEVELS)))
    counts = np.zeros((n_records, len(HISTOGRAMS), HISTOGRAM_BINS), np.int32)
    _fly_layer(alone, segment, (0, 1), step_skies[number], piece_skies[number], sums, counts, satellite % TILE, traces)
    return traces


def _fly_layer(
    fleet: LayerFleet,
    segment: Segment,
    tiles: tuple[int, int],
    step_sky: NDArray[np.float32],
    piece_sky: NDArray[np.float32],
    sums: NDArray[np.float64],
    counts: NDArray[np.int32],
    traced: int = -1,
    traces: NDArray[np.float32] = _NO_TRACE,
) -> None:
    fly_tiles(
        tiles,
        fleet.layer.n_sats,
        fleet.elements,
        fleet.states,
        fleet.capacity_j,
        fleet.totals,
        fleet.extremes,
        step_sky,
        piece_sky,
        segment.piece_steps,
        segment.piece_record,
        np.float32(np.cos(fleet.layer.inclination_rad)),
        tuple(np.float32(c) for c in fleet.facing_view),
        narrow(fleet.constants),
        sums,
        fleet.histogram_scales,
        counts,
        traced,
        traces,
    )
