"""A fleet in flight: its arrays, its clock, and the segments in which it advances.

A run is cut into segments of about a day. Within a segment nothing is written and nobody looks; between segments the state
can be saved and taken up again, bit for bit. A segment is cut into records (one row of output each), a record into pieces
(a few dozen steps, over which the Sun's place in an orbital plane is taken as linear).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s, utc_since_j2000_s
from skyrack.fleet import state
from skyrack.fleet.constants import facing_view_polynomial, satellite_constants, start_temperatures_k
from skyrack.fleet.ephemeris import piece_sky, step_sky
from skyrack.fleet.exposure import belts_met
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, HISTOGRAMS, TILE, TOTALS
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer, ShellDesign
from skyrack.physics.battery import battery_health_frac
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import Scenario
from skyrack.scenario.satellite import Satellite

PIECE_S = 1800.0
"""Longest piece: a plane's Sun moves by at most 0.2 deg in it, and no satellite flies much over a third
of its orbit: none passes midnight twice."""

PIECE_STEPS = 128
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
        )

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


def histogram_scales(shells: tuple[ShellDesign, ...]) -> NDArray[np.float32]:
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
class Segment:
    """A stretch of the run: which steps and records it holds, and how it is cut into pieces."""

    number: int
    first_step: int
    record_steps: tuple[int, ...]
    """Number of steps of each record."""
    step_s: float
    piece_steps: NDArray[np.int64]
    """Step, within the segment, at which each piece begins, and the end."""
    piece_record: NDArray[np.int64]

    @property
    def n_steps(self) -> int:
        """Steps of the segment."""
        return sum(self.record_steps)

    def step_times_s(self) -> NDArray[np.float64]:
        """Middle of each step, since the epoch."""
        return np.asarray((self.first_step + np.arange(self.n_steps) + 0.5) * self.step_s, np.float64)

    def piece_times_s(self) -> NDArray[np.float64]:
        """Ends of the pieces, since the epoch."""
        return np.asarray((self.first_step + self.piece_steps) * self.step_s, np.float64)

    def record_times_s(self) -> NDArray[np.float64]:
        """End of each record, since the epoch."""
        return np.asarray((self.first_step + np.cumsum(self.record_steps)) * self.step_s, np.float64)


@dataclass
class SegmentResult:
    """What a fleet left behind in one segment."""

    segment: Segment
    sums: NDArray[np.float64]
    """(shell, record, TOTALS + LEVELS), summed over the shell's satellites."""
    histograms: NDArray[np.int32]
    """(shell, record, HISTOGRAMS, bin), counts of satellites."""
    traces: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)
    """(layer, satellite): (step, TRACES)."""


Advance = Callable[["Flight", Segment, list[NDArray[np.float32]], list[NDArray[np.float64]]], SegmentResult]


