"""Times at which a node, or a gang of nodes, loses light or power and gets it again: compiled code over a `Sky`."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import driver, view

Floats = NDArray[np.float64]
POWERED, SUNLIT = 0, 1
"""Conditions that a forecast answers for: full compute power, from Sun or battery; full sunlight."""
NEVER_S = 1e18
"""Time until something that does not happen within the forecast."""
MAX_CORRECTIONS = 12
INSIDE_S = 1e-4
"""Time by which a reported change lies behind the edge, so that rounding leaves no doubt about the state after it."""


class Sky(NamedTuple):
    """Arrays of a forecast, as compiled code reads them; P planes, K knots."""

    plane: NDArray[np.int32]
    """Plane of each node, (node,)."""
    phase: Floats
    """Argument of latitude of each node at the epoch, in turns, (node,)."""
    turns_per_s: Floats
    """Rate of the argument of latitude, (P,)."""
    midnight: Floats
    """Argument of latitude of the anti-solar point, in turns, without jumps, (P, K)."""
    arc_squared: Floats
    """Square of half the dark arc, in turns squared; negative where there is no eclipse, (P, K)."""
    ride_s: Floats
    """Time for which the battery carries full compute power after the begin of an eclipse, (P, K)."""
    next_dark: NDArray[np.int32]
    """Next knot from which an eclipse (SUNLIT) or an outage (POWERED) may follow, K without any, (condition, P, K)."""
    begin_s: float
    """Time of the first knot since the epoch."""
    knot_s: float
    """Time between two knots."""


@view
def _at(table, plane, sky, time_s):
    """Return the interpolated value of a plane."""
    position = (time_s - sky.begin_s) / sky.knot_s
    last = table.shape[1] - 2
    k = min(max(int(position), 0), last)
    share = position - k
    return table[plane, k] + share * (table[plane, k + 1] - table[plane, k])


@view
def _relative_rate(plane, sky, time_s):
    """Return the rate (turns/s) of the orbit angle from the plane's midnight."""
    k = min(max(int((time_s - sky.begin_s) / sky.knot_s), 0), sky.midnight.shape[1] - 2)
    return sky.turns_per_s[plane] - (sky.midnight[plane, k + 1] - sky.midnight[plane, k]) / sky.knot_s


@view
def _past_midnight(node, sky, time_s):
    """Return the orbit angle of a node from its plane's midnight, in turns, within half a turn."""
    plane = sky.plane[node]
    angle = sky.phase[node] + sky.turns_per_s[plane] * time_s - _at(sky.midnight, plane, sky, time_s)
    return angle - math.floor(angle + 0.5)


@view
def _outage(plane, sky, time_s, condition):
    """Return the begin and end of the outage around midnight, in turns from it; the begin is 1 where there is none."""
    squared = _at(sky.arc_squared, plane, sky, time_s)
    if squared <= 0.0:
        return 1.0, 0.0
    half = math.sqrt(squared)
    begin = -half
    if condition == POWERED:
        begin += _at(sky.ride_s, plane, sky, time_s) * _relative_rate(plane, sky, time_s)
        if begin >= half:
            return 1.0, 0.0
    return begin, half


NO_OUTAGE = -1
"""Position of the first neighbour past the entry where there is no outage now."""


@view
def first_past_entry(node, gap_turns, sky, time_s, condition):
    """Return the position of the first neighbour after a node, itself included, that is at or past the entry of the outage.

    Neighbours follow one another at a distance in turns. If any of them is in the outage, this one is; the one before it is
    the next to enter. NO_OUTAGE where there is none now.
    """
    plane = sky.plane[node]
    begin, end = _outage(plane, sky, time_s, condition)
    if begin >= end:
        return NO_OUTAGE
    ahead = begin - _past_midnight(node, sky, time_s)
    return math.ceil((ahead - math.floor(ahead)) / gap_turns)


@view
def lit_arc(node, turns, least_s, sky, time_s, condition):
    """Return (begin, length): where on its orbit an arc must begin that meets a condition as a whole for a time.

    `turns` is the length of the arc. The begin counts from the place of a node, forward, in turns; the length of all
    begins is negative where there is none, and above 1 where there is no outage now.
    """
    plane = sky.plane[node]
    begin, end = _outage(plane, sky, time_s, condition)
    if begin >= end:
        return 0.0, 2.0
    ahead = end - _past_midnight(node, sky, time_s)
    return ahead - math.floor(ahead), 1.0 - (end - begin) - turns - least_s * _relative_rate(plane, sky, time_s)


@view
def battery_share(plane, sky, time_s):
    """Return the share of the powered time of an orbit in which the battery feeds a satellite of a plane."""
    squared = _at(sky.arc_squared, plane, sky, time_s)
    if squared <= 0.0:
        return 0.0
    dark = 2.0 * math.sqrt(squared)
    ridden = min(_at(sky.ride_s, plane, sky, time_s) * _relative_rate(plane, sky, time_s), dark)
    return ridden / (1.0 - dark + ridden)


