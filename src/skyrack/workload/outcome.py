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
from skyrack.workload.goodput import Interruptions, Kept, keep, useful_frac, young_interval_s
from skyrack.workload.method import TrainingMethod
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.parallelism import Cluster, Step, layouts, step_of

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
    _speeds: dict[tuple[int, int | None], float] = field(init=False, default_factory=dict, repr=False, compare=False)

    def speed_frac(self, step: Step) -> float:
        """Mean arithmetic over that at full power, where learners wait for their slowest member, and for each other.

        Members of a learner wait at every step, so at any time the slowest sets the pace; learners wait at their exchanges,
        so the slowest mean between two of them does; and those that never wait go each at their own.
        """
        learners = min(step.learners, self.clock.shape[1])
        window = max(1, round(step.outer.waits_s / self.step_s)) if math.isfinite(step.outer.waits_s) else None
        if (learners, window) not in self._speeds:  # thousands of layouts share a few of them
            self._speeds[learners, window] = self._speed(learners, window)
        return self._speeds[learners, window]

    def _speed(self, learners: int, window: int | None) -> float:
        parts = [chunk for chunk in np.array_split(self.clock, learners, axis=1) if chunk.shape[1]]
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
    held: int
    """Accelerators that the job holds, with or without a place in the layout."""
    speed_frac: float
    """Of arithmetic, by the power that there is and by waiting for the slowest."""
    joined_frac: float
    """Share of the time in which those who wait for each other are joined by links."""
    kept: Kept
    silent_kept_frac: float
    """What steps done again for silent errors leave."""
    up_frac: float
    """Share of the members that no common fault has taken out."""
    lasting_frac: float
    """Mean share of the members that are not lost for good."""
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
    def step_s(self) -> float:
        """Of all exchanges, and of arithmetic as slow as it is."""
        return paced_step_s(self.step, self.speed_frac)

    @property
    def factors(self) -> tuple[tuple[str, float], ...]:
        """What is left of the arithmetic of all accelerators at full power, one loss after the other."""
        step, slowed = self.step, (self.step.compute_s + self.step.bubble_s) / self.speed_frac
        return (
            ("accelerators without a place", step.accelerators / self.held),
            ("power and waiting for it", self.speed_frac),
            ("stages that wait", step.compute_s / (step.compute_s + step.bubble_s)),
            ("exchanges", slowed / self.step_s * self.joined_frac),
            ("members lost", self.up_frac * self.lasting_frac),
            ("checkpoints, failures, storms", self.kept.useful_frac),
            ("steps done again", self.silent_kept_frac),
        )

    @property
    def goodput_frac(self) -> float:
        """Useful arithmetic over what the accelerators would do at full power without any of this, kernels alike."""
        return math.prod(share for _, share in self.factors)


def paced_step_s(step: Step, speed_frac: float) -> float:
    """Time of a step whose arithmetic goes at some speed; what exchanges add to it stays."""
    return (step.compute_s + step.bubble_s) / speed_frac + step.inside_s + step.outer.extra_s


