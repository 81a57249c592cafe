"""Skies over the stations: clear or not, together in space and lasting in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skyrack.orbits.ground import Places
from skyrack.physics.earth import great_circle_m
from skyrack.scenario.network import Station, Weather

Floats = NDArray[np.float64]


def correlation(places: Places, correlation_m: float) -> Floats:
    """Correlation of every two sites' skies, exp(-distance / correlation length)."""
    n = len(places.names)
    table = np.eye(n)
    for a in range(n):
        for b in range(a):
            distance_m = great_circle_m(
                float(places.latitude_rad[a]),
                float(places.longitude_rad[a]),
                float(places.latitude_rad[b]),
                float(places.longitude_rad[b]),
            )
            table[a, b] = table[b, a] = np.exp(-distance_m / correlation_m)
    return table


def clear_skies(
    stations: Sequence[Station], places: Places, weather: Weather, times_s: Floats
) -> Iterator[NDArray[np.bool_]]:
    """Whether each station is usable, (draw, station), time after time.

    A normal number for each sky, correlated over sites and from time to time (a Gauss-Markov process); a station is usable
    while its number lies below what leaves it usable for its share of the time. Radio stations have skies of their own.
    Drawn by Philox, keyed by the seed.
    """
    from scipy.stats import norm

    n = len(stations)
    table = correlation(places, weather.correlation_m)
    radio = np.array([station.kind == "radio" for station in stations])
    apart = radio[:, None] | radio[None, :]
    table[apart & ~np.eye(n, dtype=bool)] = 0.0
    root = np.linalg.cholesky(table + 1e-9 * np.eye(n))
    threshold = norm.ppf(np.array([station.usable_frac for station in stations]))
    generator = np.random.Generator(np.random.Philox(weather.seed))
    sky = np.zeros((weather.draws, n))
    for k in range(len(times_s)):
        kept = np.exp(-(times_s[k] - times_s[k - 1]) / weather.persistence_s) if k else 0.0
        fresh = generator.standard_normal((weather.draws, n)) @ root.T
        sky = kept * sky + np.sqrt(1.0 - kept * kept) * fresh
        yield sky < threshold
