"""Simulation of a fleet in flight: its arrays, its time, and the chunks in which it advances.

A run is divided into chunks of about a day. Nothing is written or read within a chunk; between chunks the state can be saved
and restored, bit by bit. A chunk is divided into output intervals (one row of output each), an interval into substep blocks
(a few dozen steps, over which the Sun's position in an orbital plane is linear).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s, utc_since_j2000_s
from skyrack.fleet import state
from skyrack.fleet.constants import facing_view_polynomial, request_within, satellite_constants, start_temperatures_k
from skyrack.fleet.exposure import belts_met
from skyrack.fleet.sunlight import block_sky, step_sky
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, HISTOGRAMS, REQUESTS, TILE, TOTALS
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer, Layout, SatelliteRef, ShellLayout
from skyrack.physics.battery import battery_health_frac
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import Scenario
from skyrack.scenario.power_policy import CommandingPolicy, PolicyContext, requested_w
from skyrack.scenario.satellite import Satellite

BLOCK_S = 1800.0
"""Maximum block: the Sun moves by at most 0.2 deg relative to a plane, and no satellite flies much over a third of its orbit,
so none passes the anti-solar point twice."""

BLOCK_STEPS = 128
HISTOGRAM_BYTES = 64e6
TEMPERATURE_SPAN_K = (120.0, 440.0)
"""Range of the temperature histograms, one kelvin per bin; values beyond it are counted in the end bins."""

BYTES_PER_SATELLITE = 4 * (3 + 3 + 1 + len(EXTREMES)) + 8 * (len(TOTALS) + 4)
"""Memory of one satellite: state and sums, and the arrays of the orbital layout."""


@dataclass
class LayerFleet:
    """Satellites of one layer as arrays (row, satellite), padded to whole tiles."""

    layer: Layer
    design: Satellite
    constants: state.Satellite
    facing_view: tuple[float, ...]
    elements: NDArray[np.float32]
    """Cosine and sine of the phase at the epoch, and the phase in turns."""
    states: NDArray[np.float32]
    """Rows charge_j, electronics_k and radiator_k."""
    capacity_j: NDArray[np.float32]
    totals: NDArray[np.float64]
    """Rows of `tables.TOTALS`."""
    extremes: NDArray[np.float32]
    """Rows of `tables.EXTREMES`."""
    histogram_scales: NDArray[np.float32]
    """Low end and bins per unit of each histogram, the same for the whole fleet."""
    belts: NDArray[np.float32]
    """Flux of trapped protons by node and phase (see `exposure.belts_met`)."""
    requests: NDArray[np.float32]
    """Rows of `tables.REQUESTS`: compute power that each satellite requests under power policy and command."""

    @property
    def n_tiles(self) -> int:
        """Number of tiles, the last one padded."""
        return int(self.states.shape[1]) // TILE

    @classmethod
    def at_epoch(
        cls, scenario: Scenario, design: Satellite, layer: Layer, histogram_scales: NDArray[np.float32]
    ) -> LayerFleet:
        """Return the satellites of a layer at the epoch: fully charged, at the temperatures of the average load."""
        n_padded = math.ceil(layer.n_sats / TILE) * TILE
        places = np.minimum(np.arange(n_padded), layer.n_sats - 1)
        phase_rad = layer.phase_rad[places]
        elements = np.array([np.cos(phase_rad), np.sin(phase_rad), phase_rad / TWO_PI], np.float32)
        electronics_k, radiator_k = start_temperatures_k(scenario, design, layer)
        capacity_j = np.full(n_padded, design.battery.capacity_j, np.float32)
        states = np.empty((3, n_padded), np.float32)
        states[:] = np.array([design.battery.capacity_j, electronics_k, radiator_k], np.float32)[:, None]
        extremes = np.empty((len(EXTREMES), n_padded), np.float32)
        extremes[:3], extremes[3] = states, 0.0
        return cls(
            layer=layer,
            design=design,
            constants=satellite_constants(scenario, design, layer, scenario.step_s),
            facing_view=facing_view_polynomial(layer.radius_m),
            elements=elements,
            states=states,
            capacity_j=capacity_j,
            totals=np.zeros((len(TOTALS), n_padded)),
            extremes=extremes,
            histogram_scales=histogram_scales,
            belts=belts_met(scenario.environment.radiation, layer.radius_m, layer.inclination_rad),
            requests=np.empty((len(REQUESTS), n_padded), np.float32),
        ).commanded(np.inf)

    def commanded(
        self, command_w: float | NDArray[np.float64], requested_w: NDArray[np.float64] | None = None
    ) -> LayerFleet:
        """Limit the requested compute power to `command_w` (W, one value or one per satellite) from now on; return self.

        Within the limit the power policy decides: it requests `requested_w`, or the power of its static bounds. Infinity
        leaves the policy alone, and 0 W switches the computers off.
        """
        limit_w, wanted_w = np.full(self.states.shape[1], np.inf), None
        limit_w[: self.layer.n_sats] = command_w
        if requested_w is not None:
            wanted_w = np.zeros(self.states.shape[1])
            wanted_w[: self.layer.n_sats] = requested_w
        request = request_within(limit_w, self.constants, wanted_w)
        self.requests[:] = np.stack([np.asarray(values, np.float32) for values in request])
        return self

    def age(self, age_s: float) -> None:
        """Fade the batteries by their cycles and age; charge above the remaining capacity is lost."""
        battery = self.design.battery
        full_cycles = self.totals[TOTALS.index("discharged_j")] / battery.capacity_j
        health = np.maximum(1.0 - battery.fade_per_cycle_frac * full_cycles - battery_fade_by_age(battery, age_s), 0.0)
        self.capacity_j = np.asarray(health * battery.capacity_j, np.float32)
        excess_j = np.maximum(self.states[0] - self.capacity_j, np.float32(0.0))
        self.states[0] -= excess_j
        self.totals[TOTALS.index("lost_j")] += excess_j
        np.minimum(self.extremes[0], self.states[0], out=self.extremes[0])


def histogram_scales(shells: Sequence[ShellLayout]) -> NDArray[np.float32]:
    """Return low end and bins per unit of each histogram, (histogram, 2), valid for all satellites of the fleet."""
    ceiling_w = max(*(shell.satellite.compute.peak_power_w for shell in shells), 1e-9) * 1.0001
    low_k, high_k = TEMPERATURE_SPAN_K
    per_k = HISTOGRAM_BINS / (high_k - low_k)
    return np.array(
        [(0.0, HISTOGRAM_BINS / ceiling_w), (0.0, HISTOGRAM_BINS / 1.0001), (low_k, per_k), (low_k, per_k)], np.float32
    )


def battery_fade_by_age(battery: Any, age_s: float) -> float:
    """Return the calendar fade: share of the beginning-of-life capacity that is lost by age alone."""
    return 1.0 - float(battery_health_frac(0.0, age_s, battery.fade_per_cycle_frac, battery.fade_per_year_frac))


@dataclass(frozen=True)
class Chunk:
    """Contiguous part of the run: its steps, output intervals and substep blocks."""

    number: int
    first_step: int
    interval_steps: tuple[int, ...]
    """Number of steps of each output interval."""
    step_s: float
    block_steps: NDArray[np.int64]
    """Step within the chunk at which each block begins, and the end of the last one."""
    block_interval: NDArray[np.int64]
    """Output interval to which each block belongs."""

    @property
    def n_steps(self) -> int:
        """Number of steps of the chunk."""
        return sum(self.interval_steps)

    def step_times_s(self) -> NDArray[np.float64]:
        """Return the middle of each step (s since the epoch)."""
        return np.asarray((self.first_step + np.arange(self.n_steps) + 0.5) * self.step_s, np.float64)

    def block_times_s(self) -> NDArray[np.float64]:
        """Return the boundaries of the blocks (s since the epoch)."""
        return np.asarray((self.first_step + self.block_steps) * self.step_s, np.float64)

    def interval_times_s(self) -> NDArray[np.float64]:
        """Return the end of each output interval (s since the epoch)."""
        return np.asarray((self.first_step + np.cumsum(self.interval_steps)) * self.step_s, np.float64)


@dataclass
class ChunkResult:
    """Results of a fleet in one chunk."""

    chunk: Chunk
    sums: NDArray[np.float64]
    """Sums over the shell's satellites, (shell, interval, TOTALS + LEVELS)."""
    histograms: NDArray[np.int32]
    """Counts of satellites, (shell, interval, HISTOGRAMS, bin)."""
    traces: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)
    """Values at every step, (step, TRACES), of each sampled satellite, by layer and position."""


