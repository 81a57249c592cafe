"""State of a flight within one process of the job: its clock, its board, its faults and its record."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import signal
import sys
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from skyrack.flight.board import DYING, LEFT, RUNNING, WAITING, Board, Entry, Status, blocked_forever
from skyrack.flight.clock import Clock
from skyrack.flight.collectives import OPERATIONS
from skyrack.flight.course import Course, GroundCourse, TimelineEndError, Transfer
from skyrack.flight.faults import Fault, read_faults
from skyrack.flight.log import Log, read_log
from skyrack.flight.rank import inject
from skyrack.flight.rank.work import CountedWork, CpuWork, Work
from skyrack.flight.settings import Settings
from skyrack.flight.tape import TapeWriter
from skyrack.flight.timeline import Timeline

END_OF_TIMELINE = 75
"""Exit status of a rank whose clock has reached the end of the timeline."""
QUIET_S = 120.0
"""Wall time after which a killed rank no longer waits until the others are blocked."""


class DesyncError(RuntimeError):
    """Ranks of one group are in different collectives."""


class Flight:
    """Flight of one rank: what the hooks in torch call."""

    def __init__(self, folder: Path, rank: int, attempt: int, board: Board, work: Work) -> None:
        """Begin an attempt of a rank; `folder` is that of the flight."""
        self.folder, self.rank, self.attempt, self.board = folder, rank, attempt, board
        self.settings, self.timeline = Settings.read(folder), Timeline.read(folder)
        faults = read_faults(self.settings.faults)
        kind = Course if self.settings.place == "orbit" else GroundCourse
        self.course = kind(self.timeline, faults, self.settings.algorithm)
        self.work = work
        self.log = Log(folder / "ranks" / f"{rank}.jsonl", attempt)
        self.tape = TapeWriter(folder / "ranks" / f"{rank}.{attempt}")
        self.generation = 0
        self.groups: weakref.WeakSet[Any] = weakref.WeakSet()
        """Groups that the script still holds: they end with it, as Gloo's threads must before the process does."""
        self.uncharged: Counter[str] = Counter()
        self.step = 0
        self.losses: list[float] = []
        self.optimizer: Any = None
        self.flop_scale, self.byte_scale = (1.0, 1.0) if self.settings.large is None else (math.nan, math.nan)
        self._calibrated_flop = 0.0
        self._changes = 0
        begin_s = self._begin_s()
        self.clock = Clock(self.course, rank)
        mine = [one for one in faults if one.rank in (-1, rank) and one.time_s >= begin_s]
        self._kills_s = [one.time_s for one in mine if one.kind == "kill"]
        self._flips = [one for one in mine if one.kind == "flip"]
        self._notices = self._notices_after(begin_s)
        self._step_s, self._step_ended_s = 0.0, begin_s
        if begin_s > 0.0:
            self.clock.restart(begin_s, self._counts_before())
            self.log.event("restart", begin_s, f"attempt {attempt} begins")
        self.clock.on_advance = self._due
        self._set_status(RUNNING)

    # --- the clock

    @property
    def is_calibrating(self) -> bool:
        """True during the first step under `--as`, which is not charged: it tells how large the script's own steps are."""
        return math.isnan(self.flop_scale)

    def event(self, key: str) -> None:
        """Charge the work since the last event."""
        self._charge(self.work.event(key))

    def anchor(self, key: str) -> None:
        """Charge the work since the last event, at the begin of a chain of events."""
        self._charge(self.work.anchor(key))

    def _charge(self, amount: float) -> None:
        if amount <= 0.0:
            return
        if self.is_calibrating:
            self._calibrated_flop += amount
            return
        flops_per_s = self.course.hardware.flops_per_s
        if isinstance(self.work, CpuWork):
            flop = amount * self.settings.cpu_time_scale * flops_per_s
        else:
            flop = amount * self.flop_scale
        self.tape.work(flop)
        with self._ends_with_timeline():
            self.clock.work(flop / flops_per_s, flop)

    def transferred(self, operation: str, amount_bytes: float, ranks: tuple[int, ...], begin_s: float) -> Transfer:
        """Return the end of an operation of some ranks that begins at a virtual time."""
        if self.is_calibrating:
            return Transfer(begin_s, 0.0)
        with self._ends_with_timeline():
            return self.course.transferred(operation, amount_bytes * self.byte_scale, ranks, begin_s)

    def met(self, begin_s: float, transfer: Transfer) -> None:
        """Advance to the end of an operation."""
        if not self.is_calibrating:
            with self._ends_with_timeline():
                self.clock.communicate(begin_s, transfer)

    @contextlib.contextmanager
    def _ends_with_timeline(self) -> Iterator[None]:
        try:
            yield
        except TimelineEndError as error:
            self.log.event("timeline ends", self.clock.now_s, str(error))
            (self.folder / "problem.txt").write_text(f"{error}\n", "utf-8")
            print(f"skyrack: rank {self.rank}: {error}", file=sys.stderr, flush=True)  # noqa: T201
            self.close(is_complete=False)
            os._exit(END_OF_TIMELINE)

    def _begin_s(self) -> float:
        """Return the virtual time at which this attempt begins: after the failure, the reboot and the restart."""
        if self.attempt == 0:
            return 0.0
        rows = [
            row
            for path in sorted((self.folder / "ranks").glob("*.jsonl"))
            for row in read_log(path)
            if row["attempt"] == self.attempt - 1
        ]
        kills_s = [float(row["time_s"]) for row in rows if row.get("event") == "kill"]
        was_killed = bool(kills_s)
        failed_s = max(kills_s or [float(row["time_s"]) for row in rows], default=0.0)
        hardware = self.course.hardware
        return failed_s + hardware.restart_s + (hardware.reboot_s if was_killed else 0.0)

    def _counts_before(self) -> dict[str, Any] | None:
        """Return the row of the last step of this rank before this attempt; None without one."""
        path = self.folder / "ranks" / f"{self.rank}.jsonl"
        counts = [row for row in read_log(path) if "step" in row and row["attempt"] < self.attempt]
        return counts[-1] if counts else None

    # --- collectives

    def note(self, kind: int, operation: str, group: Any, number: int, amount_bytes: int, root: int = -1) -> None:
        """Write a row of the tape."""
        if not self.is_calibrating:
            self.tape.row(kind, operation, group.board_name, group.ranks, number, amount_bytes * self.byte_scale, root)

    def before_collective(self, operation: str, amount_bytes: int, tensors: Any) -> None:
        """Charge the work before a collective, and flip a bit of what it sends where one is due."""
        self.event(f"{operation} {amount_bytes}")
        if not self.is_calibrating:
            self.clock.bytes += amount_bytes * self.byte_scale
        if self._flips and tensors is not None:
            self._flip("payload", lambda: [("payload", one) for _, one in inject.tensors_in(tensors)])

    def in_backward(self) -> bool:
        """Return True within a backward pass."""
        return bool(torch._C._current_graph_task_id() != -1)

    @contextlib.contextmanager
    def waiting(self, group: Any, sequence: int, operation: str, needs: tuple[int, ...]) -> Iterator[None]:
        """Show the other ranks and the launcher what this one waits for."""
        self._set_status(WAITING, group, sequence, operation, needs)
        try:
            yield
        finally:
            self._set_status(RUNNING)

    def _set_status(
        self, state: int, group: Any = None, sequence: int = 0, operation: str = "", needs: tuple[int, ...] = ()
    ) -> None:
        self._changes += 1
        mask = bytearray(64)
        for one in needs:
            mask[one // 8] |= 1 << one % 8
        self.board.set_status(
            self.rank,
            Status(
                state,
                self._changes,
                self.clock.now_s,
                self.step,
                os.getpid(),
                0 if group is None else len(group.ranks),
                sequence,
                bytes(mask),
                "" if group is None else group.board_name,
                operation,
            ),
        )

    def desync(self, rank: int, operation: str, amount_bytes: int, other: int, entry: Entry, group: str) -> None:
        """Raise DesyncError, and leave a record for the launcher."""
        problem = (
            f"the ranks differ in their sequence of collectives: rank {rank} enters {operation} of {amount_bytes:,} bytes, "
            f"rank {other} entered {OPERATIONS[entry.operation]} of {entry.amount_bytes:,} bytes at the same place "
            f"(group {group.partition('.')[2]}, step {self.step})"
        )
        self.log.event("desync", self.clock.now_s, problem)
        raise DesyncError(f"skyrack: {problem}")

    # --- steps

    def before_step(self, optimizer: Any) -> None:
        """Flip bits of gradients, parameters and optimiser state that are due, before an optimiser uses them."""
        self.event("step")
        if self._flips:
            self._flip("gradient", lambda: inject.gradients_of(optimizer))
            self._flip("parameter", lambda: inject.parameters_of(optimizer))
            self._flip("optimizer", lambda: inject.states_of(optimizer))

    def after_step(self, optimizer: Any) -> None:
        """Note the end of a step of the first optimiser that steps; others only charge their work."""
        self.anchor("stepped")
        if self.optimizer is None or not hasattr(self.optimizer, "param_groups"):
            self.optimizer = optimizer
        if optimizer is not self.optimizer:
            return
        if self.is_calibrating:
            self._calibrate(optimizer)
        self.step += 1
        loss = sum(self.losses) / len(self.losses) if self.losses else math.nan
        self.losses.clear()
        self._step_s, self._step_ended_s = self.clock.now_s - self._step_ended_s, self.clock.now_s
        self.log.step(self.step, self.clock, loss)
        self.tape.step()
        self._set_status(RUNNING)

    def _calibrate(self, optimizer: Any) -> None:
        """Find how many FLOPs and bytes of the large model each one of the script stands for."""
        large = self.settings.large
        own_bytes = inject.global_bytes(optimizer)
        if large is None or self._calibrated_flop <= 0.0 or own_bytes <= 0.0:
            raise RuntimeError(
                "skyrack: --as needs a first step with matrix products and parameters: none were counted before the "
                "first optimiser step"
            )
        self.flop_scale = large.flops_per_step / self._calibrated_flop
        self.byte_scale = large.gradient_bytes / own_bytes
        for group in self.groups:
            group.reset()
        self.log.event(
            "calibrated",
            self.clock.now_s,
            f"{self._calibrated_flop:.6g} FLOPs and {own_bytes:.6g} bytes of parameters stand for {large.flops_per_step:.6g} "
            f"FLOPs and {large.gradient_bytes:.6g} bytes of {large.title}",
        )

    # --- faults and notices

    def _flip(self, target: str, tensors: Callable[[], list[tuple[str, Any]]]) -> None:
        for fault in [one for one in self._due_flips() if one.target == target]:
            found = inject.flip(tensors(), fault)
            if found is not None:
                self._flips.remove(fault)
                self.log.event("flip", self.clock.now_s, f"{target}, {found}", due_s=fault.time_s)

    def due_activation(self) -> Fault | None:
        """Return a flip in an activation that is due; None without one."""
        return next((one for one in self._due_flips() if one.target == "activation"), None)

    def _due_flips(self) -> list[Fault]:
        """Return the flips that are due; they are kept in order of time."""
        return list(itertools.takewhile(lambda one: one.time_s <= self.clock.now_s, self._flips))

    def flip_activation(self, fault: Fault, module: str, output: Any) -> None:
        """Flip a bit of the output of a module."""
        found = inject.flip([(f"output of {module}", one) for _, one in inject.tensors_in(output)], fault)
        if found is not None:
            self._flips.remove(fault)
            self.log.event("flip", self.clock.now_s, f"activation, {found}", due_s=fault.time_s)

    def _notices_after(self, begin_s: float) -> list[float]:
        notice_s = self.settings.notice_s
        if notice_s is None:
            return []
        dark = [time_s for time_s, is_lit in self.course.sunlit_changes(self.rank) if not is_lit]
        return [time_s for time_s in dark if time_s - notice_s >= begin_s]

    def _due(self) -> None:
        """Act on what has come due: the end of this satellite's computers, or the notice of an eclipse."""
        now_s = self.clock.now_s
        if self._kills_s and now_s >= self._kills_s[0]:
            self._die(self._kills_s[0])
        # a signal reaches a script only between its operations: a notice due during the next step is sent before it
        notice_s = (self.settings.notice_s or 0.0) + self._step_s
        while self._notices and now_s >= self._notices[0] - notice_s:
            self._notify(self._notices.pop(0))

    def _notify(self, dark_s: float) -> None:
        """Send the signal of an eclipse to the script, if it listens: without a handler the signal would end it."""
        number = getattr(signal, self.settings.signal)
        is_heard = callable(signal.getsignal(number))
        how = f"{self.settings.signal} sent" if is_heard else f"the script has no handler for {self.settings.signal}"
        self.log.event("notice", self.clock.now_s, f"eclipse in {(dark_s - self.clock.now_s) / 60.0:.1f} min, {how}")
        if is_heard:
            signal.raise_signal(number)

    def _die(self, time_s: float) -> None:
        """Kill this process, once no other rank can go on without it.

        So the others stop where they need this one, however fast the machine is, and a flight with failures is reproducible.
        """
        self._set_status(DYING)
        others = [rank for rank in range(self.settings.n_ranks) if rank != self.rank]
        begun_s, is_quiet = time.monotonic(), False
        while not is_quiet and time.monotonic() - begun_s < QUIET_S:
            time.sleep(0.01)
            is_quiet = blocked_forever(self.board, others, lambda _: False)
        note = "" if is_quiet else "; the other ranks were still at work, so that a repetition may differ"
        self.log.event("kill", time_s, f"the computers of the satellite failed in step {self.step + 1}{note}")
        os.kill(os.getpid(), signal.SIGKILL)

    # --- end

    def close(self, *, is_complete: bool = True) -> None:
        """Charge the last work, and write the last rows of the record."""
        if self.log.is_closed:
            return
        if is_complete:
            self.event("end")
        if is_complete and self.is_calibrating:
            self.log.event(
                "not charged",
                self.clock.now_s,
                "--as charges steps of torch.optim, and the script made none: nothing was charged; leave --as out, or step "
                "with an optimiser of torch.optim",
            )
        self.tape.close()
        if isinstance(self.work, CountedWork):
            self.work.write(self.folder / "ranks" / f"{self.rank}.work.json")
        self.log.end(
            self.clock,
            {
                "is_complete": is_complete,
                "step": self.step,
                "weights_sha256": None if self.optimizer is None else inject.weights_sha256(self.optimizer),
                "uncharged": dict(self.uncharged),
                "uncounted": self.work.uncounted,
                "parameters": None if self.optimizer is None else _n_parameters(self.optimizer),
                "flips_left": len(self._due_flips()),
            },
        )
        self._set_status(LEFT)


def _n_parameters(optimizer: Any) -> int:
    return sum(int(one.numel()) for _, one in inject.parameters_of(optimizer))
