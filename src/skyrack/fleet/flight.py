"""A fleet in flight: its arrays, its clock, and the chunks in which it advances.

A run is cut into chunks of about a day. Within a chunk nothing is written and nobody looks; between chunks the state
can be saved and taken up again, bit for bit. A chunk is cut into intervals (one row of output each), a interval into blocks
(a few dozen steps, over which the Sun's place in an orbital plane is taken as linear).
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
from skyrack.fleet.ephemeris import block_sky, step_sky
from skyrack.fleet.exposure import belts_met
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, HISTOGRAMS, REQUESTS, TILE, TOTALS
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer, Layout, SatelliteRef, ShellLayout
from skyrack.physics.battery import battery_health_frac
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import Scenario
from skyrack.scenario.power_policy import CommandingPolicy, PolicyContext, requested_w
from skyrack.scenario.satellite import Satellite

BLOCK_S = 1800.0
"""Longest block: a plane's Sun moves by at most 0.2 deg in it, and no satellite flies much over a third
of its orbit: none passes midnight twice."""

BLOCK_STEPS = 128
HISTOGRAM_BYTES = 64e6
TEMPERATURE_SPAN_K = (120.0, 440.0)
"""Range over which the distribution of temperatures is counted, one kelvin a bin; what lies beyond joins the end bins."""

BYTES_PER_SATELLITE = 4 * (3 + 3 + 1 + len(EXTREMES)) + 8 * (len(TOTALS) + 4)
"""State and sums of one satellite, with what laying out the orbits takes beside."""


@dataclass
class LayerFleet:
    """The satellites of one layer as arrays (row, satellite), padded to whole tiles."""

    layer: Layer
    design: Satellite
    constants: state.Satellite
    facing_view: tuple[float, ...]
    elements: NDArray[np.float32]
    """Cosine and sine of the phase at the epoch, and the phase in turns."""
    states: NDArray[np.float32]
    """charge_j, electronics_k, radiator_k."""
    capacity_j: NDArray[np.float32]
    totals: NDArray[np.float64]
    """Rows of `tables.TOTALS`."""
    extremes: NDArray[np.float32]
    """Rows of `tables.EXTREMES`."""
    histogram_scales: NDArray[np.float32]
    """Low end and bins per unit of each histogram, the same for the whole fleet."""
    belts: NDArray[np.float32]
    """Trapped protons met, by node and phase."""
    requests: NDArray[np.float32]
    """Rows of `tables.REQUESTS`: what each satellite's computers request, within the power policy and the command."""

    @property
    def n_tiles(self) -> int:
        """Tiles, the last one padded."""
        return int(self.states.shape[1]) // TILE

    @classmethod
    def at_epoch(
        cls, scenario: Scenario, design: Satellite, layer: Layer, histogram_scales: NDArray[np.float32]
    ) -> LayerFleet:
        """Fully charged, and as warm as the average load makes them."""
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
        """Let the computers request at most `command_w` (W, one value or one for each satellite) from now on.

        The power policy decides within that limit: it requests `requested_w`, or what its static bounds say. Infinity leaves
        the policy alone, and 0 W switches the computers off.
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
        """Let the batteries fade by what they have done and by their age; charge that finds no room any more is lost."""
        battery = self.design.battery
        full_cycles = self.totals[TOTALS.index("discharged_j")] / battery.capacity_j
        health = np.maximum(1.0 - battery.fade_per_cycle_frac * full_cycles - battery_fade_by_age(battery, age_s), 0.0)
        self.capacity_j = np.asarray(health * battery.capacity_j, np.float32)
        excess_j = np.maximum(self.states[0] - self.capacity_j, np.float32(0.0))
        self.states[0] -= excess_j
        self.totals[TOTALS.index("lost_j")] += excess_j
        np.minimum(self.extremes[0], self.states[0], out=self.extremes[0])


def histogram_scales(shells: Sequence[ShellLayout]) -> NDArray[np.float32]:
    """Low end and bins per unit of each histogram, wide enough for every satellite of the fleet."""
    ceiling_w = max(*(shell.satellite.compute.peak_power_w for shell in shells), 1e-9) * 1.0001
    low_k, high_k = TEMPERATURE_SPAN_K
    per_k = HISTOGRAM_BINS / (high_k - low_k)
    return np.array(
        [(0.0, HISTOGRAM_BINS / ceiling_w), (0.0, HISTOGRAM_BINS / 1.0001), (low_k, per_k), (low_k, per_k)], np.float32
    )


def battery_fade_by_age(battery: Any, age_s: float) -> float:
    """Share of the first capacity that age alone takes."""
    return 1.0 - float(battery_health_frac(0.0, age_s, battery.fade_per_cycle_frac, battery.fade_per_year_frac))


@dataclass(frozen=True)
class Chunk:
    """A stretch of the run: which steps and intervals it holds, and how it is cut into blocks."""

    number: int
    first_step: int
    interval_steps: tuple[int, ...]
    """Number of steps of each interval."""
    step_s: float
    block_steps: NDArray[np.int64]
    """Step, within the chunk, at which each block begins, and the end."""
    block_interval: NDArray[np.int64]

    @property
    def n_steps(self) -> int:
        """Steps of the chunk."""
        return sum(self.interval_steps)

    def step_times_s(self) -> NDArray[np.float64]:
        """Middle of each step, since the epoch."""
        return np.asarray((self.first_step + np.arange(self.n_steps) + 0.5) * self.step_s, np.float64)

    def block_times_s(self) -> NDArray[np.float64]:
        """Ends of the blocks, since the epoch."""
        return np.asarray((self.first_step + self.block_steps) * self.step_s, np.float64)

    def interval_times_s(self) -> NDArray[np.float64]:
        """End of each interval, since the epoch."""
        return np.asarray((self.first_step + np.cumsum(self.interval_steps)) * self.step_s, np.float64)


@dataclass
class ChunkResult:
    """What a fleet left behind in one chunk."""

    chunk: Chunk
    sums: NDArray[np.float64]
    """(shell, interval, TOTALS + LEVELS), summed over the shell's satellites."""
    histograms: NDArray[np.int32]
    """(shell, interval, HISTOGRAMS, bin), counts of satellites."""
    traces: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)
    """(layer, satellite): (step, TRACES)."""


