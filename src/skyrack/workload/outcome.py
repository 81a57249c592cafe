"""What becomes of a training job on one layout under some conditions, and which layout is best."""

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
"""Of each parameter: weights in 16 bits, and the optimiser's state."""
MAX_LOST_FRAC = 0.9
MAX_EXPONENT = 300.0
"""Of the exact formula: beyond it nothing is left."""


@dataclass(frozen=True)
class NodeConditions:
    """Conditions of the nodes of a training job: satellites in orbit, or machines on the ground."""

    clock_frac: Floats
    """Arithmetic rate over that at full power, (time, node)."""
    step_s: float
    """Time between two of those."""
    node_failures_per_s: Floats
    """Rate of detected failures of one node, mean over nodes, (time,)."""
    sdc_per_s: float
    """Rate of silent data corruptions of one node."""
    storms_per_s: float
    storm_s: float
    batch_lost_frac: float
    """Share of the nodes that common faults of a batch keep down."""
    lost_per_year: float
    """Share of the nodes' accelerators that is lost for good each year."""
    node_w: float
    """Mean power of a node's computers."""
    _speeds: dict[tuple[int, int | None], float] = field(init=False, default_factory=dict, repr=False, compare=False)

    def speed_frac(self, step: Step) -> float:
        """Mean arithmetic over that at full power, where workers wait for their slowest member, and for each other.

        Members of a worker wait at every step, so at any time the slowest sets the pace; workers wait at their exchanges,
        so the slowest mean between two of them does; and those that never wait go each at their own.
        """
        workers = min(step.workers, self.clock_frac.shape[1])
        window = max(1, round(step.outer.waits_s / self.step_s)) if math.isfinite(step.outer.waits_s) else None
        if (workers, window) not in self._speeds:  # thousands of layouts share a few of them
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
    """A job on one layout under some conditions."""

    method: str
    step: Step
    nodes: int
    """Satellites, or machines, that the job holds."""
    accelerators_allocated: int
    """Accelerators that the job holds, with or without a place in the layout."""
    speed_frac: float
    """Of arithmetic, by the power that there is and by waiting for the slowest."""
    connected_frac: float
    """Share of the time in which those who wait for each other are joined by links."""
    retained: RetainedTime
    recompute_kept_frac: float
    """What steps done again for silent errors leave."""
    up_frac: float
    """Share of the members that no common fault has taken out."""
    lasting_frac: float
    """Mean share of the members that are not lost for good."""
    days: float
    node_failures_per_day: float
    undetected_sdc_per_day: float
    """Silent errors that nothing finds."""
    energy_j: float
    accelerator_hours: float
    """Of all accelerators that the job holds."""
    power_w: float
    """Mean, of their computers."""

    @property
    def step_s(self) -> float:
        """Of all exchanges, and of arithmetic as slow as it is."""
        return paced_step_s(self.step, self.speed_frac)

    @property
    def factors(self) -> tuple[tuple[str, float], ...]:
        """What is left of the arithmetic of all accelerators at full power, one loss after the other."""
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
        """Useful arithmetic over what the accelerators would do at full power without any of this, kernels alike."""
        return math.prod(share for _, share in self.factors)


def paced_step_s(step: Step, speed_frac: float) -> float:
    """Time of a step whose arithmetic goes at some speed; what exchanges add to it stays."""
    return (step.compute_s + step.bubble_s) / speed_frac + step.inside_s + step.outer.extra_s


def best(
    cluster: Cluster, training: Training, conditions: NodeConditions
) -> tuple[Outcome, tuple[OutcomeSummary, ...]]:
    """The outcome of what the scenario says; where it leaves layout, method or size open, of what takes least time or cost.

    Second comes the best outcome of every method.
    """
    methods = None if training.method is None else [training.method]
    parallels = [training.parallel] if training.parallel is not None else list(layouts(cluster, training))
    by_method, why = _ranked(cluster, training, methods, parallels, conditions)
    if not by_method:
        if why is None or (training.method is not None and len(parallels) == 1):
            raise why or InputError("workload.training: there is nothing to choose from")
        raise InputError(f"workload.training: no layout fits; the first one tried failed so: {why}")
    outcomes = {}
    for name, (_, one, step, method) in by_method.items():
        try:
            outcomes[name] = outcome_of(one, training, step, method, conditions)
        except InputError as error:
            why = error
    if not outcomes and why is not None:
        raise why
    # cost goes with the hours of the accelerators that are held
    by = {"time": lambda one: one.days, "cost": lambda one: one.accelerator_hours}[training.objective]
    ordered = sorted(outcomes.values(), key=by)
    return ordered[0], tuple(summary_of(outcome) for outcome in ordered)


WORKERS = (2, 4, 8, 16)
"""That papers report: with more, nobody knows how many more tokens the same loss takes."""


Ranked = dict[str, tuple[float, Cluster, Step, TrainingMethod]]


def _ranked(
    cluster: Cluster, training: Training, methods: list[Any] | None, parallels: list[Any], conditions: NodeConditions
) -> tuple[Ranked, InputError | None]:
    """The best size and layout for each method by closed formulas, and why the first one that failed did."""
    found: Ranked = {}
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
                if method.name not in found or rank < found[method.name][0]:
                    found[method.name] = (rank, taken, step, method)
    return found, why


def methods_for(cluster: Cluster) -> list[Any]:
    """The known training methods with their defaults, those of several workers with as many as were published."""
    known = models_of("training_method")
    found: list[Any] = []
    for model in known.values():
        if "workers" in getattr(model, "model_fields", {}):
            found += [model(workers=n) for n in WORKERS if n <= cluster.nodes]
        else:
            found.append(model())
    return found


def _sizes(cluster: Cluster) -> list[int]:
    """All nodes, half of them, a quarter ...: failures and waiting may cost more than some of them bring."""
    return [n for k in range(8) if (n := cluster.nodes >> k) >= 1]


def _rank(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: NodeConditions
) -> float:
    """Time to the end by closed formulas, or in proportion to cost: to tell layouts apart before one is worked out."""
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
    """Nodes of which one failure stops all."""
    return cluster.nodes if method.stops_together else step.nodes_per_worker


def _write_s(training: Training, step: Step) -> float:
    model = language_model(training.model)
    share = CHECKPOINT_BYTES * model.parameters * step.workers / step.accelerators
    return training.checkpoint.overhead_s + 8.0 * share / training.checkpoint.rate_bit_per_s


def outcome_of(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: NodeConditions
) -> Outcome:
    """What becomes of a job on one layout; InputError for one that never ends."""
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
    """Time that work takes whose members are lost at a rate and not replaced: -ln(1 - rate x time) / rate."""
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
    """One loss of a training job, as a share of all the FLOPs of its accelerators."""

    name: str
    lost_frac: float


def losses(outcome: Outcome) -> tuple[Loss, ...]:
    """Return where the FLOPs of the accelerators went, one loss after the other, and what was useful."""
    left, rows = 1.0, []
    for name, share in outcome.factors:
        rows.append(Loss(name, left * (1.0 - share)))
        left *= share
    return (*rows, Loss("useful", left))


@dataclass(frozen=True)
class OutcomeSummary:
    """A training job on one layout, as workload.json keeps it."""

    method: str
    parallel: dict[str, Any]
    workers: int
    """Groups that train on their own between synchronisations; 1 for synchronous training."""
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
    """Filled in when prices are known."""


def summary_of(outcome: Outcome) -> OutcomeSummary:
    """Return an outcome without its price."""
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
