"""The CPU driver: hands tiles to threads and adds up what they bring back, always in the same order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.constants import narrow
from skyrack.fleet.flight import Flight, Segment, SegmentResult
from skyrack.fleet.tables import HISTOGRAM_BINS, HISTOGRAMS, LEVELS, TILE, TOTALS, TRACES
from skyrack.fleet.tiles import fly_tiles

TILES_PER_TASK = 32


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
        piece_skies: list[NDArray[np.float64]],
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
            np.zeros((n_shells, n_records, len(HISTOGRAMS), HISTOGRAM_BINS), np.int32),
        )
        sampled = flight.sampled()

        counts: list[NDArray[np.int32]] = []
        mine = threading.local()

        def fly(number: int) -> None:
            task = tasks[number]
            fleet = flight.layers[task.layer]
            if not hasattr(mine, "counts"):
                mine.counts = np.zeros(result.histograms.shape, np.int32)
                counts.append(mine.counts)
            first, past = task.tiles[0] * TILE, task.tiles[1] * TILE
            traced = [place for layer, place in sampled if layer == task.layer and first <= place < past]
            traces = np.empty((len(traced), segment.n_steps, len(TRACES)), np.float32)
            fly_tiles(
                task.tiles,
                fleet.layer.n_sats,
                fleet.layer.plane_raan_rad,
                fleet.layer.sats_per_plane,
                fleet.elements,
                fleet.states,
                fleet.capacity_j,
                fleet.totals,
                fleet.extremes,
                step_skies[task.layer],
                piece_skies[task.layer],
                fleet.belts,
                segment.piece_steps,
                segment.piece_record,
                float(np.cos(fleet.layer.inclination_rad)),
                tuple(np.float32(c) for c in fleet.facing_view),
                narrow(fleet.constants),
                sums[number],
                fleet.histogram_scales,
                mine.counts[fleet.layer.shell],
                np.array(traced, np.int64),
                traces,
            )
            result.traces.update({(task.layer, place): trace for place, trace in zip(traced, traces, strict=True)})
            n_sats = min(past, fleet.layer.n_sats) - first
            self.on_progress(n_sats * segment.n_steps)

        with ThreadPoolExecutor(self.threads) as pool:
            for done in [pool.submit(fly, number) for number in range(len(tasks))]:
                done.result()
        result.traces = {pair: result.traces[pair] for pair in sampled}
        for task, task_sums in zip(tasks, sums, strict=True):
            result.sums[flight.layers[task.layer].layer.shell] += task_sums
        for partial in counts:
            result.histograms += partial
        return result
