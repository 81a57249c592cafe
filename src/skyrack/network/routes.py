"""Shortest paths between cities over the satellites, and from each city to the nearest compute satellite."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.network.links import Links
from skyrack.network.router import RouterModel, link_costs_m
from skyrack.network.router.shortest_delay import ShortestDelay
from skyrack.network.sweeps import down_and_through, measure_pairs, neighbour_table, shortest_paths_multi_source, walk
from skyrack.orbits.visibility import nearest_seen

Floats = NDArray[np.float64]
UNREACHED = -1
"""Number of links where there is no path."""


@dataclass(frozen=True)
class Paths:
    """Shortest paths between places at one time."""

    length_m: Floats
    """(to, from), filled for from < to; infinite without a path."""
    hops: NDArray[np.int32]
    """Number of links on the path, those to the ground counted; -1 without a path."""
    nearest_m: Floats
    """Length of the path from each place to its nearest compute satellite."""
    nearest_hops: NDArray[np.int32]
    nearest_satellite: NDArray[np.int32]
    in_sight: NDArray[np.bool_]
    """Whether a place sees any satellite."""


class PathSearch:
    """Searches the paths of one network snapshot."""

    def __init__(
        self,
        positions_m: Floats,
        links: Links,
        usable: NDArray[np.bool_],
        is_compute: NDArray[np.bool_],
        min_elevation_sine: float,
        range_limit_m: float,
        threads: int,
        router: RouterModel | None = None,
    ) -> None:
        """Prepare a search over the links that are up between satellites at `positions_m`, (satellite, xyz).

        `router` says what each link costs; by default its length.
        """
        self.positions_m, self.links = positions_m, links
        self.router = router or ShortestDelay()
        self.usable, self.is_compute = usable, is_compute
        self.min_elevation_sine, self.range_limit_m = min_elevation_sine, range_limit_m
        self.threads = threads

    def nearest(self, ground_m: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Return the nearest visible compute satellite of each place (-1 for none) and its distance in metres."""
        n = ground_m.shape[1]
        who, range_m = np.empty(n, np.int32), np.empty(n)
        chunks = np.array_split(np.arange(n), self.threads if n > 64 else 1)

        def find(mine: NDArray[np.int64]) -> None:
            found, apart = np.empty(len(mine), np.int32), np.empty(len(mine))
            here = np.ascontiguousarray(ground_m[:, mine])
            limits = (self.min_elevation_sine, self.range_limit_m)
            nearest_seen(self.positions_m, here, *limits, self.is_compute, found, apart)
            who[mine], range_m[mine] = found, apart

        self._each(find, chunks)
        return who, range_m

    def paths(self, ground_m: Floats) -> Paths:
        """Return the shortest paths between all places, (xyz, place), and from each to the nearest compute satellite."""
        n = ground_m.shape[1]
        parts = [_Part(n) for _ in range(self.threads)]
        n_shares = self.threads if len(self._blocks) >= self.threads else 1
        shares = [self._blocks[k::n_shares] for k in range(n_shares)]

        def search(job: tuple[int, list[tuple[int, int]]]) -> None:
            own, some = parts[job[0]], np.array(job[1])
            shortest_paths_multi_source(
                some,
                *self._table,
                self.positions_m,
                ground_m,
                self.min_elevation_sine,
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

    def distances(self, ground_m: Floats, chosen: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return path lengths from each place to some satellites, (chosen, place), and to the nearest compute satellite.

        Lengths in metres; infinite without a path.
        """
        n = ground_m.shape[1]
        length = np.full((len(chosen), n), np.inf, np.float32)
        nearest, nearest_cost = (np.full((len(self._blocks), n), np.inf, np.float32) for _ in range(2))

        def find(job: tuple[int, tuple[int, int]]) -> None:
            number, (first, last) = job
            ranges, costs = self._down_and_through(first, last, ground_m)

            def lengths_of(satellites: Any, to: Any) -> Any:
                """Return the lengths of the paths between satellites of the block and places, two arrays that go together."""
                if self._is_by_length:
                    return costs[satellites, to]
                return measure_pairs(*self._table, first, ranges, costs, satellites, to, self.positions_m, ground_m)

            mine = np.flatnonzero((chosen >= first) & (chosen < last))
            if len(mine):
                satellites, to = np.repeat(chosen[mine] - first, n), np.tile(np.arange(n), len(mine))
                length[mine] = lengths_of(satellites, to).reshape(-1, n)
            able = np.flatnonzero(self.is_compute[first:last])
            if len(able):
                at = able[costs[able].argmin(axis=0)]
                nearest[number], nearest_cost[number] = lengths_of(at, np.arange(n)), costs[at, np.arange(n)]

        self._each(find, list(enumerate(self._blocks)))
        best = nearest[nearest_cost.argmin(axis=0), np.arange(n)]
        return np.where(self.is_compute[chosen][:, None], length, np.float32(np.inf)), best

    def path(self, ground_m: Floats, source: int, target: int) -> list[int]:
        """Return the numbers of the satellites on the shortest path between two places, empty without one."""
        both = np.ascontiguousarray(ground_m[:, [source, target]])
        best_m, best = math.inf, []
        for first, last in self._blocks:
            ranges, lengths = self._down_and_through(first, last, both)
            total = lengths[:, 0] + ranges[:, 1]
            at = int(np.argmin(total))
            if total[at] < best_m:
                path = np.empty(last - first, np.int64)
                n = walk(*self._table, first, ranges, lengths, 0, at, path)
                best_m, best = float(total[at]), path[:n][::-1].tolist()
        return best

    @property
    def _is_by_length(self) -> bool:
        """True if costs are lengths, so that sums of costs need not be measured anew."""
        return isinstance(self.router, ShortestDelay)

    @cached_property
    def _table(self) -> Any:
        """Neighbours of each satellite over links that are up, and the cost of each of these links."""
        costs_m = link_costs_m(self.router, self.links, self.positions_m)
        is_used = self.links.is_up & np.isfinite(costs_m)
        return neighbour_table(len(self.positions_m), self.links.pairs, costs_m, is_used)

    def _down_and_through(self, first: int, last: int, ground_m: Floats) -> Any:
        limits = (self.min_elevation_sine, self.range_limit_m)
        return down_and_through(first, last, *self._table, self.positions_m, ground_m, *limits, self.usable)

    @cached_property
    def _blocks(self) -> list[tuple[int, int]]:
        """Ranges of satellites between which there are no links: each can be searched alone."""
        n, pairs = len(self.positions_m), self.links.pairs
        reach = np.arange(n)
        np.maximum.at(reach, pairs[:, 0], pairs[:, 1])
        ends = np.flatnonzero(np.maximum.accumulate(reach) == np.arange(n)) + 1
        firsts = np.concatenate([[0], ends[:-1]])
        return _merged(list(zip(firsts.tolist(), ends.tolist(), strict=True)))

    def _each(self, work: Any, jobs: list[Any]) -> None:
        if len(jobs) == 1:
            work(jobs[0])
            return
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(work, jobs))


SMALL_BLOCK = 512
"""Ranges are merged until they hold as many satellites."""


def _merged(blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in blocks:
        if merged and last - merged[-1][0] <= SMALL_BLOCK:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


class _Part:
    """The shortest paths that one thread has found."""

    def __init__(self, n: int) -> None:
        self.best = np.full((n, n), np.inf, np.float32)
        self.length_m = np.full((n, n), np.inf)
        self.hops = np.full((n, n), UNREACHED, np.int32)
        self.nearest = np.full(n, np.inf, np.float32)
        self.nearest_m = np.full(n, np.inf)
        self.nearest_hops = np.full(n, UNREACHED, np.int32)
        self.who = np.full(n, -1, np.int32)
        self.in_sight = np.zeros(n, np.bool_)


def _best(parts: list[_Part]) -> Paths:
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
    return Paths(first.length_m, first.hops, first.nearest_m, first.nearest_hops, first.who, first.in_sight)
