"""Outcome of a training job on one layout under some conditions, and choice of the best layout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.plugins import models_of
from skyrack.scenario.workload import Training
from skyrack.workload.goodput import Interruptions, RetainedTime, retained_time, useful_frac, young_interval_s
from skyrack.workload.method import TrainingMethod
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.parallelism import Cluster, Step, layouts, step_of

Floats = NDArray[np.float64]
CHECKPOINT_BYTES = 14.0
"""Checkpoint size per parameter: weights in 16 bits, and the state of the optimiser."""
MAX_LOST_FRAC = 0.9
"""Maximum share of work or accelerators that a job may lose."""
MAX_EXPONENT = 300.0
"""Maximum exponent of the exact formula: beyond it the useful share is zero."""


@dataclass(frozen=True)
class NodeConditions:
    """Conditions of the nodes of a training job: satellites in orbit, or machines on the ground."""

    clock_frac: Floats
    """Arithmetic rate over that at full power, (time, node)."""
    step_s: float
    """Time between two values."""
    node_failures_per_s: Floats
    """Rate of detected failures of one node, mean over nodes, (time,)."""
    sdc_per_s: float
    """Rate of silent data corruptions (SDC) of one node."""
    storms_per_s: float
    """Rate of solar storms, which stop all nodes together."""
    storm_s: float
    """Duration of a storm."""
    batch_lost_frac: float
    """Share of the nodes that batch faults keep down, mean over time."""
    lost_per_year: float
    """Share of the accelerators that fail permanently each year."""
    node_w: float
    """Mean power of a node's computers."""
    _speeds: dict[tuple[int, int | None], float] = field(init=False, default_factory=dict, repr=False, compare=False)

    def speed_frac(self, step: Step) -> float:
        """Return the mean arithmetic rate over that at full power, including the wait for stragglers.

        Nodes of a worker wait at every step, so that the slowest node limits its worker at any time; workers wait at
        their synchronisations, so that the slowest mean between two of them counts; without synchronisation the mean
        counts.
        """
        workers = min(step.workers, self.clock_frac.shape[1])
        window = max(1, round(step.outer.waits_s / self.step_s)) if math.isfinite(step.outer.waits_s) else None
        if (workers, window) not in self._speeds:  # thousands of layouts share a few values
            self._speeds[workers, window] = self._speed(workers, window)
        return self._speeds[workers, window]

    def _speed(self, workers: int, window: int | None) -> float:
        parts = [chunk for chunk in np.array_split(self.clock_frac, workers, axis=1) if chunk.shape[1]]
        pace = np.stack([chunk.min(axis=1) for chunk in parts], axis=1)
        if len(parts) == 1 or window is None:
            return float(pace.mean())
        n = max(1, len(pace) // window)
        means = (
            pace[: n * window].reshape(n, min(window, len(pace)), -1).mean(axis=1)
            if window < len(pace)
            else pace.mean(axis=0, keepdims=True)
        )
        return float(means.min(axis=1).mean())


@dataclass(frozen=True)
class Outcome:
    """Training job on one layout under some conditions."""

    method: str
    step: Step
    """Step at full power."""
    nodes: int
    """Number of allocated nodes: satellites or machines."""
    accelerators_allocated: int
    """Number of allocated accelerators, used by the layout or not."""
    speed_frac: float
    """Arithmetic rate over that at full power, limited by power and stragglers."""
    connected_frac: float
    """Share of the time in which the nodes that wait for each other are connected by links."""
    retained: RetainedTime
    """Share of useful time after checkpoints, restarts and storms."""
    recompute_kept_frac: float
    """Share of the steps that are not recomputed after silent data corruption."""
    up_frac: float
    """Share of the nodes that are not down by batch faults."""
    lasting_frac: float
    """Share of the nodes that have not failed permanently, mean over the job."""
    days: float
    """Duration of the job."""
    node_failures_per_day: float
    """Node failures of all nodes per day."""
    undetected_sdc_per_day: float
    """Undetected silent data corruptions of all nodes per day."""
    energy_j: float
    """Energy of the allocated nodes' computers."""
    accelerator_hours: float
    """Hours of all allocated accelerators."""
    power_w: float
    """Mean power of the allocated nodes' computers."""

    @property
    def step_s(self) -> float:
        """Time of a step at the actual arithmetic rate, communication included."""
        return paced_step_s(self.step, self.speed_frac)

    @property
    def factors(self) -> tuple[tuple[str, float], ...]:
        """Names and factors of the successive losses from the FLOPs of all accelerators at full power."""
        step, slowed = self.step, (self.step.compute_s + self.step.bubble_s) / self.speed_frac
        return (
            ("unallocated accelerators", step.accelerators / self.accelerators_allocated),
            ("power and stragglers", self.speed_frac),
            ("pipeline bubbles", step.compute_s / (step.compute_s + step.bubble_s)),
            ("exposed communication", slowed / self.step_s * self.connected_frac),
            ("failed nodes", self.up_frac * self.lasting_frac),
            ("checkpoints, restarts, storms", self.retained.useful_frac),
            ("recomputed steps after SDC", self.recompute_kept_frac),
        )

    @property
    def goodput_frac(self) -> float:
        """Goodput: useful FLOPs over those of the allocated accelerators at full power with the same kernels."""
        return math.prod(share for _, share in self.factors)


def paced_step_s(step: Step, speed_frac: float) -> float:
    """Return the time (s) of a step at an arithmetic rate over that at full power; communication is not slowed."""
    return (step.compute_s + step.bubble_s) / speed_frac + step.inside_s + step.outer.extra_s


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
    rate = float(conditions.node_failures_per_s.mean()) * _stopped_together(cluster, step, method)
    write_s = _write_s(training, step)
    mean_s = 1.0 / max(rate, 1e-30)
    every_s = max(float(young_interval_s(write_s, mean_s)), 1e-3)
    exponent = (every_s + write_s) / mean_s
    restart_s = training.checkpoint.restart_s
    kept = float(useful_frac(every_s, write_s, restart_s, mean_s)) if exponent < MAX_EXPONENT else 1e-9
    speed = max(conditions.speed_frac(step), 1e-9)
    joined = cluster.connected_frac(_stopped_together(cluster, step, method))
    time = paced_step_s(step, speed) / max(kept, 1e-9) / max(joined, 1e-9)
    return time if training.objective == "time" else time * cluster.accelerators


def _stopped_together(cluster: Cluster, step: Step, method: TrainingMethod) -> int:
    """Return the number of nodes that one node failure stops."""
    return cluster.nodes if method.stops_together else step.nodes_per_worker


def _write_s(training: Training, step: Step) -> float:
    model = language_model(training.model)
    share = CHECKPOINT_BYTES * model.parameters * step.workers / step.accelerators
    return training.checkpoint.overhead_s + 8.0 * share / training.checkpoint.rate_bit_per_s


def outcome_of(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: NodeConditions
) -> Outcome:
    """Return the outcome of a job on one layout; InputError for a job that never ends."""
    together = _stopped_together(cluster, step, method)
    stops = Interruptions(
        conditions.node_failures_per_s * together, conditions.step_s, conditions.storms_per_s, conditions.storm_s
    )
    checkpoint = training.checkpoint
    least_s = step.step_s if checkpoint.interval_s is None else 0.0
    retained = retained_time(
        stops, _write_s(training, step), checkpoint.restart_s, checkpoint.interval_s, training.seed, least_s=least_s
    )
    speed, joined = conditions.speed_frac(step), cluster.connected_frac(together)
    if speed <= 0.0 or joined <= 0.0 or retained.useful_frac <= 0.0:
        raise InputError(
            "workload.training: the job never ends; failures or eclipses leave it no time to work. Take a method whose "
            "workers go on by themselves, fewer satellites or a steadier power policy"
        )
    again = min(
        MAX_LOST_FRAC,
        conditions.sdc_per_s * together * training.sdc_detected_frac * paced_step_s(step, speed),
    )
    model = language_model(training.model)
    flops = model.training_flops(training.tokens, training.sequence)
    full = cluster.accelerators * peak_flops(cluster.accelerator, training.precision) * training.kernel_frac
    found = Outcome(
        method=method.name,
        step=step,
        nodes=cluster.nodes,
        accelerators_allocated=cluster.accelerators,
        speed_frac=speed,
        connected_frac=joined,
        retained=retained,
        recompute_kept_frac=1.0 - again,
        up_frac=1.0 - conditions.batch_lost_frac,
        lasting_frac=1.0,
        days=0.0,
        node_failures_per_day=float(conditions.node_failures_per_s.mean()) * cluster.nodes * DAY_S,
        undetected_sdc_per_day=conditions.sdc_per_s * (1.0 - training.sdc_detected_frac) * cluster.nodes * DAY_S,
        energy_j=0.0,
        accelerator_hours=0.0,
        power_w=conditions.node_w * cluster.nodes,
    )
    alone_years = flops / (full * found.goodput_frac) / JULIAN_YEAR_S
    years = _with_losses_years(alone_years, conditions.lost_per_year)
    return replace(
        found,
        lasting_frac=alone_years / years,
        days=years * JULIAN_YEAR_S / DAY_S,
        energy_j=found.power_w * years * JULIAN_YEAR_S,
        accelerator_hours=cluster.accelerators * years * JULIAN_YEAR_S / 3600.0,
    )


def _with_losses_years(alone_years: float, lost_per_year: float) -> float:
    """Return the duration (years) of a job whose nodes fail permanently at a rate: -ln(1 - rate x time) / rate.

    `alone_years` is the duration without failures. Raises InputError for a job that never ends.
    """
    lost = alone_years * lost_per_year
    if lost >= MAX_LOST_FRAC:
        raise InputError(
            f"workload.training: the job never ends; it would take {alone_years:,.1f} years, and "
            f"{100.0 * lost_per_year:.0f} % of "
            "the accelerators are lost each year. Take more satellites, fewer tokens or a smaller model"
        )
    return -math.log1p(-lost) / lost_per_year if lost > 0.0 else alone_years


@dataclass(frozen=True)
class Loss:
    """Loss of a training job as a share of all FLOPs of its accelerators."""

    name: str
    lost_frac: float


def losses(outcome: Outcome) -> tuple[Loss, ...]:
    """Return the successive losses of the FLOPs of the accelerators, and the useful rest."""
    left, rows = 1.0, []
    for name, share in outcome.factors:
        rows.append(Loss(name, left * (1.0 - share)))
        left *= share
    return (*rows, Loss("useful", left))


@dataclass(frozen=True)
class OutcomeSummary:
    """Training job on one layout as in workload.json."""

    method: str
    parallel: dict[str, Any]
    workers: int
    """Number of groups that train independently between synchronisations; 1 for synchronous training."""
    accelerators: int
    nodes: int
    accelerators_allocated: int
    memory_bytes: float
    step_s: float
    compute_s: float
    bubble_s: float
    inner_communication_s: float
    outer_communication_s: float
    outer_bytes_per_step: float
    utilisation_frac: float
    speed_frac: float
    useful_frac: float
    first_order_frac: float
    is_simulated: bool
    checkpoint_interval_s: float | None
    recompute_kept_frac: float
    connected_frac: float
    up_frac: float
    lasting_frac: float
    goodput_frac: float
    days: float
    node_failures_per_day: float
    undetected_sdc_per_day: float
    energy_j: float
    accelerator_hours: float
    power_w: float
    cost_usd: float | None = None
    """Cost of the job; None until prices are known."""


def summary_of(outcome: Outcome) -> OutcomeSummary:
    """Return the summary of an outcome without its cost."""
    step = outcome.step
    return OutcomeSummary(
        method=outcome.method,
        parallel=step.parallel.model_dump(),
        workers=step.workers,
        accelerators=step.accelerators,
        nodes=outcome.nodes,
        accelerators_allocated=outcome.accelerators_allocated,
        memory_bytes=step.memory_bytes,
        step_s=outcome.step_s,
        compute_s=step.compute_s,
        bubble_s=step.bubble_s,
        inner_communication_s=step.inside_s,
        outer_communication_s=step.outer.extra_s,
        outer_bytes_per_step=step.outer.bytes_per_step if step.workers > 1 else 0.0,
        utilisation_frac=step.utilisation_frac,
        speed_frac=outcome.speed_frac,
        useful_frac=outcome.retained.useful_frac,
        first_order_frac=outcome.retained.first_order,
        is_simulated=outcome.retained.is_simulated,
        checkpoint_interval_s=outcome.retained.work_s if math.isfinite(outcome.retained.work_s) else None,
        recompute_kept_frac=outcome.recompute_kept_frac,
        connected_frac=outcome.connected_frac,
        up_frac=outcome.up_frac,
        lasting_frac=outcome.lasting_frac,
        goodput_frac=outcome.goodput_frac,
        days=outcome.days,
        node_failures_per_day=outcome.node_failures_per_day,
        undetected_sdc_per_day=outcome.undetected_sdc_per_day,
        energy_j=outcome.energy_j,
        accelerator_hours=outcome.accelerator_hours,
        power_w=outcome.power_w,
    )
