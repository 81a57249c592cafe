"""Laying out the shells: which satellite flies where at the epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, EARTH_RADIUS_M, TWO_PI
from skyrack.core.errors import InputError
from skyrack.core.time import julian_day, tt_since_j2000_s
from skyrack.orbits.formation import lattice_m
from skyrack.physics.orbit import (
    argument_of_latitude_rate_rad_per_s,
    period_s,
    raan_rate_rad_per_s,
    sun_synchronous_inclination_rad,
)
from skyrack.physics.sun import mean_sun_right_ascension_rad
from skyrack.scenario import Scenario
from skyrack.scenario.orbits import Formation, Measured, Shell
from skyrack.scenario.satellite import Satellite

MEASURED_RADIUS_M = 4e3
MEASURED_TILT_RAD = math.radians(0.2)
"""Measured satellites within these of each other share a layer."""
MAX_STEP_ORBITS = 0.1
"""A step must not be longer than this share of an orbit: an eclipse would fall between two steps."""


@dataclass(frozen=True)
class Layer:
    """Satellites of one shell at one altitude: they share radius, inclination and all rates."""

    shell: int
    """Position of the shell in the design."""
    radius_m: float
    inclination_rad: float
    plane_raan_rad: NDArray[np.float64]
    """Right ascension of the ascending node at the epoch, for each plane."""
    phase_rad: NDArray[np.float64]
    """Argument of latitude at the epoch, for each satellite, plane after plane; all planes hold as many."""
    formation: Formation | None = None
    """Each place of a plane holds one of these, its satellites one after the other."""

    @property
    def n_sats(self) -> int:
        """Satellites of the layer."""
        return len(self.phase_rad)

    @property
    def sats_per_plane(self) -> int:
        """Satellites of each plane."""
        return len(self.phase_rad) // len(self.plane_raan_rad)

    @property
    def raan_rad(self) -> NDArray[np.float64]:
        """Right ascension of the ascending node at the epoch, for each satellite."""
        return np.repeat(self.plane_raan_rad, self.sats_per_plane)

    @property
    def raan_rate_rad_per_s(self) -> float:
        """Drift of the nodes."""
        return float(raan_rate_rad_per_s(self.radius_m, self.inclination_rad))

    @property
    def phase_rate_rad_per_s(self) -> float:
        """Speed along the orbit."""
        return float(argument_of_latitude_rate_rad_per_s(self.radius_m, self.inclination_rad))


@dataclass(frozen=True)
class Orbits:
    """Measured satellites at the run's epoch, in the order of their elements."""

    radius_m: NDArray[np.float64]
    """Mean."""
    inclination_rad: NDArray[np.float64]
    raan_rad: NDArray[np.float64]
    phase_rad: NDArray[np.float64]
    """Argument of latitude."""


@dataclass(frozen=True)
class ShellDesign:
    """One shell: its name, its satellite, its layers."""

    name: str
    kind: str
    satellite: Satellite
    layers: tuple[Layer, ...]
    measured: Measured | None = None
    """Of a measured constellation; its layers are the circular orbits that stand for it in power and heat."""
    orbits: Orbits | None = None
    """Of the same."""

    @property
    def n_sats(self) -> int:
        """Satellites of the shell."""
        return sum(layer.n_sats for layer in self.layers)

    @property
    def altitude_m(self) -> float:
        """Mean altitude of its layers above the equatorial radius."""
        return float(np.mean([layer.radius_m for layer in self.layers])) - EARTH_RADIUS_M

    @property
    def inclination_rad(self) -> float:
        """Mean inclination of its layers."""
        return float(np.mean([layer.inclination_rad for layer in self.layers]))


