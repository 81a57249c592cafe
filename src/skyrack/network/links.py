"""Links between satellites at one time: range, data rate, and the state that keeps a link down."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.errors import InputError
from skyrack.core.jit import driver
from skyrack.network.matching import greedy_assignment
from skyrack.network.topology import Pairs, tidy
from skyrack.network.topology.plus_grid import grid_links
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.layout import Layout
from skyrack.physics.line_of_sight import lowest_radius_m
from skyrack.physics.optics import link_rate_bit_per_s
from skyrack.physics.radio import radio_rate_bit_per_s
from skyrack.scenario.network import Laser, Network, Radio

UP = 0
LINK_STATES = (
    "up",
    "blocked by the Earth",
    "out of range",
    "slew rate exceeded",
    "solar exclusion",
    "link budget does not close",
    "failed",
    "acquiring",
)
"""Name of each state of a link."""
BLINDED, TOO_WEAK, OUT_OF_ORDER, ACQUIRING = 4, 5, 6, 7
"""Positions of some states in LINK_STATES."""
MIN_BUDGET_RANGE_M = 1.0
"""Minimum range of link budgets: docked satellites share a position, and the budget diverges at zero."""


@dataclass(frozen=True)
class UpBySatellite:
    """Links that carry data by satellite; arrays are (end of a link,), ordered by satellite."""

    satellite: NDArray[np.int64]
    rate_bit_per_s: NDArray[np.float64]
    range_m: NDArray[np.float64]

    def of(self, satellites: NDArray[np.int64]) -> list[slice]:
        """Return where the links of each of some satellites are in the arrays."""
        first, last = (np.searchsorted(self.satellite, satellites, side) for side in ("left", "right"))
        return [slice(int(begin), int(end)) for begin, end in zip(first, last, strict=True)]


@dataclass(frozen=True)
class Links:
    """Links between satellites at one time; arrays are (link,)."""

    pairs: Pairs
    """Numbers of the two satellites of each link, (link, 2)."""
    range_m: NDArray[np.float64]
    """Distance of the two satellites."""
    rate_bit_per_s: NDArray[np.float64]
    """Data rate in each direction; zero if the link is down."""
    state: NDArray[np.uint8]
    """Position in LINK_STATES."""
    age_s: NDArray[np.float64] | None = None
    """Time since each link was set up; infinity for those of the first snapshot; None for a static topology."""

    @property
    def is_up(self) -> NDArray[np.bool_]:
        """True for each link that is up."""
        return np.asarray(self.state == UP)

    def counts(self) -> dict[str, int]:
        """Return the number of links in each state."""
        found = np.bincount(self.state, minlength=len(LINK_STATES))
        return {name: int(count) for name, count in zip(LINK_STATES, found, strict=True)}

    @cached_property
    def up_by_satellite(self) -> UpBySatellite:
        """Links that carry data, ordered by satellite: each link twice, once for either end."""
        up = self.rate_bit_per_s > 0.0
        ends = self.pairs[up].ravel()
        order = np.argsort(ends, kind="stable")
        return UpBySatellite(ends[order], self.rate_bit_per_s[up][order // 2], self.range_m[up][order // 2])

    def between(self, members: NDArray[np.int64]) -> Links:
        """Return the links between members of a group."""
        kept = np.isin(self.pairs, members).all(axis=1)
        return Links(self.pairs[kept], self.range_m[kept], self.rate_bit_per_s[kept], self.state[kept])


class LinkModel:
    """Model of the links of a network: topology, ranges, data rates and states. Holds no state between snapshots."""

    def __init__(self, constellation: Constellation, network: Network) -> None:
        self.constellation, self.network = constellation, network
        self._fixed: Pairs | None = None
        self._lock = threading.Lock()

    def links(
        self,
        positions_m: Any,
        velocities_m_per_s: Any,
        sun_direction: Any,
        usable: NDArray[np.bool_],
        previous: Links | None,
        since_previous_s: float,
    ) -> Links:
        """Return the links between satellites at given positions and velocities, (satellite, xyz).

        `usable` marks the satellites that work. A link that was not up at the `previous` snapshot carries no data until
        its acquisition is complete; without a previous snapshot all links are already acquired. Raises InputError where
        a satellite needs more terminals than it has.
        """
        pairs = self.pairs(positions_m)
        laser, n = self.network.laser, len(pairs)
        range_m, rate, state = np.empty(n), np.empty(n), np.zeros(n, np.uint8)
        _measure_all(
            pairs,
            positions_m,
            velocities_m_per_s,
            np.asarray(sun_direction),
            laser_numbers(laser),
            range_m,
            rate,
            state,
        )
        if self.network.radio is not None:
            _by_radio(range_m, rate, state, self.network.radio, laser.least_rate_bit_per_s)
        dead = ~(usable[pairs[:, 0]] & usable[pairs[:, 1]])
        state[dead | self._broken(pairs)] = OUT_OF_ORDER
        rate[state != UP] = 0.0
        age_s = self._acquire(pairs, rate, state, previous, since_previous_s) if self.is_dynamic else None
        return Links(pairs, range_m, rate, state, age_s)

    @property
    def is_dynamic(self) -> bool:
        """True if the links are chosen anew at every snapshot."""
        return bool(self.network.topology.is_dynamic or self.network.backbone)

    @property
    def is_sure(self) -> bool:
        """True if the terminals suffice without a check: a +Grid of single satellites with four terminals."""
        plain = all(grid.size == 1 for grid in self.constellation.grids) and not self.network.backbone
        return plain and self.network.topology.name == "plus-grid" and self.network.laser.terminals >= 4

    def pairs(self, positions_m: Any) -> Pairs:
        """Return the linked pairs of satellites; InputError if a satellite needs more terminals than it has."""
        if self.is_dynamic:
            return self._choose(positions_m)
        with self._lock:
            if self._fixed is None:
                self._fixed = self._choose(positions_m)
        return self._fixed

    def _choose(self, positions_m: Any) -> Pairs:
        constellation, laser = self.constellation, self.network.laser
        kept = self.network.backbone_links if self.network.backbone else 0
        parts = [self.network.topology.links(constellation, positions_m, max(laser.terminals - kept, 0))]
        if self.network.backbone:
            backbone = [g for g in constellation.grids if g.shell >= constellation.n_compute_shells]
            parts += [grid_links(grid) for grid in backbone]
            numbers = np.concatenate([grid.numbers().ravel() for grid in backbone])
            mine = np.arange(constellation.n_compute)
            guests = self.network.backbone_links
            parts.append(
                greedy_assignment(positions_m, mine, numbers, links=guests, max_guests=BACKBONE_GUESTS, asked=64)
            )
        pairs = tidy(np.concatenate(parts)) if len(parts) > 1 else parts[0]
        self._check_terminals(pairs)
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
        # sampled by the link's own key, so that a failed link does not depend on the rest of the fleet
        keys = pairs[:, 0].astype(np.uint64) * np.uint64(2**32) + pairs[:, 1].astype(np.uint64)
        return _uniform(keys, self.network.outages.seed) < share

    def _acquire(
        self,
        pairs: Pairs,
        rate_bit_per_s: NDArray[np.float64],
        state: NDArray[np.uint8],
        previous: Links | None,
        since_previous_s: float,
    ) -> NDArray[np.float64]:
        """Return the age of each link, and reduce `rate_bit_per_s` and `state` of new links by their acquisition time.

        A link begins at the snapshot at which it is first up. Its rate is zero if acquisition lasts beyond the next
        snapshot.
        """
        keys, age_s = _keys(pairs), np.full(len(pairs), np.inf)
        if previous is not None and previous.age_s is not None:
            there = previous.is_up | (previous.state == ACQUIRING)
            known_keys, known_s = _keys(previous.pairs[there]), previous.age_s[there]
            at = np.minimum(np.searchsorted(known_keys, keys), max(len(known_keys) - 1, 0))
            is_known = known_keys[at] == keys if len(known_keys) else np.zeros(len(keys), np.bool_)
            age_s = np.where(is_known, known_s[at] + since_previous_s, 0.0) if len(known_keys) else np.zeros(len(keys))
        if since_previous_s > 0.0:
            missing_s = np.maximum(self.network.laser.acquisition_s - age_s, 0.0)
            acquiring = (state == UP) & (missing_s >= since_previous_s)
            rate_bit_per_s *= np.maximum(1.0 - missing_s / since_previous_s, 0.0)
            state[acquiring] = ACQUIRING
        return age_s


def _keys(pairs: Pairs) -> NDArray[np.int64]:
    """Return one number for each pair; keys of tidy pairs are sorted."""
    return np.asarray(pairs[:, 0].astype(np.int64) << 32 | pairs[:, 1])


BACKBONE_GUESTS = 2
"""Terminals of a backbone satellite for compute satellites, in addition to those of its own grid."""


def satellites_in_order(layout: Layout, network: Network) -> NDArray[np.bool_]:
    """Return True for satellites that work under the outages, by number; InputError for unknown shells or numbers."""
    outages = network.outages
    fine = np.ones(layout.n_all, np.bool_)
    if outages.satellites_frac > 0.0:
        fine &= _uniform(np.arange(layout.n_all, dtype=np.uint64), outages.seed) >= outages.satellites_frac
    names = [shell.name for shell in layout.all_shells]
    for name in outages.shells:
        mine = [k for k, known in enumerate(names) if known == name or re.fullmatch(rf"{re.escape(name)}-\d+km", known)]
        if not mine:
            raise InputError(f"network.outages.shells: {name!r} is not one of the shells ({', '.join(names[:12])})")
        for k in mine:
            fine[layout.shell_firsts[k] : layout.shell_firsts[k + 1]] = False
    for number in outages.lost:
        if not 0 <= number < layout.n_all:
            raise InputError(
                f"network.outages.lost: there is no satellite {number}; accepted are 0 to {layout.n_all - 1}"
            )
        fine[number] = False
    return fine


def _uniform(keys: NDArray[np.uint64], seed: int) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each key by SplitMix64, a hash, so that it depends on seed and key alone."""
    with np.errstate(over="ignore"):
        x = keys + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)).astype(np.float64) / 2.0**53)


