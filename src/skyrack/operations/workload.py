"""Columns of the job table from a trace of jobs on a fleet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.operations.traces import JobTrace
from skyrack.workload.goodput import young_interval_s


@dataclass(frozen=True)
class Checkpoints:
    """Checkpoints of the jobs of a trace, which traces do not tell."""

    every_s: float | None = None
    """Time between two checkpoints; None for the best one at the failure rate of each gang (Young 1974)."""
    checkpoint_s: float = 20.0
    restart_s: float = 60.0
    bytes_per_node: float = 1e10


def shape_of(nodes: NDArray[np.int64], first: NDArray[np.int64], group: NDArray[np.int64]) -> tuple[Any, Any]:
    """Return the number of rings and of neighbours on each for gangs of so many nodes, (job,) both.

    A gang that fits on the smallest common ring is one arc of it; a larger one is a block of neighbouring rings. Raises
    InputError for a gang that no group of rings holds.
    """
    size = np.diff(first)
    usual = int(np.quantile(size, 0.1, method="lower"))
    rows = np.maximum(-(-nodes // usual), 1)
    columns = -(-nodes // rows)
    rings_of_group = np.bincount(group)
    largest = int(size.max())
    too_large = (nodes > largest) & (rows > int(rings_of_group.max()))
    if too_large.any():
        most = int(np.bincount(group, weights=size).max())
        raise InputError(
            f"a gang of {int(nodes[too_large][0]):,} satellites fits into no group of neighbouring rings; the largest "
            f"has {most:,}"
        )
    # where rings differ much in size, a gang may still fit on one of the larger ones
    on_one = (rows > int(rings_of_group.max())) & (nodes <= largest)
    return np.where(on_one, 1, rows), np.where(on_one, nodes, columns)


def columns_of(
    trace: JobTrace,
    first: NDArray[np.int64],
    group: NDArray[np.int64],
    *,
    gpus_per_node: float = 1.0,
    checkpoints: Checkpoints | None = None,
    failures_per_s: float = 0.0,
    begin_s: float = 0.0,
) -> dict[str, NDArray[Any]]:
    """Return the columns of the job table for a trace, whose first job arrives at `begin_s`.

    `first` and `group` are those of the rings; so many of the trace's GPUs stand for one satellite. `failures_per_s` is the
    failure rate of a typical satellite, from which the time between checkpoints follows where it is not given.
    """
    how = checkpoints or Checkpoints()
    nodes = np.maximum(np.ceil(trace.gpus / gpus_per_node), 1).astype(np.int64)
    rows, columns = shape_of(nodes, first, group)
    n = len(trace)
    return {
        "arrival_s": trace.arrival_s + begin_s,
        "work_s": trace.run_s,
        "nodes": nodes,
        "rows": rows,
        "columns": columns,
        "queue": trace.queue,
        "every_s": np.full(n, how.every_s)
        if how.every_s is not None
        else best_interval_s(how, nodes.astype(np.float64) * failures_per_s),
        "checkpoint_s": np.full(n, how.checkpoint_s),
        "restart_s": np.full(n, how.restart_s),
        "state_bytes": nodes * how.bytes_per_node,
    }


MIN_INTERVAL_S, MAX_INTERVAL_S = 60.0, 3600.0


def best_interval_s(how: Checkpoints, failures_per_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time between checkpoints that costs least at some failure rates, within a minute and an hour.

    It is Young's, as for training jobs (`workload.goodput`).
    """
    best = young_interval_s(np.full(len(failures_per_s), how.checkpoint_s), 1.0 / np.maximum(failures_per_s, 1e-12))
    return np.asarray(np.clip(best, MIN_INTERVAL_S, MAX_INTERVAL_S), np.float64)
