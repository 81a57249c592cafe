"""Table of jobs: one row for each job, columns as arrays, so that a million jobs take a few hundred megabytes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# states of a job
QUEUED, RUNNING, SUSPENDED, DONE, FAILED, CANCELLED = range(6)
STATE_NAMES = ("queued", "running", "suspended", "done", "failed", "cancelled")
LIVE = (QUEUED, RUNNING, SUSPENDED)
"""States of a job that has not ended."""

# what an engine reports
FINISHED, INTERRUPTED, CHECKPOINTED, NODE_FAILED, CRASHED = range(5)
OBSERVATION_NAMES = ("finished", "interrupted", "checkpointed", "node failed", "crashed")

# what the control plane asks of an engine
START, CHECKPOINT, RESUME, STOP = range(4)
ACTION_NAMES = ("start", "checkpoint", "resume", "stop")

OBSERVATION = np.dtype(
    [("kind", "i4"), ("row", "i4"), ("attempt", "i4"), ("time_s", "f8"), ("saved_s", "f8")], align=True
)
"""Report of an engine on one attempt of a job; `saved_s` is the work (s at full power) that a checkpoint holds."""
ACTION = np.dtype(
    [
        ("kind", "i4"),
        ("row", "i4"),
        ("attempt", "i4"),
        ("ring", "i4"),
        ("slot", "i4"),
        ("time_s", "f8"),
        ("overhead_s", "f8"),
        ("saved_s", "f8"),
    ],
    align=True,
)
"""Request to an engine at a time; `overhead_s` passes before a started or resumed job works, from `saved_s` on."""


class Jobs(NamedTuple):
    """Columns of the table, as compiled code reads them, each (row,)."""

    state: NDArray[np.int8]
    nodes: NDArray[np.int32]
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    condition: NDArray[np.int8]
    """POWERED, or SUNLIT for a job that must not use a battery."""
    is_preemptible: NDArray[np.bool_]
    yields: NDArray[np.bool_]
    """True for a job that was asked to save its state and give its nodes to a job of higher priority."""
    priority: NDArray[np.int32]
    queue: NDArray[np.int32]
    arrival_s: NDArray[np.float64]
    eligible_s: NDArray[np.float64]
    """Time from which the job may start: its data is there, its start time has come."""
    deadline_s: NDArray[np.float64]
    """Time by which the job should end; infinity without one."""
    in_bytes: NDArray[np.float64]
    """Data that must be in orbit before the job starts."""
    out_bytes: NDArray[np.float64]
    """Results that come down after it."""
    staged_s: NDArray[np.float64]
    """Time at which its data is in orbit."""
    delivered_s: NDArray[np.float64]
    """Time at which its results are on the ground; nan before its end, infinity if not within the forecast."""
    work_s: NDArray[np.float64]
    """Declared work: time at full power without overheads."""
    every_s: NDArray[np.float32]
    """Time between periodic checkpoints."""
    checkpoint_s: NDArray[np.float32]
    """Time that a checkpoint takes."""
    restart_s: NDArray[np.float32]
    """Time from the start of a job with a checkpoint to its first new work."""
    state_bytes: NDArray[np.float64]
    """Size of a checkpoint, all nodes together."""
    retries: NDArray[np.int32]
    """Number of failures after which the job is given up."""
    failures: NDArray[np.int32]
    attempt: NDArray[np.int32]
    ring: NDArray[np.int32]
    """First ring of the placement; -1 while there is none."""
    slot: NDArray[np.int32]
    begin_s: NDArray[np.float64]
    """Begin of the present attempt; nan before the first."""
    first_begin_s: NDArray[np.float64]
    """Begin of the first attempt; nan before it."""
    end_s: NDArray[np.float64]
    """End of the job; nan while it lives."""
    action_s: NDArray[np.float64]
    """Time of the next planned action, a checkpoint before the light ends; infinity without one."""
    resume_s: NDArray[np.float64]
    """Time at which a suspended job is resumed."""
    saved_s: NDArray[np.float64]
    """Work that the latest checkpoint holds."""
    promised_s: NDArray[np.float64]
    """Start that was first promised to the job by a reservation; nan without one."""
    held_since_s: NDArray[np.float64]
    """Time since which the job holds nodes; nan while it holds none."""
    held: NDArray[np.float64]
    """Node-seconds held up to `held_since_s`."""
    useful: NDArray[np.float64]
    """Node-seconds of work done and not lost."""
    lost: NDArray[np.float64]
    """Node-seconds of work that was lost at interruptions and failures."""
    overhead: NDArray[np.float64]
    """Node-seconds of checkpoints, starts and transfers."""
    dark: NDArray[np.float64]
    """Node-seconds of waiting for light on held nodes, and of working at a lower rate on batteries."""
    energy_j: NDArray[np.float64]
    """Energy of computers and bus while the job worked."""
    battery_j: NDArray[np.float64]
    """Part of it that came from batteries."""
    stops: NDArray[np.int32]
    """Number of unplanned stops by eclipses."""
    moves: NDArray[np.int32]
    """Number of planned moves and suspensions."""


_DEFAULTS: dict[str, Any] = {
    "rows": 1,
    "columns": 1,
    "nodes": 1,
    "is_preemptible": True,
    "deadline_s": np.inf,
    "every_s": np.inf,
    "retries": 1 << 30,
    "ring": -1,
    "begin_s": np.nan,
    "first_begin_s": np.nan,
    "end_s": np.nan,
    "delivered_s": np.nan,
    "action_s": np.inf,
    "resume_s": np.inf,
    "promised_s": np.nan,
    "held_since_s": np.nan,
}
_TYPES: dict[str, Any] = {
    "state": np.int8,
    "condition": np.int8,
    "is_preemptible": np.bool_,
    "yields": np.bool_,
    **dict.fromkeys(("every_s", "checkpoint_s", "restart_s"), np.float32),
    **dict.fromkeys(
        (
            *("nodes", "rows", "columns", "priority", "queue", "retries", "failures", "attempt", "ring", "slot"),
            *("stops", "moves"),
        ),
        np.int32,
    ),
}


class JobTable:
    """Jobs in order of their submission."""

    def __init__(self, capacity: int = 64) -> None:
        self.n = 0
        self._whole = Jobs._make(self._column(name, capacity) for name in Jobs._fields)

    @staticmethod
    def _column(name: str, n: int) -> NDArray[Any]:
        return np.full(n, _DEFAULTS.get(name, 0), _TYPES.get(name, np.float64))

    @property
    def jobs(self) -> Jobs:
        """Columns of all rows, those that are still unused included: compiled code keeps one type and address."""
        return self._whole

    def column(self, name: str) -> NDArray[Any]:
        """Return one column of the jobs."""
        found: NDArray[Any] = getattr(self._whole, name)[: self.n]
        return found

    def append(self, **columns: Any) -> NDArray[np.int64]:
        """Append jobs whose columns are given as arrays or single values; return their rows. Others keep their defaults."""
        count = max(np.size(value) for value in columns.values())
        self._reserve(self.n + count)
        rows = np.arange(self.n, self.n + count)
        for name, value in columns.items():
            getattr(self._whole, name)[self.n : self.n + count] = value
        self.n += count
        return rows

    def _reserve(self, n: int) -> None:
        capacity = len(self._whole.state)
        if n <= capacity:
            return
        while capacity < n:
            capacity *= 2
        self._whole = Jobs._make(
            np.concatenate([getattr(self._whole, name), self._column(name, capacity - len(self._whole.state))])
            for name in Jobs._fields
        )

    def copy(self) -> JobTable:
        """Return a copy that shares nothing with this table."""
        other = JobTable.__new__(JobTable)
        other.n = self.n
        other._whole = Jobs._make(values.copy() for values in self._whole)
        return other
