"""Trapped protons along the orbits of one layer, as a table that the drivers look up at every step."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M, TWO_PI
from skyrack.design.radiation import DRIFT_RAD, PROTONS_MEV, trapped_flux

NODES, PHASES = 90, 192
"""Places of the ascending node over the Earth, and of the satellite along its orbit, that the table tells apart."""
EXPOSURE_S = 120.0
"""Longest time between two looks at the table: 8 degrees of an orbit, where the belts change over 20."""
GRID_DEG = 2.5
ALTITUDE_STEP_M = 50e3
HIGHEST_M = 2500e3
LOWEST_M = 300e3
"""Ends of the radiation tables: beyond them, the values there."""


@functools.lru_cache(maxsize=2048)
def belts_met(radius_m: float, inclination_rad: float) -> NDArray[np.float32]:
    """Protons above 30 MeV that cross a square metre in a second, by node and phase, flat.

    The table is ((NODES + 1), (PHASES + 1)) and repeats its first row and column, as a place may round up to a whole turn.
    At solar minimum, when there are most, in today's place of the belts. Reference: AP8 (see `design.radiation`).
    """
    from scipy.ndimage import map_coordinates

    place = (min(max(radius_m - EARTH_RADIUS_M, LOWEST_M), HIGHEST_M) - LOWEST_M) / ALTITUDE_STEP_M
    low = int(place)
    share = place - low
    globe = (1.0 - share) * _globe(low) + (share * _globe(low + 1) if share > 0.0 else 0.0)
    node = (np.arange(NODES) + 0.5) * TWO_PI / NODES
    phase = (np.arange(PHASES) + 0.5) * TWO_PI / PHASES
    latitude = np.arcsin(math.sin(inclination_rad) * np.sin(phase))
    ahead = np.arctan2(math.cos(inclination_rad) * np.sin(phase), np.cos(phase))
    longitude = np.mod(np.degrees(node[:, None] + ahead[None, :]), 360.0)
    rows = np.broadcast_to((np.degrees(latitude) + 90.0) / GRID_DEG, longitude.shape)
    found = np.expm1(map_coordinates(globe, [rows, longitude / GRID_DEG], order=3, mode="nearest"))
    return np.ascontiguousarray(np.pad(found, ((0, 1), (0, 1)), mode="wrap").ravel(), np.float32)


@functools.lru_cache(maxsize=64)
def _globe(step: int) -> NDArray[np.float64]:
    """Logarithm of one more than the flux over the globe at one altitude, (latitude, longitude 0-360)."""
    latitudes = np.radians(np.arange(-90.0, 90.1, GRID_DEG))
    longitudes = np.radians(np.arange(0.0, 360.1, GRID_DEG))
    latitude, longitude = np.meshgrid(latitudes, longitudes, indexing="ij")
    altitude_m = LOWEST_M + step * ALTITUDE_STEP_M
    return np.log1p(trapped_flux(latitude, longitude + DRIFT_RAD, altitude_m, "p", PROTONS_MEV))
