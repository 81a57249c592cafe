"""The layout of a fleet: which satellite flies where at the epoch, and the one numbering of all satellites."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

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
from skyrack.scenario.orbits import Catalogued, Formation, Shell
from skyrack.scenario.satellite import Satellite

CATALOGUED_RADIUS_M = 4e3
CATALOGUED_TILT_RAD = math.radians(0.2)
"""Bin widths in radius and inclination: catalogued satellites of one bin share a layer."""
MAX_STEP_ORBITS = 0.1
"""Maximum step as a fraction of an orbit; an eclipse would fall between two longer steps."""


@dataclass(frozen=True)
class Layer:
    """Satellites of one shell at one altitude: they share radius, inclination and all rates."""

    shell: int
    """Position of the shell in the layout."""
    radius_m: float
    inclination_rad: float
    plane_raan_rad: NDArray[np.float64]
    """Right ascension of the ascending node at the epoch, for each plane."""
    phase_rad: NDArray[np.float64]
    """Argument of latitude at the epoch, for each satellite, plane after plane; all planes hold equally many."""
    formation: Formation | None = None
    """Formation that flies at each slot of a plane, its satellites one after the other; None for single satellites."""

    @property
    def n_sats(self) -> int:
        """Number of satellites in the layer."""
        return len(self.phase_rad)

    @property
    def sats_per_plane(self) -> int:
        """Number of satellites in each plane."""
        return len(self.phase_rad) // len(self.plane_raan_rad)

    @property
    def raan_rad(self) -> NDArray[np.float64]:
        """Right ascension of the ascending node at the epoch, for each satellite."""
        return np.repeat(self.plane_raan_rad, self.sats_per_plane)

    @property
    def raan_rate_rad_per_s(self) -> float:
        """Drift of the ascending nodes."""
        return float(raan_rate_rad_per_s(self.radius_m, self.inclination_rad))

    @property
    def phase_rate_rad_per_s(self) -> float:
        """Rate of the argument of latitude."""
        return float(argument_of_latitude_rate_rad_per_s(self.radius_m, self.inclination_rad))

    def selection(self, positions: NDArray[np.int64]) -> Layer:
        """Return a layer of some of the satellites, each in a plane of its own."""
        return replace(
            self,
            plane_raan_rad=self.plane_raan_rad[positions // self.sats_per_plane],
            phase_rad=self.phase_rad[positions],
            formation=None,
        )


@dataclass(frozen=True)
class CataloguedOrbits:
    """Mean orbits of catalogued satellites (TLE or OMM) at the epoch of the run, in the order of their numbers."""

    radius_m: NDArray[np.float64]
    inclination_rad: NDArray[np.float64]
    raan_rad: NDArray[np.float64]
    phase_rad: NDArray[np.float64]
    """Argument of latitude of each satellite."""


@dataclass(frozen=True)
class ShellLayout:
    """One shell: its name, its satellite, its layers."""

    name: str
    kind: str
    satellite: Satellite
    layers: tuple[Layer, ...]
    catalogue: Catalogued | None = None
    """Elements of a catalogued constellation; `layers` are then the circular orbits that represent it in power and heat."""
    catalogued_orbits: CataloguedOrbits | None = None
    file_positions: NDArray[np.int64] | None = None
    """Position in the file of each catalogued satellite, in the order of their numbers."""

    def name_of(self, position: int) -> str:
        """Return the name of a satellite: its own in a catalogue, else shell and number within the shell."""
        if self.catalogue is None or self.file_positions is None:
            return f"{self.name}/{position}"
        return str(self.catalogue.read.names[int(self.file_positions[position])])

    @property
    def n_sats(self) -> int:
        """Number of satellites in the shell."""
        return sum(layer.n_sats for layer in self.layers)

    @property
    def altitude_m(self) -> float:
        """Mean altitude of the layers above the equatorial radius."""
        return float(np.mean([layer.radius_m for layer in self.layers])) - EARTH_RADIUS_M

    @property
    def inclination_rad(self) -> float:
        """Mean inclination of the layers."""
        return float(np.mean([layer.inclination_rad for layer in self.layers]))


@dataclass(frozen=True)
class SatelliteRef:
    """Reference to one compute satellite: its number, and its position in a layer of the layout."""

    number: int
    layer: int
    """Position of the layer in `Layout.layers`."""
    position: int
    """Position of the satellite within the layer."""


@dataclass(frozen=True)
class Layout:
    """Orbits of all satellites of a scenario at its epoch, and the one numbering that every module and table uses.

    Compute satellites come first, shell after shell; those of the network's backbone follow. Within a shell, satellites are
    numbered layer after layer and plane after plane; catalogued satellites of one layer keep the order of their file.
    """

    epoch: datetime
    shells: tuple[ShellLayout, ...]
    """Shells of compute satellites, with stacks resolved into single shells."""
    backbone: tuple[ShellLayout, ...] = ()
    """Shells of the network's backbone, which carry data and do not compute."""

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Layers of all compute shells."""
        return tuple(layer for shell in self.shells for layer in shell.layers)

    @property
    def all_shells(self) -> tuple[ShellLayout, ...]:
        """Compute shells, then backbone shells."""
        return (*self.shells, *self.backbone)

    @cached_property
    def shell_firsts(self) -> tuple[int, ...]:
        """Number of the first satellite of each of `all_shells`, and the number of all satellites."""
        return (0, *itertools.accumulate(shell.n_sats for shell in self.all_shells))

    @property
    def n_sats(self) -> int:
        """Number of compute satellites."""
        return self.shell_firsts[len(self.shells)]

    @property
    def n_all(self) -> int:
        """Number of satellites, those of the backbone included."""
        return self.shell_firsts[-1]

    @cached_property
    def layer_firsts(self) -> tuple[int, ...]:
        """Number of the first satellite of each layer, and the number of compute satellites."""
        return (0, *itertools.accumulate(layer.n_sats for layer in self.layers))

    def numbers(self, layer: int) -> slice:
        """Return the numbers of the satellites of the layer at position `layer`."""
        return slice(self.layer_firsts[layer], self.layer_firsts[layer + 1])

    def name_of(self, number: int) -> str:
        """Return the name of a satellite of any shell."""
        shell = self.shell_of(number)
        return self.all_shells[shell].name_of(number - self.shell_firsts[shell])

    def number_of(self, name: str) -> int:
        """Return the number of the satellite of a name. Raises InputError where there is none."""
        shell_name, _, position = name.rpartition("/")
        for k, shell in enumerate(self.all_shells):
            if shell.catalogue is None:
                if shell.name == shell_name and position.isdigit() and int(position) < shell.n_sats:
                    return self.shell_firsts[k] + int(position)
                continue
            for number in range(shell.n_sats):
                if shell.name_of(number) == name:
                    return self.shell_firsts[k] + number
        examples = ", ".join(self.name_of(number) for number in (0, self.n_all - 1))
        raise InputError(f"satellite {name!r}: there is no such satellite; names are like {examples}")

    def shell_of(self, number: int) -> int:
        """Return the position in `all_shells` of the shell that a satellite belongs to."""
        return int(np.searchsorted(self.shell_firsts, number, side="right")) - 1

    def locate(self, number: int) -> SatelliteRef:
        """Return the reference to a compute satellite; InputError where there is no such number."""
        if not 0 <= number < self.n_sats:
            raise InputError(f"satellite: there is no number {number}; accepted are 0 to {self.n_sats - 1:,}")
        layer = int(np.searchsorted(self.layer_firsts, number, side="right")) - 1
        return SatelliteRef(number, layer, number - self.layer_firsts[layer])

    def spread(self, n: int, shells: Sequence[int] | None = None) -> list[SatelliteRef]:
        """Return at most `n` satellites spread evenly over some shells, by default over all."""
        chosen = range(len(self.shells)) if shells is None else shells
        numbers = np.concatenate([np.arange(*self.shell_firsts[shell : shell + 2]) for shell in chosen])
        # a stride incommensurate with the planes, so that the satellites fall on all phases
        picked = np.unique((np.arange(min(n, len(numbers))) * (len(numbers) / min(n, len(numbers)))).astype(np.int64))
        return [self.locate(int(number)) for number in numbers[picked]]


def lay_out(scenario: Scenario) -> Layout:
    """Lay out all shells of a scenario; catalogued ones come last among the compute shells.

    Stacks become single shells named by their altitude. Raises InputError where an orbit does not exist or a step is too
    long for it.
    """
    shells = _lay_out_shells(scenario.shells, scenario.epoch, scenario.satellite)
    shells += tuple(
        _lay_out_catalogued(measured, len(shells) + number, scenario.epoch, measured.satellite or scenario.satellite)
        for number, measured in enumerate(scenario.catalogued)
    )
    for shell in shells:
        _check_step(scenario, shell)
    backbone = _lay_out_shells(scenario.network.backbone, scenario.epoch, scenario.satellite)
    return Layout(scenario.epoch, shells, backbone)


def _lay_out_shells(written: tuple[Shell, ...], epoch: datetime, satellite: Satellite) -> tuple[ShellLayout, ...]:
    mean_sun_rad = float(mean_sun_right_ascension_rad(tt_since_j2000_s(epoch)))
    shells: list[ShellLayout] = []
    for one in written:
        for shell in _unstack(one):
            layers = tuple(_layers(shell, len(shells), mean_sun_rad))
            shells.append(ShellLayout(shell.name, shell.kind, shell.satellite or satellite, layers))
    return tuple(shells)


def _lay_out_catalogued(measured: Catalogued, position: int, epoch: datetime, satellite: Satellite) -> ShellLayout:
    """Lay out catalogued satellites as circular orbits; those of nearly equal radius and inclination share a layer."""
    elements = measured.read
    jd, fraction = julian_day(epoch)
    ages_s = np.abs(elements.epochs_jd - jd - fraction) * DAY_S
    if ages_s.max() > measured.age_limit_s:
        oldest = int(ages_s.argmax())
        raise InputError(
            f"catalogued.{measured.name}: the elements of {elements.names[oldest]!r} are {ages_s[oldest] / DAY_S:,.0f} days "
            f"from the run's epoch; accepted are {measured.age_limit_s / DAY_S:,.0f} ('age_limit'); elements of "
            f"{elements.newest_epoch:%Y-%m-%d} are there"
        )
    places, speeds = (states[:, 0] for states in elements.states(jd, np.array([fraction])))
    if not np.isfinite(places).all():
        lost = elements.names[int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])]
        raise InputError(f"catalogued.{measured.name}: SGP4 finds {lost!r} decayed at the run's epoch; take it out")
    radius_m = np.array([record.a * record.radiusearthkm * 1e3 for record in elements.records])
    normal = np.cross(places, speeds)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    inclination_rad = np.arccos(np.clip(normal[:, 2], -1.0, 1.0))
    raan_rad = np.mod(np.arctan2(normal[:, 0], -normal[:, 1]), TWO_PI)
    node = np.column_stack([np.cos(raan_rad), np.sin(raan_rad), np.zeros(len(places))])
    phase_rad = np.mod(np.arctan2((np.cross(normal, node) * places).sum(axis=1), (node * places).sum(axis=1)), TWO_PI)
    altitude_m = radius_m - EARTH_RADIUS_M
    wrong = np.flatnonzero((altitude_m < 150e3) | (altitude_m > 2500e3))
    if len(wrong):
        name, at_km = elements.names[int(wrong[0])], altitude_m[wrong[0]] / 1e3
        raise InputError(
            f"catalogued.{measured.name}: {name!r} flies at {at_km:,.0f} km; accepted are orbits of 150 to 2,500 km"
        )
    alike = np.column_stack([np.round(radius_m / CATALOGUED_RADIUS_M), np.round(inclination_rad / CATALOGUED_TILT_RAD)])
    _, group = np.unique(alike, axis=0, return_inverse=True)
    chosen = [np.flatnonzero(group.ravel() == number) for number in range(int(group.max()) + 1)]
    layers = tuple(
        Layer(
            shell=position,
            radius_m=float(radius_m[same].mean()),
            inclination_rad=float(inclination_rad[same].mean()),
            plane_raan_rad=raan_rad[same],
            phase_rad=phase_rad[same],
        )
        for same in chosen
    )
    order = np.concatenate(chosen)
    orbits = CataloguedOrbits(*(values[order] for values in (radius_m, inclination_rad, raan_rad, phase_rad)))
    return ShellLayout(measured.name, "catalogued", satellite, layers, measured, orbits, order)


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
    """Return the right ascension (rad) of each plane's ascending node.

    Walker's i: t/p/f spreads the nodes over 360 deg (delta) or 180 deg (star). A sun-synchronous plane has its node at the
    local time of the mean Sun; several planes are spread evenly over the given range of local time.
    """
    planes = np.arange(shell.planes)
    if shell.kind == "sun-synchronous":
        local_time_s = shell.local_time_s or 0.0
        offset = (planes + 0.5) / shell.planes - 0.5
        hours_from_noon = (local_time_s + offset * shell.local_time_spread_s - 0.5 * DAY_S) / DAY_S
        return np.asarray(mean_sun_rad + TWO_PI * hours_from_noon + shell.first_node_rad, dtype=np.float64)
    fan_rad = TWO_PI if shell.kind == "walker-delta" else math.pi
    return np.asarray(shell.first_node_rad + planes * fan_rad / shell.planes, dtype=np.float64)


def _check_step(scenario: Scenario, shell: ShellLayout) -> None:
    shortest_s = min(float(period_s(layer.radius_m)) for layer in shell.layers)
    if scenario.step_s > MAX_STEP_ORBITS * shortest_s:
        raise InputError(
            f"step: {scenario.step_s:g} s is longer than a tenth of an orbit of shell {shell.name!r} "
            f"({shortest_s:.0f} s); accepted is up to {MAX_STEP_ORBITS * shortest_s:.0f} s"
        )
