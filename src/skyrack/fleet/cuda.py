"""CUDA driver: one thread per satellite, its state in registers through a whole chunk.

The laws are those of the CPU driver, compiled for the GPU (`core.jit.cuda_twin`). Sums over a thread block are reduced in
shared memory in a fixed order and added up on the host, so that two runs agree bit by bit; they agree with the CPU to the
rounding of float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import cuda, float32, float64, types
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.core.jit import cuda_twin
from skyrack.fleet import state, step
from skyrack.fleet.constants import narrow
from skyrack.fleet.exposure import PHASES, node_cells, protons_by_block, steps_between_looks
from skyrack.fleet.flight import Chunk, ChunkResult, Flight, LayerFleet
from skyrack.fleet.sunlight import plane_skies
from skyrack.fleet.tables import HISTOGRAM_BINS, HISTOGRAMS, LEVELS, TOTALS, TRACES
from skyrack.physics import orbit, view_factor
from skyrack.physics.shadow import geometry

BLOCK = 64
"""Number of threads of a block; a power of two that divides the padding of a layer."""

_CHANNELS = len(TOTALS) + len(LEVELS)
_N_TOTALS = len(TOTALS)
_N_HISTOGRAMS = len(HISTOGRAMS)
_BINS = HISTOGRAM_BINS
_sun_from = cuda_twin(orbit.sun_from)
_cos_sun_angle = cuda_twin(orbit.cos_sun_angle)
_half_arc = cuda_twin(geometry.shadow_half_arc)
_shadow_edge = cuda_twin(geometry.shadow_edge)
_mean_sunlight = cuda_twin(geometry.mean_sunlight)
_even_polynomial = cuda_twin(view_factor.even_polynomial)
_facing_heat = cuda_twin(step.facing_heat)
_step = cuda_twin(step.step)
_supply = cuda_twin(step.supply)
_Light, _Request, _State = state.Light, state.Request, state.State


class CudaDriver:
    """Driver that advances a fleet on the first GPU; raises InputError where there is none."""

    name = "cuda"

    def __init__(self, on_progress: Callable[[int], None] | None = None) -> None:
        if not cuda.is_available():
            raise InputError("device: 'cuda' needs a GPU with its driver, and none was found; take --device cpu")
        self.on_progress = on_progress or (lambda _: None)

    def __call__(
        self,
        flight: Flight,
        chunk: Chunk,
        step_skies: list[NDArray[np.float32]],
        block_skies: list[NDArray[np.float64]],
    ) -> ChunkResult:
        """Advance every layer of the flight through the chunk and return the result."""
        n_intervals, n_shells = len(chunk.interval_steps), len(flight.shells)
        result = ChunkResult(
            chunk,
            np.zeros((n_shells, n_intervals, _CHANNELS)),
            np.zeros((n_shells, n_intervals, _N_HISTOGRAMS, _BINS), np.int32),
        )
        sampled = [(ref.layer, ref.position) for ref in flight.sampled]
        for number, fleet in enumerate(flight.layers):
            traced = [satellite for layer, satellite in sampled if layer == number]
            sums, counts, traces = _fly_layer(fleet, chunk, step_skies[number], block_skies[number], traced)
            result.sums[fleet.layer.shell] += sums
            result.histograms[fleet.layer.shell] += counts
            for satellite, trace in zip(traced, traces, strict=True):
                result.traces[number, satellite] = trace
            self.on_progress(fleet.layer.n_sats * chunk.n_steps)
        return result


def _fly_layer(
    fleet: LayerFleet,
    chunk: Chunk,
    step_sky: NDArray[np.float32],
    block_sky: NDArray[np.float64],
    traced: list[int],
) -> tuple[Any, Any, Any]:
    n_intervals = len(chunk.interval_steps)
    n_blocks = math.ceil(fleet.layer.n_sats / BLOCK)
    states, totals, extremes = (cuda.to_device(a) for a in (fleet.states, fleet.totals, fleet.extremes))
    partial = cuda.to_device(np.zeros((n_blocks, n_intervals, _CHANNELS)))
    counts = cuda.to_device(np.zeros((n_intervals, _N_HISTOGRAMS, _BINS), np.int32))
    skies = plane_skies(fleet.layer.plane_raan_rad, math.cos(fleet.layer.inclination_rad), block_sky)
    cells, plane_rows = np.unique(node_cells(fleet.layer.plane_raan_rad), return_inverse=True)
    protons = protons_by_block(fleet.belts, cells, step_sky, chunk.block_steps, steps_between_looks(chunk.step_s))
    traces = cuda.to_device(np.zeros((max(len(traced), 1), chunk.n_steps, len(TRACES)), np.float32))
    _fly[n_blocks, BLOCK](
        fleet.layer.n_sats,
        fleet.elements,
        states,
        fleet.capacity_j,
        fleet.requests,
        totals,
        extremes,
        step_sky,
        skies,
        protons,
        plane_rows,
        fleet.layer.sats_per_plane,
        chunk.block_steps,
        chunk.block_interval,
        np.array(chunk.interval_steps),
        np.array(fleet.facing_view, np.float32),
        narrow(fleet.constants),
        fleet.histogram_scales,
        partial,
        counts,
        np.array(traced or [-1]),
        traces,
    )
    fleet.states, fleet.totals, fleet.extremes = states.copy_to_host(), totals.copy_to_host(), extremes.copy_to_host()
    return partial.copy_to_host().sum(axis=0), counts.copy_to_host(), traces.copy_to_host()[: len(traced)]


@cuda.jit
def _fly(
    n_live,
    elements,
    states,
    capacity_j,
    requests,
    totals,
    extremes,
    step_sky,
    skies,
    protons,
    plane_rows,
    sats_per_plane,
    block_steps,
    block_interval,
    interval_steps,
    view,
    satellite,
    scales,
    partial,
    counts,
    traced,
    traces,
):
    i = cuda.grid(1)
    fold = cuda.shared.array(BLOCK, float64)
    gained = cuda.local.array(_CHANNELS, types.float64)
    is_live = i < n_live
    trace_row = -1
    for number in range(traced.size):
        if traced[number] == i:
            trace_row = number
    now = _State(states[0, i], states[1, i], states[2, i])
    plane = min(i, n_live - 1) // sats_per_plane
    capacity = capacity_j[i]
    request = _Request(requests[0, i], requests[1, i], requests[2, i])
    cell = plane_rows[plane] * PHASES + int(elements[2, i] * PHASES) % PHASES
    for channel in range(_CHANNELS):
        gained[channel] = 0.0
    for block in range(block_interval.size):
        begin, end = block_steps[block], block_steps[block + 1]
        n_steps = end - begin
        before, after = skies[plane, block], skies[plane, block + 1]
        turned = n_steps * float64(satellite.step_turns)
        drifted = after[0] - before[0] - turned
        flown = turned + drifted - math.floor(drifted + 0.5)
        place = elements[2, i]
        nearest = place + before[0]
        nearest = nearest - math.floor(nearest + 0.75)
        share = min(max(-nearest / flown, 0.0), 1.0)
        early = _half_arc(float32(before[1] + share * (after[1] - before[1])))
        late = _half_arc(float32(before[2] + share * (after[2] - before[2])))
        early_edge, late_edge = _shadow_edge(early, satellite.step_turns), _shadow_edge(late, satellite.step_turns)
        early_begin, early_end = _half_arc(float32(before[1])), _half_arc(float32(after[1]))
        sun = _sun_from(
            float32(0.5 * (before[3] + after[3])), float32(0.5 * (before[4] + after[4])), elements[0, i], elements[1, i]
        )
        left, right = place + before[0] + early_begin, place + after[0] + early_end
        if max(before[1], after[1]) > 0.0:
            gained[12] += math.floor(
                flown + early_end - early_begin - (right - math.floor(right)) + (left - math.floor(left)) + 0.5
            )
        sunlit_before = gained[0]
        for k in range(begin, end):
            sky = step_sky[k]
            past = float32(place + before[0] + (k - begin + 0.5) * (flown / n_steps))
            past = past - float32(math.floor(past + float32(0.5)))
            lit = _mean_sunlight(past, satellite.step_turns, early_edge, late_edge)
            cos_sun = _cos_sun_angle(sun.ahead, sun.quarter_ahead, sky[0], sky[1])
            facing = _even_polynomial(cos_sun, view)
            light = _Light(lit.sunlit_frac, lit.half_light_frac, past, cos_sun, sky[2], sky[3], facing)
            now, moved = _step(now, capacity, request, light, satellite)
            gained[0] += moved.sunlit_s
            gained[1] += moved.array_j
            gained[2] += moved.compute_j
            gained[3] += moved.bus_j
            gained[4] += moved.curtailed_j
            gained[5] += moved.lost_j
            gained[6] += moved.unserved_j
            gained[7] += moved.discharged_j
            gained[8] += moved.throttled_s
            gained[9] += now.electronics_k * satellite.step_s
            gained[10] += now.radiator_k * satellite.step_s
            extremes[0, i] = min(extremes[0, i], now.charge_j)
            extremes[1, i] = max(extremes[1, i], now.electronics_k)
            extremes[2, i] = max(extremes[2, i], now.radiator_k)
            if trace_row >= 0:
                given = _supply(light, _facing_heat(light, satellite).heat_w, satellite)
                trace = traces[trace_row, k]
                trace[0], trace[1], trace[2], trace[3] = lit.sunlit_frac, cos_sun, given.array_w, given.surroundings_w
                trace[4] = (moved.compute_j + moved.bus_j) / satellite.step_s
                trace[5], trace[6], trace[7] = now.charge_j, now.electronics_k, now.radiator_k
        gained[11] += protons[block, cell] * satellite.step_s
        if gained[0] - sunlit_before < n_steps * satellite.step_s:
            extremes[3, i] = max(extremes[3, i], float32((early + late) * n_steps / flown * satellite.step_s))
        interval = block_interval[block]
        if block + 1 == block_interval.size or block_interval[block + 1] != interval:
            if is_live:
                interval_s = interval_steps[interval] * satellite.step_s
                _count(counts, interval, 0, gained[2] / interval_s, scales)
                _count(counts, interval, 1, now.charge_j / capacity, scales)
                _count(counts, interval, 2, now.electronics_k, scales)
                _count(counts, interval, 3, now.radiator_k, scales)
            for channel in range(_N_TOTALS):
                totals[channel, i] += gained[channel]
            gained[_N_TOTALS] = now.charge_j
            for channel in range(_CHANNELS):
                _fold(fold, gained[channel] if is_live else 0.0)
                if cuda.threadIdx.x == 0:
                    partial[cuda.blockIdx.x, interval, channel] = fold[0]
                cuda.syncthreads()
                gained[channel] = 0.0
    states[0, i], states[1, i], states[2, i] = now.charge_j, now.electronics_k, now.radiator_k


@cuda.jit(device=True)
def _fold(fold, value):
    """Sum the values of a thread block into `fold[0]` by pairwise reduction."""
    me = cuda.threadIdx.x
    fold[me] = value
    cuda.syncthreads()
    half = BLOCK // 2
    while half > 0:
        if me < half:
            fold[me] += fold[me + half]
        cuda.syncthreads()
        half //= 2


@cuda.jit(device=True)
def _count(counts, interval, number, value, scales):
    place = int((value - scales[number, 0]) * scales[number, 1])
    cuda.atomic.add(counts, (interval, number, max(0, min(place, _BINS - 1))), 1)