class Flight:
    """The fleet of one run, advanced segment by segment."""

    def __init__(
        self, scenario: Scenario, shells: tuple[ShellDesign, ...], *, samples: tuple[int, int] = (2, 16)
    ) -> None:
        self.scenario = scenario
        self.samples = samples
        """Satellites whose every step is kept: so many of a shell, and so many in all."""
        self.shells = shells
        self.epoch_tt_s = tt_since_j2000_s(scenario.epoch)
        self.epoch_utc_s = utc_since_j2000_s(scenario.epoch)
        self.histogram_scales = histogram_scales(shells)
        self.layers = [
            LayerFleet.at_epoch(scenario, shell.satellite, layer, self.histogram_scales)
            for shell in shells
            for layer in shell.layers
        ]
        self.segments = plan_segments(scenario, len(shells))
        self.next_segment = 0

    @property
    def n_sats(self) -> int:
        """Satellites in flight."""
        return sum(fleet.layer.n_sats for fleet in self.layers)

    def advance(self, driver: Advance) -> SegmentResult:
        """Fly the next segment with the driver for a device."""
        result = self.fly(self.segments[self.next_segment], driver)
        self.next_segment += 1
        return result

    def fly(self, segment: Segment, driver: Advance) -> SegmentResult:
        """Fly one segment, planned or not, from where the fleet is; it must begin where the last one ended."""
        steps = SunTrack.at(self.epoch_tt_s, segment.step_times_s())
        ends = SunTrack.at(self.epoch_tt_s, segment.piece_times_s())
        shadow = self.scenario.environment.shadow
        turned_rad = np.asarray(greenwich_sidereal_rad(self.epoch_utc_s + segment.step_times_s()))
        step_skies, piece_skies = [], []
        for fleet in self.layers:
            fleet.age(segment.first_step * segment.step_s)
            wear = fleet.design.solar_array.wear_per_year_frac
            step_skies.append(step_sky(fleet.layer, steps, wear, turned_rad))
            piece_skies.append(piece_sky(fleet.layer, ends, shadow))
        return driver(self, segment, step_skies, piece_skies)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Everything that a later process needs to go on, as arrays."""
        arrays: dict[str, NDArray[Any]] = {"next_segment": np.array(self.next_segment)}
        for number, fleet in enumerate(self.layers):
            for name in ("states", "totals", "extremes"):
                arrays[f"{name}_{number}"] = getattr(fleet, name)
        return arrays

    def restore(self, arrays: Any) -> None:
        """Go on from a snapshot of the same scenario."""
        self.next_segment = int(arrays["next_segment"])
        for number, fleet in enumerate(self.layers):
            for name in ("states", "totals", "extremes"):
                saved = arrays[f"{name}_{number}"]
                if saved.shape != getattr(fleet, name).shape:
                    raise InputError("the checkpoint belongs to another scenario; start the run anew")
                setattr(fleet, name, saved)

    def sampled(self) -> list[tuple[int, int]]:
        """(layer, satellite) of those whose every step is kept: spread evenly over shells and over their satellites."""
        per_shell, at_most = self.samples
        numbers = {id(fleet.layer): number for number, fleet in enumerate(self.layers)}
        chosen = np.unique(np.linspace(0, len(self.shells) - 1, max(1, at_most // per_shell)).astype(int))
        pairs = []
        for shell in (self.shells[i] for i in chosen):
            for share in np.linspace(0.0, 1.0, min(per_shell, shell.n_sats), endpoint=False):
                layer = shell.layers[int(share * len(shell.layers))]
                pairs.append((numbers[id(layer)], int(share * layer.n_sats)))
        return pairs


def plan_segments(scenario: Scenario, n_shells: int) -> list[Segment]:
    """Cut a run into segments of about a day, shorter where the shells' histograms would grow too large."""
    n_steps = round(scenario.span_s / scenario.step_s)
    record = output_steps(scenario)
    by_memory = HISTOGRAM_BYTES // (n_shells * len(HISTOGRAMS) * HISTOGRAM_BINS * 4)
    records_each = int(max(1, min(DAY_S // (record * scenario.step_s), by_memory)))
    segments = []
    for number, first in enumerate(range(0, n_steps, record * records_each)):
        last = min(first + record * records_each, n_steps)
        record_steps = tuple(min(record, last - begin) for begin in range(first, last, record))
        segments.append(segment_of(record_steps, first, scenario.step_s, number))
    return segments


def segment_of(record_steps: tuple[int, ...], first_step: int, step_s: float, number: int = 0) -> Segment:
    """A segment of records of so many steps each, cut into pieces."""
    longest_piece = max(1, min(PIECE_STEPS, int(PIECE_S // step_s)))
    begins, records, begin = [], [], 0
    for position, n in enumerate(record_steps):
        for offset in range(0, n, longest_piece):
            begins.append(begin + offset)
            records.append(position)
        begin += n
    return Segment(
        number=number,
        first_step=first_step,
        record_steps=record_steps,
        step_s=step_s,
        piece_steps=np.array([*begins, begin]),
        piece_record=np.array(records),
    )


def output_steps(scenario: Scenario) -> int:
    """Steps of one record: as the scenario says, else 48 records for a day and up to 480 for longer."""
    if scenario.output_s is not None:
        return round(scenario.output_s / scenario.step_s)
    n_steps = round(scenario.span_s / scenario.step_s)
    n_records = max(1, min(480, round(48 * scenario.span_s / DAY_S)))
    return max(1, math.ceil(n_steps / n_records))


def needed_bytes(scenario: Scenario) -> int:
    """Memory that a run of the scenario takes, beside Python and its libraries."""
    n_records = max(len(segment.record_steps) for segment in plan_segments(scenario, n_shells_of(scenario)))
    histograms = n_shells_of(scenario) * n_records * len(HISTOGRAMS) * HISTOGRAM_BINS * 4
    return scenario.n_sats * BYTES_PER_SATELLITE + 4 * histograms


def n_shells_of(scenario: Scenario) -> int:
    """Shells after stacks are resolved."""
    return len(scenario.measured) + sum(shell.stack.shells if shell.stack else 1 for shell in scenario.shells)
