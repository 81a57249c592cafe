"""Replay of a flight's tapes under other conditions: on the ground, at other data rates, or on many more satellites.

The cost laws are those of the flight itself, so that a replay under the flight's own conditions gives its virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.flight.clock import ROUNDING, Clock
from skyrack.flight.collectives import OPERATIONS, GroupLinks, needed_ranks
from skyrack.flight.course import Course, TimelineEndError, Transfer
from skyrack.flight.tables import PHASES
from skyrack.flight.tape import ENTER, MEET, RECEIVE, SEND, STEP, Tape
from skyrack.flight.timeline import Timeline

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replayed:
    """Virtual time of a replayed flight."""

    nodes: int
    virtual_s: float
    """Virtual time at which the last node ended."""
    step_time_s: Floats
    """Virtual time at the end of each step, of the last node to end it, (step,)."""
    phases_s: dict[str, float]
    """Mean time of a node in each phase."""
    is_whole: bool
    """True if the timeline lasted until the end of the tape."""


class _Player:
    """Rank that plays its tape until it needs an entry of another rank that is not there yet."""

    def __init__(self, tape: Tape, course: Course) -> None:
        self.tape, self.clock = tape, Clock(course, tape.rank)
        self.rows = list(tape.rows.tolist())
        self.at = 0
        self.begun = False
        self.step_time_s: list[float] = []
        self.pending: dict[tuple[int, int], tuple[str, float, tuple[int, ...]]] = {}
        self.settled: dict[int, int] = {}
        self.busy_until_s: dict[int, float] = {}
        self.ends: dict[tuple[int, int], tuple[float, Transfer]] = {}
        self.arrivals: dict[tuple[int, int], tuple[int, float]] = {}


def replay(tapes: Sequence[Tape], course: Course) -> Replayed:
    """Replay the tapes of all ranks under a course, as far as they fit together and the course lasts."""
    entries: dict[tuple[str, int, int], float] = {}
    sent: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    players = [_Player(tape, course) for tape in tapes]
    is_whole = True
    try:
        while any(player.at < len(player.rows) for player in players):
            before = sum(player.at for player in players)
            for player in players:
                _play(player, entries, sent)
            if sum(player.at for player in players) == before:
                break  # tapes are cut off at different places where a flight ended by force
    except TimelineEndError:
        is_whole = False
    n_steps = min(len(player.step_time_s) for player in players)
    times = np.array([player.step_time_s[:n_steps] for player in players], np.float64).reshape(len(players), n_steps)
    return Replayed(
        nodes=len(tapes),
        virtual_s=max(player.clock.now_s for player in players),
        step_time_s=times.max(axis=0),
        phases_s={name: float(np.mean([player.clock.phases[name] for player in players])) for name in PHASES},
        is_whole=is_whole,
    )


def _play(
    player: _Player,
    entries: dict[tuple[str, int, int], float],
    sent: dict[tuple[str, int, int], list[tuple[float, float]]],
) -> None:
    clock, tape = player.clock, player.tape
    flops_per_s = clock.course.hardware.flops_per_s
    while player.at < len(player.rows):
        kind, operation, group, root, number, amount_bytes, flop = player.rows[player.at]
        if not player.begun:
            clock.work(flop / flops_per_s, flop)
            player.begun = True
        name, ranks = tape.groups[group]
        if kind == ENTER:
            player.pending[group, number] = (
                OPERATIONS[operation],
                amount_bytes,
                needed_ranks(OPERATIONS[operation], ranks, root, tape.rank),
            )
            player.settled.setdefault(group, number)
            entries[name, number, tape.rank] = clock.now_s
        elif kind == MEET:
            if not _meet(player, group, number, name, ranks, entries):
                return
        elif kind == SEND:
            sent.setdefault((name, ranks.index(tape.rank), number), []).append((clock.now_s, amount_bytes))
        elif kind == RECEIVE and not _receive(player, group, number, name, ranks, sent):
            return
        elif kind == STEP:
            player.step_time_s.append(clock.now_s)
        player.at += 1
        player.begun = False


def _meet(
    player: _Player,
    group: int,
    number: int,
    name: str,
    ranks: tuple[int, ...],
    entries: dict[tuple[str, int, int], float],
) -> bool:
    """Charge the end of a collective; False if a rank that it needs has not entered it."""
    clock = player.clock
    for each in range(player.settled.get(group, number), number + 1):
        operation, amount_bytes, needed = player.pending[group, each]
        if any((name, each, rank) not in entries for rank in needed):
            return False
        entered_s = max(entries[name, each, rank] for rank in needed)
        begin_s = max(entered_s, player.busy_until_s.get(group, 0.0))
        transfer = clock.course.transferred(operation, amount_bytes, ranks, begin_s)
        player.busy_until_s[group] = transfer.end_s
        player.ends[group, each] = (begin_s, transfer)
        player.settled[group] = each + 1
    begin_s, transfer = player.ends.pop((group, number))
    clock.communicate(begin_s, transfer)
    return True


def _receive(
    player: _Player,
    group: int,
    source: int,
    name: str,
    ranks: tuple[int, ...],
    sent: dict[tuple[str, int, int], list[tuple[float, float]]],
) -> bool:
    """Charge the arrival of a message; False if it has not been sent."""
    me = ranks.index(player.tape.rank)
    messages = sent.get((name, source, me), [])
    count, free_s = player.arrivals.get((group, source), (0, 0.0))
    if count >= len(messages):
        return False
    at_s, amount_bytes = messages[count]
    begin_s = max(at_s, free_s)
    transfer = player.clock.course.transferred("send", amount_bytes, (ranks[source], ranks[me]), begin_s)
    player.arrivals[group, source] = (count + 1, transfer.end_s)
    player.clock.communicate(begin_s, transfer)
    return True


@dataclass(frozen=True)
class WideFleet:
    """Conditions of many satellites that run the same job: those of sampled ones, and a tree of links over all."""

    nodes: int
    step_s: float
    """Length of a step of the conditions."""
    clock_frac: Floats
    """Arithmetic rate of sampled satellites over that at full power, (time, sample)."""
    tree_time_s: Floats
    """Time from which each tree holds, (snapshot,)."""
    tree_depth_s: Floats
    """Propagation delay from the root to the farthest satellite; infinite where not all are connected, (snapshot,)."""
    tree_bytes_per_s: Floats
    """Data rate of the slowest link of the tree, (snapshot,)."""
    compute_power_frac: Floats
    """Power of the computers of sampled satellites over their peak, (time, sample)."""


class WideCourse(Course):
    """Course of many satellites, whose collectives run over one tree of all of them."""

    def __init__(self, timeline: Timeline, fleet: WideFleet) -> None:
        """Prepare the course of a fleet over the span of a flight's timeline."""
        super().__init__(timeline, (), "tree")
        self.fleet = fleet

    def links(self, ranks: tuple[int, ...], time_s: float) -> tuple[GroupLinks, float]:
        """Return the tree of all satellites at a virtual time, and the time until which it holds; there is no ring."""
        del ranks
        fleet = self.fleet
        at = max(int(np.searchsorted(fleet.tree_time_s, time_s, side="right")) - 1, 0)
        until_s = float(fleet.tree_time_s[at + 1]) if at + 1 < len(fleet.tree_time_s) else np.inf
        depth_s, rate = float(fleet.tree_depth_s[at]), max(float(fleet.tree_bytes_per_s[at]), 1e-30)
        return GroupLinks(fleet.nodes, np.inf, 1e-30, depth_s, rate, 2.0 * depth_s, rate), until_s