def laser_numbers(laser: Laser) -> NDArray[np.float64]:
    """Return the parameters of a laser terminal as the array that the compiled link loop reads."""
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
    """Return the arguments of `link_rate_bit_per_s` after the range."""
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
    """Return the data rates (bit/s) of radio links over these ranges."""
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


def _by_radio(
    range_m: NDArray[np.float64],
    rate_bit_per_s: NDArray[np.float64],
    state: NDArray[np.uint8],
    radio: Radio,
    min_bit_per_s: float,
) -> None:
    """Replace the rates of laser links by those of radio links, without solar exclusion, and update the states."""
    rate_bit_per_s[:] = radio_rates(radio, np.maximum(range_m, MIN_BUDGET_RANGE_M))
    state[(state == BLINDED) | (state == TOO_WEAK)] = UP
    state[(state == UP) & (rate_bit_per_s < min_bit_per_s)] = TOO_WEAK


@driver
def _measure_all(pairs, positions_m, velocities_m_per_s, sun, laser, range_m, rate, state):
    for k in range(len(pairs)):
        a, b = pairs[k, 0], pairs[k, 1]
        ax, ay, az = positions_m[a, 0], positions_m[a, 1], positions_m[a, 2]
        bx, by, bz = positions_m[b, 0], positions_m[b, 1], positions_m[b, 2]
        dx, dy, dz = bx - ax, by - ay, bz - az
        apart = math.sqrt(dx * dx + dy * dy + dz * dz)
        range_m[k] = apart
        rate[k] = link_rate_bit_per_s(
            max(apart, MIN_BUDGET_RANGE_M),
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
        # docked satellites have no direction to each other: no solar exclusion and no slew
        shade = (dx * sun[0] + dy * sun[1] + dz * sun[2]) / apart if apart > 0.0 else 0.0
        why = 0
        if lowest_radius_m(ax, ay, az, bx, by, bz) < laser[0]:
            why = 1
        elif apart > laser[1]:
            why = 2
        elif (
            max(
                _turning(a, dx, dy, dz, positions_m, velocities_m_per_s, b),
                _turning(b, -dx, -dy, -dz, positions_m, velocities_m_per_s, a),
            )
            > laser[2]
        ):
            why = 3
        elif abs(shade) > laser[3]:
            why = 4
        elif rate[k] < laser[4]:
            why = 5
        state[k] = why


@driver
def _turning(here, dx, dy, dz, positions_m, velocities_m_per_s, there):
    """Return the slew rate (rad/s) of the direction to another satellite, seen from a nadir-pointing one."""
    x, y, z = positions_m[here, 0], positions_m[here, 1], positions_m[here, 2]
    vx, vy, vz = velocities_m_per_s[here, 0], velocities_m_per_s[here, 1], velocities_m_per_s[here, 2]
    wx, wy, wz = velocities_m_per_s[there, 0] - vx, velocities_m_per_s[there, 1] - vy, velocities_m_per_s[there, 2] - vz
    squared, apart = x * x + y * y + z * z, dx * dx + dy * dy + dz * dz
    if apart == 0.0:
        return 0.0
    tx, ty, tz = (y * vz - z * vy) / squared, (z * vx - x * vz) / squared, (x * vy - y * vx) / squared
    # motion of the other satellite in the rotating frame, across the line of sight
    ux, uy, uz = wx - (ty * dz - tz * dy), wy - (tz * dx - tx * dz), wz - (tx * dy - ty * dx)
    along = (ux * dx + uy * dy + uz * dz) / apart
    ux, uy, uz = ux - along * dx, uy - along * dy, uz - along * dz
    return math.sqrt((ux * ux + uy * uy + uz * uz) / apart)