Command = NDArray[np.float64] | None
"""Greatest compute power (W) that each satellite may request, by its number; None leaves the power policy alone."""
Advance = Callable[["Flight", Chunk, list[NDArray[np.float32]], list[NDArray[np.float64]]], ChunkResult]


class Flight:
    """The fleet of one run, advanced chunk by chunk."""

    def __init__(self, scenario: Scenario, layout: Layout, *, sampled: Sequence[SatelliteRef] | None = None) -> None:
        """Put the compute satellites of `layout` at the epoch; every step of the `sampled` ones is kept."""
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
        """Shells in flight."""
        return self.layout.shells

    @property
    def n_sats(self) -> int:
        """Number of satellites in flight."""
        return self.layout.n_sats

    def advance(self, driver: Advance, command_w: Command = None) -> ChunkResult:
        """Fly the next chunk with the driver for a device."""
        result = self.fly(self.chunks[self.next_chunk], driver, command_w)
        self.next_chunk += 1
        return result

    def fly(self, chunk: Chunk, driver: Advance, command_w: Command = None) -> ChunkResult:
        """Fly one chunk, planned or not, from where the fleet is; it must begin where the last one ended.

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
        """Ask the power policy what the satellites request during a chunk, and set it within the command."""
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
        """Everything that a later process needs to go on, as arrays."""
        arrays: dict[str, NDArray[Any]] = {"next_chunk": np.array(self.next_chunk)}
        for number, fleet in enumerate(self.layers):
            for name in ("states", "totals", "extremes"):
                arrays[f"{name}_{number}"] = getattr(fleet, name)
        return arrays

    def restore(self, arrays: Any) -> None:
        """Go on from a snapshot of the same scenario."""
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
    """Cut a run into chunks of about a day, shorter where the shells' histograms would grow too large.

    Under a power policy that commands, each interval is a chunk, so that the policy is asked at the beginning of each.
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
    """A chunk of intervals of so many steps each, cut into blocks."""
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
    """Steps of one interval: as the scenario says, else 48 intervals for a day and up to 480 for longer."""
    if scenario.output_s is not None:
        return round(scenario.output_s / scenario.step_s)
    n_steps = round(scenario.span_s / scenario.step_s)
    n_intervals = max(1, min(480, round(48 * scenario.span_s / DAY_S)))
    return max(1, math.ceil(n_steps / n_intervals))


def needed_bytes(scenario: Scenario) -> int:
    """Memory that a run of the scenario takes, beside Python and its libraries."""
    n_intervals = max(len(chunk.interval_steps) for chunk in plan_chunks(scenario, n_shells_of(scenario)))
    histograms = n_shells_of(scenario) * n_intervals * len(HISTOGRAMS) * HISTOGRAM_BINS * 4
    return scenario.n_sats * BYTES_PER_SATELLITE + 4 * histograms


def n_shells_of(scenario: Scenario) -> int:
    """Shells after stacks are resolved."""
    return len(scenario.catalogued) + sum(shell.stack.shells if shell.stack else 1 for shell in scenario.shells)
