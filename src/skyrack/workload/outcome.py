"""Outcome of a training job on one layout under some conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.scenario.workload import Training
from skyrack.workload.goodput import Interruptions, RetainedTime, retained_time
from skyrack.workload.method import TrainingMethod
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.parallelism import Cluster, Step

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


def stopped_together(cluster: Cluster, step: Step, method: TrainingMethod) -> int:
    """Return the number of nodes that one node failure stops."""
    return cluster.nodes if method.stops_together else step.nodes_per_worker


def checkpoint_write_s(training: Training, step: Step) -> float:
    """Return the time (s) in which a checkpoint is written, with the overhead of its begin."""
    model = language_model(training.model)
    share = CHECKPOINT_BYTES * model.parameters * step.workers / step.accelerators
    return training.checkpoint.overhead_s + 8.0 * share / training.checkpoint.rate_bit_per_s


def outcome_of(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: NodeConditions
) -> Outcome:
    """Return the outcome of a job on one layout; InputError for a job that never ends."""
    together = stopped_together(cluster, step, method)
    stops = Interruptions(
        conditions.node_failures_per_s * together, conditions.step_s, conditions.storms_per_s, conditions.storm_s
    )
    checkpoint = training.checkpoint
    least_s = step.step_s if checkpoint.interval_s is None else 0.0
    retained = retained_time(
        stops,
        checkpoint_write_s(training, step),
        checkpoint.restart_s,
        checkpoint.interval_s,
        training.seed,
        least_s=least_s,
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
