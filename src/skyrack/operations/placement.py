"""Placement of gangs on rings: compiled code that searches free nodes, checks them against the forecast, and claims them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import law, view, view_driver
from skyrack.forecast.windows import (
    NEVER_S,
    NO_OUTAGE,
    POWERED,
    SUNLIT,
    first_past_entry,
    gang_down_left_s,
    gang_up_left_s,
    lit_arc,
)
from skyrack.operations.nodes import FREE, claim, fill_nodes

NOWHERE = -1
"""Ring of a gang that is not placed."""
HOPELESS = -2
"""Ring of a gang that is not placed because it would make no headway on any ring."""


class Gang(NamedTuple):
    """Request of a job for nodes, as compiled code reads it."""

    row: int
    """Row of the job in the table."""
    nodes: int
    rows: int
    columns: int
    condition: int
    """POWERED, or SUNLIT for a job that must not use a battery."""
    needed_s: float
    """Time of full power that the job still needs, with its overheads, as far as declared."""
    least_s: float
    """Shortest time of light or power in which the job may begin; negative for a policy that does not look ahead."""
    failure_s: float
    """Time that a failure of one node costs: the restart, and the work since the last checkpoint."""


GANG = np.dtype(
    [
        ("row", "i4"),
        ("nodes", "i4"),
        ("rows", "i4"),
        ("columns", "i4"),
        ("condition", "i4"),
        ("needed_s", "f8"),
        ("least_s", "f8"),
        ("failure_s", "f8"),
        ("is_reserved", "?"),
    ],
    align=True,
)
"""Fields of `Gang` in an array, and whether nodes are reserved for the job."""
DECISION = np.dtype([("ring", "i4"), ("slot", "i4"), ("cost", "f8"), ("left_s", "f8")], align=True)
"""Place of a gang with its cost, and the time for which its condition holds; the ring is NOWHERE without a place."""


class Weights(NamedTuple):
    """Weights of the standard cost of a placement; all have no unit."""

    dark: float = 0.0
    """Penalty for nodes that are dark now."""
    interruption: float = 0.0
    """Penalty for light or power that ends before the job."""
    waste: float = 0.0
    """Penalty for light that lasts longer than the job needs, for each second."""
    battery: float = 0.0
    """Penalty for a job that will use the battery."""
    failures: float = 0.0
    """Penalty for the share of the time that failures are expected to cost."""
    dose: float = 0.0
    """Penalty for dose beyond the fleet's mean."""


class Seen(NamedTuple):
    """Forecast of a possible placement: the arguments of its cost."""

    left_s: float
    """Time for which the condition of the job holds from now on; zero if it does not hold."""
    lit_left_s: float
    """Time for which full sunlight lasts."""
    needed_s: float
    """Time that the job needs."""
    failed_frac: float
    """Time that failures are expected to cost, over the time of work; above one where the gang makes no headway."""
    dose: float
    """Dose rate relative to the fleet's mean."""


@law
def standard_cost(seen, weights):
    """Return the cost of a placement: the cheapest is chosen, and one below the policy's limit at once.

    Light that ends early costs more the shorter it is; light that lasts much longer than the job should be left to others.
    """
    cost = weights.failures * seen.failed_frac + weights.dose * (seen.dose - 1.0)
    if seen.lit_left_s <= 0.0:
        cost += weights.dark
    if seen.left_s < seen.needed_s:
        cost += weights.interruption * (1.0 + seen.needed_s / max(seen.left_s, 60.0))
    else:
        cost += weights.waste * min(seen.left_s - seen.needed_s, 1e6) / (1.0 + seen.needed_s / 3600.0)
        if seen.lit_left_s < seen.needed_s:
            cost += weights.battery
    return cost


@view
def _is_usable(nodes, node, gang, end_s):
    """Return True for a free node that the job may hold until a time."""
    if nodes.holder[node] != FREE:
        return False
    return end_s <= nodes.reserved_s[node] or nodes.reserved_by[node] == gang.row


@view
def fits(nodes, ring, rows):
    """Return True if a gang of so many rows may begin at a ring: the rings after it are as large and of its group."""
    last = ring + rows - 1
    if last >= len(nodes.group) or nodes.group[last] != nodes.group[ring]:
        return False
    size = nodes.first[ring + 1] - nodes.first[ring]
    for row in range(1, rows):
        if nodes.first[ring + row + 1] - nodes.first[ring + row] != size:
            return False
    return True


