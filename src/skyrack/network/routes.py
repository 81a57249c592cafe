"""Shortest ways between cities over the satellites, and from each city to the nearest compute."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.machine import usable_cores
from skyrack.network.links import Links
from skyrack.network.router import RouterModel, link_costs_m
from skyrack.network.router.shortest_delay import ShortestDelay
from skyrack.network.sweeps import down_and_through, measure_pairs, neighbour_table, walk, ways_over
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.visibility import nearest_seen
from skyrack.scenario.network import Access

Floats = NDArray[np.float64]
UNREACHED = -1
"""Links on a way that does not exist."""


@dataclass(frozen=True)
class Ways:
    """Ways at one time between places."""

    length_m: Floats
    """(to, from), filled for from < to; infinite where there is no way."""
    hops: NDArray[np.int32]
    """Links of the way, those to the ground counted; -1 where there is none."""
    nearest_m: Floats
    """Length of the way to each place's nearest compute satellite."""
    nearest_hops: NDArray[np.int32]
    nearest_satellite: NDArray[np.int32]
    in_sight: NDArray[np.bool_]
    """Whether a place has any satellite in sight."""


class Router:
    """Finds ways, look after look, by the costs that a router model gives the links."""

    def __init__(
        self,
        constellation: Constellation,
        access: Access,
        usable: NDArray[np.bool_],
        model: RouterModel | None = None,
    ) -> None:
        self.constellation = constellation
        self.model = model or ShortestDelay()
        self.usable = usable
        """Satellites in order; may be set anew before each look."""
        self.range_limit_m = access.range_limit_m or math.inf
        # a range limit stands in place of the elevation limit, but nobody sees through the Earth
        self.sine_limit = math.sin(access.elevation_limit_rad) if access.range_limit_m is None else 0.0
        self.threads = usable_cores()
        self._blocks: list[tuple[int, int]] | None = None
        self._blocks_of: Any = None

    @property
    def is_compute(self) -> NDArray[np.bool_]:
        """Compute satellites in order."""
        chosen = self.usable.copy()
        chosen[self.constellation.n_compute :] = False
        return chosen

    def nearest(self, places: Floats, ground: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Each place's nearest compute satellite in sight (-1 for none) and its distance."""
        n, is_compute = ground.shape[1], self.is_compute
        who, range_m = np.empty(n, np.int32), np.empty(n)
        chunks = np.array_split(np.arange(n), self.threads if n > 64 else 1)

        def find(mine: NDArray[np.int64]) -> None:
            found, apart = np.empty(len(mine), np.int32), np.empty(len(mine))
            here = np.ascontiguousarray(ground[:, mine])
            nearest_seen(places, here, self.sine_limit, self.range_limit_m, is_compute, found, apart)
            who[mine], range_m[mine] = found, apart

        self._each(find, chunks)
        return who, range_m

    def ways(self, places: Floats, links: Links, ground: Floats) -> Ways:
        """Shortest ways between all places (xyz, place) now, and to the nearest compute."""
        n = ground.shape[1]
        table = self._table(places, links)
        parts = [_Part(n) for _ in range(self.threads)]
        blocks = self._independent(links)
        n_shares = self.threads if len(blocks) >= self.threads else 1
        shares = [blocks[k::n_shares] for k in range(n_shares)]

        def search(job: tuple[int, list[tuple[int, int]]]) -> None:
            own, some = parts[job[0]], np.array(job[1])
            ways_over(
                some,
                *table,
                places,
                ground,
                self.sine_limit,
                self.range_limit_m,
                self.usable,
                self.is_compute,
                own.best,
                own.length_m,
                own.hops,
                own.in_sight,
                own.nearest,
                own.nearest_m,
                own.nearest_hops,
                own.who,
            )

        self._each(search, list(enumerate(shares)))
        return _best(parts)

    @property
    def is_by_length(self) -> bool:
        """Whether costs are lengths, so that sums of costs need not be measured anew."""
        return isinstance(self.model, ShortestDelay)

    def _table(self, places: Floats, links: Links) -> Any:
        """Neighbours of each satellite over links that are up, and what the router has each of them cost."""
        costs_m = link_costs_m(self.model, links, places)
        is_used = links.is_up & np.isfinite(costs_m)
        return neighbour_table(self.constellation.n_sats, links.pairs, costs_m, is_used)

    def _down_and_through(self, first: int, last: int, places: Floats, table: Any, ground: Floats) -> Any:
        return down_and_through(first, last, *table, places, ground, self.sine_limit, self.range_limit_m, self.usable)

    def reach(
        self, places: Floats, links: Links, ground: Floats, chosen: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Length of the way from each place to some satellites, (chosen, place), and to the nearest compute;
        infinite without.
        """
        n, is_compute = ground.shape[1], self.is_compute
        table = self._table(places, links)
        blocks = self._independent(links)
        length = np.full((len(chosen), n), np.inf, np.float32)
        nearest, nearest_cost = (np.full((len(blocks), n), np.inf, np.float32) for _ in range(2))

        def find(job: tuple[int, tuple[int, int]]) -> None:
            number, (first, last) = job
            ranges, ways = self._down_and_through(first, last, places, table, ground)

            def lengths_of(satellites: Any, to: Any) -> Any:
                """Lengths of the ways between satellites of the block and places, two arrays that go together."""
                if self.is_by_length:
                    return ways[satellites, to]
                return measure_pairs(*table, first, ranges, ways, satellites, to, places, ground)

            mine = np.flatnonzero((chosen >= first) & (chosen < last))
            if len(mine):
                satellites, to = np.repeat(chosen[mine] - first, n), np.tile(np.arange(n), len(mine))
                length[mine] = lengths_of(satellites, to).reshape(-1, n)
            able = np.flatnonzero(is_compute[first:last])
            if len(able):
                at = able[ways[able].argmin(axis=0)]
                nearest[number], nearest_cost[number] = lengths_of(at, np.arange(n)), ways[at, np.arange(n)]

        self._each(find, list(enumerate(blocks)))
        best = nearest[nearest_cost.argmin(axis=0), np.arange(n)]
        return np.where(is_compute[chosen][:, None], length, np.float32(np.inf)), best

    def path(self, places: Floats, links: Links, ground: Floats, source: int, target: int) -> list[int]:
        """Numbers of the satellites on the shortest way from one place to another, empty where there is none."""
        table = self._table(places, links)
        both = np.ascontiguousarray(ground[:, [source, target]])
        best_m, best = math.inf, []
        for first, last in self._independent(links):
            ranges, ways = self._down_and_through(first, last, places, table, both)
            total = ways[:, 0] + ranges[:, 1]
            at = int(np.argmin(total))
            if total[at] < best_m:
                path = np.empty(last - first, np.int64)
                n = walk(*table, first, ranges, ways, 0, at, path)
                best_m, best = float(total[at]), path[:n][::-1].tolist()
        return best

    def _independent(self, links: Links) -> list[tuple[int, int]]:
        """Stretches of satellites between which there are no links: each can be searched alone."""
        if self._blocks is None or self._blocks_of is not links.pairs:
            n = self.constellation.n_sats
            reach = np.arange(n)
            np.maximum.at(reach, links.pairs[:, 0], links.pairs[:, 1])
            ends = np.flatnonzero(np.maximum.accumulate(reach) == np.arange(n)) + 1
            firsts = np.concatenate([[0], ends[:-1]])
            self._blocks = _merged(list(zip(firsts.tolist(), ends.tolist(), strict=True)))
            self._blocks_of = links.pairs
        return self._blocks

    def _each(self, work: Any, jobs: list[Any]) -> None:
        if len(jobs) == 1:
            work(jobs[0])
            return
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(work, jobs))


SMALL_BLOCK = 512
"""Stretches are put together until they hold as many satellites."""


def _merged(blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in blocks:
        if merged and last - merged[-1][0] <= SMALL_BLOCK:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


class _Part:
    """The best ways that one thread has found."""

    def __init__(self, n: int) -> None:
        self.best = np.full((n, n), np.inf, np.float32)
        self.length_m = np.full((n, n), np.inf)
        self.hops = np.full((n, n), UNREACHED, np.int32)
        self.nearest = np.full(n, np.inf, np.float32)
        self.nearest_m = np.full(n, np.inf)
        self.nearest_hops = np.full(n, UNREACHED, np.int32)
        self.who = np.full(n, -1, np.int32)
        self.in_sight = np.zeros(n, np.bool_)


def _best(parts: list[_Part]) -> Ways:
    first = parts[0]
    for other in parts[1:]:
        nearer = other.best < first.best
        first.best = np.where(nearer, other.best, first.best)
        first.length_m = np.where(nearer, other.length_m, first.length_m)
        first.hops = np.where(nearer, other.hops, first.hops)
        nearer = other.nearest < first.nearest
        first.nearest = np.where(nearer, other.nearest, first.nearest)
        first.nearest_m = np.where(nearer, other.nearest_m, first.nearest_m)
        first.nearest_hops = np.where(nearer, other.nearest_hops, first.nearest_hops)
        first.who = np.where(nearer, other.who, first.who)
        first.in_sight |= other.in_sight
    return Ways(first.length_m, first.hops, first.nearest_m, first.nearest_hops, first.who, first.in_sight)
