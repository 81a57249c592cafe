"""What comes down: satellites over the stations, terminals given out, skies drawn."""

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
    """Return the rate (bit/s) that each station receives under a clear sky now.

    Stations are at `ground_m` (xyz, station) and satellites at `positions_m` (satellite, xyz); `usable` ones carry data.

    A satellite serves one terminal at a time; the nearest pairs are served first, as far as the stations have terminals.
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
    """Bits a second of one terminal: as stated, or what the radio budget gives."""
    radio = station.radio
    if radio is None:
        return float(station.rate_bit_per_s)
    return float(radio_rates(radio, np.array([range_m]))[0])


@dataclass(frozen=True)
class Downlink:
    """Data brought down, through time."""

    clear_bit_per_s: Floats
    """Under clear skies everywhere, (time,)."""
    mean_bit_per_s: Floats
    """Expected with the sites' weather."""
    low_bit_per_s: Floats
    high_bit_per_s: Floats
    """A twentieth of the drawn skies stay below, and above."""
    by_station_bit_per_s: Floats
    """Expected of each station, mean over time."""
    contact_frac: Floats
    """Share of the looks at which each station has a satellite overhead."""
    any_clear_frac: float
    """Share of time and draws in which at least one station that has a satellite overhead is usable."""

    @property
    def mean(self) -> float:
        """Expected, mean over time."""
        return float(self.mean_bit_per_s.mean())


def downlink(stations: Sequence[Station], places: Places, weather: Weather, times_s: Floats, rates: Floats) -> Downlink:
    """Bring the rates of all looks, (time, station), under drawn skies.

    The mean is exact (each station's share of clear sky); the spread and the availability come from the draws.
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
