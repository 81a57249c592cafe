"""Placement of a training job: neighbouring satellites of one shell, and the links between them through the day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.network.collective import Tree, all_reduce_s, tree_of
from skyrack.network.links import Links
from skyrack.network.snapshot import NetworkModel, NetworkSnapshot
from skyrack.orbits.constellation import Constellation, Grid
from skyrack.orbits.layout import Layout, SatelliteRef, ShellLayout
from skyrack.physics.propagation_delay import light_time_s
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Training

SNAPSHOTS, SNAPSHOTS_OF_MANY = 6, 2
"""Number of network snapshots through the day, for fleets of up to MANY satellites and for larger ones."""
MANY = 50_000
"""Number of satellites beyond which fewer snapshots of the network are taken."""
SAMPLES = 48
"""Maximum number of members whose trajectories are sampled through the day."""
WATCHED_PER_SHELL = 4
"""Number of satellites by which shells are compared."""


@dataclass(frozen=True)
class Placement:
    """Nodes of a training job, and the links between them at some snapshots through the day."""

    shell: str
    members: NDArray[np.int64]
    """Numbers of the satellites, in an order in which neighbours are adjacent, (node,)."""
    snapshots: tuple[NetworkSnapshot, ...]
    links: tuple[Links, ...]
    """Links between members at each snapshot."""
    in_order: NDArray[np.bool_]
    """True for satellites that work under the scenario's outages, by number."""
    sampled: tuple[SatelliteRef, ...]
    """Members whose trajectories are sampled through the day."""
    _trees: dict[int, list[Tree | None]] = field(default_factory=dict, repr=False)
    """Trees over the first members, by their number."""

    def trees(self, n: int) -> list[Tree | None]:
        """Return a tree of links over the first `n` members at each snapshot; None where not all are connected."""
        return [tree_of(links, self.members[:n], self.in_order) for links in self.links]

    def exchange_s(self, amount_bytes: float, n: int) -> float:
        """Return the all-reduce time (s) of the first `n` members, mean over snapshots that connect them, or inf."""
        if n < 2:
            return 0.0
        connected = [tree for tree in self._trees_of(n) if tree is not None]
        if not connected:
            return math.inf
        took = [all_reduce_s(amount_bytes, tree.rate_bit_per_s, tree.depth, tree.hop_m) for tree in connected]
        return float(np.mean(took))

    def connected_frac(self, n: int) -> float:
        """Return the share of snapshots at which the first `n` members are connected."""
        return 1.0 if n < 2 else float(np.mean([tree is not None for tree in self._trees_of(n)]))

    def _trees_of(self, n: int) -> list[Tree | None]:
        if n not in self._trees:
            self._trees[n] = self.trees(n)
        return self._trees[n]

    @property
    def link_bit_per_s(self) -> float:
        """Median data rate of the members' links that are up at the first snapshot; zero without any."""
        rates, _ = self._rates_and_ranges()
        return float(np.median(rates)) if rates.size else 0.0

    @property
    def hop_s(self) -> float:
        """Light time over a median link."""
        _, ranges = self._rates_and_ranges()
        return float(light_time_s(float(np.median(ranges)))) if ranges.size else 0.0

    def _rates_and_ranges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        first = self.links[0]
        up = first.rate_bit_per_s > 0.0
        return first.rate_bit_per_s[up], first.range_m[up]


@dataclass(frozen=True)
class Candidate:
    """Shell that could hold a training job, and the satellites that would be its nodes."""

    shell: str
    members: NDArray[np.int64]
    """Numbers of neighbouring satellites, (node,)."""
    sampled: tuple[SatelliteRef, ...]
    """Members whose trajectories are sampled through the day."""
    watched: tuple[SatelliteRef, ...]
    """Satellites of the middle plane, by which shells are compared."""


