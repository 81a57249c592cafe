"""How a run reports its progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    stage: str
    """One of "compile", "fly", "write", "workload" and "network"."""
    done: float
    """Satellite steps flown; of workload and network, snapshots."""
    total: float
    elapsed_s: float
    """Time since the stage began."""


OnProgress = Callable[[Progress], None]


class Stage:
    """One stage of a run: counts what is done and reports it, from any thread."""

    def __init__(self, name: str, total: float, on_progress: OnProgress | None, done: float = 0.0) -> None:
        """Begin a stage of `total` units, of which `done` were done before."""
        self.name, self.total, self.done = name, total, done
        self._on_progress = on_progress
        self._begun_s = time.perf_counter()
        self._lock = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        """Time since the stage began."""
        return time.perf_counter() - self._begun_s

    def advance(self, units: float) -> None:
        """Add units that are done now, and report."""
        with self._lock:
            self.done += units
        self.report()

    def update(self, done: int, total: int) -> None:
        """Set how many units of how many are done, and report."""
        self.done, self.total = done, total
        self.report()

    def report(self) -> None:
        """Report the present state."""
        if self._on_progress is not None:
            self._on_progress(Progress(self.name, self.done, self.total, self.elapsed_s))
