"""Traces of jobs: readers of published formats, and a generator fitted to the statistics of published clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JobTrace:
    """Jobs in order of their arrival; arrays are (job,)."""

    name: str
    arrival_s: Floats
    """Arrival since that of the first job."""
    run_s: Floats
    """Time that the job ran."""
    gpus: NDArray[np.int64]
    queue: NDArray[np.int64]
    """Number of the job's queue in `queue_names`."""
    queue_names: tuple[str, ...] = ("default",)
    wait_s: Floats | None = None
    """Time that the job waited in the trace's own cluster; None if the trace does not tell."""

    def __len__(self) -> int:
        return len(self.arrival_s)

    @property
    def gpu_s(self) -> float:
        """GPU-seconds of all jobs."""
        return float((self.run_s * self.gpus).sum())

    @classmethod
    def of(
        cls,
        name: str,
        arrival_s: Any,
        run_s: Any,
        gpus: Any,
        queues: list[str] | None = None,
        wait_s: Any = None,
    ) -> JobTrace:
        """Return a trace from columns in any order; jobs without a run time or without GPUs are left out."""
        arrival = np.asarray(arrival_s, np.float64)
        run, count = np.asarray(run_s, np.float64), np.asarray(gpus, np.float64)
        kept = np.flatnonzero(np.isfinite(arrival) & (run > 0.0) & np.isfinite(run) & (count >= 0.5))
        if not len(kept):
            raise InputError(f"{name}: the trace has no job with a run time and with GPUs")
        kept = kept[np.argsort(arrival[kept], kind="stable")]
        names = tuple(dict.fromkeys(queues[k] for k in kept.tolist())) if queues is not None else ("default",)
        index = {one: k for k, one in enumerate(names)}
        number = np.array([index[queues[k]] for k in kept.tolist()]) if queues is not None else np.zeros(len(kept))
        return cls(
            name,
            arrival[kept] - arrival[kept[0]],
            run[kept],
            np.maximum(np.rint(count[kept]), 1).astype(np.int64),
            number.astype(np.int64),
            names,
            None if wait_s is None else np.asarray(wait_s, np.float64)[kept],
        )
