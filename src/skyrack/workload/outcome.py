"""What becomes of a training job on one layout under some conditions, and which layout is best."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.slots import models_of
from skyrack.scenario.workload import Training
from skyrack.workload.goodput import Interruptions, Kept, keep, useful_frac, young_interval_s
from skyrack.workload.layout import Cluster, Step, layouts, step_of
from skyrack.workload.method import TrainingMethod
from skyrack.workload.models import language_model, peak_flops

Floats = NDArray[np.float64]
CHECKPOINT_BYTES = 14.0
"""Of each parameter: weights in 16 bits, and the optimiser's state."""
MOST_LOST_FRAC = 0.9
MOST_EXPONENT = 300.0
"""Of the exact formula: beyond it nothing is left."""


@dataclass(frozen=True)
class Conditions:
    """What a job meets where it runs."""

    clock: Floats
    """Arithmetic over that at full power, (time, member)."""
    step_s: float
    """Between those times."""
    interruptions_per_s: Floats
    """Of one node, mean over members, at those times."""
    silent_per_s: float
    """Of one node."""
    shocks_per_s: float
    shock_s: float
    batch_lost_frac: float
    """Of the nodes, by faults common to a batch."""
    lost_per_year: float
    """Share of the nodes' accelerators that is lost for good."""
    node_w: float
    """Mean power of a node's computers."""


@dataclass(frozen=True)
class Outcome:
    """A job on one layout under some conditions."""

    method: str
    step: Step
    speed_frac: float
    """By the power that there is, and by waiting for the slowest."""
    kept: Kept
    silent_kept_frac: float
    """What steps done again for silent errors leave."""
    members_frac: float
    """Mean share of the members that are there."""
    days: float
    interruptions_per_day: float
    silent_left_per_day: float
    """Silent errors that nothing finds."""
    energy_j: float
    accelerator_hours: float
    """Of all accelerators that the job holds."""
    power_w: float
    """Mean, of their computers."""

    @property
    def goodput_frac(self) -> float:
        """Useful arithmetic over what the accelerators would do at full power without any of this, kernels alike."""
        return (
            self.step.utilisation_frac
            * self.speed_frac
            * self.kept.useful_frac
            * self.silent_kept_frac
            * self.members_frac
        )


def best(cluster: Cluster, training: Training, conditions: Conditions) -> tuple[Outcome, list[dict[str, Any]]]:
    """The outcome of what the scenario says; where it leaves layout, method or size open, of what takes least time or cost.

    Second comes the best outcome of every method, as plain data.
    """
    methods = [training.method] if training.method is not None else methods_for(cluster)
    parallels = [training.parallel] if training.parallel is not None else list(layouts(cluster, training))
    sizes = _sizes(cluster, training)
    by_method: dict[str, tuple[float, Cluster, Step, TrainingMethod]] = {}
    why: InputError | None = None
    for size in sizes:
        part_of = replace(cluster, nodes=size)
        for method in methods:
            for parallel in parallels:
                try:
                    step = step_of(part_of, training, parallel, method)
                except InputError as error:
                    why = why or error
                    continue
                rank = _rank(part_of, training, step, method, conditions)
                if method.name not in by_method or rank < by_method[method.name][0]:
                    by_method[method.name] = (rank, part_of, step, method)
    if not by_method:
        if why is None or (len(methods) == 1 and len(parallels) == 1):
            raise why or InputError("workload.training: there is nothing to choose from")
        raise InputError(f"workload.training: no layout fits; the first one tried failed so: {why}")
    outcomes = {
        name: outcome_of(one, training, step, method, conditions) for name, (_, one, step, method) in by_method.items()
    }
    # cost goes with the hours of the accelerators that are held
    by = {"time": lambda one: one.days, "cost": lambda one: one.accelerator_hours}[training.objective]
    ordered = sorted(outcomes.values(), key=by)
    return ordered[0], [plain(outcome) for outcome in ordered]