@view
def _may_fit(nodes, ring, rows, columns):
    """Return False if one of the rings is known to have no run of so many free nodes."""
    last = min(ring + rows, len(nodes.group))
    for one in range(ring, last):
        if nodes.longest[one] < columns:
            return False
    return True


MOST_FAILED = 0.5
"""Share of a gang's time that failures may cost; where they cost more on all rings, those that fail least are taken."""


@view
def makes_headway(nodes, gang, ring):
    """Return False where failures are expected to cost a gang most of its time although others fail less, or all of it."""
    rate_per_s = nodes.failures_per_s[ring]
    failed_frac = rate_per_s * gang.nodes * gang.failure_s
    if failed_frac < MOST_FAILED:
        return True
    return failed_frac < 1.0 and rate_per_s <= 1.1 * nodes.failures_per_s[nodes.order[0]]


@view
def lit_starts(nodes, sky, gang, ring, time_s):
    """Return (slot, count): the slots at which a gang may begin whose condition then holds for its least time.

    The count is that of the ring's nodes where light does not matter, and 0 where there is no such slot. Of two stretches of
    slots, the longer one is returned.
    """
    size = nodes.first[ring + 1] - nodes.first[ring]
    lowest, length = 0.0, 2.0 * size
    for row in range(gang.rows):
        one = ring + row
        first = nodes.first[one]
        if not nodes.is_regular[one]:
            continue
        gap = sky.phase[first + 1] - sky.phase[first]
        gap -= math.floor(gap)
        if abs(gap * size - 1.0) > 1e-3:
            continue
        columns = min(gang.columns, gang.nodes - row * gang.columns)
        begin, arc = lit_arc(first, gap * (columns - 1), gang.least_s, sky, time_s, gang.condition)
        if arc < 0.0:
            return 0, 0
        if arc > 1.0:
            continue
        if length > size:
            lowest, length = size * begin, size * arc
            continue
        # the part of the slots of this ring and of those before it that is common to both
        turn = math.floor((lowest - size * begin) / size)
        best, from_slot = -1.0, 0.0
        for k in range(2):
            start = size * (begin + turn + k)
            common = max(lowest, start)
            most = min(lowest + length, start + size * arc) - common
            if most > best:
                best, from_slot = most, common
        if best < 0.0:
            return 0, 0
        lowest, length = from_slot, best
    if length > size:
        return 0, size
    slot = math.ceil(lowest - 1e-6)
    return int(slot) % size, min(int(math.floor(lowest + length + 1e-6) - slot) + 1, size)


@view
def _measure(nodes, ring):
    """Set the number of free neighbours of a ring, now that it is looked at."""
    first = nodes.first[ring]
    size = nodes.first[ring + 1] - first
    run, longest = 0, 0
    for i in range(2 * size if nodes.is_closed[ring] else size):
        if nodes.holder[first + i % size] == FREE:
            run += 1
            longest = max(longest, run)
        else:
            run = 0
    nodes.longest[ring] = min(longest, size)


@view
def watched_nodes(nodes, sky, gang, ring, slot, now_s, row_step, out):
    """Write the nodes of a gang that decide about its light; return their number.

    Of neighbours at one distance in one plane, three decide: the one that is in the outage (the shadow, or the part of it for
    which the battery does not last) if any is, the one that enters it next, and the last. Of others, all do. Of the rings,
    the first and every `row_step`-th count.
    """
    n = 0
    for row in range(0, gang.rows, row_step):
        first = nodes.first[ring + row]
        size = nodes.first[ring + row + 1] - first
        columns = min(gang.columns, gang.nodes - row * gang.columns)
        if columns <= 0:
            continue
        stride = 1
        if nodes.is_regular[ring + row] and columns > 3:
            gap = sky.phase[first + 1] - sky.phase[first]
            gap -= math.floor(gap)
            if slot + columns <= size or abs(gap * size - 1.0) < 1e-3:
                past = first_past_entry(first + slot, gap, sky, now_s, gang.condition)
                if past != NO_OUTAGE:
                    stride = columns
                    for column in range(past - 1, past + 1):
                        if 0 <= column < columns:
                            out[n] = first + (slot + column) % size
                            n += 1
                elif sky.next_dark[gang.condition, sky.plane[first], 0] >= sky.midnight.shape[1]:
                    stride = columns
                # otherwise outages begin later, in the midst of the gang perhaps: all nodes matter
        for column in range(0, columns, stride):
            out[n] = first + (slot + column) % size
            n += 1
        out[n] = first + (slot + columns - 1) % size
        n += 1
    return n


@view
def see(nodes, sky, gang, ring, slot, now_s, scratch):
    """Return what is known of a placement that begins now."""
    return _see(nodes, sky, gang, ring, slot, now_s, 1, scratch)


