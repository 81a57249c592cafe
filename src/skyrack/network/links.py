"""The links between satellites at one time: how long, how fast, and why one is down."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.errors import InputError
from skyrack.core.jit import driver
from skyrack.network.matching import join
from skyrack.network.topology import Pairs, tidy
from skyrack.network.topology.plus_grid import grid_links
from skyrack.orbits.constellation import Constellation
from skyrack.physics.line_of_sight import lowest_radius_m
from skyrack.physics.optics import link_rate_bit_per_s
from skyrack.physics.radio import radio_rate_bit_per_s
from skyrack.scenario.network import Laser, Network, Radio

UP = 0
WHY_DOWN = (
    "up",
    "Earth in the way",
    "too far",
    "turning too fast",
    "Sun behind",
    "budget does not close",
    "out of order",
    "acquiring",
)
"""What the state of a link stands for."""
BLINDED, TOO_WEAK, OUT_OF_ORDER, ACQUIRING = 4, 5, 6, 7


@dataclass
class Links:
    """Links at one time."""

    pairs: Pairs
    range_m: NDArray[np.float64]
    rate_bit_per_s: NDArray[np.float64]
    """Each way; nothing where it is down."""
    state: NDArray[np.uint8]
    """Position in WHY_DOWN."""

    @property
    def is_up(self) -> NDArray[np.bool_]:
        """Which are up."""
        is_up: NDArray[np.bool_] = self.state == UP
        return is_up

    def counts(self) -> dict[str, int]:
        """Links by state."""
        found = np.bincount(self.state, minlength=len(WHY_DOWN))
        return {name: int(count) for name, count in zip(WHY_DOWN, found, strict=True)}


@dataclass
class LinkPlan:
    """Chooses the links at every look, and knows which were there before."""

    constellation: Constellation
    network: Network
    alive: NDArray[np.bool_]
    """Satellites in order."""
    _fixed: Pairs | None = None
    _keys: NDArray[np.int64] | None = field(default=None, repr=False)
    _age_s: NDArray[np.float64] | None = field(default=None, repr=False)

    def look(self, places: Any, speeds: Any, sun_direction: Any, since_last_s: float) -> Links:
        """The links now. A link that was not up at the last look carries nothing until it is acquired."""
        pairs = self.pairs(places)
        laser = self.network.laser
        n = len(pairs)
        links = Links(pairs, np.empty(n), np.empty(n), np.zeros(n, np.uint8))
        _measure(pairs, places, speeds, np.asarray(sun_direction), laser_numbers(laser), links)
        if self.network.radio is not None:
            _by_radio(links, self.network.radio, laser.least_rate_bit_per_s)
        dead = ~(self.alive[pairs[:, 0]] & self.alive[pairs[:, 1]])
        broken = self._broken(pairs)
        links.state[dead | broken] = OUT_OF_ORDER
        links.rate_bit_per_s[links.state != UP] = 0.0
        self._acquire(links, since_last_s)
        return links

    @property
    def is_sure(self) -> bool:
        """Whether the topology is known to fit without trying: a +Grid of single satellites with four terminals."""
        plain = all(grid.size == 1 for grid in self.constellation.grids) and not self.network.backbone
        return plain and self.network.topology.name == "plus-grid" and self.network.laser.terminals >= 4

    def pairs(self, places: Any) -> Pairs:
        """Who is linked to whom; InputError where a satellite would need more terminals than it has."""
        topology = self.network.topology
        moving = topology.moves or bool(self.network.backbone)
        if self._fixed is not None and not moving:
            return self._fixed
        constellation, laser = self.constellation, self.network.laser
        kept = self.network.backbone_links if self.network.backbone else 0
        parts = [topology.links(constellation, places, max(laser.terminals - kept, 0))]
        if self.network.backbone:
            backbone = [g for g in constellation.grids if g.shell >= constellation.n_compute_shells]
            parts += [grid_links(grid) for grid in backbone]
            numbers = np.concatenate([grid.numbers().ravel() for grid in backbone])
            mine = np.arange(constellation.n_compute)
            parts.append(join(places, mine, numbers, links=self.network.backbone_links, most=BACKBONE_GUESTS, asked=64))
        pairs = tidy(np.concatenate(parts)) if len(parts) > 1 else parts[0]
        self._check_terminals(pairs)
        self._fixed = pairs
        return pairs

    def _check_terminals(self, pairs: Pairs) -> None:
        constellation, have = self.constellation, self.network.laser.terminals
        used = np.bincount(pairs.ravel(), minlength=constellation.n_sats)
        allowed = np.full(constellation.n_sats, have)
        allowed[constellation.n_compute :] += BACKBONE_GUESTS
        over = np.flatnonzero(used > allowed)
        needed = have + int((used - allowed).max(initial=0))
        if len(over):
            raise InputError(
                f"network.laser.terminals: the topology gives {constellation.name_of(int(over[0]))} "
                f"{used[over[0]]} links ({len(over):,} satellites have too many), it has {have} terminals; "
                f"accepted is {needed} or more, or a topology of fewer links"
            )

    def _broken(self, pairs: Pairs) -> NDArray[np.bool_]:
        share = self.network.outages.links_frac
        if share == 0.0:
            return np.zeros(len(pairs), np.bool_)
        # drawn by the link itself, so that a link is broken whatever else flies
        keys = pairs[:, 0].astype(np.uint64) * np.uint64(2**32) + pairs[:, 1].astype(np.uint64)
        return _uniform(keys, self.network.outages.seed) < share

    def _acquire(self, links: Links, since_last_s: float) -> None:
        """Take the time of acquisition from links that began lately, and all of them where it is not over by the next look.

        A link begins at the look at which it is first up; those of the first look have always been there. Where the same
        satellites stay linked, none is ever acquired anew.
        """
        if not (self.network.topology.moves or self.network.backbone):
            return
        keys = links.pairs[:, 0].astype(np.int64) << 32 | links.pairs[:, 1]
        age_s = np.full(len(keys), np.inf)
        if self._keys is not None and self._age_s is not None:
            at = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
            known = self._keys[at] == keys if len(self._keys) else np.zeros(len(keys), np.bool_)
            age_s = np.where(known, self._age_s[at] + since_last_s, 0.0) if len(self._keys) else np.zeros(len(keys))
        if since_last_s > 0.0:
            missing_s = np.maximum(self.network.laser.acquisition_s - age_s, 0.0)
            acquiring = links.is_up & (missing_s >= since_last_s)
            links.rate_bit_per_s *= np.maximum(1.0 - missing_s / since_last_s, 0.0)
            links.state[acquiring] = ACQUIRING
        there = links.is_up | (links.state == ACQUIRING)
        self._keys, self._age_s = keys[there], age_s[there]


BACKBONE_GUESTS = 2
"""Terminals that a satellite of the backbone keeps for compute satellites, beside those of its own grid."""


def alive(constellation: Constellation, network: Network) -> NDArray[np.bool_]:
    """Satellites that are in order."""
    outages = network.outages
    fine = np.ones(constellation.n_sats, np.bool_)
    if outages.satellites_frac > 0.0:
        fine &= _uniform(np.arange(constellation.n_sats, dtype=np.uint64), outages.seed) >= outages.satellites_frac
    names = [shell.name for shell in constellation.shells]
    for name in outages.shells:
        mine = [k for k, known in enumerate(names) if known == name or re.fullmatch(rf"{re.escape(name)}-\d+km", known)]
        if not mine:
            raise InputError(f"network.outages.shells: {name!r} is not one of the shells ({', '.join(names[:12])})")
        for k in mine:
            first = constellation.shell_firsts[k]
            fine[first : first + constellation.shells[k].n_sats] = False
    for number in outages.lost:
        if not 0 <= number < constellation.n_sats:
            raise InputError(
                f"network.outages.lost: there is no satellite {number}; accepted are 0 to {constellation.n_sats - 1}"
            )
        fine[number] = False
    return fine


def _uniform(keys: NDArray[np.uint64], seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each key: SplitMix64, a hash, so that a draw follows from seed and key alone."""
    with np.errstate(over="ignore"):
        x = keys + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)).astype(np.float64) / 2.0**53)


