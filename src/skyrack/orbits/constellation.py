"""Positions of all satellites at any time: compute shells first, then the backbone.

Positions are in the frame of the fleet's orbits, which does not turn: the mean equator of date for shells and SGP4's TEME for
catalogued satellites (0.005 deg apart at most, the equation of the equinoxes). The ground turns beneath them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.jit import driver
from skyrack.core.time import julian_day, utc_since_j2000_s
from skyrack.orbits.formation import FormationMap, FormationMotion, lattice_m
from skyrack.orbits.layout import CataloguedOrbits, Layer, Layout, ShellLayout
from skyrack.physics.earth import greenwich_sidereal_rad

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Satellites in equal planes, numbered plane after plane; with formations, place after place within them."""

    shell: int
    """Position in the constellation's list of shells."""
    first: int
    """Number of its first satellite."""
    layer: Layer | None
    """Its orbits; None for catalogued satellites, whose numbers `order` gives."""
    planes: int
    places: int
    """Places in each plane: a satellite, or a formation."""
    size: int
    """Satellites of each place."""
    is_closed: bool
    """Whether the last plane is a neighbour of the first."""
    order: Ints | None = None
    """Number, within its shell, of each satellite of a catalogued grid."""
    follows: int | None = None
    """First number of the catalogued plane whose neighbour in the grid this one is, to the west."""
    phases: Floats | None = None
    """Arguments of latitude of a catalogued plane at the epoch, in its order."""
    family: tuple[int, int] = (0, 0)
    """Grids of one family are planes of one layer."""
    keeps_index: bool = False
    """Whether neighbours in the next plane have the same place in it, whatever the phases: as Hypatia numbers them."""

    @property
    def n_sats(self) -> int:
        """Satellites."""
        return self.planes * self.places * self.size

    def numbers(self) -> Ints:
        """Number of each satellite, (plane, place, member)."""
        order = np.arange(self.n_sats) if self.order is None else self.order
        return (self.first + order).reshape(self.planes, self.places, self.size)


FAR_AWAY_M = 1e12
"""Where satellites are put that have no place any more: out of everybody's sight and reach."""


def is_gone(places: Floats) -> NDArray[np.bool_]:
    """Which satellites have no place any more."""
    return np.asarray(places[:, 0] >= 0.5 * FAR_AWAY_M)


