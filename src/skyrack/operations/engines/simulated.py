"""Simulated engine: gangs work at virtual times under the power, eclipses and failures of the twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.operations.core import ControlState
from skyrack.operations.engines import simulated_kernel as kernel
from skyrack.operations.engines.simulated_kernel import Attempts, World
from skyrack.operations.table import OBSERVATION

Floats = NDArray[np.float64]
_TYPES: dict[str, Any] = {"state": np.int8, "attempt": np.int32, "ring": np.int32, "slot": np.int32}


@dataclass
class SimulatedEngine:
    """Engine over arrays, one row for each job of the control plane's table."""

    state: ControlState
    dark_rate: Floats
    """Arithmetic rate in the dark over that in sunlight, by ring, (ring,)."""
    failures_per_s: Floats
    """Rate of node failures of one satellite, by ring, (ring,)."""
    busy_w: Floats
    """Power of computers and bus of one working satellite, by ring, (ring,)."""
    seed: int = 1

    def __post_init__(self) -> None:
        self._attempts = self._of_size(0)
        self._scratch = np.zeros(self.state.n_nodes + 2, np.int64)
        self._world = World(self.dark_rate, self.failures_per_s, self.busy_w, self.state.nodes, self.seed)

    @staticmethod
    def _of_size(n: int) -> Attempts:
        return Attempts._make(np.zeros(n, _TYPES.get(name, np.float64)) for name in Attempts._fields)

    def carry_out(self, actions: NDArray[np.void]) -> None:
        """Take the requests of the control plane."""
        n = len(self.state.table.jobs.state)
        known = len(self._attempts.state)
        if n > known:
            more = self._of_size(n - known)
            self._attempts = Attempts._make(
                np.concatenate([getattr(self._attempts, name), getattr(more, name)]) for name in Attempts._fields
            )
        kernel.carry_out(self.state.table.jobs, self._attempts, self._world, actions, len(actions))

    def observe(self, until_s: float) -> NDArray[np.void]:
        """Follow all attempts to a time, and return what happened to them."""
        active = self.state.active
        reports = np.zeros(4 * len(active), OBSERVATION)
        n = kernel.advance(
            self.state.table.jobs,
            self._attempts,
            self._world,
            self.state.sky,
            active,
            len(active),
            until_s,
            self._scratch,
            reports,
        )
        found = reports[:n]
        return found[np.argsort(found["time_s"], kind="stable")]

    def close(self, until_s: float) -> None:
        """Count what is under way at the end of a simulation."""
        active = self.state.active
        kernel.close_books(
            self.state.table.jobs, self._attempts, self._world, self.state.sky, active, len(active), until_s
        )
