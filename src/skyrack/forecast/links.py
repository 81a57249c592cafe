"""Laser links between neighbours of one ring, which keep their distance as they fly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.network.links import MIN_BUDGET_RANGE_M, budget_numbers, radio_rates
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.rings import Rings
from skyrack.physics.line_of_sight import lowest_radius_m
from skyrack.physics.optics import link_rate_bit_per_s
from skyrack.scenario.network import Network

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RingLinks:
    """Link between the first two nodes of each ring, which stands for all of the ring, (ring,)."""

    range_m: Floats
    """Distance; nan for a ring of one."""
    rate_bit_per_s: Floats
    """Data rate each way; zero where the Earth is in between, where the range is too long, or for a ring of one."""


def ring_links(constellation: Constellation, rings: Rings, network: Network) -> RingLinks:
    """Return the links along each ring at the epoch, by the link budget of the network's lasers or radios."""
    places, _ = constellation.states(0.0)
    range_m, rate = np.full(rings.n_rings, np.nan), np.zeros(rings.n_rings)
    laser = network.laser
    for ring in range(rings.n_rings):
        first = int(rings.first[ring])
        if rings.first[ring + 1] - first < 2:
            continue
        a, b = places[rings.satellite[first]], places[rings.satellite[first + 1]]
        range_m[ring] = float(np.linalg.norm(a - b))
        is_hidden = float(lowest_radius_m(*a.tolist(), *b.tolist())) < EARTH_RADIUS_M + laser.clearance_m
        is_far = laser.range_limit_m is not None and range_m[ring] > laser.range_limit_m
        if is_hidden or is_far:
            continue
        at_m = max(range_m[ring], MIN_BUDGET_RANGE_M)
        if network.radio is not None:
            found = float(radio_rates(network.radio, np.array([at_m]))[0])
        else:
            found = float(link_rate_bit_per_s(at_m, *budget_numbers(laser)))
        rate[ring] = found if found >= laser.least_rate_bit_per_s else 0.0
    return RingLinks(range_m, rate)