class Constellation:
    """Positions and velocities of all satellites of a layout at any time."""

    def __init__(self, layout: Layout, max_time_s: float = DAY_S) -> None:
        """Prepare the satellites of `layout` for times from the epoch to `max_time_s`; formations are followed as far."""
        self.layout = layout
        self.epoch = layout.epoch
        self.max_time_s = max_time_s
        self.grids: tuple[Grid, ...] = tuple(
            grid
            for number, (shell, first) in enumerate(zip(layout.all_shells, layout.shell_firsts, strict=False))
            for grid in _grids(number, first, shell)
        )

    @property
    def shells(self) -> tuple[ShellLayout, ...]:
        """All shells, those of the backbone last."""
        return self.layout.all_shells

    @property
    def n_sats(self) -> int:
        """Number of all satellites."""
        return self.layout.n_all

    @property
    def n_compute(self) -> int:
        """Number of compute satellites, which are numbered first."""
        return self.layout.n_sats

    @property
    def n_compute_shells(self) -> int:
        """Number of shells of compute satellites."""
        return len(self.layout.shells)

    def name_of(self, number: int) -> str:
        """Return the name of a satellite: its own in the catalogue, or shell and number within the shell."""
        return self.layout.name_of(number)

    def sidereal_rad(self, time_s: float) -> float:
        """How far the ground has turned."""
        return float(greenwich_sidereal_rad(utc_since_j2000_s(self.epoch) + time_s))

    def states(self, time_s: float) -> tuple[Floats, Floats]:
        """Places (m) and speeds (m/s) of all satellites, each (satellite, xyz); those that SGP4 gives up stand far away."""
        places, speeds = np.empty((self.n_sats, 3)), np.empty((self.n_sats, 3))
        for grid in self.grids:
            if grid.layer is None:
                continue
            mine = slice(grid.first, grid.first + grid.n_sats)
            self._circular(grid, grid.layer, time_s, places[mine], speeds[mine])
        jd, fraction = julian_day(self.epoch)
        for position, shell in enumerate(self.shells):
            if shell.catalogue is not None:
                mine = slice(self.layout.shell_firsts[position], self.layout.shell_firsts[position + 1])
                found = shell.catalogue.read.states(jd, np.array([fraction + time_s / DAY_S]))
                places[mine], speeds[mine] = (states[shell.file_positions, 0] for states in found)
        gone = np.flatnonzero(~np.isfinite(places[:, 0]))
        places[gone], speeds[gone] = 0.0, 0.0
        places[gone, 0] = FAR_AWAY_M * (1.0 + np.arange(len(gone)))
        return places, speeds

    def _circular(self, grid: Grid, layer: Layer, time_s: float, places: Floats, speeds: Floats) -> None:
        rate = layer.phase_rate_rad_per_s
        raan_rad = np.mod(layer.plane_raan_rad + layer.raan_rate_rad_per_s * time_s, TWO_PI)
        if layer.formation is None:
            _fly(layer.radius_m, layer.inclination_rad, raan_rad, layer.phase_rad, rate, time_s, places, speeds)
            return
        references = layer.phase_rad[:: grid.size]
        n = len(references)
        at, moving = np.empty((n, 3)), np.empty((n, 3))
        _fly(layer.radius_m, layer.inclination_rad, raan_rad, references, rate, time_s, at, moving)
        up = at / layer.radius_m
        ahead = moving / np.linalg.norm(moving, axis=1)[:, None]
        normal = np.cross(up, ahead)
        path = self._maps[grid.first]
        for place in range(n):
            since_node_s = (references[place] / rate) + time_s
            offsets = path.offsets_m(since_node_s)
            mine = slice(place * grid.size, (place + 1) * grid.size)
            axes = np.array([up[place], ahead[place], normal[place]])
            places[mine] = at[place] + offsets @ axes
            turn = np.cross(up[place], moving[place]) / layer.radius_m
            drifting = path.offsets_m(since_node_s + 1.0) - offsets
            speeds[mine] = moving[place] + np.cross(turn, offsets @ axes) + drifting @ axes

    @cached_property
    def _maps(self) -> dict[int, FormationMap]:
        found = {}
        for grid in self.grids:
            layer = grid.layer
            if layer is not None and layer.formation is not None:
                motion = self.motion(layer)
                found[grid.first] = motion.follow(motion.node_period_s + self.max_time_s)
        return found

    def motion(self, layer: Layer) -> FormationMotion:
        """Motion of the formations of a layer."""
        if layer.formation is None:
            raise ValueError("the layer holds no formation")
        return FormationMotion(lattice_m(layer.formation), layer.radius_m, layer.inclination_rad)


@driver
def _fly(radius_m, inclination_rad, raan_rad, phase_rad, rate_rad_per_s, time_s, places, speeds):
    """Places and speeds on circular orbits, plane after plane."""
    per_plane = len(phase_rad) // len(raan_rad)
    ci, si = math.cos(inclination_rad), math.sin(inclination_rad)
    flown = (rate_rad_per_s * time_s) % TWO_PI
    speed = radius_m * rate_rad_per_s
    for plane in range(len(raan_rad)):
        cr, sr = math.cos(raan_rad[plane]), math.sin(raan_rad[plane])
        for k in range(plane * per_plane, (plane + 1) * per_plane):
            c, s = math.cos(phase_rad[k] + flown), math.sin(phase_rad[k] + flown)
            places[k, 0] = radius_m * (cr * c - sr * s * ci)
            places[k, 1] = radius_m * (sr * c + cr * s * ci)
            places[k, 2] = radius_m * s * si
            speeds[k, 0] = speed * (-cr * s - sr * c * ci)
            speeds[k, 1] = speed * (-sr * s + cr * c * ci)
            speeds[k, 2] = speed * c * si


