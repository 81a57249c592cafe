"""How a run tells how far it has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    stage: str
    """"compile", "fly", "write", "workload" or "network"."""
    done: float
    """Satellite steps flown; of workload and network, looks."""
    total: float
    elapsed_s: float