def laser_numbers(laser: Laser) -> NDArray[np.float64]:
    """What the measure of a link needs of a terminal."""
    return np.array(
        [
            EARTH_RADIUS_M + laser.clearance_m,
            laser.range_limit_m or math.inf,
            laser.slew_limit_rad_per_s,
            math.cos(laser.sun_exclusion_rad) if laser.sun_exclusion_rad > 0.0 else 2.0,
            laser.least_rate_bit_per_s,
            *budget_numbers(laser),
        ]
    )


def budget_numbers(laser: Laser) -> tuple[float, ...]:
    """Arguments of `link_rate_bit_per_s` after the range."""
    return (
        laser.transmit_power_w,
        laser.aperture_m,
        laser.wavelength_m,
        laser.efficiency_frac,
        laser.pointing_error_rad,
        laser.other_loss_frac,
        laser.photons_per_bit,
        float(laser.channels),
        laser.channel_rate_bit_per_s,
        float(laser.beams_across),
    )


def radio_rates(radio: Radio, range_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits a second of radio links of these ranges."""
    rates: Any = radio_rate_bit_per_s(
        radio.eirp_w,
        radio.gain_per_temperature_per_k,
        radio.frequency_hz,
        radio.bandwidth_hz,
        radio.rain_loss_frac,
        range_m,
        radio.bits_per_hz,
    )
    return np.asarray(rates, np.float64)


def _by_radio(links: Links, radio: Radio, least_bit_per_s: float) -> None:
    """Put radio's rates in place of the laser's; the budget closes or fails by them, and the Sun blinds nobody."""
    links.rate_bit_per_s[:] = radio_rates(radio, links.range_m)
    links.state[(links.state == BLINDED) | (links.state == TOO_WEAK)] = UP
    links.state[links.is_up & (links.rate_bit_per_s < least_bit_per_s)] = TOO_WEAK


def _measure(pairs: Pairs, places: Any, speeds: Any, sun: Any, laser: Any, links: Links) -> None:
    _measure_all(pairs, places, speeds, sun, laser, links.range_m, links.rate_bit_per_s, links.state)


@driver
def _measure_all(pairs, places, speeds, sun, laser, range_m, rate, state):
    for k in range(len(pairs)):
        a, b = pairs[k, 0], pairs[k, 1]
        ax, ay, az = places[a, 0], places[a, 1], places[a, 2]
        bx, by, bz = places[b, 0], places[b, 1], places[b, 2]
        dx, dy, dz = bx - ax, by - ay, bz - az
        apart = math.sqrt(dx * dx + dy * dy + dz * dz)
        range_m[k] = apart
        rate[k] = link_rate_bit_per_s(
            apart,
            laser[5],
            laser[6],
            laser[7],
            laser[8],
            laser[9],
            laser[10],
            laser[11],
            laser[12],
            laser[13],
            laser[14],
        )
        shade = (dx * sun[0] + dy * sun[1] + dz * sun[2]) / apart
        why = 0
        if lowest_radius_m(ax, ay, az, bx, by, bz) < laser[0]:
            why = 1
        elif apart > laser[1]:
            why = 2
        elif max(_turning(a, dx, dy, dz, places, speeds, b), _turning(b, -dx, -dy, -dz, places, speeds, a)) > laser[2]:
            why = 3
        elif abs(shade) > laser[3]:
            why = 4
        elif rate[k] < laser[4]:
            why = 5
        state[k] = why


@driver
def _turning(here, dx, dy, dz, places, speeds, there):
    """How fast the direction to another satellite turns, in rad/s, seen from one that keeps facing the Earth."""
    x, y, z = places[here, 0], places[here, 1], places[here, 2]
    vx, vy, vz = speeds[here, 0], speeds[here, 1], speeds[here, 2]
    wx, wy, wz = speeds[there, 0] - vx, speeds[there, 1] - vy, speeds[there, 2] - vz
    squared, apart = x * x + y * y + z * z, dx * dx + dy * dy + dz * dz
    tx, ty, tz = (y * vz - z * vy) / squared, (z * vx - x * vz) / squared, (x * vy - y * vx) / squared
    # the other one's motion in the turning frame, across the line of sight
    ux, uy, uz = wx - (ty * dz - tz * dy), wy - (tz * dx - tx * dz), wz - (tx * dy - ty * dx)
    along = (ux * dx + uy * dy + uz * dz) / apart
    ux, uy, uz = ux - along * dx, uy - along * dy, uz - along * dz
    return math.sqrt((ux * ux + uy * uy + uz * uz) / apart)
