"""Ground stations and cities ahead of time: when data is up or down in spite of the weather, and who sees a fleet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.environment.cloud_cover import clear_skies
from skyrack.fleet.sample_flight import sampled_layout
from skyrack.network.downlink import station_rates
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import Places
from skyrack.orbits.layout import Layout
from skyrack.orbits.visibility import slant_ranges
from skyrack.scenario.network import Station, Weather

Floats = NDArray[np.float64]
STEP_S = 600.0
"""Time between two looks at the stations for transfers."""
MAX_SATELLITES = 2000
"""Number of satellites that stand for a larger fleet over stations and cities."""
LIKELY = 0.9
"""Probability at which data counts as transferred by a time."""


@dataclass(frozen=True)
class GroundForecast:
    """Transfers between the ground and a fleet, over sampled weather."""

    time_s: Floats
    """Begin of each interval since the epoch, (time,)."""
    step_s: float
    bytes_by_sample: Floats
    """Data that all stations together move from the begin to the end of each interval, (sample, time)."""

    def done_at_s(self, amount_bytes: float, begin_s: float, probability: float = LIKELY) -> float:
        """Return the time by which an amount has been moved from `begin_s` on with a probability; inf beyond the forecast."""
        if amount_bytes <= 0.0:
            return begin_s
        first = int(np.searchsorted(self.time_s, begin_s - self.step_s, side="right"))
        if first >= len(self.time_s):
            return math.inf
        share = np.clip((self.time_s[first] + self.step_s - begin_s) / self.step_s, 0.0, 1.0)
        moved = self.bytes_by_sample[:, first:].copy()
        moved[:, 0] *= share
        total = np.cumsum(moved, axis=1)
        is_done = total >= amount_bytes
        position = np.where(is_done.any(axis=1), is_done.argmax(axis=1), -1)
        ends = np.full(len(total), math.inf)
        for sample in np.flatnonzero(position >= 0):
            k = int(position[sample])
            before = total[sample, k - 1] if k else 0.0
            part = (amount_bytes - before) / moved[sample, k]
            start_s = begin_s if k == 0 else self.time_s[first + k]
            width_s = self.step_s * share if k == 0 else self.step_s
            ends[sample] = start_s + part * width_s
        return float(np.quantile(ends, probability, method="inverted_cdf"))

    def in_turn_s(self, begin_s: Floats, amount_bytes: Floats, sample: int) -> Floats:
        """Return when each of some transfers ends that pass the stations in turn, in one sampled sky, (transfer,).

        Each begins at its time (ascending) at the earliest, and after those before it. Infinity beyond the forecast.
        """
        moved = self.bytes_by_sample[sample % len(self.bytes_by_sample)]
        edges_s = np.append(self.time_s, self.time_s[-1] + self.step_s)
        total = np.concatenate([[0.0], np.cumsum(moved)])
        before = np.cumsum(amount_bytes) - amount_bytes
        # what the stations could have moved by the end of each: a queue that is served as fast as they can
        level = before + amount_bytes + np.maximum.accumulate(np.interp(begin_s, edges_s, total) - before)
        position = np.searchsorted(total, level, side="left")
        known = np.clip(position, 1, len(total) - 1)
        step_bytes = np.maximum(total[known] - total[known - 1], 1e-3)
        end_s = edges_s[known - 1] + self.step_s * np.clip((level - total[known - 1]) / step_bytes, 0.0, 1.0)
        end_s = np.where(level > total[-1] * (1.0 + 1e-12), np.inf, np.maximum(end_s, begin_s))
        return np.where(amount_bytes > 0.0, end_s, begin_s)


def thinned(layout: Layout, at_most: int = MAX_SATELLITES) -> Layout:
    """Return a layout of at most so many satellites, spread evenly, that stands for all over places on the ground."""
    if layout.n_sats <= at_most:
        return layout
    refs = sorted(layout.spread(at_most), key=lambda ref: (ref.layer, ref.position))
    return sampled_layout(layout, refs)[0]


def ground_forecast(
    layout: Layout, stations: Sequence[Station], places: Places, weather: Weather, begin_s: float, end_s: float
) -> GroundForecast:
    """Return the transfers of a fleet through stations from `begin_s` to `end_s`, (s since the epoch).

    `places` are those of the stations. A fleet of more than `MAX_SATELLITES` is represented by as many, so that its transfers
    are rather under- than overestimated.
    """
    constellation = Constellation(thinned(layout), end_s)
    times_s = np.arange(begin_s, max(end_s, begin_s + STEP_S), STEP_S)
    usable = np.ones(constellation.n_sats, np.bool_)
    rates = np.empty((len(times_s), len(stations)))
    for k, time_s in enumerate(times_s):
        positions_m, _ = constellation.states(float(time_s))
        rates[k] = station_rates(stations, places.at(constellation.sidereal_rad(float(time_s))), positions_m, usable)
    skies = clear_skies(stations, places, weather, times_s) if stations else ()
    columns = [np.asarray(clear @ rates[k], np.float64) for k, clear in enumerate(skies)]
    moved = np.stack(columns, axis=1) if columns else np.zeros((1, len(times_s)))
    return GroundForecast(times_s, STEP_S, moved * STEP_S / 8.0)


def unseen_cities(layout: Layout, cities: Places, elevation_sine: float, span_s: float) -> list[str]:
    """Return the cities from which no satellite is seen at any of some times within a span."""
    constellation = Constellation(thinned(layout), span_s)
    usable = np.ones(constellation.n_sats, np.bool_)
    ranges = np.empty((constellation.n_sats, len(cities.names)), np.float32)
    unseen = np.ones(len(cities.names), np.bool_)
    for time_s in np.arange(0.0, span_s, STEP_S):
        positions_m, _ = constellation.states(float(time_s))
        slant_ranges(
            positions_m,
            cities.at(constellation.sidereal_rad(float(time_s))),
            elevation_sine,
            math.inf,
            usable,
            ranges,
        )
        unseen &= ~np.isfinite(ranges).any(axis=0)
        if not unseen.any():
            break
    return [name for name, is_unseen in zip(cities.names, unseen, strict=True) if is_unseen]