@view
def _within(angle, plane, sky, time_s, condition):
    begin, end = _outage(plane, sky, time_s, condition)
    return begin <= angle < end


@view
def down_left_s(node, sky, time_s, condition):
    """Return the time until a node meets a condition again; 0 if it does."""
    plane = sky.plane[node]
    angle = _past_midnight(node, sky, time_s)
    begin, end = _outage(plane, sky, time_s, condition)
    if not begin <= angle < end:
        return 0.0
    rate = _relative_rate(plane, sky, time_s)
    left_s = (end - angle) / rate
    for _ in range(MAX_CORRECTIONS):  # the arc at that time
        begin, end = _outage(plane, sky, time_s + left_s, condition)
        before_s, left_s = left_s, max((end - angle) / rate, 0.0)
        if begin > 0.5 or abs(left_s - before_s) < 0.1 * INSIDE_S:
            break
    return left_s + INSIDE_S


@view
def up_left_s(node, sky, time_s, condition):
    """Return the time until a node no longer meets a condition; 0 if it does not now, NEVER_S beyond the forecast."""
    plane = sky.plane[node]
    rate = _relative_rate(plane, sky, time_s)
    angle = _past_midnight(node, sky, time_s)
    if _within(angle, plane, sky, time_s, condition):
        return 0.0
    n_knots = sky.midnight.shape[1]
    end_s = sky.begin_s + sky.knot_s * (n_knots - 1)
    at_s = time_s
    while at_s < end_s:
        k = min(max(int((at_s - sky.begin_s) / sky.knot_s), 0), n_knots - 1)
        following = sky.next_dark[condition, plane, k]
        if following >= n_knots:
            return NEVER_S
        if following > k + 1:  # nothing before the interval that leads to this knot
            at_s = sky.begin_s + (following - 1) * sky.knot_s
            angle = _past_midnight(node, sky, at_s)
            rate = _relative_rate(plane, sky, at_s)
            if _within(angle, plane, sky, at_s, condition):
                return max(at_s - time_s, 0.0)
        begin, _ = _outage(plane, sky, at_s, condition)
        turns = (begin if begin < 0.5 else 0.0) - angle
        turns -= math.floor(turns)
        entry_s = at_s + turns / rate
        # the arc at the time of entry, which shrinks fast where eclipses come to an end
        for _ in range(MAX_CORRECTIONS):
            begin, _ = _outage(plane, sky, entry_s, condition)
            if begin > 0.5:
                break
            there = _past_midnight(node, sky, entry_s)
            correction_s = (begin - there - math.floor(begin - there + 0.5)) / rate
            entry_s += correction_s
            if abs(correction_s) < 0.1 * INSIDE_S:
                break
        if begin < 0.5 and entry_s >= time_s:
            return entry_s - time_s + INSIDE_S
        # no outage in this orbit: on to the other side of the next midnight
        here = _past_midnight(node, sky, entry_s)
        at_s = entry_s + (0.5 - here) / rate + 1e-3
        angle = _past_midnight(node, sky, at_s)
    return NEVER_S


@view
def gang_up_left_s(nodes, sky, time_s, condition):
    """Return the time until the first node of a gang no longer meets a condition; 0 if one does not now."""
    left_s = NEVER_S
    for node in nodes:
        left_s = min(left_s, up_left_s(node, sky, time_s, condition))
        if left_s <= 0.0:
            break
    return left_s


MAX_TRIES = 64


@view
def gang_down_left_s(nodes, sky, time_s, condition):
    """Return the time until all nodes of a gang meet a condition together; 0 if they do, NEVER_S if they never do."""
    at_s = time_s
    for _ in range(MAX_TRIES):
        wait_s = 0.0
        for node in nodes:
            wait_s = max(wait_s, down_left_s(node, sky, at_s, condition))
        if wait_s <= 0.0:
            return at_s - time_s
        at_s += wait_s
    return NEVER_S


@driver
def changes(nodes, sky, time_s, condition, is_up, left_s):
    """Write whether each node meets a condition at its time, and the time (s) until that changes, all (pair,)."""
    for k in range(len(nodes)):
        left_s[k] = up_left_s(nodes[k], sky, time_s[k], condition)
        is_up[k] = left_s[k] > 0.0
        if not is_up[k]:
            left_s[k] = down_left_s(nodes[k], sky, time_s[k], condition)


@driver
def gang_window(nodes, sky, time_s, condition):
    """Return the times until a gang no longer meets a condition, and until it does again; one of them is 0."""
    left_s = gang_up_left_s(nodes, sky, time_s, condition)
    return left_s, gang_down_left_s(nodes, sky, time_s, condition) if left_s <= 0.0 else 0.0