def check_alike(tapes: Sequence[Tape]) -> str | None:
    """Return why a flight cannot be replayed on more satellites; None if all ranks run the same collectives of the world."""
    first = tapes[0]
    for tape in tapes:
        fields = ["kind", "operation", "number", "bytes"]
        n = min(len(first.rows), len(tape.rows))
        if abs(len(first.rows) - len(tape.rows)) > MAX_TAIL or not all(
            (first.rows[name][:n] == tape.rows[name][:n]).all() for name in fields
        ):
            return f"ranks {first.rank} and {tape.rank} run different sequences of operations"
    if np.isin(first.rows["kind"], (SEND, RECEIVE)).any():
        return "the ranks send messages to each other, as in a pipeline, which has no larger copy"
    used = {int(group) for group in first.rows["group"][np.isin(first.rows["kind"], (ENTER, MEET))]}
    if any(len(first.groups[group][1]) != len(tapes) for group in used):
        return "the job uses groups of some ranks, which have no larger copy"
    return None


MAX_TAIL = 8
"""Rows by which tapes may differ in length, where the end of a flight cut them off."""


def replay_wide(tapes: Sequence[Tape], timeline: Timeline, fleet: WideFleet) -> Replayed:
    """Replay a data-parallel flight on the satellites of a fleet, each with the batch of one rank of the flight.

    Satellite k does the work of rank k modulo the number of ranks, under the conditions of sampled satellite k modulo their
    number; collectives run over the tree. Raises InputError for jobs that have no larger copy (see `check_alike`).
    """
    why = check_alike(tapes)
    if why is not None:
        raise InputError(f"the flight cannot be replayed on {fleet.nodes:,} satellites: {why}")
    course = WideCourse(timeline, fleet)
    rows = min((tape.rows for tape in tapes), key=len)
    nodes = fleet.nodes
    flops = np.stack([tape.rows["flop"][: len(rows)] for tape in tapes])[np.arange(nodes) % len(tapes)]
    work_s = flops / course.hardware.flops_per_s
    now_s = np.zeros(nodes)
    busy_s: dict[int, float] = {}
    phases = dict.fromkeys(PHASES, 0.0)
    entered: dict[tuple[int, int], tuple[Floats, str, float]] = {}
    step_time_s, is_whole = [], True
    advance = _advancer(fleet)
    for at, (kind, operation, group, _, number, sent_bytes, _) in enumerate(rows.tolist()):
        end_s = advance(now_s, work_s[:, at])
        if end_s is None:
            is_whole = False
            break
        phases["compute"] += float(work_s[:, at].mean())
        lost_s = end_s - now_s - work_s[:, at]
        phases["power"] += float(np.where(lost_s > ROUNDING * end_s, lost_s, 0.0).mean())
        now_s = end_s
        if kind == ENTER:
            entered[group, number] = (now_s.copy(), OPERATIONS[operation], sent_bytes)
        elif kind == MEET and (group, number) in entered:
            entered_s, named, amount_bytes = entered.pop((group, number))
            begin_s = max(float(entered_s.max()), busy_s.get(group, 0.0))
            try:
                transfer = course.transferred(named, amount_bytes, tapes[0].groups[group][1], begin_s)
            except TimelineEndError:
                is_whole = False
                break
            busy_s[group] = transfer.end_s
            exposed_s = np.maximum(transfer.end_s - now_s, 0.0)
            waited_s = np.minimum(np.maximum(begin_s - now_s, 0.0), exposed_s)
            outage_s = np.minimum(transfer.outage_s, exposed_s - waited_s)
            phases["waiting"] += float(waited_s.mean())
            phases["outage"] += float(outage_s.mean())
            phases["communication"] += float((exposed_s - waited_s - outage_s).mean())
            now_s = now_s + exposed_s
        elif kind == STEP:
            step_time_s.append(float(now_s.max()))
    return Replayed(nodes, float(now_s.max()), np.array(step_time_s), phases, is_whole)


