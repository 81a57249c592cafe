"""Where a training job is put: neighbouring satellites of one shell, and what their links carry through the day."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sample_flight import Pick
from skyrack.network.collective import Tree, all_reduce_s, tree_of
from skyrack.network.links import LinkPlan, Links, alive
from skyrack.orbits.constellation import Constellation, Grid
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import ShellDesign
from skyrack.physics.propagation_delay import light_time_s
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Training

LOOKS, LOOKS_OF_MANY = 6, 2
MANY = 50_000
"""Satellites from which on the network is looked at less often."""
PICKS = 48
"""Members that are followed through the day."""


@dataclass(frozen=True)
class Placement:
    """Members of a job, and their links at some looks through the day."""

    shell: str
    members: NDArray[np.int64]
    """Numbers in the constellation, neighbours next to each other."""
    looks: tuple[Links, ...]
    """Links between members."""
    alive: NDArray[np.bool_]
    picks: tuple[Pick, ...]
    """Some members, to be followed."""
    _trees: dict[int, list[Tree | None]] = field(default_factory=dict, repr=False)
    """By the number of members, once asked for."""

    def trees(self, n: int) -> list[Tree | None]:
        """Links that join the first `n` members, at each look; None where not all are joined."""
        return [tree_of(links, self.members[:n], self.alive) for links in self.looks]

    def exchange_s(self, amount_bytes: float, n: int) -> float:
        """Time in which the first `n` members add up so many bytes: mean over the looks that join them, infinite without."""
        if n < 2:
            return 0.0
        joined = [tree for tree in self._trees_of(n) if tree is not None]
        if not joined:
            return math.inf
        took = [all_reduce_s(amount_bytes, tree.rate_bit_per_s, tree.depth, tree.hop_m) for tree in joined]
        return float(np.mean(took))

    def joined_frac(self, n: int) -> float:
        """Share of the looks that join the first `n` members."""
        return 1.0 if n < 2 else float(np.mean([tree is not None for tree in self._trees_of(n)]))

    def _trees_of(self, n: int) -> list[Tree | None]:
        if n not in self._trees:
            self._trees[n] = self.trees(n)
        return self._trees[n]

    @property
    def link_bit_per_s(self) -> float:
        """Median rate of the members' links that are up, at the first look; zero without any."""
        rates, _ = self._links()
        return float(np.median(rates)) if rates.size else 0.0

    @property
    def hop_s(self) -> float:
        """Light time of a median link."""
        _, ranges = self._links()
        return float(light_time_s(float(np.median(ranges)))) if ranges.size else 0.0

    def _links(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        first = self.looks[0]
        up = first.rate_bit_per_s > 0.0
        return first.rate_bit_per_s[up], first.range_m[up]


def place(scenario: Scenario, training: Training, merit: dict[str, float]) -> Placement:
    """The members of a job: so many neighbours in the shell named, or of the large enough one of most merit.

    InputError for a shell that is not there, and for more satellites than fly or than one shell holds.
    """
    constellation = Constellation(scenario)
    compute = constellation.shells[: constellation.n_compute_shells]
    check_place(scenario, training, compute)
    names = [shell.name for shell in compute]
    large = [shell.name for shell in compute if shell.n_sats >= (training.satellites or 1)]
    wanted = training.shell or max(large, key=lambda name: (merit.get(name, 0.0), -names.index(name)))
    number = names.index(wanted)
    grids = [grid for grid in constellation.grids if grid.shell == number]
    n = training.satellites or _usual(grids[0])
    members = _neighbours(grids, n)
    fine = alive(constellation, scenario.network)
    many = constellation.n_sats > MANY
    plan = LinkPlan(constellation, scenario.network, fine)
    times_s = np.arange(LOOKS_OF_MANY if many else LOOKS) * DAY_S / (LOOKS_OF_MANY if many else LOOKS)
    constellation.longest_s = max(float(times_s[-1]), DAY_S)
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), times_s)
    looks = []
    for k, time_s in enumerate(times_s):
        places, speeds = constellation.states(float(time_s))
        looks.append(_inside(plan.look(places, speeds, sun.direction[k], 0.0), members))
    return Placement(wanted, members, tuple(looks), fine, _picks(constellation, number, members))


def _inside(links: Links, members: NDArray[np.int64]) -> Links:
    """Only the links between members."""
    kept = np.isin(links.pairs, members).all(axis=1)
    return Links(links.pairs[kept], links.range_m[kept], links.rate_bit_per_s[kept], links.state[kept])


def _neighbours(grids: list[Grid], n: int) -> NDArray[np.int64]:
    """So many satellites in planes next to each other, in the middle of the first layer that holds them all.

    The planes of a dawn-dusk shell are spread about its local time, so those in the middle see most of the Sun.
    """
    grid = next((one for one in grids if one.n_sats >= n), None)
    if grid is None:
        return np.concatenate([one.numbers().ravel() for one in grids])[:n]
    numbers = grid.numbers().reshape(grid.planes, -1)
    planes = -(-n // numbers.shape[1])
    first = (grid.planes - planes) // 2
    return np.asarray(numbers[first : first + planes].ravel()[:n])


def check_place(scenario: Scenario, training: Training, shells: tuple[ShellDesign, ...]) -> None:
    """InputError for a shell that is not there, and for more satellites than fly or than one shell holds."""
    names = {shell.name: shell.n_sats for shell in shells}
    if training.shell is not None and training.shell not in names:
        near = [name for name in names if name.startswith(training.shell)] or list(names)
        more = " ..." if len(near) > SHOWN_NAMES else ""
        raise InputError(
            f"workload.training.shell: {training.shell!r} is not one of the shells ({', '.join(near[:SHOWN_NAMES])}{more})"
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


SHOWN_NAMES = 8


def _usual(grid: Grid) -> int:
    """One formation, or one orbital plane."""
    return grid.size if grid.size > 1 else grid.places


def _picks(constellation: Constellation, shell: int, members: NDArray[np.int64]) -> tuple[Pick, ...]:
    design = constellation.shells[shell]
    chosen = np.unique(np.linspace(0, len(members) - 1, min(PICKS, len(members))).astype(int))
    numbers = members[chosen] - constellation.shell_firsts[shell]
    firsts = np.concatenate([[0], np.cumsum([layer.n_sats for layer in design.layers])])
    picks = []
    for number in numbers.tolist():
        at = int(np.searchsorted(firsts, number, side="right")) - 1
        picks.append(Pick(design, design.layers[at], number - int(firsts[at])))
    return tuple(picks)