def best(cluster: Cluster, training: Training, conditions: Conditions) -> tuple[Outcome, list[dict[str, Any]]]:
    """The outcome of what the scenario says; where it leaves layout, method or size open, of what takes least time or cost.

    Second comes the best outcome of every method, as plain data.
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
    return ordered[0], [plain(outcome) for outcome in ordered]


LEARNERS = (2, 4, 8, 16)
"""That papers report: with more, nobody knows how many more tokens the same loss takes."""


Ranked = dict[str, tuple[float, Cluster, Step, TrainingMethod]]


def _ranked(
    cluster: Cluster, training: Training, methods: list[Any] | None, parallels: list[Any], conditions: Conditions
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
    """The known training methods with their defaults, those of several learners with as many as were published."""
    known = models_of("training_method")
    found: list[Any] = []
    for model in known.values():
        if "learners" in getattr(model, "model_fields", {}):
            found += [model(learners=n) for n in LEARNERS if n <= cluster.nodes]
        else:
            found.append(model())
    return found


def _sizes(cluster: Cluster) -> list[int]:
    """All nodes, half of them, a quarter ...: failures and waiting may cost more than some of them bring."""
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
    speed = max(conditions.speed_frac(step), 1e-9)
    joined = cluster.joined_frac(_stopped_together(cluster, step, method))
    time = paced_step_s(step, speed) / max(kept, 1e-9) / max(joined, 1e-9)
    return time if training.objective == "time" else time * cluster.accelerators


def _stopped_together(cluster: Cluster, step: Step, method: TrainingMethod) -> int:
    """Nodes of which one failure stops all."""
    return cluster.nodes if method.stops_together else step.nodes_per_learner


def _write_s(training: Training, step: Step) -> float:
    model = language_model(training.model)
    share = CHECKPOINT_BYTES * model.parameters * step.learners / step.accelerators
    return training.checkpoint.overhead_s + 8.0 * share / training.checkpoint.rate_bit_per_s


def outcome_of(
    cluster: Cluster, training: Training, step: Step, method: TrainingMethod, conditions: Conditions
) -> Outcome:
    """What becomes of a job on one layout; InputError for one that never ends."""
    together = _stopped_together(cluster, step, method)
    stops = Interruptions(
        conditions.interruptions_per_s * together, conditions.step_s, conditions.shocks_per_s, conditions.shock_s
    )
    checkpoint = training.checkpoint
    least_s = step.step_s if checkpoint.interval_s is None else 0.0
    kept = keep(
        stops, _write_s(training, step), checkpoint.restart_s, checkpoint.interval_s, training.seed, least_s=least_s
    )
    speed, joined = conditions.speed_frac(step), cluster.joined_frac(together)
    if speed <= 0.0 or joined <= 0.0 or kept.useful_frac <= 0.0:
        raise InputError(
            "workload.training: the job never ends; failures or eclipses leave it no time to work. Take a method whose "
            "learners go on by themselves, fewer satellites or a steadier power policy"
        )
    again = min(
        MOST_LOST_FRAC,
        conditions.silent_per_s * together * training.silent_caught_frac * paced_step_s(step, speed),
    )
    model = language_model(training.model)
    flops = model.training_flops(training.tokens, training.sequence)
    full = cluster.accelerators * peak_flops(cluster.accelerator, training.precision) * training.kernel_frac
    found = Outcome(
        method=method.name,
        step=step,
        nodes=cluster.nodes,
        held=cluster.accelerators,
        speed_frac=speed,
        joined_frac=joined,
        kept=kept,
        silent_kept_frac=1.0 - again,
        up_frac=1.0 - conditions.batch_lost_frac,
        lasting_frac=1.0,
        days=0.0,
        interruptions_per_day=float(conditions.interruptions_per_s.mean()) * cluster.nodes * DAY_S,
        silent_left_per_day=conditions.silent_per_s * (1.0 - training.silent_caught_frac) * cluster.nodes * DAY_S,
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
    if lost >= MOST_LOST_FRAC:
        raise InputError(
            f"workload.training: the job never ends; it would take {alone_years:,.1f} years, and "
            f"{100.0 * lost_per_year:.0f} % of "
            "the accelerators are lost each year. Take more satellites, fewer tokens or a smaller model"
        )
    return -math.log1p(-lost) / lost_per_year if lost > 0.0 else alone_years


def losses(outcome: Outcome) -> list[dict[str, Any]]:
    """Where the accelerators' arithmetic went, from all of it to what is useful: each step's share of all."""
    left, rows = 1.0, []
    for name, share in outcome.factors:
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
        "nodes": outcome.nodes,
        "accelerators_held": outcome.held,
        "memory_bytes": step.memory_bytes,
        "step_s": outcome.step_s,
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
        "joined_frac": outcome.joined_frac,
        "up_frac": outcome.up_frac,
        "lasting_frac": outcome.lasting_frac,
        "goodput_frac": outcome.goodput_frac,
        "days": outcome.days,
        "interruptions_per_day": outcome.interruptions_per_day,
        "silent_left_per_day": outcome.silent_left_per_day,
        "energy_j": outcome.energy_j,
        "accelerator_hours": outcome.accelerator_hours,
        "power_w": outcome.power_w,
        "cost_usd": None,
    }
