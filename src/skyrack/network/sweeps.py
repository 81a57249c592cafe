"""Multi-source shortest paths by fast sweeping over the satellites, vectorised over all places on the ground.

Dijkstra's algorithm settles one satellite for one place at a time and spends its time in a heap. Here the distances
from one satellite to all places form one row, and a sweep relaxes the satellites in order: row = min(row, neighbour's
row + length). Satellites of a plane have consecutive numbers, so that a sweep propagates around the plane and across
planes; alternating forward and backward sweeps converge on a grid within a few sweeps (fast sweeping for eikonal
equations, Zhao, Math. Comp. 74 (2005) 603, applied to a graph). The search ends when no row changes, so the distances
are those of Dijkstra. Satellites whose neighbours did not change are skipped. A shell of 72 x 22 with 100 places takes
a twentieth of Dijkstra's time.
"""

import math

import numpy as np

from skyrack.core.jit import driver, part, phase
from skyrack.orbits.visibility import slant_ranges

SHORT_M = np.float32(1e3)
"""Maximum length of links that may vanish in the float32 rounding of a path (any path below 8e9 m)."""
GROWN = np.float32(1.0 + 2.0**-23)
"""Next float32 after 1: a factor by which every length grows."""


@driver
def neighbour_table(n_sats, pairs, length_m, is_up):
    """Return the neighbours of each satellite over links that are up, and the link lengths, (satellite, slot).

    Unused slots hold -1 and infinity.
    """
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
    """Return the length (m) of a path extended by a link."""
    return path_m + link_m


@phase
def _over_short_link_m(path_m, link_m):
    """Return the length (m) of a path extended by a link, strictly longer than the path, however short the link is.

    Docked satellites share a position, and a few centimetres vanish in the rounding of thousands of kilometres. If both
    ends of a link were equally far from a place, following the path to it could alternate between them endlessly.
    """
    on, grown = path_m + link_m, path_m * GROWN
    return on if on > grown else grown


def _sweeps(over_link_m):
    """Compile the sweeps for one of the two functions that extend a path; the plain one takes a fifth less time."""

    @part
    def lower(neighbours, lengths, first, last, distances):
        n, n_places = last - first, distances.shape[1]
        changed_at = np.zeros(n, np.int64)
        checked_at = np.full(n, -1, np.int64)
        clock = 1
        sweep = 0
        while True:
            is_done = True
            for step in range(n):
                k = step if sweep % 2 == 0 else n - 1 - step
                row = distances[k]
                improved = False
                since = checked_at[k]
                checked_at[k] = clock
                clock += 1
                for slot in range(neighbours.shape[1]):
                    if neighbours[first + k, slot] < 0:
                        break
                    other = neighbours[first + k, slot] - first
                    if changed_at[other] < since:
                        continue
                    length = lengths[first + k, slot]
                    theirs = distances[other]
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
def shortest(neighbours, lengths, first, last, distances):
    """Relax `distances` (satellite - first, place), in metres, to those of shortest paths; return the number of sweeps.

    On entry a row holds the slant range to each place in sight, infinity elsewhere.
    """
    for k in range(first, last):
        for slot in range(lengths.shape[1]):
            if lengths[k, slot] <= SHORT_M:
                return _lower_over_short_links(neighbours, lengths, first, last, distances)
    return _lower_plainly(neighbours, lengths, first, last, distances)


@driver
def down_and_through(first, last, neighbours, lengths, positions_m, ground, sine_limit, range_limit_m, usable):
    """Return slant ranges and shortest-path distances of the satellites `first`..`last` to every place, in metres."""
    ranges = np.empty((last - first, ground.shape[1]), np.float32)
    slant_ranges(positions_m[first:last], ground, sine_limit, range_limit_m, usable[first:last], ranges)
    distances = ranges.copy()
    shortest(neighbours, lengths, first, last, distances)
    return ranges, distances


