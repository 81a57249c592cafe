"""Orbit angles of planes and the shadow across them at the knots of a forecast, by the laws that the fleet flies with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import TWO_PI
from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sunlight import PLANE_SKY, block_sky, plane_skies
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer, Layout
from skyrack.scenario import Scenario

Floats = NDArray[np.float64]
MIDNIGHT, DARK = PLANE_SKY.index("past_midnight"), PLANE_SKY.index("early_half_arc_squared")
TURNS_FLOWN = 5
"""Column of `block_sky` with the fraction of a turn flown since the epoch."""


def plane_knots(scenario: Scenario, layer: Layer, times_s: Floats) -> tuple[Floats, Floats]:
    """Return the midnight (turns, without jumps) and the squared half arc (turns squared) of a layer's planes.

    Both are (plane, time). Midnight is the argument of latitude of the anti-solar point. The arc is that in which any part
    of the Sun's light is hidden.
    """
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), times_s)
    shared = block_sky(layer, sun, scenario.environment.shadow)
    skies = plane_skies(layer.plane_raan_rad, math.cos(layer.inclination_rad), shared)
    midnight = shared[None, :, TURNS_FLOWN] - skies[:, :, MIDNIGHT]
    return np.unwrap(midnight, period=1.0, axis=1), np.asarray(skies[:, :, DARK], np.float64)


def plane_of_each(layout: Layout) -> NDArray[np.int32]:
    """Return the plane of each compute satellite; planes are counted layer after layer."""
    found, first = [], 0
    for layer in layout.layers:
        n_planes = len(layer.plane_raan_rad)
        found.append(np.repeat(np.arange(first, first + n_planes, dtype=np.int32), layer.sats_per_plane))
        first += n_planes
    return np.concatenate(found)


def phase_turns_of_each(layout: Layout) -> Floats:
    """Return the argument of latitude of each compute satellite at the epoch, in turns."""
    return np.concatenate([layer.phase_rad for layer in layout.layers]) / TWO_PI
