"""Immutable views of a twin: the fleet at one time, and the state of the clock beside it.

The thread that flies makes a view and hands it out; any thread may read one, as long as it likes. No array of a view can be
written, and none is changed later: a reader never sees half of a change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.events import Event
from skyrack.control.frame_channels import DOWN, LOST, FrameChannel
from skyrack.control.outages import Availability
from skyrack.control.twin_layout import TwinLayout
from skyrack.core.constants import EARTH_RADIUS_M, TWO_PI
from skyrack.core.errors import InputError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True)
class SatelliteStates:
    """State and sums of every satellite, by number."""

    charge_j: Singles
    capacity_j: Singles
    electronics_temp_k: Singles
    radiator_temp_k: Singles
    sunlit_s: Floats
    """Since the last update, as the two energies that follow."""
    array_energy_j: Floats
    compute_energy_j: Floats
    delivered_energy_j: Floats
    """Given to computers since the epoch; those that are down get none."""

    def __post_init__(self) -> None:
        for values in vars(self).values():
            values.flags.writeable = False


@dataclass(frozen=True)
class FleetView:
    """A twin's fleet at one time."""

    layout: TwinLayout
    channels: Mapping[str, FrameChannel]
    time_s: float
    """Since the scenario's epoch."""
    flown_s: float
    """Time over which the sums since the last update run; 0 before the first step."""
    figures: Mapping[str, float]
    """Figures of the fleet, with the names of fleet.parquet."""
    sunlit_by_shell: tuple[float | None, ...]
    """Sunlit fraction of each shell; None for a shell that is lost, and before the first step."""
    events: tuple[Event, ...]
    availability: Availability
    states: SatelliteStates

    @property
    def n_sats(self) -> int:
        """Satellites, lost ones too."""
        return self.layout.n_sats

    @property
    def is_alive(self) -> Bools:
        """Satellites that are not lost."""
        return self.availability.is_alive

    @property
    def is_up(self) -> Bools:
        """Satellites that are there and whose computers work."""
        return self.availability.is_up

    @property
    def sites_down(self) -> frozenset[str]:
        """Ground sites that are down."""
        return frozenset(e.target for e in self.events if e.kind == "site-down" and e.is_on(self.time_s))

    def require_satellite(self, number: int) -> None:
        """Raise InputError where there is no satellite of that number."""
        if not 0 <= number < self.n_sats:
            raise InputError(f"satellite: there is no {number}; accepted are 0 to {self.n_sats - 1:,}")

    def values(self, channel: str) -> Singles:
        """Return one channel of every satellite in its unit; InputError where there is no such channel."""
        self._require_channel(channel)
        states, flown_s = self.states, max(self.flown_s, 1e-9)
        match channel:
            case "age":
                found: NDArray[Any] = self.layout.launches.age_s
            case "charge":
                found = states.charge_j / states.capacity_j
            case "electronics":
                found = states.electronics_temp_k
            case "radiator":
                found = states.radiator_temp_k
            case "sunlight":
                found = states.sunlit_s / flown_s
            case "load":
                found = states.compute_energy_j / (flown_s * self.layout.peak_power_w)
            case _:
                found = states.delivered_energy_j / np.maximum(self.time_s * self.layout.peak_power_w, 1e-9)
        return np.asarray(found, np.float32)

    def frame(self, channel: str) -> NDArray[np.uint8]:
        """Return one channel as a byte of every satellite; InputError where there is no such channel."""
        self._require_channel(channel)
        coded = self.channels[channel].encode(self.values(channel))
        if channel != "age":
            coded[self.availability.is_down] = DOWN
        coded[~self.is_alive] = LOST
        return coded

    def satellite(self, number: int) -> dict[str, Any]:
        """Return where one satellite is and how it fares; InputError where there is none of that number.

        Values of a lost satellite are None, and so are means before the first step.
        """
        self.require_satellite(number)
        is_alive = bool(self.is_alive[number])
        is_up = is_alive and not self.availability.is_down[number]
        states, flown_s = self.states, self.flown_s or math.nan

        def known(value: float) -> float | None:
            return float(value) if is_alive and math.isfinite(value) else None

        return {
            "number": number,
            **self._orbit(number),
            "is_alive": is_alive,
            "is_down": is_alive and not is_up,
            "launch_batch": int(self.layout.launches.batch_of(number)),
            "age_s": float(self.layout.launches.age_s[number]) + self.time_s,
            "charge_j": known(states.charge_j[number]),
            "charge_frac": known(states.charge_j[number] / states.capacity_j[number]),
            "electronics_temp_k": known(states.electronics_temp_k[number]),
            "radiator_temp_k": known(states.radiator_temp_k[number]),
            "sunlit_frac": known(states.sunlit_s[number] / flown_s),
            "array_power_w": known(states.array_energy_j[number] / flown_s),
            "compute_power_w": known(states.compute_energy_j[number] / flown_s),
            "compute_energy_j": float(states.delivered_energy_j[number]),
        }

    def _orbit(self, number: int) -> dict[str, Any]:
        ref = self.layout.orbits.locate(number)
        layer, own = self.layout.layers[ref.layer], ref.position
        plane = own // layer.sats_per_plane
        raan_rad = layer.plane_raan_rad[plane] + layer.raan_rate_rad_per_s * self.time_s
        phase_rad = layer.phase_rad[own] + layer.phase_rate_rad_per_s * self.time_s
        return {
            "shell": self.layout.shells[layer.shell],
            "plane": self.layout.planes_before[ref.layer] + plane,
            "altitude_m": layer.radius_m - EARTH_RADIUS_M,
            "inclination_rad": layer.inclination_rad,
            "raan_rad": float(raan_rad % TWO_PI),
            "phase_rad": float(phase_rad % TWO_PI),
        }

    def _require_channel(self, channel: str) -> None:
        if channel not in self.channels:
            raise InputError(f"channel: {channel!r:.60} is not known; there are {', '.join(self.channels)}")


@dataclass(frozen=True)
class TwinStatus:
    """The state of a twin's clock."""

    sequence: int
    """Grows with each view: of two, the one with the larger is the later."""
    time_s: float
    """Since the epoch, between the steps too."""
    speed: float
    held_speed: float
    """Speed that was reached; below `speed` where the machine is too slow."""
    is_playing: bool
    seeks_s: float | None
    """The time that is sought."""
    n_events: int
    trouble: str | None
    """Why the twin stopped or cannot be saved, in a sentence; None where all is well."""


@dataclass(frozen=True)
class TwinView:
    """A twin at one moment: its clock and its fleet."""

    status: TwinStatus
    fleet: FleetView

    @property
    def sequence(self) -> int:
        """Number of the view."""
        return self.status.sequence


@dataclass(frozen=True)
class TwinDescription:
    """The facts of a twin that never change."""

    name: str
    title: str
    epoch: str
    """ISO 8601."""
    n_sats: int
    n_batches: int
    """Launch batches."""
    storm_levels: tuple[str, ...]
    sites: tuple[str, ...]
    """Ground sites, by name."""
    channels: tuple[FrameChannel, ...]
