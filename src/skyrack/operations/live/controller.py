"""Control plane as a process: it takes jobs, decides by `step`, keeps the journal, and has an engine execute the runs."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.clock import Clock, WallClock
from skyrack.core.atomic_file import write_text
from skyrack.core.errors import DiskError, InputError
from skyrack.core.units import display
from skyrack.forecast.forecast import Forecast
from skyrack.forecast.sight import Sight
from skyrack.forecast.windows import SUNLIT
from skyrack.operations.accounting import Rates
from skyrack.operations.admission import admit
from skyrack.operations.core import ControlState, step
from skyrack.operations.engines import Engine, EngineError, Observed
from skyrack.operations.engines.runs import JobFolder, Placed, job_and_run
from skyrack.operations.events import Cancel, NewSky, NodesDown, NodesUp, Submit, Tick
from skyrack.operations.journal import Journal, entries
from skyrack.operations.live.standing import LiveRun, Standing, sayable
from skyrack.operations.live.virtual_time import VirtualTime, continued_s
from skyrack.operations.manifest import Manifest
from skyrack.operations.nodes import FREE
from skyrack.operations.policy import SchedulingPolicy
from skyrack.operations.queues import QueueTree
from skyrack.operations.reservations import Reservation
from skyrack.operations.simulation import Fleet
from skyrack.operations.staging import downloads_done_s
from skyrack.operations.table import (
    CHECKPOINT,
    CHECKPOINTED,
    CRASHED,
    DONE,
    FINISHED,
    INTERRUPTED,
    LIVE,
    NODE_FAILED,
    OBSERVATION,
    OBSERVATION_NAMES,
    RUNNING,
    START,
    STATE_NAMES,
)

SNAPSHOT_EVERY = 5_000
"""Number of records after which a snapshot is kept."""
SAVED = "its state is saved"
MISSED = 3
"""Number of looks at an engine in which a run that had begun is missing before it counts as lost."""


@dataclass(frozen=True)
class Machines:
    """Machines of an engine, and the satellites for which they stand."""

    names: tuple[str, ...]
    """Machine of each node of the fleet, (node,)."""
    satellites: tuple[str, ...]
    """Name of the satellite of each node, (node,)."""


@dataclass(frozen=True)
class World:
    """Everything that a control plane is given: the fleet with its forecast, the machines, the engine, and the rules."""

    forecast: Forecast
    fleet: Fleet
    machines: Machines
    policy: SchedulingPolicy
    queues: QueueTree
    rates: Rates
    engine: Engine
    speed: float = 1.0
    """Seconds of virtual time in a second."""
    tick_wall_s: float = 1.0
    begin_s: float = 0.0
    sight: Sight | None = None
    """Places of the satellites over the ground; None where nobody looks."""
    clock: Clock = field(default_factory=WallClock)
    """Clock by which virtual time passes."""


class Controller:
    """Control plane in a folder; one process holds it at a time."""

    def __init__(self, folder: Path, world: World) -> None:
        """Open the control plane of a folder, and take up what its journal holds."""
        self.folder, self.world = folder, world
        self.jobs_folder = folder / "jobs"
        self.lock = threading.RLock()
        self.problem: str | None = None
        """Sentence on what hinders the control plane: a full disk, an engine out of reach; None without a problem."""
        self.looks = 0
        """Number of looks at the engine."""
        self._missing: dict[str, int] = {}
        self._ended: list[str] = []
        self._lost: frozenset[int] = frozenset()
        """Nodes whose machines are lost."""
        self._drained: set[int] = set()
        """Nodes that an operator took out of service."""
        self._index = {name: node for node, name in enumerate(world.machines.names)}
        self.journal = Journal(folder / "journal")
        self.prefix = _identity(folder)
        """Begin of the names of this control plane's runs on the engine: others may share it."""
        self.standing = Standing.of_journal(folder / "journal")
        begin_s = world.begin_s
        last = self.standing.number
        if last >= 0:
            record = next(entries(folder / "journal", last)).record
            down_s = world.clock.calendar_s() - float(record["wall"])
            begin_s = continued_s(self.standing.now_s, down_s, world.speed)
        self.time = VirtualTime(begin_s, world.speed, world.clock)
        self.state = self._restored(self.standing, begin_s)
        self._snapshot_at = self.journal.next_number + SNAPSHOT_EVERY
        self._append("open", [{"what": "opened", "detail": f"policy {world.policy.name}"}])

    @property
    def tick_s(self) -> float:
        """Virtual time between two ticks."""
        return self.world.tick_wall_s * self.world.speed

    def _restored(self, standing: Standing, now_s: float) -> ControlState:
        world = self.world
        nodes = world.fleet.fresh_nodes()
        nodes.free_s[:] = now_s
        state = ControlState(
            nodes,
            world.fleet.light.sky,
            world.policy,
            world.queues,
            link_bit_per_s=world.fleet.link_bit_per_s,
            dark_rate_frac=world.fleet.slowest_rate_frac,
            reboot_s=0.0,  # a machine is out of service for as long as the engine says
            tick_s=self.tick_s,
            now_s=now_s,
        )
        if standing.number < 0:
            return state
        world.queues.restore(standing.use, standing.used_at_s)
        state.broken_promises = standing.broken_promises
        state.restore(
            standing.table.copy(),
            standing.now_s,
            down=standing.down,
            reservations={row: Reservation(*one) for row, one in standing.reservations.items()},
            books=standing.books,
        )
        self._drained = set(standing.drained)
        down = {node for node, until_s in standing.down.items() if math.isinf(until_s)}
        self._lost = frozenset(
            down - self._drained
        )  # a drained node's machine may be lost as well: seen at the next look
        return state

    # --- requests

    def submit(self, manifest: Manifest, user: str, key: str | None = None, max_satellites: int | None = None) -> int:
        """Take a job; return its number once it is in the journal, on the disk.

        A submission with a key that the user has given before returns the job of that key. `max_satellites` is a limit on
        the satellites of all live jobs of the user. Raises InputError for a job that cannot run or exceeds the limit, or for
        a key of another job, and DiskError if the journal cannot be written: then nothing is taken.
        """
        if manifest.data.in_bytes > 0.0 or manifest.data.out_bytes > 0.0:
            _ = self.world.forecast.ground  # the first time it takes a while, in which ticks go on
        with self.lock:
            known = None if key is None else self.standing.keys.get((user, key))
            if known is not None:
                row = known
                if self.standing.orders[row].manifest != manifest:
                    raise InputError(
                        f"the key {key!r} belongs to job {row + 1}, {self.standing.orders[row].manifest.name}, which asks "
                        f"for something else; take another key"
                    )
                return row + 1
            if max_satellites is not None:
                self._check_limit(manifest, user, max_satellites)
            world, now_s = self.world, self.time.now_s()
            columns = admit(manifest, world.forecast, world.fleet, self.state, world.rates, now_s)
            document = manifest.to_document()
            row = self.state.table.n
            if row != self.standing.table.n:
                raise DiskError(self.folder, self.problem or "earlier records are not written yet")
            JobFolder(self.jobs_folder, row + 1).write(manifest)
            self._write(
                {
                    "kind": "submit",
                    "user": user,
                    "key": key,
                    "manifest": document,
                    "columns": {name: sayable(value) for name, value in columns.items()},
                    "events": [{"what": "submitted", "job": row + 1, "user": user, "detail": manifest.name}],
                }
            )
            self.state, _ = step(self.state, Submit(columns))
            return row + 1

    def _check_limit(self, manifest: Manifest, user: str, most: int) -> None:
        jobs = self.state.table.jobs
        asked = sum(
            int(jobs.nodes[row])
            for row, order in enumerate(self.standing.orders)
            if order.user == user and jobs.state[row] in LIVE
        )
        if asked + manifest.gang.satellites > most:
            raise InputError(
                f"{manifest.name}: gang.satellites: the live jobs of {user} ask for {asked:,} satellites, this one for "
                f"{manifest.gang.satellites:,} more; accepted are {most:,} together"
            )

    def cancel(self, job: int, user: str) -> None:
        """End a job. Raises InputError for one that does not exist or has ended, DiskError as `submit` does."""
        with self.lock:
            row = self.row_of(job)
            if self.state.table.jobs.state[row] not in LIVE:
                raise InputError(f"job {job} is {STATE_NAMES[self.state.table.jobs.state[row]]} already")
            now_s = self.time.now_s()
            self._close_spell(row, now_s, kept_s=0.0)
            if row in self.standing.runs:
                self.standing.runs[row].has_ended = True
                self._forbid(job, self.standing.runs[row].number)
            self.state, _ = step(self.state, Cancel(row, now_s))
            self._settle([row])
            self._append("cancel", [{"what": "cancelled", "job": job, "user": user}])

    def new_forecast(self, forecast: Forecast, fleet: Fleet, why: str) -> None:
        """Take another forecast of the same satellites, as when time goes on or orbital elements are updated."""
        with self.lock:
            now_s = self.time.now_s()
            self.world = replace(self.world, forecast=forecast, fleet=fleet)
            self.state, _ = step(self.state, NewSky(fleet.light.sky, now_s))
            self._append("forecast", [{"what": "new forecast", "detail": why}])

    def set_service(self, satellites: Sequence[str], *, in_service: bool, user: str) -> None:
        """Take satellites out of service, or return them to it; jobs on them are queued again.

        Raises InputError for a name that is not one of the fleet's.
        """
        with self.lock:
            known = {name: node for node, name in enumerate(self.world.machines.satellites)}
            unknown = [name for name in satellites if name not in known]
            if unknown:
                raise InputError(
                    f"{unknown[0]}: no machine stands for such a satellite; 'skyrack nodes' lists those that are"
                )
            nodes = tuple(known[name] for name in satellites)
            what = "returned to service" if in_service else "taken out of service"
            events = [{"what": what, "satellite": name, "user": user} for name in satellites]
            if in_service:
                self._drained -= set(nodes)
                up = tuple(node for node in nodes if node not in self._lost)
                self.state, _ = step(self.state, NodesUp(up, self.time.now_s()))
            else:
                self._drained |= set(nodes)
                before = np.flatnonzero(self.state.table.column("ring") >= 0).tolist()
                self._end_runs_on(nodes, self.time.now_s(), set(), events)
                self.state, _ = step(self.state, NodesDown(nodes, self.time.now_s()))
                self._settle(before)
            self._append("nodes", events)

    def needs_stations(self) -> bool:
        """Return True if data of a job passes the ground stations, or results have still to come down."""
        table = self.state.table
        is_live = np.isin(table.column("state"), LIVE)
        moves = (table.column("in_bytes") > 0.0) | (table.column("out_bytes") > 0.0)
        waits = (table.column("out_bytes") > 0.0) & np.isnan(table.column("delivered_s"))
        return bool(((is_live & moves) | waits).any())

    def row_of(self, job: int) -> int:
        """Return the row of a job in the table. Raises InputError where there is none."""
        if not 1 <= job <= self.state.table.n:
            raise InputError(f"job {job}: there is none; the jobs here are 1 to {self.state.table.n:,}")
        return job - 1

    # --- the loop

    def tick(self) -> None:
        """Look at the engine once, decide, write the journal, and have the engine carry out what follows."""
        observed = None
        try:
            observed = self.world.engine.observe()
            self._note(None)
        except EngineError as error:
            self._note(str(error))
        try:
            with self.lock:
                self._decide(observed)
        except DiskError as error:
            self._note(str(error))
            return
        if observed is not None:
            self._reconcile(observed)

    def _decide(self, observed: Observed | None) -> None:
        now_s = max(self.time.now_s(), self.state.now_s)
        events: list[dict[str, Any]] = []
        self.looks += 1
        before = self.state.table.column("ring").copy()
        reports = self._reports(observed, now_s, events)
        lost, returned = ((), ()) if observed is None else self._follow_machines(observed, now_s, reports, events)
        self.state, actions = step(self.state, Tick(now_s, now_s + self.tick_s, reports, lost, returned))
        self._settle(np.flatnonzero(before >= 0).tolist())
        self._bring_down(events)
        self._follow(actions, events)
        is_numbered = self._number_runs(now_s)
        self._append("tick", events, now_s, is_silent=not is_numbered)

    def _bring_down(self, events: list[dict[str, Any]]) -> None:
        """Forecast when the results of jobs that have ended are on the ground, as soon as the stations' forecast is there."""
        table, forecast = self.state.table, self.world.forecast
        ended = (table.column("state") == DONE) & (table.column("out_bytes") > 0.0)
        rows = np.flatnonzero(ended & np.isnan(table.column("delivered_s")))
        if not len(rows) or "ground" not in vars(forecast):
            return
        for row in rows[np.argsort(table.column("end_s")[rows], kind="stable")].tolist():
            end_s, amount = float(table.jobs.end_s[row]), float(table.jobs.out_bytes[row])
            done_s = forecast.ground.done_at_s(amount, max(end_s, downloads_done_s(table)))
            table.jobs.delivered_s[row] = done_s
            when = display(done_s - end_s, "s") if done_s < math.inf else "a time beyond the forecast"
            events.append({"what": "results come down", "job": row + 1, "detail": f"within {when}"})

    def _reports(self, observed: Observed | None, now_s: float, events: list[dict[str, Any]]) -> NDArray[np.void]:
        """Return what became of the current runs."""
        jobs, found = self.state.table.jobs, []
        for row in self.state.active.tolist():
            run = self.standing.runs.get(row)
            if jobs.state[row] != RUNNING or run is None or run.has_ended or run.attempt != jobs.attempt[row]:
                continue
            job = row + 1
            if run.begun_s is None and JobFolder(self.jobs_folder, job).has_begun(run.number):
                past_s = self.world.clock.calendar_s() - JobFolder(self.jobs_folder, job).begun_at_s(run.number)
                run.begun_s = min(max(now_s - max(past_s, 0.0) * self.world.speed, run.started_s), now_s)
                events.append({"what": "began", "job": job, "run": run.number})
            kind, detail = self._look(row, run, observed, now_s)
            if kind is None:
                continue
            is_saved = detail == SAVED
            run.has_ended = True
            self._ended.append(self.name_of(job, run.number))
            if kind in (INTERRUPTED, NODE_FAILED, CHECKPOINTED):
                self._forbid(job, run.number)
            saved_s = self._close_spell(row, now_s, kept_s=self._kept_s(row, run, kind, now_s, is_saved=is_saved))
            found.append((kind, row, run.attempt, now_s, saved_s))
            events.append({"what": OBSERVATION_NAMES[kind], "job": job, "run": run.number, "detail": detail})
        return np.array(found, OBSERVATION) if found else np.zeros(0, OBSERVATION)

    def _look(self, row: int, run: LiveRun, observed: Observed | None, now_s: float) -> tuple[int | None, str]:
        """Return what became of a run, and a sentence; None while it goes on."""
        folder, name = JobFolder(self.jobs_folder, row + 1), self.name_of(row + 1, run.number)
        status = folder.status(run.number)
        if status is not None:
            self._missing.pop(name, None)
            return _meaning(folder, run.number, status, self.standing.orders[row].manifest.checkpoint.saved_status)
        if observed is not None and run.begun_s is not None and name not in observed.runs:
            self._missing[name] = self._missing.get(name, 0) + 1
            if self._missing[name] >= MISSED:
                return NODE_FAILED, "the engine lost it"
        else:
            self._missing.pop(name, None)
        if run.begun_s is None and folder.was_asked(run.number):
            return CHECKPOINTED, "it had not begun before its light ends"
        if self.state.left_s(row, now_s) <= 0.0:
            return INTERRUPTED, "its satellites are without power"
        return None, ""

    def _kept_s(self, row: int, run: LiveRun, kind: int, now_s: float, *, is_saved: bool = False) -> float:
        """Return the work of a run that is kept, as far as known: the engine tells the time, the job its exit status."""
        jobs = self.state.table.jobs
        if run.begun_s is None:
            return 0.0
        restart_s = float(jobs.restart_s[row]) if jobs.saved_s[row] > 0.0 else 0.0
        worked_s = max(now_s - run.begun_s - restart_s, 0.0)
        if kind == FINISHED:
            return worked_s
        if kind == CHECKPOINTED:
            return max(worked_s - float(jobs.checkpoint_s[row]), 0.0) if is_saved else 0.0
        every_s = float(jobs.every_s[row] + jobs.checkpoint_s[row])
        return math.floor(worked_s / every_s) * float(jobs.every_s[row])

    def _close_spell(self, row: int, now_s: float, *, kept_s: float) -> float:
        """Count the time of a run up to now as useful, lost or overhead; return the work that is saved then."""
        jobs, run = self.state.table.jobs, self.standing.runs.get(row)
        k, saved_s = int(jobs.nodes[row]), float(jobs.saved_s[row])
        if run is None or run.attempt != jobs.attempt[row] or jobs.state[row] != RUNNING:
            return saved_s
        begun_s = now_s if run.begun_s is None else run.begun_s
        restart_s = min(float(jobs.restart_s[row]) if saved_s > 0.0 else 0.0, now_s - begun_s)
        worked_s = now_s - begun_s - restart_s
        kept_s = min(kept_s, worked_s)
        jobs.overhead[row] += (max(begun_s - run.started_s, 0.0) + restart_s) * k
        jobs.useful[row] += kept_s * k
        jobs.lost[row] += (worked_s - kept_s) * k
        ring = int(jobs.ring[row])
        if ring >= 0:
            busy_w = float(self.world.fleet.busy_w[ring])
            jobs.energy_j[row] += (now_s - begun_s) * busy_w * k
            jobs.battery_j[row] += self._in_shadow_s(row, begun_s, now_s) * busy_w
        # a job that takes longer than declared always has some work left
        most_s = float(jobs.work_s[row]) - min(60.0, 0.1 * float(jobs.work_s[row]))
        return min(saved_s + kept_s, max(most_s, saved_s))

    def _in_shadow_s(self, row: int, begin_s: float, end_s: float) -> float:
        """Return the time for which the satellites of a job had no full sunlight, all together."""
        light, spent_s = self.world.fleet.light, 0.0
        for node in self.nodes_of(row):
            lit = light.intervals(node, begin_s, end_s, SUNLIT) if end_s > begin_s else []
            spent_s += end_s - begin_s - sum(b - a for a, b in lit)
        return spent_s

    def _settle(self, rows: list[int]) -> None:
        """Count as dark what the jobs that gave their nodes back have held without running."""
        jobs = self.state.table.jobs
        for row in rows:
            if jobs.ring[row] < 0 or jobs.held_since_s[row] == self.state.now_s:
                parts = jobs.useful[row] + jobs.lost[row] + jobs.overhead[row]
                jobs.dark[row] = max(float(jobs.held[row] - parts), 0.0)

    def _follow_machines(
        self, observed: Observed, now_s: float, reports: NDArray[np.void], events: list[dict[str, Any]]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the nodes whose machines were lost and those whose machines returned; the runs on the former end."""
        lost = frozenset(self._index[name] for name in observed.lost_machines if name in self._index)
        names = self.world.machines.satellites
        gone, back = tuple(sorted(lost - self._lost)), tuple(sorted(self._lost - lost - self._drained))
        events += [{"what": "machine lost", "satellite": names[node]} for node in gone]
        events += [{"what": "machine returned", "satellite": names[node]} for node in back]
        self._end_runs_on(gone, now_s, set(reports["row"].tolist()), events)
        self._lost = lost
        return gone, back

    def _end_runs_on(
        self, nodes: tuple[int, ...], now_s: float, reported: set[int], events: list[dict[str, Any]]
    ) -> None:
        """Count the runs on some nodes as ended by their loss, except those of jobs that have been reported."""
        jobs = self.state.table.jobs
        rows = {int(self.state.nodes.holder[node]) for node in nodes if self.state.nodes.holder[node] > FREE}
        for row in sorted(rows - reported):
            run = self.standing.runs.get(row)
            if run is not None and run.attempt == jobs.attempt[row] and not run.has_ended:
                kept_s = self._kept_s(row, run, NODE_FAILED, now_s)
                jobs.saved_s[row] = self._close_spell(row, now_s, kept_s=kept_s)
                run.has_ended = True
                self._forbid(row + 1, run.number)
            events.append({"what": OBSERVATION_NAMES[NODE_FAILED], "job": row + 1})

    def _follow(self, actions: NDArray[np.void], events: list[dict[str, Any]]) -> None:
        for action in actions:
            row, job = int(action["row"]), int(action["row"]) + 1
            if action["kind"] == CHECKPOINT:
                run = self.standing.runs.get(row)
                if run is not None and not run.has_ended and run.attempt == action["attempt"]:
                    events.append({"what": "checkpoint asked", "job": job, "run": run.number})
                    with suppress(DiskError):  # then it is stopped when its light ends
                        JobFolder(self.jobs_folder, job).ask_checkpoint(run.number)
            elif action["kind"] == START:
                events.append({"what": "placed", "job": job, "satellites": self.satellites_of(row)})

    def _number_runs(self, now_s: float) -> bool:
        """Give a number to the run of each job that should run now and has none; return True if there was one."""
        jobs, is_any = self.state.table.jobs, False
        for row in self.state.active.tolist():
            if jobs.state[row] != RUNNING:
                continue
            run = self.standing.runs.get(row)
            if run is not None and run.attempt == jobs.attempt[row] and not run.has_ended:
                continue
            if self.state.left_s(row, now_s) > 0.0:
                number = 1 if run is None else run.number + 1
                self.standing.runs[row] = LiveRun(number, int(jobs.attempt[row]), now_s)
                is_any = True
        return is_any

    def _reconcile(self, observed: Observed) -> None:
        """Have the engine start the runs that should be there and stop those that should not."""
        with self.lock:
            jobs = self.state.table.jobs
            wanted: dict[str, tuple[int, LiveRun, Placed]] = {}
            for row in self.state.active.tolist():
                run = self.standing.runs.get(row)
                if run is None or run.has_ended or jobs.state[row] != RUNNING or run.attempt != jobs.attempt[row]:
                    continue
                nodes = self.nodes_of(row)
                machines = self.world.machines
                placed = Placed(
                    tuple(machines.satellites[node] for node in nodes),
                    tuple(machines.names[node] for node in nodes),
                    run.started_s,
                )
                wanted[self.name_of(row + 1, run.number)] = row, run, placed
        while self._ended:
            self.world.engine.forget(self._ended.pop())
        for name in observed.runs:
            found = job_and_run(name, self.prefix)
            if found is not None and name not in wanted:
                self._forbid(*found)
                self._ask(partial(self.world.engine.stop, name))
        for name, (row, run, placed) in wanted.items():
            folder = JobFolder(self.jobs_folder, row + 1)
            if name in observed.runs or folder.has_begun(run.number):
                continue
            try:
                prepared = folder.prepare(name, run.number, self.standing.orders[row].manifest, placed)
            except DiskError as error:
                self._note(str(error))
                return
            self._ask(partial(self.world.engine.start, prepared))

    def _forbid(self, job: int, number: int) -> None:
        """Let a run that is not wanted end itself, wherever it is."""
        if 1 <= job <= self.standing.table.n:
            folder = JobFolder(self.jobs_folder, job)
            with suppress(DiskError):
                if folder.allowed() == number:
                    folder.allow(None)

    def _ask(self, request: Callable[[], None]) -> None:
        try:
            request()
        except EngineError as error:
            self._note(str(error))

    def _note(self, problem: str | None) -> None:
        self.problem = problem

    # --- names

    def name_of(self, job: int, number: int) -> str:
        """Return the name of a run on the engine."""
        return f"{self.prefix}-{job}-{number}"

    def nodes_of(self, row: int) -> list[int]:
        """Return the nodes that a job holds."""
        jobs, nodes = self.state.table.jobs, self.state.nodes
        ring, slot, columns = int(jobs.ring[row]), int(jobs.slot[row]), int(jobs.columns[row])
        if ring < 0:
            return []
        found = []
        for k in range(int(jobs.nodes[row])):
            first, end = int(nodes.first[ring + k // columns]), int(nodes.first[ring + k // columns + 1])
            found.append(first + (slot + k % columns) % (end - first))
        return found

    def satellites_of(self, row: int) -> list[str]:
        """Return the names of the satellites that a job holds."""
        return [self.world.machines.satellites[node] for node in self.nodes_of(row)]

    # --- journal

    def _append(
        self, kind: str, events: list[dict[str, Any]], at_s: float | None = None, *, is_silent: bool = False
    ) -> None:
        """Write what has changed since the last record; with `is_silent`, nothing if nothing has."""
        rows = self.standing.changed_rows(self.state.table)
        if is_silent and not rows and not events:
            return
        self._write({"kind": kind, "rows": rows, "events": events}, at_s)

    def _write(self, record: dict[str, Any], at_s: float | None = None) -> None:
        state = self.state
        now_s = max(self.time.now_s() if at_s is None else at_s, self.standing.now_s)
        use, used_at_s = self.world.queues.uses()
        record |= {
            "at": now_s,
            "wall": self.world.clock.calendar_s(),
            "runs": {str(row): asdict(run) for row, run in self.standing.runs.items() if not self._is_over(row)},
            "state": {
                "down": [[node, sayable(until_s)] for node, until_s in state.down.items()],
                "drained": sorted(self._drained),
                "reservations": [[row, one.begin_s, one.ring, one.slot] for row, one in state.reservations.items()],
                "use": use,
                "used_at_s": used_at_s,
                "books": state.idle_and_down(now_s),
                "broken_promises": state.broken_promises,
            },
        }
        self.journal.append([record])
        self.standing.apply(record)
        if self.journal.next_number >= self._snapshot_at:
            self._snapshot_at = self.journal.next_number + SNAPSHOT_EVERY
            self.journal.snapshot(self.standing.to_bytes())

    def _is_over(self, row: int) -> bool:
        """Return True for a job that had ended before the last record."""
        return self.standing.table.jobs.state[row] not in LIVE

    def close(self) -> None:
        """Keep a snapshot and close the journal; runs go on, and are found again when the control plane is opened."""
        with self.lock:
            self._append("close", [{"what": "closed"}])
            self.journal.snapshot(self.standing.to_bytes())
            self.journal.close()


def _meaning(folder: JobFolder, number: int, status: int, saved_status: int) -> tuple[int, str]:
    """Return what the exit status of a run means, and a sentence."""
    signalled = folder.was_signalled(number)
    if status == saved_status and signalled:
        return CHECKPOINTED, SAVED
    if signalled and status > 0:
        return CRASHED, f"on its signal it ended with status {status}, not with {saved_status}: it has saved nothing"
    if folder.was_terminated(number):
        return NODE_FAILED, "the engine ended it"
    return (FINISHED, "") if status == 0 else (CRASHED, f"exit status {status}")


def _identity(folder: Path) -> str:
    """Return the identity of a control plane's folder, which is made with it."""
    path = folder / "identity"
    if not path.exists():
        write_text(path, f"sky{secrets.token_hex(3)}\n", is_durable=True)
    return path.read_text().strip()
