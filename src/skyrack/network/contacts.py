"""Contacts of satellites with ground stations: when each station sees each satellite, and the data rate meanwhile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.network.downlink import terminal_rate
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import Places
from skyrack.orbits.visibility import slant_ranges
from skyrack.scenario.network import Station


@dataclass(frozen=True)
class Contact:
    """Window in which a ground station sees a satellite above its elevation limit."""

    satellite: int
    """Number of the satellite in the constellation."""
    station: str
    begin_s: float
    """First time since the epoch, of those looked at, at which the satellite is seen."""
    end_s: float
    """Last such time."""
    rate_bit_per_s: float
    """Mean data rate of one terminal under a clear sky."""


def contacts(
    constellation: Constellation, stations: Sequence[Station], places: Places, times_s: NDArray[np.float64]
) -> list[Contact]:
    """Return the contacts of all satellites with all stations, found at given times since the epoch (time,).

    `places` are those of the stations. Contacts are in order of satellite, station and time.
    """
    n = constellation.n_sats
    ranges_m = np.full((len(times_s), n, len(stations)), np.inf, np.float32)
    usable = np.ones(n, np.bool_)
    seen_m = np.empty((n, 1), np.float32)
    for k, time_s in enumerate(times_s):
        positions_m, _ = constellation.states(float(time_s))
        ground_m = places.at(constellation.sidereal_rad(float(time_s)))
        for number, station in enumerate(stations):
            here = np.ascontiguousarray(ground_m[:, number : number + 1])
            slant_ranges(positions_m, here, math.sin(station.elevation_limit_rad), math.inf, usable, seen_m)
            ranges_m[k, :, number] = seen_m[:, 0]
    found = []
    for satellite in range(n):
        for number, station in enumerate(stations):
            seen = np.concatenate([[False], np.isfinite(ranges_m[:, satellite, number]), [False]])
            firsts, afters = np.flatnonzero(~seen[:-1] & seen[1:]), np.flatnonzero(seen[:-1] & ~seen[1:])
            for first, after in zip(firsts, afters, strict=True):
                rates = [terminal_rate(station, float(one)) for one in ranges_m[first:after, satellite, number]]
                window = float(times_s[first]), float(times_s[after - 1])
                found.append(Contact(satellite, station.name, *window, float(np.mean(rates))))
    return found