def _advancer(fleet: WideFleet) -> Callable[[Floats, Floats], Floats | None]:
    """Return a function of begin and work that gives the times at which nodes have done the work; None past the end."""
    samples = np.arange(fleet.nodes) % fleet.clock_frac.shape[1]
    done = np.concatenate(
        [np.zeros((1, fleet.clock_frac.shape[1])), np.cumsum(fleet.clock_frac, axis=0) * fleet.step_s]
    )
    edges_s = np.arange(len(done)) * fleet.step_s
    groups = [np.flatnonzero(samples == one) for one in range(fleet.clock_frac.shape[1])]

    def advance(now_s: Floats, work_s: Floats) -> Floats | None:
        if not work_s.any():
            return now_s
        end_s = np.empty_like(now_s)
        for one, members in enumerate(groups):
            reached = np.interp(now_s[members], edges_s, done[:, one]) + work_s[members]
            if reached.size and reached.max() > done[-1, one]:
                return None
            # the work is done at the first time at which the node has computed so much
            at = np.searchsorted(done[:, one], reached - 1e-12 * np.maximum(reached, 1.0), side="left")
            rate = np.maximum(fleet.clock_frac[np.maximum(at - 1, 0), one], 1e-12)
            end_s[members] = edges_s[np.maximum(at - 1, 0)] + (reached - done[np.maximum(at - 1, 0), one]) / rate
            end_s[members] = np.where(work_s[members] > 0.0, np.maximum(end_s[members], now_s[members]), now_s[members])
        return end_s

    return advance