@view
def _see(nodes, sky, gang, ring, slot, now_s, row_step, scratch):
    n = watched_nodes(nodes, sky, gang, ring, slot, now_s, row_step, scratch)
    left_s = gang_up_left_s(scratch[:n], sky, now_s, gang.condition)
    lit_s = left_s
    if gang.condition == POWERED and left_s > 0.0 and sky.ride_s[sky.plane[scratch[0]], 0] > 0.0:
        lit_s = gang_up_left_s(scratch[:n], sky, now_s, SUNLIT)
    failed_frac = nodes.failures_per_s[ring] * gang.nodes * gang.failure_s
    return Seen(left_s, lit_s, gang.needed_s, failed_frac, nodes.dose[ring])


MAX_PIECES = 64
"""Number of pieces of light over which the end of a job is followed."""


@view
def expected_end_s(sky, gang, scratch, left_s, now_s, nodes, ring, slot):
    """Return when a job would end on these nodes if it waited on them whenever its condition does not hold."""
    if left_s >= gang.needed_s:
        return now_s + gang.needed_s
    n = fill_nodes(nodes, ring, slot, gang.columns, gang.nodes, scratch)
    rest_s, at_s = gang.needed_s, now_s
    for _ in range(MAX_PIECES):
        if left_s >= rest_s:
            return at_s + rest_s
        rest_s -= left_s
        at_s += left_s
        wait_s = gang_down_left_s(scratch[:n], sky, at_s, gang.condition)
        if wait_s >= NEVER_S:
            break
        at_s += wait_s
        left_s = gang_up_left_s(scratch[:n], sky, at_s, gang.condition)
    # beyond that, at the mean pace so far
    return at_s + rest_s * (at_s - now_s) / max(gang.needed_s - rest_s, 1.0)


SMALL_GANG = 32
"""Number of nodes up to which all the rings of a policy are compared; for larger gangs they are fewer, two at least."""
N_SIZES = 32
"""Number of classes of gangs by their width, by powers of two, for one ring and for several."""
MAX_LOOKED = 100_000
"""Number of nodes that one search looks at; the next one goes on from there."""
MOMENT_S = 1.0
"""Light for which a policy asks that does not look ahead."""
MAX_WINDOWS = 3
"""Number of places on one ring that are compared."""


N_REFUSED = 16
"""Number of refused gangs that are remembered for each kind."""


class Memory(NamedTuple):
    """Memory of the searches for places; all but the cursors holds until a node becomes free or time passes."""

    cursor: NDArray[np.int64]
    """Places in the order of rings at which the next search begins: of small gangs, and of large ones, (2,)."""
    first: NDArray[np.int64]
    """Place of the first ring that may have room for a class of gangs: of one ring or several, by width, (2, N_SIZES)."""
    failed: NDArray[np.float64]
    """Rows, columns and light of a gang that found no place on a ring, (condition, ring, 3); infinity without one."""
    refused: NDArray[np.float64]
    """Nodes, light and cost of a failure of gangs that found no place at all, (rows, condition, N_REFUSED, 3)."""


def fresh_memory(n_rings: int) -> Memory:
    """Return the memory of searches before the first."""
    return Memory(
        np.zeros(2, np.int64),
        np.zeros((2, N_SIZES), np.int64),
        np.full((2, n_rings, 3), np.inf),
        np.full((2, 2, N_REFUSED, 3), np.inf),
    )


@view
def forget(memory):
    """Forget what was found to have no room, as nodes may have become free, or the light have changed."""
    memory.first[:] = 0
    memory.failed[:] = np.inf
    memory.refused[:] = np.inf