def methods_for(cluster: Cluster) -> list[Any]:
    """The known training methods with their defaults; those of several learners have as many as nodes, at most 8."""
    known = models_of("training_method")
    found: list[Any] = []
    for model in known.values():
        if "learners" in getattr(model, "model_fields", {}):
            if cluster.nodes >= 2:
                found.append(model(learners=min(8, cluster.nodes)))
        else:
            found.append(model())
    return found


def _sizes(cluster: Cluster, training: Training) -> list[int]:
    if training.objective == "time":
        return [cluster.nodes]
    return [n for k in range(8) if (n := cluster.nodes >> k) >= 1]


def _rank(cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: Conditions) -> float:
    """Time to the end by closed formulas, or in proportion to cost: to tell layouts apart before one is worked out."""
    rate = float(conditions.interruptions_per_s.mean()) * _stopped_together(cluster, step, method)
    write_s = _write_s(training, step)
    mean_s = 1.0 / max(rate, 1e-30)
    every_s = max(float(young_interval_s(write_s, mean_s)), 1e-3)
    exponent = (every_s + write_s) / mean_s
    restart_s = training.checkpoint.restart_s
    kept = float(useful_frac(every_s, write_s, restart_s, mean_s)) if exponent < MOST_EXPONENT else 1e-9
    speed = step.utilisation_frac * step.accelerators * max(kept, 1e-9) * _speed(step, conditions)
    time = 1.0 / max(speed, 1e-30)
    return time if training.objective == "time" else time * cluster.accelerators


def _stopped_together(cluster: Cluster, step: Step, method: TrainingMethod) -> int:
    """Nodes of which one failure stops all."""
    return cluster.nodes if method.stops_together else step.nodes_per_learner


def _write_s(training: Training, step: Step) -> float:
    model = language_model(training.model)
    share = CHECKPOINT_BYTES * model.parameters * step.learners / step.accelerators
    return training.checkpoint.overhead_s + 8.0 * share / training.checkpoint.rate_bit_per_s


