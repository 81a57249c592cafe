"""Progress reports of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Progress of a run within one stage."""

    stage: str
    """Stage: one of "compile", "fly", "write", "workload", "network", "timeline", "forecast" and "operate"."""
    done: float
    """Units completed: satellite steps, snapshots in the stages "workload" and "network", policies in "operate"."""
    total: float
    elapsed_s: float
    """Time in seconds since the stage began."""


OnProgress = Callable[[Progress], None]


class Stage:
    """Stage of a run that counts completed units and reports them, from any thread."""

    def __init__(self, name: str, total: float, on_progress: OnProgress | None, done: float = 0.0) -> None:
        """Begin a stage of `total` units, of which `done` are already completed."""
        self.name, self.total, self.done = name, total, done
        self._on_progress = on_progress
        self._begun_s = time.perf_counter()
        self._lock = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        """Time in seconds since the stage began."""
        return time.perf_counter() - self._begun_s

    def advance(self, units: float) -> None:
        """Add newly completed units, and report the progress."""
        with self._lock:
            self.done += units
        self.report()

    def update(self, done: int, total: int) -> None:
        """Set the completed and total units, and report the progress."""
        self.done, self.total = done, total
        self.report()

    def report(self) -> None:
        """Report the current progress."""
        if self._on_progress is not None:
            self._on_progress(Progress(self.name, self.done, self.total, self.elapsed_s))
