"""Engines: what carries out the requests of the control plane, and reports what became of them.

The simulated engine is given requests (ACTION) and returns reports (OBSERVATION). Engines that execute jobs for real are
schedulers that exist already: they are asked to start runs, to stop them, and which ones they know (`Engine`). The control
plane holds the truth: what an engine reports is compared with it, again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from skyrack.core.errors import RunError


class EngineError(RunError):
    """An engine that cannot be reached, or that refused a request; the control plane goes on and tries again."""


@dataclass(frozen=True)
class Run:
    """One start of a job on machines of an engine; its name is never used again."""

    name: str
    """Name on the engine, such as sky4f1a-7-2: job 7, its second run, of one control plane among others."""
    script: Path
    """Script to execute on the first of the machines, see `skyrack.operations.engines.runs`."""
    machines: tuple[str, ...]


@dataclass(frozen=True)
class Observed:
    """Runs and machines as an engine sees them now."""

    runs: frozenset[str]
    """Names of the runs that wait or run."""
    lost_machines: frozenset[str] = field(default_factory=frozenset)
    """Machines that are down or drained."""


class Engine(Protocol):
    """The promise of an engine that executes jobs for real. Each request may be repeated, with no other effect."""

    def start(self, run: Run) -> None:
        """Start a run on its machines. Raises EngineError if that is refused."""
        ...

    def stop(self, name: str) -> None:
        """Stop a run, be it waiting or running; nothing happens if the engine does not know it. Raises EngineError."""
        ...

    def observe(self) -> Observed:
        """Return the runs and machines that the engine knows. Raises EngineError if it cannot be asked."""
        ...

    def forget(self, name: str) -> None:
        """Drop what is kept of a run that has ended."""
        ...