def _speed(step: Step, conditions: Conditions) -> float:
    """Mean arithmetic over that at full power, where learners wait for their slowest member, and for each other.

    Members of a learner wait at every step, so at any time the slowest sets the pace; learners wait at their exchanges, so
    the slowest mean between two of them does; and those that never wait go each at their own.
    """
    clock = conditions.clock
    members = clock.shape[1]
    parts = [chunk for chunk in np.array_split(clock, min(step.learners, members), axis=1) if chunk.shape[1]]
    pace = np.stack([chunk.min(axis=1) for chunk in parts], axis=1)
    if len(parts) == 1:
        return float(pace.mean())
    if not math.isfinite(step.outer.waits_s):
        return float(pace.mean())
    window = max(1, round(step.outer.waits_s / conditions.step_s))
    n = max(1, len(pace) // window)
    means = (
        pace[: n * window].reshape(n, min(window, len(pace)), -1).mean(axis=1)
        if window < len(pace)
        else pace.mean(axis=0, keepdims=True)
    )
    return float(means.min(axis=1).mean())


def outcome_of(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: Conditions
) -> Outcome:
    """What becomes of a job on one layout."""
    together = _stopped_together(cluster, step, method)
    stops = Interruptions(
        conditions.interruptions_per_s * together, conditions.step_s, conditions.shocks_per_s, conditions.shock_s
    )
    checkpoint = training.checkpoint
    kept = keep(stops, _write_s(training, step), checkpoint.restart_s, checkpoint.interval_s, training.seed)
    speed = _speed(step, conditions)
    silent_per_s = conditions.silent_per_s * (cluster.nodes if method.stops_together else step.nodes_per_learner)
    again = min(MOST_LOST_FRAC, silent_per_s * training.silent_caught_frac * step.step_s / max(speed, 1e-9))
    model = language_model(training.model)
    flops = model.training_flops(training.tokens, training.sequence)
    full = step.accelerators * peak_flops(cluster.accelerator, training.precision) * training.kernel_frac
    rate = step.utilisation_frac * speed * kept.useful_frac * (1.0 - again) * (1.0 - conditions.batch_lost_frac)
    if rate <= 0.0:
        raise InputError(
            "workload.training: the job never ends; failures or eclipses leave it no time to work. Take a method whose "
            "learners go on by themselves, fewer satellites or a steadier power policy"
        )
    years = flops / (full * rate) / JULIAN_YEAR_S
    # of those lost for good the job misses half of what is gone at its end, on average
    members = max(
        1.0 - MOST_LOST_FRAC, (1.0 - conditions.batch_lost_frac) * (1.0 - 0.5 * conditions.lost_per_year * years)
    )
    seconds = flops / (full * rate / (1.0 - conditions.batch_lost_frac) * members)
    return Outcome(
        method=method.name,
        step=step,
        speed_frac=speed,
        kept=kept,
        silent_kept_frac=1.0 - again,
        members_frac=members,
        days=seconds / DAY_S,
        interruptions_per_day=float(conditions.interruptions_per_s.mean()) * cluster.nodes * DAY_S,
        silent_left_per_day=conditions.silent_per_s * (1.0 - training.silent_caught_frac) * cluster.nodes * DAY_S,
        energy_j=conditions.node_w * cluster.nodes * seconds,
        accelerator_hours=cluster.accelerators * seconds / 3600.0,
        power_w=conditions.node_w * cluster.nodes,
    )


def losses(outcome: Outcome) -> list[dict[str, Any]]:
    """Where the accelerators' arithmetic went, from all of it to what is useful: each step's share of all."""
    step = outcome.step
    shares = (
        ("power and waiting for it", outcome.speed_frac),
        ("stages that wait", step.compute_s / (step.compute_s + step.bubble_s)),
        (
            "exchanges",
            (step.compute_s + step.bubble_s) / (step.compute_s + step.bubble_s + step.inside_s + step.outer.extra_s),
        ),
        ("members lost", outcome.members_frac),
        ("checkpoints, failures, storms", outcome.kept.useful_frac),
        ("steps done again", outcome.silent_kept_frac),
    )
    left, rows = 1.0, []
    for name, share in shares:
        rows.append({"name": name, "lost_frac": left * (1.0 - share)})
        left *= share
    return [*rows, {"name": "useful", "lost_frac": left}]


def plain(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data; its cost is filled in when prices are known."""
    step = outcome.step
    return {
        "method": outcome.method,
        "parallel": step.parallel.model_dump(),
        "learners": step.learners,
        "accelerators": step.accelerators,
        "memory_bytes": step.memory_bytes,
        "step_s": step.step_s / max(outcome.speed_frac, 1e-9),
        "compute_s": step.compute_s,
        "bubble_s": step.bubble_s,
        "inside_s": step.inside_s,
        "outer_s": step.outer.extra_s,
        "outer_bytes_per_step": step.outer.bytes_per_step if step.learners > 1 else 0.0,
        "utilisation_frac": step.utilisation_frac,
        "speed_frac": outcome.speed_frac,
        "useful_frac": outcome.kept.useful_frac,
        "first_order_frac": outcome.kept.first_order,
        "is_simulated": outcome.kept.is_simulated,
        "checkpoint_interval_s": outcome.kept.work_s if math.isfinite(outcome.kept.work_s) else None,
        "silent_kept_frac": outcome.silent_kept_frac,
        "members_frac": outcome.members_frac,
        "goodput_frac": outcome.goodput_frac,
        "days": outcome.days,
        "interruptions_per_day": outcome.interruptions_per_day,
        "silent_left_per_day": outcome.silent_left_per_day,
        "energy_j": outcome.energy_j,
        "accelerator_hours": outcome.accelerator_hours,
        "power_w": outcome.power_w,
        "cost_usd": None,
    }