def lay_out(scenario: Scenario) -> tuple[ShellDesign, ...]:
    """All shells of a scenario, stacks resolved into single shells named by their altitude, measured ones last.

    Raises InputError where an orbit does not exist or where a step is too long for it.
    """
    shells = lay_out_shells(scenario.shells, scenario.epoch, scenario.satellite)
    shells += tuple(
        _lay_out_measured(measured, len(shells) + number, scenario.epoch, measured.satellite or scenario.satellite)
        for number, measured in enumerate(scenario.measured)
    )
    for shell in shells:
        _check_step(scenario, shell)
    return shells


def lay_out_shells(written: tuple[Shell, ...], epoch: datetime, satellite: Satellite) -> tuple[ShellDesign, ...]:
    """Shells as written, stacks resolved."""
    mean_sun_rad = float(mean_sun_right_ascension_rad(tt_since_j2000_s(epoch)))
    shells: list[ShellDesign] = []
    for one in written:
        for shell in _unstack(one):
            layers = tuple(_layers(shell, len(shells), mean_sun_rad))
            shells.append(ShellDesign(shell.name, shell.kind, shell.satellite or satellite, layers))
    return tuple(shells)


def _lay_out_measured(measured: Measured, position: int, epoch: datetime, satellite: Satellite) -> ShellDesign:
    """Measured satellites as circular orbits, those of nearly one radius and inclination in one layer."""
    elements = measured.read
    jd, fraction = julian_day(epoch)
    ages_s = np.abs(elements.epochs_jd - jd - fraction) * DAY_S
    if ages_s.max() > measured.age_limit_s:
        oldest = int(ages_s.argmax())
        raise InputError(
            f"measured.{measured.name}: the elements of {elements.names[oldest]!r} are {ages_s[oldest] / DAY_S:,.0f} days "
            f"from the run's epoch; accepted are {measured.age_limit_s / DAY_S:,.0f} ('age_limit'); elements of "
            f"{elements.newest_epoch:%Y-%m-%d} are there"
        )
    places, speeds = (states[:, 0] for states in elements.states(jd, np.array([fraction])))
    if not np.isfinite(places).all():
        lost = elements.names[int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])]
        raise InputError(f"measured.{measured.name}: SGP4 finds {lost!r} decayed at the run's epoch; take it out")
    radius_m = np.array([record.a * record.radiusearthkm * 1e3 for record in elements.records])
    normal = np.cross(places, speeds)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    inclination_rad = np.arccos(np.clip(normal[:, 2], -1.0, 1.0))
    raan_rad = np.arctan2(normal[:, 0], -normal[:, 1])
    node = np.column_stack([np.cos(raan_rad), np.sin(raan_rad), np.zeros(len(places))])
    phase_rad = np.arctan2((np.cross(normal, node) * places).sum(axis=1), (node * places).sum(axis=1))
    altitude_m = radius_m - EARTH_RADIUS_M
    wrong = np.flatnonzero((altitude_m < 150e3) | (altitude_m > 2500e3))
    if len(wrong):
        name, at_km = elements.names[int(wrong[0])], altitude_m[wrong[0]] / 1e3
        raise InputError(
            f"measured.{measured.name}: {name!r} flies at {at_km:,.0f} km; accepted are orbits of 150 to 2,500 km"
        )
    alike = np.column_stack([np.round(radius_m / MEASURED_RADIUS_M), np.round(inclination_rad / MEASURED_TILT_RAD)])
    _, group = np.unique(alike, axis=0, return_inverse=True)
    layers = tuple(
        Layer(
            shell=position,
            radius_m=float(radius_m[chosen].mean()),
            inclination_rad=float(inclination_rad[chosen].mean()),
            plane_raan_rad=np.mod(raan_rad[chosen], TWO_PI),
            phase_rad=np.mod(phase_rad[chosen], TWO_PI),
        )
        for chosen in (np.flatnonzero(group.ravel() == number) for number in range(int(group.max()) + 1))
    )
    orbits = Orbits(radius_m, inclination_rad, np.mod(raan_rad, TWO_PI), np.mod(phase_rad, TWO_PI))
    return ShellDesign(measured.name, "measured", satellite, layers, measured, orbits)


