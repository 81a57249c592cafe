"""Choice of the layout, method and number of nodes of a training job: by closed formulas, then by the outcome of the best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.plugins import models_of
from skyrack.scenario.workload import Training
from skyrack.workload.goodput import useful_frac, young_interval_s
from skyrack.workload.method import TrainingMethod
from skyrack.workload.outcome import (
    MAX_EXPONENT,
    NodeConditions,
    Outcome,
    OutcomeSummary,
    checkpoint_write_s,
    outcome_of,
    paced_step_s,
    stopped_together,
    summary_of,
)
from skyrack.workload.parallelism import Cluster, Step, layouts, step_of

Ranked = dict[Any, tuple[float, Cluster, Step, TrainingMethod]]
"""Rank, cluster, step and method of the best layout, by method or by number of nodes."""


@dataclass(frozen=True)
class SizePoint:
    """Training job on a smaller number of nodes, with the best layout and method for it."""

    nodes: int
    accelerators: int
    days: float
    goodput_frac: float
    accelerator_hours: float
    cost_usd: float | None = None
    """Cost of the job; None until prices are known."""


@dataclass(frozen=True)
class Choice:
    """Best outcome of a training job, and what it was chosen from."""

    outcome: Outcome
    by_method: tuple[OutcomeSummary, ...]
    """Best outcome of every method, ordered by the objective."""
    by_size: tuple[SizePoint, ...]
    """Best outcome for all nodes, half of them, a quarter ..., the fewest first; sizes that do not fit are left out."""


def best(cluster: Cluster, training: Training, conditions: NodeConditions) -> Choice:
    """Return the best outcome of a training job, of every method, and of every number of nodes.

    Layout and method are those of the scenario; if it leaves them or the number of nodes open, those of least time or
    cost are chosen. Raises InputError if no layout fits or the job never ends.
    """
    methods = None if training.method is None else [training.method]
    parallels = [training.parallel] if training.parallel is not None else list(layouts(cluster, training))
    by_method, by_size, why = _ranked(cluster, training, methods, parallels, conditions)
    if not by_method:
        if why is None or (training.method is not None and len(parallels) == 1):
            raise why or InputError("workload.training: there is no layout to choose from")
        raise InputError(f"workload.training: no layout fits; the error of the first one is: {why}")
    outcomes, why = _outcomes(by_method, training, conditions, why)
    if not outcomes and why is not None:
        raise why
    # cost is proportional to the hours of the allocated accelerators
    by = {"time": lambda one: one.days, "cost": lambda one: one.accelerator_hours}[training.objective]
    ordered = sorted(outcomes.values(), key=by)
    sizes = _outcomes(by_size, training, conditions, None)[0]
    return Choice(
        ordered[0],
        tuple(summary_of(outcome) for outcome in ordered),
        tuple(
            SizePoint(one.nodes, one.accelerators_allocated, one.days, one.goodput_frac, one.accelerator_hours)
            for one in sorted(sizes.values(), key=lambda outcome: outcome.nodes)
        ),
    )


def _outcomes(
    ranked: Ranked, training: Training, conditions: NodeConditions, why: InputError | None
) -> tuple[dict[Any, Outcome], InputError | None]:
    """Return the outcomes of jobs that end, by the key of `ranked`, and the error of the last one that does not."""
    found = {}
    for key, (_, one, step, method) in ranked.items():
        try:
            found[key] = outcome_of(one, training, step, method, conditions)
        except InputError as error:
            why = error
    return found, why


WORKERS = (2, 4, 8, 16)
"""Numbers of workers in published experiments; beyond them the additional tokens for the same loss are unknown."""


def _ranked(
    cluster: Cluster, training: Training, methods: list[Any] | None, parallels: list[Any], conditions: NodeConditions
) -> tuple[Ranked, Ranked, InputError | None]:
    """Return the best layout of each method and of each size by closed formulas, and the error of the first that failed."""
    by_method: Ranked = {}
    by_size: Ranked = {}
    why: InputError | None = None
    for size in _sizes(cluster):
        taken = replace(cluster, nodes=size)
        for method in methods if methods is not None else methods_for(taken):
            for parallel in parallels:
                try:
                    step = step_of(taken, training, parallel, method)
                except InputError as error:
                    why = why or error
                    continue
                rank = _rank(taken, training, step, method, conditions)
                for found, key in ((by_method, method.name), (by_size, size)):
                    if key not in found or rank < found[key][0]:
                        found[key] = (rank, taken, step, method)
    return by_method, by_size, why


def methods_for(cluster: Cluster) -> list[Any]:
    """Return the known training methods with their defaults, and with each number of WORKERS if they have workers."""
    known = models_of("training_method")
    found: list[Any] = []
    for model in known.values():
        if "workers" in getattr(model, "model_fields", {}):
            found += [model(workers=n) for n in WORKERS if n <= cluster.nodes]
        else:
            found.append(model())
    return found


def _sizes(cluster: Cluster) -> list[int]:
    """Return candidate numbers of nodes: all, half, a quarter ..., because fewer nodes may be faster or cheaper."""
    return [n for k in range(8) if (n := cluster.nodes >> k) >= 1]


def _rank(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: NodeConditions
) -> float:
    """Return a number proportional to the duration or cost by closed formulas, by which layouts are compared."""
    rate = float(conditions.node_failures_per_s.mean()) * stopped_together(cluster, step, method)
    write_s = checkpoint_write_s(training, step)
    mean_s = 1.0 / max(rate, 1e-30)
    every_s = max(float(young_interval_s(write_s, mean_s)), 1e-3)
    exponent = (every_s + write_s) / mean_s
    restart_s = training.checkpoint.restart_s
    kept = float(useful_frac(every_s, write_s, restart_s, mean_s)) if exponent < MAX_EXPONENT else 1e-9
    speed = max(conditions.speed_frac(step), 1e-9)
    joined = cluster.connected_frac(stopped_together(cluster, step, method))
    time = paced_step_s(step, speed) / max(kept, 1e-9) / max(joined, 1e-9)
    return time if training.objective == "time" else time * cluster.accelerators
