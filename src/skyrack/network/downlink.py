"""Downlink to the ground stations: visible satellites, assignment of terminals, and sampled cloud cover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.environment.cloud_cover import clear_skies
from skyrack.network.links import radio_rates
from skyrack.network.matching import take_greedily
from skyrack.orbits.ground import Places
from skyrack.orbits.visibility import slant_ranges
from skyrack.scenario.network import Station, Weather

Floats = NDArray[np.float64]


def station_rates(
    stations: Sequence[Station], ground_m: Floats, positions_m: Floats, usable: NDArray[np.bool_]
) -> Floats:
    """Return the data rate (bit/s) that each station receives under a clear sky, (station,).

    Stations are at `ground_m` (xyz, station) and satellites at `positions_m` (satellite, xyz); `usable` ones carry
    data.

    A satellite serves one terminal at a time; terminals are assigned greedily, nearest pairs first.
    """
    left, right, apart = [], [], []
    wanted = sum(station.terminals for station in stations)
    for number, station in enumerate(stations):
        ranges = np.empty((len(positions_m), 1), np.float32)
        here = np.ascontiguousarray(ground_m[:, number : number + 1])
        sine = math.sin(station.elevation_limit_rad)
        slant_ranges(positions_m, here, sine, math.inf, usable, ranges)
        seen = np.flatnonzero(np.isfinite(ranges[:, 0]))
        if len(seen) > wanted:
            seen = seen[np.argpartition(ranges[seen, 0], wanted - 1)[:wanted]]
        left.append(np.full(len(seen), number))
        right.append(seen)
        apart.append(ranges[seen, 0].astype(np.float64))
    rates = np.zeros(len(stations))
    if not left:
        return rates
    all_left, all_right, all_apart = np.concatenate(left), np.concatenate(right), np.concatenate(apart)
    order = np.argsort(all_apart, kind="stable")
    all_left, all_right, all_apart = all_left[order], all_right[order], all_apart[order]
    _, compact = np.unique(all_right, return_inverse=True)
    free = np.array([station.terminals for station in stations])
    taken = take_greedily(all_left, compact.ravel(), free, np.ones(int(compact.max(initial=-1)) + 1, np.int64))
    for number, range_m in zip(all_left[taken], all_apart[taken], strict=True):
        rates[number] += terminal_rate(stations[int(number)], float(range_m))
    return rates


def terminal_rate(station: Station, range_m: float) -> float:
    """Return the data rate (bit/s) of one terminal: the scenario's rate, or that of the radio link budget."""
    radio = station.radio
    if radio is None:
        return float(station.rate_bit_per_s)
    return float(radio_rates(radio, np.array([range_m]))[0])


@dataclass(frozen=True)
class Downlink:
    """Downlink throughput of all stations through time."""

    clear_bit_per_s: Floats
    """Throughput under clear skies everywhere, (snapshot,)."""
    mean_bit_per_s: Floats
    """Expected throughput including weather outages, (snapshot,)."""
    low_bit_per_s: Floats
    """5th percentile of the throughput over the sampled skies, (snapshot,)."""
    high_bit_per_s: Floats
    """95th percentile of the throughput over the sampled skies, (snapshot,)."""
    by_station_bit_per_s: Floats
    """Expected throughput of each station, mean over snapshots, (station,)."""
    contact_frac: Floats
    """Share of the snapshots at which each station has a satellite in view, (station,)."""
    any_clear_frac: float
    """Share of snapshots and samples in which at least one station with a satellite in view is usable."""

    @property
    def mean(self) -> float:
        """Expected throughput, mean over snapshots."""
        return float(self.mean_bit_per_s.mean())


def downlink(stations: Sequence[Station], places: Places, weather: Weather, times_s: Floats, rates: Floats) -> Downlink:
    """Return the downlink of clear-sky `rates` in bit/s, (snapshot, station), under sampled cloud cover.

    The mean is exact (each station's share of usable sky); the percentiles and the availability come from the samples.
    """
    share = np.array([station.usable_frac for station in stations])
    overhead = rates > 0.0
    spread = np.empty((2, len(times_s)))
    some = 0.0
    for k, usable in enumerate(clear_skies(stations, places, weather, times_s)):
        spread[:, k] = np.quantile(usable @ rates[k], (0.05, 0.95))
        some += float((usable & overhead[k]).any(axis=1).mean())
    return Downlink(
        clear_bit_per_s=rates.sum(axis=1),
        mean_bit_per_s=rates @ share,
        low_bit_per_s=spread[0],
        high_bit_per_s=spread[1],
        by_station_bit_per_s=rates.mean(axis=0) * share,
        contact_frac=overhead.mean(axis=0),
        any_clear_frac=some / len(times_s),
    )