def _unstack(shell: Shell) -> Iterator[Shell]:
    if shell.stack is None:
        yield shell
        return
    for number in range(shell.stack.shells):
        altitude_m = shell.altitude_m + number * shell.stack.spacing_m
        name = f"{shell.name}-{altitude_m / 1e3:.0f}km"
        yield shell.model_copy(update={"altitude_m": altitude_m, "name": name, "stack": None})


def _layers(shell: Shell, position: int, mean_sun_rad: float) -> Iterator[Layer]:
    for altitude_m in np.linspace(shell.altitude_m, shell.altitude_m + shell.band_m, shell.layers):
        radius_m = EARTH_RADIUS_M + float(altitude_m)
        inclination_rad = _inclination_rad(shell, radius_m)
        plane, slot = np.divmod(np.arange(shell.planes * shell.satellites_per_plane), shell.satellites_per_plane)
        n_shell = shell.planes * shell.satellites_per_plane
        phase_rad = slot * shell.arc_rad / shell.satellites_per_plane + plane * shell.phasing * TWO_PI / n_shell
        if shell.formation is not None:
            ahead_rad = lattice_m(shell.formation)[:, 1] / radius_m
            phase_rad = (phase_rad[:, None] + ahead_rad).ravel()
        yield Layer(
            shell=position,
            radius_m=radius_m,
            inclination_rad=inclination_rad,
            plane_raan_rad=np.mod(_nodes_rad(shell, mean_sun_rad), TWO_PI),
            phase_rad=np.mod(phase_rad, TWO_PI),
            formation=shell.formation,
        )


def _inclination_rad(shell: Shell, radius_m: float) -> float:
    if shell.kind != "sun-synchronous":
        return float(shell.inclination_rad or 0.0)
    inclination_rad = float(sun_synchronous_inclination_rad(radius_m))
    if math.isnan(inclination_rad):
        raise InputError(f"shells.{shell.name}: no orbit at this altitude is sun-synchronous; lower 'altitude'")
    return inclination_rad


def _nodes_rad(shell: Shell, mean_sun_rad: float) -> NDArray[np.float64]:
    """Node of each plane. Walker's i: t/p/f spreads them over 360 deg (delta) or 180 deg (star).

    A sun-synchronous plane has its node where the mean Sun will be at the local time, later planes evenly over the spread.
    """
    planes = np.arange(shell.planes)
    if shell.kind == "sun-synchronous":
        local_time_s = shell.local_time_s or 0.0
        offset = (planes + 0.5) / shell.planes - 0.5
        hours_from_noon = (local_time_s + offset * shell.local_time_spread_s - 0.5 * DAY_S) / DAY_S
        return np.asarray(mean_sun_rad + TWO_PI * hours_from_noon + shell.first_node_rad, dtype=np.float64)
    fan_rad = TWO_PI if shell.kind == "walker-delta" else math.pi
    return np.asarray(shell.first_node_rad + planes * fan_rad / shell.planes, dtype=np.float64)


def _check_step(scenario: Scenario, shell: ShellDesign) -> None:
    shortest_s = min(float(period_s(layer.radius_m)) for layer in shell.layers)
    if scenario.step_s > MAX_STEP_ORBITS * shortest_s:
        raise InputError(
            f"step: {scenario.step_s:g} s is longer than a tenth of an orbit of shell {shell.name!r} "
            f"({shortest_s:.0f} s); accepted is up to {MAX_STEP_ORBITS * shortest_s:.0f} s"
        )


def single(layer: Layer, position: int) -> Layer:
    """The layer with only one of its satellites."""
    plane = position // layer.sats_per_plane
    return replace(
        layer,
        plane_raan_rad=layer.plane_raan_rad[plane : plane + 1],
        phase_rad=layer.phase_rad[position : position + 1],
    )