@driver
def shortest_paths_multi_source(
    blocks,
    neighbours,
    lengths,
    positions_m,
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
    """Update the shortest paths between all places, and to the nearest wanted satellites, by those over some blocks.

    `blocks` (block, first and past the last satellite) have no links to each other. `best` and `nearest` are the costs
    by which paths are compared; `length_m`, `hops`, `nearest_m`, `nearest_hops` and `who` describe the shortest ones,
    and `in_sight` is True for places that see a satellite. One call handles all blocks, because every return to Python
    acquires its global lock. All outputs are updated in place.
    """
    n = ground.shape[1]
    for number in range(len(blocks)):
        first, last = blocks[number, 0], blocks[number, 1]
        ranges, distances = down_and_through(
            first, last, neighbours, lengths, positions_m, ground, sine_limit, range_limit_m, usable
        )
        for k in range(last - first):
            for c in range(n):
                in_sight[c] |= ranges[k, c] < np.float32(np.inf)
        through, chosen = np.full((n, n), -1, np.int32), np.full(n, -1, np.int32)
        _join_places(ranges, distances, best, through)
        _measure_paths(neighbours, lengths, first, ranges, distances, through, positions_m, ground, length_m, hops)
        _nearest_of(distances, is_wanted[first:last], nearest, chosen)
        _measure_nearest(
            neighbours, lengths, first, ranges, distances, chosen, positions_m, ground, nearest_m, nearest_hops
        )
        for c in range(n):
            if chosen[c] >= 0:
                who[c] = first + chosen[c]


@part
def _join_places(ranges, distances, best, through):
    """Update the best distance between any two places by paths over these satellites, and their last satellites.

    `ranges` (satellite, place) are slant ranges and `distances` the result of `shortest`; `best` and `through` are (to,
    from) and filled for from < to.
    """
    n_places = distances.shape[1]
    for k in range(len(ranges)):
        down, row = ranges[k], distances[k]
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
def _nearest_of(distances, is_wanted, best, who):
    """Update the distance of each place to the nearest wanted satellite, and the number of that satellite."""
    for k in range(len(distances)):
        if is_wanted[k]:
            row = distances[k]
            for c in range(distances.shape[1]):
                is_best = row[c] < best[c]
                best[c] = row[c] if is_best else best[c]
                who[c] = k if is_best else who[c]


@driver
def walk(neighbours, lengths, first, ranges, distances, source, at, path):
    """Trace the shortest path from satellite `at` (less `first`) to the satellite that sees place `source`.

    Writes the satellite numbers into `path`, which must hold a whole block, and returns their count. Each satellite is
    nearer to the place than the one before it, so that none occurs twice.
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
            total = _over_short_link_m(distances[other, source], lengths[first + at, slot])
            if total < best:
                best, following = total, other
        if following < 0:
            break
        at = following
    return n


@part
def _measure_paths(neighbours, lengths, first, ranges, distances, through, positions_m, ground, length_m, hops):
    """Compute length and hops of the paths found by `_join_places` from the satellite positions in float64."""
    path = np.empty(len(distances), np.int64)
    for b in range(1, len(through)):
        for a in range(b):
            if through[b, a] < 0:
                continue
            n = walk(neighbours, lengths, first, ranges, distances, a, through[b, a], path)
            total = _down_m(positions_m, path[0], ground, b) + _down_m(positions_m, path[n - 1], ground, a)
            for k in range(n - 1):
                total += _apart_m(positions_m, path[k], path[k + 1])
            length_m[b, a], hops[b, a] = total, n + 1


@part
def _measure_nearest(neighbours, lengths, first, ranges, distances, who, positions_m, ground, length_m, hops):
    """Compute length and hops of the paths found by `_nearest_of` from the satellite positions in float64."""
    path = np.empty(len(distances), np.int64)
    for c in range(len(who)):
        if who[c] < 0:
            continue
        n = walk(neighbours, lengths, first, ranges, distances, c, who[c], path)
        total = _down_m(positions_m, path[n - 1], ground, c)
        for k in range(n - 1):
            total += _apart_m(positions_m, path[k], path[k + 1])
        length_m[c], hops[c] = total, n


@driver
def measure_pairs(neighbours, lengths, first, ranges, distances, satellites, to, positions_m, ground):
    """Return the lengths (m) of the paths between pairs of a satellite (less `first`) and a place, (pair,).

    `distances` are the costs by which the paths were chosen; the length is infinite without a path.
    """
    measured = np.full(len(satellites), np.inf, np.float32)
    path = np.empty(4096, np.int64)
    for pair in range(len(satellites)):
        k, c = satellites[pair], to[pair]
        if distances[k, c] < np.float32(np.inf):
            n = min(walk(neighbours, lengths, first, ranges, distances, c, k, path), len(path))
            measured[pair] = _down_m(positions_m, path[n - 1], ground, c)
            for step in range(n - 1):
                measured[pair] += _apart_m(positions_m, path[step], path[step + 1])
    return measured


@part
def _apart_m(positions_m, k, other):
    """Return the distance (m) of two satellites."""
    dx, dy, dz = (
        positions_m[k, 0] - positions_m[other, 0],
        positions_m[k, 1] - positions_m[other, 1],
        positions_m[k, 2] - positions_m[other, 2],
    )
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@part
def _down_m(positions_m, k, ground, c):
    """Return the slant range (m) from a place to a satellite."""
    dx, dy, dz = positions_m[k, 0] - ground[0, c], positions_m[k, 1] - ground[1, c], positions_m[k, 2] - ground[2, c]
    return math.sqrt(dx * dx + dy * dy + dz * dz)
