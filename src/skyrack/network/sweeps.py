"""Shortest ways from many places at once: sweeps over the satellites, all places side by side in vector registers.

Dijkstra's algorithm settles one satellite for one place at a time and spends its time in a heap. Here the distances of all
places to a satellite stand in one row, and a sweep takes each satellite in order and asks its neighbours: row = min(row,
neighbour's row + length). Satellites of a plane follow each other, so a sweep carries a wave around the plane and across;
forward and backward in turn, a grid is done in a few sweeps (the fast sweeping idea for eikonal equations, Zhao, Math.
Comp. 74 (2005) 603, on a graph). It ends when no row changes, so the distances are those of Dijkstra. Satellites whose
neighbours stood still are passed over. On a shell of 72 x 22 with 100 places this takes a twentieth of Dijkstra's time.
"""

import math

import numpy as np

from skyrack.core.jit import driver, part, phase
from skyrack.orbits.visibility import slant_ranges

SHORT_M = np.float32(1e3)
"""Links up to this length may be lost in the rounding of a path in float32; longer ones lengthen any path below 8e9 m."""
GROWN = np.float32(1.0 + 2.0**-23)
"""The next float32 after 1: times this, every length grows."""


@driver
def neighbour_table(n_sats, pairs, length_m, is_up):
    """For each satellite its neighbours over links that are up, and how far: (satellite, slot), -1 and infinity beyond."""
    used = np.zeros(n_sats, np.int64)
    for k in range(len(pairs)):
        if is_up[k]:
            used[pairs[k, 0]] += 1
            used[pairs[k, 1]] += 1
    most = 1
    for k in range(n_sats):
        most = max(most, used[k])
    neighbours = np.full((n_sats, most), -1, np.int32)
    lengths = np.full((n_sats, most), np.inf, np.float32)
    used[:] = 0
    for k in range(len(pairs)):
        if is_up[k]:
            a, b = pairs[k, 0], pairs[k, 1]
            neighbours[a, used[a]], lengths[a, used[a]] = b, length_m[k]
            neighbours[b, used[b]], lengths[b, used[b]] = a, length_m[k]
            used[a] += 1
            used[b] += 1
    return neighbours, lengths


@phase
def _over_link_m(path_m, link_m):
    """Length of a path that is continued over a link."""
    return path_m + link_m


@phase
def _over_short_link_m(path_m, link_m):
    """Length of a path that is continued over a link: always longer than the path, however short the link is.

    Docked satellites share a position, and a few centimetres are lost in the rounding of thousands of kilometres. Were both
    ends of a link equally far from a place, following the path to it could go back and forth between them for ever.
    """
    on, grown = path_m + link_m, path_m * GROWN
    return on if on > grown else grown


def _sweeps(over_link_m):
    """Compile the sweeps for one of the two ways to continue a path; the plain one takes a fifth less time."""

    @part
    def lower(neighbours, lengths, first, last, ways):
        n, n_places = last - first, ways.shape[1]
        changed_at = np.zeros(n, np.int64)
        looked_at = np.full(n, -1, np.int64)
        clock = 1
        sweep = 0
        while True:
            is_done = True
            for step in range(n):
                k = step if sweep % 2 == 0 else n - 1 - step
                row = ways[k]
                improved = False
                since = looked_at[k]
                looked_at[k] = clock
                clock += 1
                for slot in range(neighbours.shape[1]):
                    if neighbours[first + k, slot] < 0:
                        break
                    other = neighbours[first + k, slot] - first
                    if changed_at[other] < since:
                        continue
                    length = lengths[first + k, slot]
                    theirs = ways[other]
                    better = 0
                    for c in range(n_places):
                        through = over_link_m(theirs[c], length)
                        better |= through < row[c]
                        row[c] = through if through < row[c] else row[c]
                    improved |= better != 0
                if improved:
                    changed_at[k] = clock
                    is_done = False
            sweep += 1
            if is_done:
                return sweep

    return lower


_lower_plainly, _lower_over_short_links = _sweeps(_over_link_m), _sweeps(_over_short_link_m)


@driver
def shortest(neighbours, lengths, first, last, ways):
    """Lower the rows of `ways` (satellite - first, place) until they are shortest; returns the number of sweeps.

    On entry a row holds the distance straight down to each place in sight, infinity elsewhere.
    """
    for k in range(first, last):
        for slot in range(lengths.shape[1]):
            if lengths[k, slot] <= SHORT_M:
                return _lower_over_short_links(neighbours, lengths, first, last, ways)
    return _lower_plainly(neighbours, lengths, first, last, ways)


@driver
def down_and_through(first, last, neighbours, lengths, places, ground, sine_limit, range_limit_m, usable):
    """Distances of the satellites `first`..`last` to every place: straight down, and by the shortest way."""
    ranges = np.empty((last - first, ground.shape[1]), np.float32)
    slant_ranges(places[first:last], ground, sine_limit, range_limit_m, usable[first:last], ranges)
    ways = ranges.copy()
    shortest(neighbours, lengths, first, last, ways)
    return ranges, ways