Command = NDArray[np.float64] | None
"""Maximum compute power (W) that each satellite may request, by its number; None leaves the power policy alone."""
Advance = Callable[["Flight", Chunk, list[NDArray[np.float32]], list[NDArray[np.float64]]], ChunkResult]


class Flight:
    """Fleet of one run, advanced chunk by chunk."""

    def __init__(self, scenario: Scenario, layout: Layout, *, sampled: Sequence[SatelliteRef] | None = None) -> None:
        """Initialise the compute satellites of `layout` at the epoch; every step of the `sampled` ones is kept."""
        self.scenario, self.layout = scenario, layout
        self.sampled = sampled_evenly(layout) if sampled is None else tuple(sampled)
        shells = layout.shells
        self.epoch_tt_s = tt_since_j2000_s(scenario.epoch)
        self.epoch_utc_s = utc_since_j2000_s(scenario.epoch)
        self.histogram_scales = histogram_scales(shells)
        self.layers = [
            LayerFleet.at_epoch(scenario, shells[layer.shell].satellite, layer, self.histogram_scales)
            for layer in layout.layers
        ]
        self.chunks = plan_chunks(scenario, len(shells))
        self.next_chunk = 0

    @property
    def shells(self) -> tuple[ShellLayout, ...]:
        """Shells of compute satellites."""
        return self.layout.shells

    @property
    def n_sats(self) -> int:
        """Number of compute satellites."""
        return self.layout.n_sats

    def advance(self, driver: Advance, command_w: Command = None) -> ChunkResult:
        """Advance the fleet by the next planned chunk with a device's driver; `command_w` as of `fly`."""
        result = self.fly(self.chunks[self.next_chunk], driver, command_w)
        self.next_chunk += 1
        return result

    def fly(self, chunk: Chunk, driver: Advance, command_w: Command = None) -> ChunkResult:
        """Advance the fleet by one chunk, planned or not, which must begin where the last one ended.

        `command_w` limits the compute power that each satellite requests during the chunk, by the satellite's number in the
        layout; without one the power policy alone decides.
        """
        for fleet in self.layers:
            fleet.age(chunk.first_step * chunk.step_s)
        self._command(chunk, command_w)
        steps = SunTrack.at(self.epoch_tt_s, chunk.step_times_s())
        ends = SunTrack.at(self.epoch_tt_s, chunk.block_times_s())
        shadow = self.scenario.environment.shadow
        turned_rad = np.asarray(greenwich_sidereal_rad(self.epoch_utc_s + chunk.step_times_s()))
        step_skies, block_skies = [], []
        for fleet in self.layers:
            wear = fleet.design.solar_array.wear_per_year_frac
            step_skies.append(step_sky(fleet.layer, steps, wear, turned_rad))
            block_skies.append(block_sky(fleet.layer, ends, shadow))
        return driver(self, chunk, step_skies, block_skies)

    def _command(self, chunk: Chunk, command_w: Command) -> None:
        """Set the compute power that the satellites request during a chunk, by the power policy within the command."""
        wanted_w = None
        if isinstance(self.scenario.power_policy, CommandingPolicy):
            wanted_w = requested_w(self.scenario.power_policy, self._policy_context(chunk, command_w))
        for number, fleet in enumerate(self.layers):
            mine = self.layout.numbers(number)
            fleet.commanded(
                np.inf if command_w is None else command_w[mine], None if wanted_w is None else wanted_w[mine]
            )

    def _policy_context(self, chunk: Chunk, command_w: Command) -> PolicyContext:
        compute = [fleet.design.compute for fleet in self.layers]
        counts = [fleet.layer.n_sats for fleet in self.layers]
        charged = [(fleet.states[0] / fleet.capacity_j)[: fleet.layer.n_sats] for fleet in self.layers]
        return PolicyContext(
            time_s=chunk.first_step * chunk.step_s,
            span_s=chunk.n_steps * chunk.step_s,
            state_of_charge_frac=np.concatenate(charged).astype(np.float64),
            average_power_w=np.repeat([one.average_power_w for one in compute], counts),
            peak_power_w=np.repeat([one.peak_power_w for one in compute], counts),
            command_w=command_w,
        )

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return the state as arrays, from which another process can continue."""
        arrays: dict[str, NDArray[Any]] = {"next_chunk": np.array(self.next_chunk)}
        for number, fleet in enumerate(self.layers):
            for name in ("states", "totals", "extremes"):
                arrays[f"{name}_{number}"] = getattr(fleet, name)
        return arrays

    def restore(self, arrays: Any) -> None:
        """Restore the state of a snapshot; InputError where it belongs to another scenario."""
        self.next_chunk = int(arrays["next_chunk"])
        for number, fleet in enumerate(self.layers):
            for name in ("states", "totals", "extremes"):
                saved = arrays[f"{name}_{number}"]
                if saved.shape != getattr(fleet, name).shape:
                    raise InputError("the checkpoint belongs to another scenario; start the run anew")
                setattr(fleet, name, saved)


SAMPLES_PER_SHELL, MAX_SAMPLES = 2, 16


def sampled_evenly(
    layout: Layout, per_shell: int = SAMPLES_PER_SHELL, at_most: int = MAX_SAMPLES
) -> tuple[SatelliteRef, ...]:
    """Return some satellites spread evenly over the shells and over the satellites of each, whose every step is kept."""
    chosen = np.unique(np.linspace(0, len(layout.shells) - 1, max(1, at_most // per_shell)).astype(int))
    found = []
    for shell in (layout.shells[i] for i in chosen):
        for share in np.linspace(0.0, 1.0, min(per_shell, shell.n_sats), endpoint=False):
            layer = layout.layers.index(shell.layers[int(share * len(shell.layers))])
            position = int(share * layout.layers[layer].n_sats)
            found.append(SatelliteRef(layout.layer_firsts[layer] + position, layer, position))
    return tuple(found)


def plan_chunks(scenario: Scenario, n_shells: int) -> list[Chunk]:
    """Divide a run into chunks of about a day, shorter where the shells' histograms would grow too large.

    Under a commanding power policy each output interval is a chunk, so that the policy is evaluated at the beginning of each.
    """
    n_steps = round(scenario.span_s / scenario.step_s)
    interval = output_steps(scenario)
    by_memory = HISTOGRAM_BYTES // (n_shells * len(HISTOGRAMS) * HISTOGRAM_BINS * 4)
    intervals_each = int(max(1, min(DAY_S // (interval * scenario.step_s), by_memory)))
    if isinstance(scenario.power_policy, CommandingPolicy):
        intervals_each = 1
    chunks = []
    for number, first in enumerate(range(0, n_steps, interval * intervals_each)):
        last = min(first + interval * intervals_each, n_steps)
        interval_steps = tuple(min(interval, last - begin) for begin in range(first, last, interval))
        chunks.append(chunk_of(interval_steps, first, scenario.step_s, number))
    return chunks


def chunk_of(interval_steps: tuple[int, ...], first_step: int, step_s: float, number: int = 0) -> Chunk:
    """Return a chunk of output intervals with the given numbers of steps, divided into blocks."""
    longest_block = max(1, min(BLOCK_STEPS, int(BLOCK_S // step_s)))
    begins, intervals, begin = [], [], 0
    for position, n in enumerate(interval_steps):
        for offset in range(0, n, longest_block):
            begins.append(begin + offset)
            intervals.append(position)
        begin += n
    return Chunk(
        number=number,
        first_step=first_step,
        interval_steps=interval_steps,
        step_s=step_s,
        block_steps=np.array([*begins, begin]),
        block_interval=np.array(intervals),
    )


def output_steps(scenario: Scenario) -> int:
    """Return the steps of one output interval: as the scenario states, else 48 intervals per day, at most 480 in all."""
    if scenario.output_s is not None:
        return round(scenario.output_s / scenario.step_s)
    n_steps = round(scenario.span_s / scenario.step_s)
    n_intervals = max(1, min(480, round(48 * scenario.span_s / DAY_S)))
    return max(1, math.ceil(n_steps / n_intervals))


def needed_bytes(scenario: Scenario) -> int:
    """Return the memory (bytes) that a run of the scenario needs, without Python and its libraries."""
    n_intervals = max(len(chunk.interval_steps) for chunk in plan_chunks(scenario, n_shells_of(scenario)))
    histograms = n_shells_of(scenario) * n_intervals * len(HISTOGRAMS) * HISTOGRAM_BINS * 4
    return scenario.n_sats * BYTES_PER_SATELLITE + 4 * histograms


def n_shells_of(scenario: Scenario) -> int:
    """Return the number of shells after stacks are resolved."""
    return len(scenario.catalogued) + sum(shell.stack.shells if shell.stack else 1 for shell in scenario.shells)