def _grids(number: int, first: int, shell: ShellLayout) -> list[Grid]:
    if shell.catalogue is not None:
        return _catalogued_grids(number, first, shell)
    grids: list[Grid] = []
    for layer in shell.layers:
        size = layer.formation.n_sats if layer.formation else 1
        grids.append(
            Grid(
                shell=number,
                first=first,
                layer=layer,
                planes=len(layer.plane_raan_rad),
                places=layer.sats_per_plane // size,
                size=size,
                is_closed=_closes(layer.plane_raan_rad),
                family=(number, len(grids)),
            )
        )
        first += layer.n_sats
    return grids


def _closes(raan_rad: Floats) -> bool:
    """Whether the last plane is as near to the first one as planes are to each other."""
    if len(raan_rad) < 3:
        return False
    gap = (raan_rad[1] - raan_rad[0] + math.pi) % TWO_PI - math.pi
    closing = (raan_rad[0] - raan_rad[-1] + math.pi) % TWO_PI - math.pi
    return bool(closing * gap > 0.0 and abs(closing) < 1.5 * abs(gap))


TILT_GAP_RAD, RADIUS_GAP_M = math.radians(0.1), 5e3
"""Catalogued satellites sorted by inclination, then by radius, are of another kind where the next one is farther off."""
NODE_GAP_RAD = math.radians(1.0)
"""Catalogued satellites whose nodes lie nearer than this share a plane."""


def _catalogued_grids(number: int, first: int, shell: ShellLayout) -> list[Grid]:
    """Planes of catalogued satellites: as the file counts them, else found from altitude, inclination and node."""
    catalogue, orbits = shell.catalogue, shell.catalogued_orbits
    if catalogue is None or orbits is None or shell.file_positions is None:
        return []
    planes = catalogue.planes or catalogue.read.planes
    if planes:
        n = shell.n_sats
        return [
            Grid(
                shell=number,
                first=first,
                layer=None,
                planes=planes,
                places=n // planes,
                size=1,
                is_closed=planes > 2,
                order=np.argsort(shell.file_positions),
                family=(number, 0),
                keeps_index=True,
            )
        ]
    node, along = orbits.raan_rad, orbits.phase_rad
    grids: list[Grid] = []
    for one, kind in enumerate(_kinds(orbits)):
        chosen = kind[np.argsort(node[kind], kind="stable")]
        gaps = np.append(np.diff(node[chosen]), node[chosen[0]] + TWO_PI - node[chosen[-1]])
        # begin after the widest gap, so that no plane is cut where angles begin anew
        chosen, gaps = (np.roll(array, -int(gaps.argmax()) - 1) for array in (chosen, gaps))
        cuts = np.flatnonzero(gaps[:-1] > NODE_GAP_RAD) + 1
        planes_found = [plane[np.argsort(along[plane], kind="stable")] for plane in np.split(chosen, cuts)]
        between = np.append(gaps[cuts - 1], gaps[-1])
        wide = 2.5 * float(np.median(between))
        for position, plane in enumerate(planes_found):
            # the plane to the west; the first one follows the last
            west = planes_found[position - 1] if len(planes_found) > 1 and between[position - 1] <= wide else None
            if len(planes_found) == 2 and position == 0:
                west = None
            grids.append(
                Grid(
                    shell=number,
                    first=first,
                    layer=None,
                    planes=1,
                    places=len(plane),
                    size=1,
                    is_closed=False,
                    order=plane,
                    follows=None if west is None else int(first + west[0]),
                    phases=along[plane],
                    family=(number, one),
                )
            )
    return grids


def _kinds(orbits: CataloguedOrbits) -> list[Ints]:
    """Satellites of nearly one inclination and radius, by gaps in both."""
    found = []
    by_tilt = np.argsort(orbits.inclination_rad, kind="stable")
    for same in np.split(by_tilt, np.flatnonzero(np.diff(orbits.inclination_rad[by_tilt]) > TILT_GAP_RAD) + 1):
        by_radius = same[np.argsort(orbits.radius_m[same], kind="stable")]
        found += np.split(by_radius, np.flatnonzero(np.diff(orbits.radius_m[by_radius]) > RADIUS_GAP_M) + 1)
    return found