@driver
def shortest_paths_multi_source(
    blocks,
    neighbours,
    lengths,
    places,
    ground,
    sine_limit,
    range_limit_m,
    usable,
    is_wanted,
    best,
    length_m,
    hops,
    in_sight,
    nearest,
    nearest_m,
    nearest_hops,
    who,
):
    """Lower the ways between all places, and to the nearest wanted satellites, by those over some blocks of satellites.

    `blocks` (block, first and past the last satellite) have no links to each other. `best` and `nearest` are lengths by
    which ways are compared; `length_m`, `hops`, `nearest_m`, `nearest_hops` and `who` are noted of the shortest ones, and
    `in_sight` says which places see anybody. A single call for all blocks, as every return to Python asks for its lock.
    """
    n = ground.shape[1]
    for number in range(len(blocks)):
        first, last = blocks[number, 0], blocks[number, 1]
        ranges, ways = down_and_through(
            first, last, neighbours, lengths, places, ground, sine_limit, range_limit_m, usable
        )
        for k in range(last - first):
            for c in range(n):
                in_sight[c] |= ranges[k, c] < np.float32(np.inf)
        through, chosen = np.full((n, n), -1, np.int32), np.full(n, -1, np.int32)
        _join_places(ranges, ways, best, through)
        _measure_ways(neighbours, lengths, first, ranges, ways, through, places, ground, length_m, hops)
        _nearest_of(ways, is_wanted[first:last], nearest, chosen)
        _measure_nearest(neighbours, lengths, first, ranges, ways, chosen, places, ground, nearest_m, nearest_hops)
        for c in range(n):
            if chosen[c] >= 0:
                who[c] = first + chosen[c]


@part
def _join_places(ranges, ways, best, through):
    """Lower the best distance between any two places by ways over these satellites; note where the way comes down.

    `ranges` (satellite, place) straight down; `ways` as `shortest` left them; `best` and `through` are (to, from) and filled
    for from < to.
    """
    n_places = ways.shape[1]
    for k in range(len(ranges)):
        down, row = ranges[k], ways[k]
        sees = 0
        for b in range(n_places):
            sees |= down[b] < np.float32(np.inf)
        if sees == 0:  # most see no place at all
            continue
        for b in range(1, n_places):
            if down[b] < np.float32(np.inf):
                mine, who = best[b], through[b]
                better = 0
                for a in range(b):
                    better |= row[a] + down[b] < mine[a]
                if better == 0:
                    continue
                for a in range(b):
                    if row[a] + down[b] < mine[a]:
                        mine[a], who[a] = row[a] + down[b], k


@part
def _nearest_of(ways, is_wanted, best, who):
    """Lower each place's distance to the nearest wanted satellite; note which it is."""
    for k in range(len(ways)):
        if is_wanted[k]:
            row = ways[k]
            for c in range(ways.shape[1]):
                is_best = row[c] < best[c]
                best[c] = row[c] if is_best else best[c]
                who[c] = k if is_best else who[c]


@driver
def walk(neighbours, lengths, first, ranges, ways, source, at, path):
    """Follow the shortest way from satellite `at` (less `first`) back to where it goes down to place `source`.

    Writes the satellites' numbers into `path`, which has room for all of the block; returns how many there are. Each
    satellite is nearer to the place than the one before it, so that none comes twice.
    """
    n = 0
    while n < len(path):
        path[n] = first + at
        n += 1
        best, following = ranges[at, source], -1
        for slot in range(neighbours.shape[1]):
            if neighbours[first + at, slot] < 0:
                break
            other = neighbours[first + at, slot] - first
            total = _over_short_link_m(ways[other, source], lengths[first + at, slot])
            if total < best:
                best, following = total, other
        if following < 0:
            break
        at = following
    return n


@part
def _measure_ways(neighbours, lengths, first, ranges, ways, through, places, ground, length_m, hops):
    """Exact length and number of links of the ways that `_join_places` found, from the satellites' places in float64."""
    path = np.empty(len(ways), np.int64)
    for b in range(1, len(through)):
        for a in range(b):
            if through[b, a] < 0:
                continue
            n = walk(neighbours, lengths, first, ranges, ways, a, through[b, a], path)
            total = _down_m(places, path[0], ground, b) + _down_m(places, path[n - 1], ground, a)
            for k in range(n - 1):
                total += _apart_m(places, path[k], path[k + 1])
            length_m[b, a], hops[b, a] = total, n + 1


@part
def _measure_nearest(neighbours, lengths, first, ranges, ways, who, places, ground, length_m, hops):
    """The same for the ways to the nearest satellites that `_nearest_of` found."""
    path = np.empty(len(ways), np.int64)
    for c in range(len(who)):
        if who[c] < 0:
            continue
        n = walk(neighbours, lengths, first, ranges, ways, c, who[c], path)
        total = _down_m(places, path[n - 1], ground, c)
        for k in range(n - 1):
            total += _apart_m(places, path[k], path[k + 1])
        length_m[c], hops[c] = total, n


@driver
def measure_pairs(neighbours, lengths, first, ranges, ways, satellites, to, places, ground):
    """Exact lengths of the ways between pairs of a satellite (less `first`) and a place, where `ways` are other costs."""
    measured = np.full(len(satellites), np.inf, np.float32)
    path = np.empty(4096, np.int64)
    for pair in range(len(satellites)):
        k, c = satellites[pair], to[pair]
        if ways[k, c] < np.float32(np.inf):
            n = min(walk(neighbours, lengths, first, ranges, ways, c, k, path), len(path))
            measured[pair] = _down_m(places, path[n - 1], ground, c)
            for step in range(n - 1):
                measured[pair] += _apart_m(places, path[step], path[step + 1])
    return measured


@part
def _apart_m(places, k, other):
    """Distance of two satellites."""
    dx, dy, dz = places[k, 0] - places[other, 0], places[k, 1] - places[other, 1], places[k, 2] - places[other, 2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@part
def _down_m(places, k, ground, c):
    """Distance of a satellite from a place."""
    dx, dy, dz = places[k, 0] - ground[0, c], places[k, 1] - ground[1, c], places[k, 2] - ground[2, c]
    return math.sqrt(dx * dx + dy * dy + dz * dz)