def candidates(training: Training, constellation: Constellation) -> list[Candidate]:
    """Return the shells that could hold the job: the one named, or all that are large enough."""
    layout = constellation.layout
    found = []
    for number, shell in enumerate(layout.shells):
        wanted = (
            training.shell == shell.name if training.shell is not None else shell.n_sats >= (training.satellites or 1)
        )
        if wanted:
            grids = [grid for grid in constellation.grids if grid.shell == number]
            members = _neighbours(grids, training.satellites or _usual(grids[0]))
            chosen = np.unique(np.linspace(0, len(members) - 1, min(SAMPLES, len(members))).astype(int))
            sampled = tuple(layout.locate(int(member)) for member in members[chosen])
            watched = () if training.shell is not None else _middle_plane(layout, number)
            found.append(Candidate(shell.name, members, sampled, watched))
    return found


def watched_of(shells: Sequence[Candidate]) -> list[SatelliteRef]:
    """Return the satellites by which shells are compared."""
    return [ref for shell in shells for ref in shell.watched]


def _middle_plane(layout: Layout, shell: int) -> tuple[SatelliteRef, ...]:
    """Return a few satellites of the middle plane of a shell's first layer."""
    layer = layout.shells[shell].layers[0]
    each = layer.sats_per_plane
    first = layout.shell_firsts[shell] + (layer.n_sats // each // 2) * each
    n = min(WATCHED_PER_SHELL, each)
    return tuple(layout.locate(first + k * each // n) for k in range(n))


def snapshots_of_day(model: NetworkModel) -> tuple[NetworkSnapshot, ...]:
    """Return the snapshots of the network through a day by which jobs are placed."""
    n = SNAPSHOTS_OF_MANY if model.constellation.n_sats > MANY else SNAPSHOTS
    return tuple(model.at(float(time_s)) for time_s in np.arange(n) * DAY_S / n)


def place(candidate: Candidate, model: NetworkModel, snapshots: tuple[NetworkSnapshot, ...]) -> Placement:
    """Return the members of a job with the links between them at the snapshots of a day."""
    links = tuple(snapshot.links.between(candidate.members) for snapshot in snapshots)
    return Placement(candidate.shell, candidate.members, snapshots, links, model.in_order, candidate.sampled)


def _neighbours(grids: list[Grid], n: int) -> NDArray[np.int64]:
    """Return the numbers of `n` satellites in adjacent planes, in the middle of the first layer that holds them all.

    The planes of a dawn-dusk shell are spread about its local time, so that those in the middle have the most sunlight.
    """
    grid = next((one for one in grids if one.n_sats >= n), None)
    if grid is None:
        return np.concatenate([one.numbers().ravel() for one in grids])[:n]
    numbers = grid.numbers().reshape(grid.planes, -1)
    planes = -(-n // numbers.shape[1])
    first = (grid.planes - planes) // 2
    return np.asarray(numbers[first : first + planes].ravel()[:n])


def check_place(scenario: Scenario, training: Training, shells: Sequence[ShellLayout]) -> None:
    """Raise InputError for an unknown shell, and for more satellites than the fleet or one shell has."""
    names = {shell.name: shell.n_sats for shell in shells}
    if training.shell is not None and training.shell not in names:
        near = [name for name in names if name.startswith(training.shell)] or list(names)
        more = " ..." if len(near) > MAX_SHOWN_NAMES else ""
        raise InputError(
            f"workload.training.shell: {training.shell!r} is not one of the shells "
            f"({', '.join(near[:MAX_SHOWN_NAMES])}{more})"
        )
    n = training.satellites or 1
    if n > scenario.n_sats:
        raise InputError(f"workload.training.satellites: {n:,} are asked for; the fleet has {scenario.n_sats:,}")
    most = names[training.shell] if training.shell is not None else max(names.values())
    if n > most:
        where = f"shell {training.shell!r}" if training.shell is not None else "the largest shell"
        raise InputError(
            f"workload.training.satellites: {n:,} are asked for; {where} has {most:,}, and shells are not linked into one job"
        )


MAX_SHOWN_NAMES = 8
"""Maximum number of names in an error message."""


def _usual(grid: Grid) -> int:
    """Return the usual size of a job: one formation, or one orbital plane."""
    return grid.size if grid.size > 1 else grid.places
