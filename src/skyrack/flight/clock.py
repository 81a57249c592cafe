"""Virtual clock of one rank: it advances by work, by communication and by restarts, and counts where its time went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from skyrack.flight.course import Course, Transfer
from skyrack.flight.tables import PHASES

ROUNDING = 1e-12
"""Relative size of a loss of time that is rounding alone."""


class Clock:
    """Virtual clock of a rank under the course of its flight."""

    def __init__(self, course: Course, rank: int) -> None:
        """Start the clock of a rank at zero."""
        self.course, self.rank = course, rank
        self.now_s = 0.0
        self.phases = dict.fromkeys(PHASES, 0.0)
        self.flop = 0.0
        self.bytes = 0.0
        self.on_advance: Callable[[], None] = lambda: None
        """Called after every advance: faults and notices that have come due."""

    def work(self, work_s: float, flop: float = 0.0) -> None:
        """Advance by computing that takes `work_s` at full power."""
        if work_s <= 0.0:
            return
        end_s = self.course.computed_s(self.rank, self.now_s, work_s)
        self.phases["compute"] += work_s
        lost_s = end_s - self.now_s - work_s
        self.phases["power"] += lost_s if lost_s > ROUNDING * end_s else 0.0
        self.flop += flop
        self.now_s = end_s
        self.on_advance()

    def communicate(self, begin_s: float, transfer: Transfer) -> None:
        """Advance to the end of an operation whose last rank was ready at `begin_s`, as far as that is not hidden already."""
        if transfer.end_s <= self.now_s:
            return
        exposed_s = transfer.end_s - self.now_s
        waited_s = min(max(begin_s - self.now_s, 0.0), exposed_s)
        outage_s = min(transfer.outage_s, exposed_s - waited_s)
        self.phases["waiting"] += waited_s
        self.phases["outage"] += outage_s
        self.phases["communication"] += max(exposed_s - waited_s - outage_s, 0.0)
        self.now_s = transfer.end_s
        self.on_advance()

    def restart(self, begin_s: float, counts: Mapping[str, Any] | None) -> None:
        """Set the clock of a new attempt that begins at a virtual time, after the last counts of the one before.

        The time from these counts on is lost: an unfinished step, the failure, the reboot and the restart.
        """
        if counts is not None:
            self.now_s, self.flop, self.bytes = counts["time_s"], counts["flop"], counts["bytes"]
            self.phases = {name: counts[f"{name}_s"] for name in PHASES}
        self.phases["restart"] += begin_s - self.now_s
        self.now_s = begin_s