@view
def _search_ring(weights, good, nodes, sky, gang, ring, now_s, best, scratch):
    """Return the cheapest placement on a ring as (cost, slot, number of nodes looked at, whether there is any place).

    The slot is -1 where none is cheaper than `best`.
    """
    size = nodes.first[ring + 1] - nodes.first[ring]
    slot, run, skipped, compared = -1, 0, 0, 0
    apart = max(0, size // MAX_WINDOWS - gang.columns)
    # for a job longer than an orbit, all places on one ring are alike
    n_windows = 1 if gang.needed_s * sky.turns_per_s[sky.plane[nodes.first[ring]]] > 1.0 else MAX_WINDOWS
    end_s = now_s + gang.needed_s
    turns = size + (gang.columns - 1 if nodes.is_closed[ring] and gang.columns < size else 0)
    hint = nodes.hint[ring]
    # a policy that does not look ahead asks for a moment of light; it is not led to the places where that is all there is
    if gang.nodes >= SMALL_GANG and gang.least_s > MOMENT_S and nodes.is_closed[ring]:
        slot_lit, count = lit_starts(nodes, sky, gang, ring, now_s)
        if count == 0:
            return best, -1, 0, False
        if count < size:
            hint, turns = slot_lit, min(turns, count + gang.columns - 1)
    is_reserved, has_place = False, False
    looked = turns * gang.rows
    for i in range(turns):
        s = hint + i
        s -= size if s >= size else 0
        s -= size if s >= size else 0
        if s == 0 and not nodes.is_closed[ring]:
            run = 0
        is_free = True
        for row in range(gang.rows):
            node = nodes.first[ring + row] + s
            if not _is_usable(nodes, node, gang, end_s):
                is_free = False
                # a shorter job may use a node that is reserved from some time on
                has_place |= nodes.holder[node] == FREE
                break
            is_reserved |= nodes.reserved_s[node] < np.inf and nodes.reserved_by[node] != gang.row
        run = run + 1 if is_free else 0
        if run >= gang.columns:
            start = (s - gang.columns + 1) % size
            if compared > 0 and skipped < apart:  # places far apart differ in their light
                skipped += 1
                continue
            run, skipped, compared = 0, 0, compared + 1
            # a first look: planes between the first and the last ring have their midnights between theirs
            seen = _see(nodes, sky, gang, ring, start, now_s, max(1, gang.rows - 1), scratch)
            if seen.left_s < gang.least_s or (is_reserved and seen.left_s < gang.needed_s):
                # too short, or an interruption would delay it into the reservation of another
                has_place |= is_reserved
                continue
            has_place = True
            found = standard_cost(seen, weights)
            if found < best:
                best, slot = found, start
                if best <= good:
                    break
            if compared == n_windows:
                break
    if compared == 0:
        for row in range(gang.rows):
            _measure(nodes, ring + row)
    return best, slot, looked, has_place


@view
def _first_with_room(nodes, gang, memory):
    """Return the place in the order of the first ring that may have room for a gang; those before it have none."""
    size = 0
    while gang.columns >> (size + 1) > 0:
        size += 1
    kind = 0 if gang.rows == 1 else 1
    at = memory.first[kind, size]
    while at < len(nodes.group) - 1 and nodes.longest[nodes.order[at]] < 1 << size:
        at += 1
    memory.first[kind, size] = at
    return at


@view
def _has_failed(memory, gang, ring):
    """Return True if a gang that asks for no more found no place on a ring."""
    failed = memory.failed[gang.condition, ring]
    return gang.rows >= failed[0] and gang.columns >= failed[1] and gang.least_s >= failed[2]


@view
def search(weights, good, max_rings, nodes, sky, gang, now_s, memory, scratch):
    """Return the cheapest placement found as (ring, slot, cost); the ring is NOWHERE without any.

    Rings are searched from the cursor on until one has room (on up to `MAX_LOOKED` nodes), then up to `max_rings` more that
    may be cheaper. One whose cost is at most `good` is taken at once. Gangs of `SMALL_GANG` and more suffer most from
    failures: where rings differ in their rates, each is sought from the ring with the fewest on.
    """
    n_rings = len(nodes.group)
    best, best_ring, best_slot, compared, looked = math.inf, NOWHERE, 0, 0, 0
    # a large gang takes most of a ring, and long to be looked at
    max_rings = max(2, max_rings * SMALL_GANG // max(SMALL_GANG, gang.nodes))
    rates = nodes.failures_per_s
    differ = rates[nodes.order[0]] < rates[nodes.order[n_rings - 1]]
    which = 1 if weights.failures > 0.0 and gang.nodes >= SMALL_GANG and differ else 0
    cursor = memory.cursor[which]
    if which == 1:
        cursor = max(cursor, _first_with_room(nodes, gang, memory))
    for _ in range(n_rings):
        if looked > MAX_LOOKED:
            break
        ring = nodes.order[cursor]
        before, cursor = cursor, cursor + 1 if cursor + 1 < n_rings else 0
        if not _may_fit(nodes, ring, gang.rows, gang.columns) or not fits(nodes, ring, gang.rows):
            continue
        if weights.failures > 0.0 and not makes_headway(nodes, gang, ring):
            if which == 1:  # the rings behind fail more often
                looked = 0
                break
            continue
        if gang.nodes >= SMALL_GANG and _has_failed(memory, gang, ring):
            continue
        found, slot, n_looked, has_place = _search_ring(weights, good, nodes, sky, gang, ring, now_s, best, scratch)
        looked += n_looked
        if gang.nodes >= SMALL_GANG and not has_place:
            failed = memory.failed[gang.condition, ring]
            failed[0], failed[1], failed[2] = gang.rows, gang.columns, gang.least_s
        if slot >= 0:
            best, best_ring, best_slot = found, ring, slot
            if best <= good:
                cursor = before
                break
        if best_ring >= 0:
            compared += 1
            if compared >= max_rings:
                break
    # a large gang that found no place in so many nodes goes on behind them
    memory.cursor[which] = cursor if which == 0 or (best_ring < 0 and looked > MAX_LOOKED) else 0
    return best_ring, best_slot, best


@view
def _is_refused(refused, nodes, least_s, loss):
    """Return True if a gang that asks for no more was refused."""
    for e in range(len(refused)):
        if nodes >= refused[e, 0] and least_s >= refused[e, 1] and loss >= refused[e, 2]:
            return True
    return False


@view
def _refuse(refused, nodes, least_s, loss, k):
    """Remember a gang that was refused, in place of one that asks for no less if there is one."""
    at = k % len(refused)
    for e in range(len(refused)):
        if nodes <= refused[e, 0] and least_s <= refused[e, 1] and loss <= refused[e, 2]:
            at = e
            break
    refused[at, 0], refused[at, 1], refused[at, 2] = nodes, least_s, loss


@view_driver
def is_free_at(nodes, gang, ring, slot, end_s, scratch):
    """Return True if all nodes of a placement are free for a job until a time."""
    n = fill_nodes(nodes, ring, slot, gang.columns, gang.nodes, scratch)
    for k in range(n):
        if not _is_usable(nodes, scratch[k], gang, end_s):
            return False
    return True


@view_driver
def seen_of(nodes, sky, gang, ring, slot, now_s, scratch):
    """Return what is known of one placement that begins now."""
    return see(nodes, sky, gang, ring, slot, now_s, scratch)


@view_driver
def makes_headway_anywhere(nodes, gang):
    """Return True if there is a ring on which failures leave a gang some time to work."""
    return makes_headway(nodes, gang, nodes.order[0])


@view_driver
def lit_starts_of(nodes, sky, gang, ring, now_s):
    """Return the slots of a ring at which a gang may begin now, as (slot, count); see `lit_starts`."""
    return lit_starts(nodes, sky, gang, ring, now_s)


@view_driver
def place_many(weights, good, max_rings, is_strict, nodes, sky, gangs, now_s, memory, scratch, found):
    """Place the gangs of a list one after the other, (gang, fields of Gang), and claim their nodes for the time needed.

    `gangs` and `found` are arrays of GANG and DECISION, (gang,); the ring of a gang without a place is NOWHERE or HOPELESS.
    Gangs that ask for as much as one that found no place, under the same condition, are not tried again. With `is_strict`,
    none is tried after the first that finds no place.
    """
    forget(memory)
    for k in range(len(gangs)):
        gang = gangs[k]
        found[k].ring = NOWHERE
        kind = 0 if gang.rows == 1 else 1
        asked = Gang(
            gang.row, gang.nodes, gang.rows, gang.columns, gang.condition, gang.needed_s, gang.least_s, gang.failure_s
        )
        if weights.failures > 0.0 and not makes_headway(nodes, asked, nodes.order[0]):
            found[k].ring = HOPELESS
            continue
        loss = gang.nodes * gang.failure_s
        refused = memory.refused[kind, gang.condition]
        if not gang.is_reserved and _is_refused(refused, gang.nodes, gang.least_s, loss):
            continue
        ring, slot, cost = search(weights, good, max_rings, nodes, sky, asked, now_s, memory, scratch)
        if ring < 0:
            _refuse(refused, gang.nodes, gang.least_s, loss, k)
            if is_strict:
                for rest in range(k + 1, len(gangs)):
                    found[rest].ring = NOWHERE
                break
            continue
        seen = see(nodes, sky, asked, ring, slot, now_s, scratch)
        if seen.left_s < asked.least_s:  # a ring in the middle is about to go dark
            continue
        found[k].ring, found[k].slot, found[k].cost, found[k].left_s = ring, slot, cost, seen.left_s
        claim(
            nodes,
            gang.row,
            ring,
            slot,
            gang.rows,
            gang.columns,
            gang.nodes,
            now_s,
            expected_end_s(sky, asked, scratch, seen.left_s, now_s, nodes, ring, slot),
        )
