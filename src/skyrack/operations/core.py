"""The control plane as a deterministic machine: events in, requests to an engine out. It knows no clock, file or process."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import rebuilt
from skyrack.forecast.windows import Sky
from skyrack.operations import kernels, placement
from skyrack.operations import nodes as node_kernels
from skyrack.operations.events import Cancel, Event, NodesDown, NodesUp, Submit, Tick
from skyrack.operations.kernels import Rules
from skyrack.operations.nodes import DOWN, Nodes
from skyrack.operations.placement import DECISION, GANG, HOPELESS, NOWHERE, Gang, Memory, fresh_memory
from skyrack.operations.policy import SchedulingPolicy
from skyrack.operations.preemption import room_for
from skyrack.operations.queues import QueueTree, Waiting
from skyrack.operations.reservations import NO_START_S, Reservation, Reservations
from skyrack.operations.table import (
    ACTION,
    CANCELLED,
    CHECKPOINT,
    FINISHED,
    LIVE,
    NODE_FAILED,
    QUEUED,
    RUNNING,
    STOP,
    SUSPENDED,
    JobTable,
)

Floats = NDArray[np.float64]
MARGIN_S = 30.0
"""Time between the end of a planned checkpoint and the end of the light."""
DEPTH = 1000
"""Number of waiting jobs that are tried in one tick."""
RETRY_S = 600.0
"""Time after which a job that found no place is tried again, where more jobs wait than are tried in one tick; longer where
it takes longer to try all of them with half of the trials, so that new jobs always have the other half."""
MAX_RESERVATIONS = 16
REBOOT_S = 300.0
"""Time for which a node is out of service after a failure."""


def step(state: ControlState, event: Event) -> tuple[ControlState, NDArray[np.void]]:
    """Return the state after an event, and the requests to the engine (ACTION) that follow.

    Deterministic: equal states and events give equal results. The state that is given is used up.
    """
    if isinstance(event, Tick):
        return state, state.tick(event)
    if isinstance(event, Submit):
        state.submit(event.columns)
    elif isinstance(event, Cancel):
        return state, state.cancel(event.row, event.time_s)
    elif isinstance(event, NodesDown):
        return state, state.nodes_down(event.nodes, event.time_s, event.until_s)
    elif isinstance(event, NodesUp):
        state.nodes_up(event.nodes, event.time_s)
    else:
        return state, state.new_sky(event.sky, event.time_s)
    return state, np.zeros(0, ACTION)


@dataclass
class ControlState:
    """All that the control plane knows: jobs, nodes, queues, reservations."""

    nodes: Nodes
    sky: Sky
    policy: SchedulingPolicy
    queues: QueueTree = field(default_factory=QueueTree)
    link_bit_per_s: float = 1e12
    """Median data rate along a ring, at which checkpoints move."""
    dark_rate_frac: float = 1.0
    """Lowest arithmetic rate on batteries over that in sunlight."""
    reboot_s: float = REBOOT_S
    tick_s: float = 60.0
    """Usual time between two ticks: a promised start is kept if the job starts within the tick after it."""
    table: JobTable = field(default_factory=JobTable)
    now_s: float = 0.0
    broken_promises: int = 0
    """Number of reservations that could not be kept at the time first promised."""

    def __post_init__(self) -> None:
        self.waiting = Waiting(len(self.queues.queues))
        self.first_blocked: int | None = None
        """Row of the first job that found no place in the last tick; None without one."""
        self._active = np.zeros(1024, np.int64)
        self._n_active = 0
        self._memory = fresh_memory(len(self.nodes.group))
        self._down: list[tuple[float, int]] = []
        self._down_until: dict[int, float] = {}
        self._scratch = np.zeros(int(self.nodes.first[-1]) + 2 * len(self.nodes.group) + 2, np.int64)
        self._ring_of = np.repeat(np.arange(len(self.nodes.group)), np.diff(self.nodes.first))
        policy = self.policy
        self.rules = Rules(
            policy.plans,
            policy.moves,
            policy.weights.dark > 0.0,
            policy.requeues,
            float(policy.good_cost),
            int(policy.max_rings),
            MARGIN_S,
            self.link_bit_per_s,
            self.dark_rate_frac,
        )
        self.reservations = Reservations(
            self.nodes, self._scratch, plans=policy.plans, heeds_failures=policy.weights.failures > 0.0
        )
        replaced = {} if policy.cost is None else {placement.standard_cost: policy.cost}
        self._place_many = rebuilt(placement.place_many, replaced)
        self._react = rebuilt(kernels.react, replaced)

    @property
    def active(self) -> NDArray[np.int64]:
        """Rows of the jobs that hold nodes."""
        return self._active[: self._n_active]

    @cached_property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.nodes.holder)

    # --- events

    def submit(self, columns: dict[str, Any]) -> NDArray[np.int64]:
        """Append jobs to the table and to their queues; return their rows."""
        rows = self.table.append(**columns)
        self._wait(self.table.jobs, rows)
        return rows

    def _wait(self, jobs: Any, rows: NDArray[np.integer]) -> None:
        """Put jobs into their queues."""
        begins = np.maximum(jobs.eligible_s[rows], jobs.arrival_s[rows])
        queues, priorities, arrivals = jobs.queue[rows], jobs.priority[rows], jobs.arrival_s[rows]
        for queue, priority, arrival_s, row, begin_s in zip(
            queues.tolist(), priorities.tolist(), arrivals.tolist(), rows.tolist(), begins.tolist(), strict=True
        ):
            self.waiting.add(queue, priority, arrival_s, row, begin_s, self.now_s)

    def cancel(self, row: int, time_s: float) -> NDArray[np.void]:
        """End a live job; return the request to stop it if it holds nodes."""
        jobs = self.table.jobs
        if jobs.state[row] not in LIVE:
            return np.zeros(0, ACTION)
        held = jobs.ring[row] >= 0
        actions = np.zeros(int(held), ACTION)
        if held:
            actions[0] = (STOP, row, jobs.attempt[row], -1, 0, time_s, 0.0, 0.0)
            kernels.leave_row(jobs, self.nodes, row, time_s)
            self._left(jobs, np.array([row]), np.array([time_s]))
        jobs.state[row], jobs.end_s[row] = CANCELLED, time_s
        self._drop_reservation(row)
        self._n_active = kernels.live_rows(jobs, self._active, self._n_active)
        return actions

    def nodes_down(self, which: tuple[int, ...], time_s: float, until_s: float) -> NDArray[np.void]:
        """Take nodes out of service, and stop the jobs that hold some of them; these are queued again."""
        jobs = self.table.jobs
        rows = sorted({int(self.nodes.holder[node]) for node in which if self.nodes.holder[node] >= 0})
        actions = np.zeros(len(rows), ACTION)
        for k, row in enumerate(rows):
            actions[k] = (STOP, row, jobs.attempt[row], -1, 0, time_s, 0.0, 0.0)
            jobs.failures[row] += 1
            kernels.leave_row(jobs, self.nodes, row, time_s)
            self._left(jobs, np.array([row]), np.array([time_s]))
            jobs.state[row] = QUEUED
            self._wait(jobs, np.array([row]))
        self._n_active = kernels.live_rows(jobs, self._active, self._n_active)
        for node in which:
            self._take_down(node, time_s, until_s)
        return actions

    def _take_down(self, node: int, time_s: float, until_s: float) -> None:
        if not node_kernels.take_down(self.nodes, node, time_s) and self.nodes.holder[node] != DOWN:
            return
        until_s = max(until_s, self._down_until.get(node, -math.inf))
        self._down_until[node] = until_s
        if until_s < math.inf:
            heapq.heappush(self._down, (until_s, node))

    def nodes_up(self, which: tuple[int, ...], time_s: float) -> None:
        """Return nodes to service."""
        for node in which:
            node_kernels.bring_up(self.nodes, node, self._ring_of[node], time_s)
            self._down_until.pop(node, None)

    def new_sky(self, sky: Sky, time_s: float) -> NDArray[np.void]:
        """Take another forecast; planned checkpoints and reservations are made anew."""
        self.sky = sky
        self.reservations.forget_light()
        jobs = self.table.jobs
        for row in list(self.reservations):
            self._drop_reservation(row)
        for row in self.active.tolist():
            if jobs.state[row] == RUNNING:
                gang = self.gang(row)
                seen = placement.seen_of(
                    self.nodes, sky, gang, int(jobs.ring[row]), int(jobs.slot[row]), time_s, self._scratch
                )
                jobs.action_s[row] = math.inf
                if self.rules.plans and seen.left_s < gang.needed_s:
                    early_s = float(jobs.checkpoint_s[row]) + MARGIN_S
                    jobs.action_s[row] = time_s + max(seen.left_s - early_s, 0.0)
        return np.zeros(0, ACTION)

    def restore(
        self,
        table: JobTable,
        now_s: float,
        *,
        down: dict[int, float],
        reservations: dict[int, Reservation],
        books: tuple[float, float],
    ) -> None:
        """Take jobs, nodes out of service (until when), reservations and books as they were at a time; all nodes are free."""
        self.table, self.now_s = table, now_s
        jobs, nodes = table.jobs, self.nodes
        nodes.free_s[:] = now_s
        nodes.books[:] = books
        held = np.flatnonzero(table.column("ring") >= 0)
        for row in held.tolist():
            gang = self.gang(row)
            ring, slot, until_s = int(jobs.ring[row]), int(jobs.slot[row]), now_s + gang.needed_s
            node_kernels.claim_gang(nodes, row, ring, slot, gang.rows, gang.columns, gang.nodes, now_s, until_s)
            self._add_active(row)
            self.queues.hold(int(jobs.queue[row]), gang.nodes)
        for node, until_s in down.items():
            self._take_down(node, now_s, until_s)
        self._wait(jobs, np.flatnonzero(table.column("state") == QUEUED))
        for row, one in reservations.items():
            self.reservations.keep(row, self.gang(row), one)

    @property
    def down(self) -> dict[int, float]:
        """Nodes out of service, and until when; infinity for those that are brought up by hand."""
        return self._down_until

    # --- a tick

    def tick(self, event: Tick) -> NDArray[np.void]:
        """Fold the engine's reports, start what can start, and plan checkpoints up to the next tick."""
        until_s = event.until_s
        self.now_s = max(event.now_s, self.now_s)  # a clock that jumps back does not undo anything
        jobs = self.table.jobs
        while self._down and self._down[0][0] <= self.now_s:
            up_s, node = heapq.heappop(self._down)
            if self._down_until.get(node) != up_s:  # it was brought up by hand, and perhaps taken down again
                continue
            del self._down_until[node]
            node_kernels.bring_up(self.nodes, node, self._ring_of[node], up_s)
        self.nodes_up(event.returned, self.now_s)
        actions = [self._fold(jobs, event.reports)]
        self._n_active = kernels.live_rows(jobs, self._active, self._n_active)
        if event.lost:
            actions.append(self.nodes_down(event.lost, self.now_s, math.inf))
        self.waiting.ripen(self.now_s)
        if len(self.waiting):
            actions.append(self._schedule(jobs))
        actions.append(self._make_room(jobs))
        kernels.resume_due(jobs, self.nodes, self.sky, self._active, self._n_active, until_s, self.rules, self._scratch)
        planned = np.zeros(self._n_active, ACTION)
        n = kernels.plan_checkpoints(jobs, self._active, self._n_active, until_s, planned)
        actions.append(planned[:n])
        return np.concatenate(actions)

    def fold_last(self, reports: NDArray[np.void], now_s: float) -> None:
        """Fold the reports of the last interval of a simulation; nothing is started any more."""
        self.now_s = now_s
        jobs = self.table.jobs
        is_end = np.isin(reports["kind"], (FINISHED, NODE_FAILED))
        self._fold(jobs, reports[is_end])
        self._n_active = kernels.live_rows(jobs, self._active, self._n_active)

    def _fold(self, jobs: Any, reports: NDArray[np.void]) -> NDArray[np.void]:
        if not len(reports):
            return np.zeros(0, ACTION)
        rows = reports["row"]
        attempts, rings, slots = jobs.attempt[rows].copy(), jobs.ring[rows].copy(), jobs.slot[rows].copy()
        actions = np.zeros(2 * len(reports), ACTION)
        n = self._react(
            jobs,
            self.nodes,
            self.sky,
            reports,
            len(reports),
            self.now_s,
            self.policy.weights,
            self.rules,
            self._memory,
            self._scratch,
            actions,
        )
        known = (rings >= 0) & (reports["attempt"] == attempts)
        failed = np.flatnonzero(known & (reports["kind"] == NODE_FAILED))
        for node, time_s in zip(
            self._failed_nodes(jobs, rows[failed], rings[failed], slots[failed]),
            reports["time_s"][failed].tolist(),
            strict=True,
        ):
            self._take_down(node, time_s, time_s + self.reboot_s)
        left = np.flatnonzero(known & (jobs.ring[rows] < 0))
        # one row may be reported twice; the first time it gives its nodes back
        _, firsts = np.unique(rows[left], return_index=True)
        left = left[np.sort(firsts)]
        self._left(jobs, rows[left], reports["time_s"][left])
        self._wait(jobs, rows[left[jobs.state[rows[left]] == QUEUED]])
        return actions[:n]

    def _failed_nodes(
        self, jobs: Any, rows: NDArray[np.int32], rings: NDArray[np.int32], slots: NDArray[np.int32]
    ) -> list[int]:
        """Return the node of each gang that failed, chosen by the attempt's number where the engine does not name it."""
        first = self.nodes.first[rings]
        size = self.nodes.first[rings + 1] - first
        found: list[int] = (first + (slots + jobs.attempt[rows] % jobs.columns[rows]) % size).tolist()
        return found

    def _left(self, jobs: Any, rows: NDArray[np.integer], time_s: NDArray[np.float64]) -> None:
        """Count jobs that have given their nodes back in their queues."""
        node_s = jobs.nodes[rows] * np.maximum(time_s - jobs.begin_s[rows], 0.0)
        counts, queues = jobs.nodes[rows].tolist(), jobs.queue[rows].tolist()
        for queue, nodes, used, at_s in zip(queues, counts, node_s.tolist(), time_s.tolist(), strict=True):
            self.queues.hold(queue, -nodes)
            self.queues.charge(queue, used, at_s)

    # --- scheduling

    def gang(self, row: int) -> Gang:
        """Return what a job asks for."""
        found: Gang = kernels.gang_asked(self.table.jobs, row, self.rules)
        return found

    def left_s(self, row: int, time_s: float) -> float:
        """Return for how long (s) the nodes of a job have the light or power that it needs; zero without nodes."""
        jobs, gang = self.table.jobs, self.gang(row)
        ring, slot = int(jobs.ring[row]), int(jobs.slot[row])
        if ring < 0:
            return 0.0
        return float(placement.seen_of(self.nodes, self.sky, gang, ring, slot, time_s, self._scratch).left_s)

    def _schedule(self, jobs: Any) -> NDArray[np.void]:
        begun = self._start_reserved(jobs)
        taken = list(
            self.waiting.take(
                self.queues,
                DEPTH,
                is_fair=self.policy.order == "fair",
                alive=jobs.state == QUEUED,
                nodes=jobs.nodes,
            )
        )
        # a job that was started and queued again may stand twice among the waiting
        taken = list({one[3]: one for one in taken}.values())
        if not taken:
            return begun
        rows = np.array([one[3] for one in taken], np.int64)
        gangs, found = np.zeros(len(rows), GANG), np.zeros(len(rows), DECISION)
        kernels.fill_gangs(jobs, rows, self.rules, gangs)
        gangs["is_reserved"] = [row in self.reservations for row in rows.tolist()]
        is_strict = self.policy.backfill == "none"
        # of a long queue, jobs are tried again a while later, so that each tick looks at others
        n_waiting = len(taken) + len(self.waiting)
        again_s = 0.0 if is_strict or n_waiting <= DEPTH else max(RETRY_S, 2.0 * n_waiting / DEPTH * self.tick_s)
        self.place(self.nodes, gangs, self._memory, found, is_strict=is_strict)
        actions = np.zeros(len(rows), ACTION)
        n = kernels.start_placed(jobs, rows, found, self.now_s, self.rules, actions)
        self.first_blocked = None
        for k, (queue, priority, arrival_s, row) in enumerate(taken):
            if found["ring"][k] >= 0:
                self._started(jobs, row)
                continue
            is_hopeless = found["ring"][k] == HOPELESS
            # spread by the golden ratio, so that those that failed together do not come back together
            at_s = self.now_s + (NO_START_S if is_hopeless else again_s * (0.5 + row * 0.618034 % 1.0))
            if row in self.reservations:
                at_s = min(max(self.reservations[row].begin_s, self.now_s), at_s)
            self.waiting.add(queue, priority, arrival_s, row, at_s, self.now_s)
            if self.first_blocked is None and not is_hopeless:
                self.first_blocked = row
        if not is_strict and self.first_blocked is not None:
            self._reserve(jobs, [one[3] for k, one in enumerate(taken) if found["ring"][k] == NOWHERE])
        return np.concatenate([begun, actions[:n]])

    def place(
        self, nodes: Nodes, gangs: NDArray[np.void], memory: Memory, found: NDArray[np.void], *, is_strict: bool = False
    ) -> None:
        """Place gangs (GANG) on nodes by the policy, and write where (DECISION); see `placement.place_many`."""
        weights, rules = self.policy.weights, self.rules
        self._place_many(
            weights,
            rules.good_cost,
            rules.max_rings,
            is_strict,
            nodes,
            self.sky,
            gangs,
            self.now_s,
            memory,
            self._scratch,
            found,
        )

    def _started(self, jobs: Any, row: int) -> None:
        promised_s = float(jobs.promised_s[row])
        if jobs.attempt[row] == 1 and promised_s + self.tick_s < self.now_s:
            self.broken_promises += 1
        self._drop_reservation(row)
        self.queues.hold(int(jobs.queue[row]), int(jobs.nodes[row]))
        self._add_active(row)

    def _add_active(self, row: int) -> None:
        if self._n_active == len(self._active):
            self._active = np.concatenate([self._active, np.zeros_like(self._active)])
        self._active[self._n_active] = row
        self._n_active += 1

    def _start_reserved(self, jobs: Any) -> NDArray[np.void]:
        """Start the jobs whose reserved nodes are free at their time; others are reserved anew later."""
        due = [row for row, one in self.reservations.items() if one.begin_s <= self.now_s]
        actions, n = np.zeros(len(due), ACTION), 0
        for row in due:
            if jobs.state[row] != QUEUED:
                self._drop_reservation(row)
                continue
            one, gang = self.reservations[row], self.gang(row)
            if not self.queues.has_room(int(jobs.queue[row]), gang.nodes):
                continue
            end_s = self.now_s + gang.needed_s
            if not placement.is_free_at(self.nodes, gang, one.ring, one.slot, end_s, self._scratch):
                self._drop_reservation(row)
                continue
            seen = placement.seen_of(self.nodes, self.sky, gang, one.ring, one.slot, self.now_s, self._scratch)
            if seen.left_s < gang.least_s:
                self._drop_reservation(row)
                continue
            node_kernels.claim_gang(
                self.nodes,
                row,
                one.ring,
                one.slot,
                gang.rows,
                gang.columns,
                gang.nodes,
                self.now_s,
                self.now_s + gang.needed_s,
            )
            found = np.zeros(1, DECISION)
            found[0] = (one.ring, one.slot, 0.0, seen.left_s)
            n += kernels.start_placed(jobs, np.array([row]), found, self.now_s, self.rules, actions[n : n + 1])
            self._started(jobs, row)
        return actions[:n]

    def _reserve(self, jobs: Any, blocked: list[int]) -> None:
        """Keep nodes for the first blocked job, and by a conservative policy for others that have a deadline."""
        if not self.reservations.is_due(self.now_s):
            return
        for row in [row for row in self.reservations if jobs.state[row] != QUEUED]:
            self._drop_reservation(row)
        wanted = [row for row in blocked if self.reservations.may_have_start(row)][:1] if not self.reservations else []
        if self.policy.backfill == "conservative":
            room = MAX_RESERVATIONS - len(self.reservations) - len(wanted)
            wanted += [row for row in blocked if jobs.deadline_s[row] < math.inf and row not in wanted][: max(room, 0)]
        for row in wanted:
            if row in self.reservations:
                continue
            begin_s, ring, slot = self.earliest(row)
            if not math.isfinite(begin_s):
                self.reservations.has_no_start(row, self.now_s)
                continue
            self.reservations.keep(row, self.gang(row), Reservation(begin_s, ring, slot))
            if math.isnan(jobs.promised_s[row]):
                jobs.promised_s[row] = begin_s

    def _make_room(self, jobs: Any) -> NDArray[np.void]:
        """Ask jobs of lower priority to save their state and leave, where the first blocked job cannot start without that.

        Suspended ones leave at once. The nodes are reserved for it, from when the slowest of the others should have saved.
        """
        row, none = self.first_blocked, np.zeros(0, ACTION)
        if self.policy.backfill == "none" or row is None or jobs.state[row] != QUEUED:
            return none
        room = room_for(self, row)
        if room is None:
            return none
        self._drop_reservation(row)
        begin_s = self.now_s + float(jobs.checkpoint_s[room.victims].max()) + self.tick_s
        self.reservations.keep(row, self.gang(row), Reservation(begin_s, room.ring, room.slot))
        return self._ask_to_yield(jobs, room.victims)

    def _ask_to_yield(self, jobs: Any, victims: NDArray[np.integer]) -> NDArray[np.void]:
        actions = np.zeros(len(victims), ACTION)
        for k, victim in enumerate(victims.tolist()):
            if jobs.state[victim] == SUSPENDED:
                actions[k] = (STOP, victim, jobs.attempt[victim], -1, 0, self.now_s, 0.0, 0.0)
                kernels.leave_row(jobs, self.nodes, victim, self.now_s)
                self._left(jobs, np.array([victim]), np.array([self.now_s]))
                jobs.state[victim] = QUEUED
                self._wait(jobs, np.array([victim]))
            else:
                actions[k] = (CHECKPOINT, victim, jobs.attempt[victim], -1, 0, self.now_s, 0.0, 0.0)
                jobs.yields[victim], jobs.action_s[victim] = True, math.inf
        self._n_active = kernels.live_rows(jobs, self._active, self._n_active)
        return actions

    def earliest(self, row: int) -> tuple[float, int, int]:
        """Return the earliest start of a job on the calendar of all nodes, with ring and slot; infinity without one."""
        return self.earliest_of(self.gang(row))

    def earliest_of(self, gang: Gang) -> tuple[float, int, int]:
        """Return the earliest start of a gang, as `earliest` does."""
        return self.reservations.earliest(gang, self.sky, self.now_s)

    def _drop_reservation(self, row: int) -> None:
        if row in self.reservations:
            self.reservations.drop(row, self.gang(row))

    # --- books

    def idle_and_down(self, now_s: float) -> tuple[float, float]:
        """Return the node-seconds that nodes were idle, and out of service, up to now."""
        idle, down = node_kernels.open_books(self.nodes, now_s)
        return float(self.nodes.books[0] + idle), float(self.nodes.books[1] + down)
