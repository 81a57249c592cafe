"""The CPU driver: hands tiles to threads and adds up what they bring back, always in the same order."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.constants import narrow
from skyrack.fleet.exposure import node_cells, protons_by_piece, steps_between_looks
from skyrack.fleet.flight import Flight, LayerFleet, Segment, SegmentResult
from skyrack.fleet.rows import FOLDS, Room
from skyrack.fleet.sky import plane_skies
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
        n_channels = len(TOTALS) + len(LEVELS)
        sums = np.zeros((len(tasks), n_records, n_channels))
        # the last total is a count, and levels are what they are
        units = np.array([segment.step_s] * (len(TOTALS) - 1) + [1.0] * (n_channels - len(TOTALS) + 1))
        result = SegmentResult(
            segment,
            np.zeros((n_shells, n_records, n_channels)),
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
                mine.room = Room.new()
            first, past = task.tiles[0] * TILE, task.tiles[1] * TILE
            traced = [place for layer, place in sampled if layer == task.layer and first <= place < past]
            traces = np.empty((len(traced), segment.n_steps, len(TRACES)), np.float32)
            first_plane, planes = _planes(fleet, first, past)
            skies = plane_skies(planes, math.cos(fleet.layer.inclination_rad), piece_skies[task.layer])
            protons, own_cells, plane_rows = _protons(fleet, planes, segment, step_skies[task.layer])
            folds = np.zeros((n_records, n_channels * FOLDS))
            fly_tiles(
                task.tiles,
                fleet.layer.n_sats,
                first_plane,
                fleet.layer.sats_per_plane,
                fleet.elements,
                fleet.states,
                fleet.capacity_j,
                fleet.totals,
                fleet.extremes,
                step_skies[task.layer],
                skies,
                fleet.belts,
                protons,
                own_cells,
                plane_rows,
                segment.piece_steps,
                segment.piece_record,
                tuple(np.float32(c) for c in fleet.facing_view),
                narrow(fleet.constants),
                mine.room,
                folds,
                fleet.histogram_scales,
                mine.counts[fleet.layer.shell],
                np.array(traced, np.int64),
                traces,
            )
            sums[number] = folds.reshape(n_records, n_channels, FOLDS).sum(axis=2) * units
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


def _planes(fleet: LayerFleet, first: int, past: int) -> tuple[int, NDArray[np.float64]]:
    """Number of the first plane that some satellites of a layer fly in, and the nodes of all of them."""
    layer = fleet.layer
    first_plane, last_plane = first // layer.sats_per_plane, (min(past, layer.n_sats) - 1) // layer.sats_per_plane
    return first_plane, layer.plane_raan_rad[first_plane : last_plane + 1]


def _protons(fleet: LayerFleet, planes: NDArray[np.float64], segment: Segment, step_sky: NDArray[np.float32]) -> Any:
    """What these planes meet, (piece, cell and phase); the cells their nodes begin in, and the one of each plane.

    Without pieces where each of them has one look alone: then the table would take much memory and save nothing.
    """
    own_cells, plane_rows = np.unique(node_cells(planes), return_inverse=True)
    every = steps_between_looks(segment.step_s)
    listed = segment.piece_steps if np.diff(segment.piece_steps).max() > every else segment.piece_steps[:1]
    return protons_by_piece(fleet.belts, own_cells, step_sky, listed, every), own_cells, plane_rows
