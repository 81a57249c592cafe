"""Training a model on satellites, from top to bottom in `train`: place, layout, step, power, interruptions, time, energy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.slots import models_of
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Training
from skyrack.workload.failures import Hazards, hazards
from skyrack.workload.goodput import Interruptions, Kept, keep, useful_frac, young_interval_s
from skyrack.workload.layout import Cluster, Step, layouts, step_of
from skyrack.workload.method import TrainingMethod
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.placement import Placement, place
from skyrack.workload.power import clock_frac
from skyrack.workload.tracks import Tracks, chip_power_frac, follow

Floats = NDArray[np.float64]
GROUND_LINK_BIT_PER_S = 400e9
"""Of each accelerator on the ground to a fabric without bottlenecks, as in Llama 3's clusters (arXiv:2407.21783)."""
GROUND_HOP_S = 5e-6
CHECKPOINT_BYTES = 14.0
"""Of each parameter: weights in 16 bits, and the optimiser's state."""
MOST_LOST_FRAC = 0.9


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


def train(
    scenario: Scenario,
    shells: Sequence[dict[str, Any]],
    exposed: dict[str, Any],
) -> dict[str, Any]:
    """The training job of a scenario in orbit and on the ground, as plain data.

    `shells` are the summary's rows, `exposed` is radiation.json.
    InputError for a job that cannot be: more satellites than fly, parallelism that does not divide, a model that does not
    fit.
    """
    training = scenario.workload.training
    if training is None:
        raise InputError("workload.training: the scenario has no training job")
    accelerators = accelerators_per_satellite(scenario)
    placement = place(scenario, training, {row["name"]: row["capacity_factor"] for row in shells})
    row = next(row for row in exposed["shells"] if row["name"] == placement.shell)
    each = hazards(scenario, row, accelerators)
    tracks = follow(scenario, placement.picks, 0.0, DAY_S)
    orbit = _orbit_conditions(scenario, tracks, each, accelerators)
    cluster = _orbit_cluster(scenario, placement, accelerators)
    found, tried = best(cluster, training, orbit)
    ground_cluster = ground_of(scenario.design.accelerator, cluster.accelerators)
    ground, _ = best(ground_cluster, training, ground_conditions(scenario, ground_cluster))
    model = language_model(training.model)
    return {
        "model": model.title,
        "tokens": training.tokens,
        "flops": model.training_flops(training.tokens, training.sequence),
        "accelerator": part("accelerators", scenario.design.accelerator).title,
        "accelerators_per_satellite": accelerators,
        "shell": placement.shell,
        "satellites": len(placement.members),
        "link_bit_per_s": placement.link_bit_per_s,
        "joined_frac": float(np.mean([tree is not None for tree in placement.trees(len(placement.members))]))
        if len(placement.members) > 1
        else 1.0,
        "hazards_per_satellite_year": {
            "trapped protons": each.radiation_per_s * (1.0 - each.galactic_frac) * JULIAN_YEAR_S,
            "cosmic rays": each.radiation_per_s * each.galactic_frac * JULIAN_YEAR_S,
            "hardware and software": each.hardware_per_s * JULIAN_YEAR_S,
            "silent": each.silent_per_s * JULIAN_YEAR_S,
        },
        "orbit": _plain(found),
        "ground": _plain(ground),
        "losses": {"orbit": losses(found), "ground": losses(ground)},
        "tried": tried,
        "clock": _clock_by_hour(orbit),
        "remarks": _remarks(found, placement),
    }


def check_layout(scenario: Scenario, training: Training, accelerators: int) -> None:
    """InputError where no layout divides and fits, whatever the links carry."""
    nodes = training.satellites or scenario.n_sats
    free = Cluster(scenario.design.accelerator, nodes, accelerators, lambda _bytes, _n: 0.0, 1e30, 0.0)
    methods = [training.method] if training.method is not None else _methods(free)
    parallels = [training.parallel] if training.parallel is not None else list(layouts(free, training))
    why = None
    for method in methods:
        for parallel in parallels:
            try:
                step_of(free, training, parallel, method)
            except InputError as error:
                why = why or error
            else:
                return
    if why is not None:
        raise why


def accelerators_per_satellite(scenario: Scenario) -> int:
    """As the design says, or as many as its power feeds; InputError where that is none."""
    chip = part("accelerators", scenario.design.accelerator)
    n = scenario.design.accelerators or int(scenario.satellite.compute.peak_power_w / chip["system_power_w"] + 1e-9)
    if n < 1:
        raise InputError(
            f"satellite.compute.peak_power: {scenario.satellite.compute.peak_power_w:,.0f} W feed no {chip.title} of "
            f"{chip['system_power_w']:,.0f} W; name a smaller design.accelerator"
        )
    return n


def _orbit_cluster(scenario: Scenario, placement: Placement, accelerators: int) -> Cluster:
    return Cluster(
        accelerator=scenario.design.accelerator,
        nodes=len(placement.members),
        per_node=accelerators,
        exchange_s=placement.exchange_s,
        link_bit_per_s=max(placement.link_bit_per_s, 1.0),
        hop_s=placement.hop_s,
    )


def ground_of(accelerator: str, accelerators: int) -> Cluster:
    """As many accelerators in machines on the ground, or a few more to fill the last one."""
    per_node = int(part("accelerators", accelerator)["scale_up_accelerators"])
    nodes = math.ceil(accelerators / per_node)
    rate = GROUND_LINK_BIT_PER_S * per_node

    def exchange_s(amount_bytes: float, n: int) -> float:
        return 0.0 if n < 2 else 2.0 * 8.0 * amount_bytes * (n - 1) / n / rate + 2.0 * math.log2(n) * GROUND_HOP_S

    return Cluster(accelerator, nodes, per_node, exchange_s, math.inf, GROUND_HOP_S)


def _orbit_conditions(scenario: Scenario, tracks: Tracks, each: Hazards, accelerators: int) -> Conditions:
    failures, chip = scenario.workload.failures, part("accelerators", scenario.design.accelerator)
    peak_w = scenario.satellite.compute.peak_power_w
    # accelerators take what the satellite has for all of them
    fed = tracks.compute_frac * min(1.0, peak_w / (accelerators * chip["system_power_w"]))
    return Conditions(
        clock=np.asarray(clock_frac(chip_power_frac(chip, fed))),
        step_s=tracks.step_s,
        interruptions_per_s=each.through(tracks.protons_per_m2_s).mean(axis=1),
        silent_per_s=each.silent_per_s,
        shocks_per_s=failures.storms_per_year / JULIAN_YEAR_S,
        shock_s=failures.storm_s,
        batch_lost_frac=failures.batch_faults_per_year * failures.batch_frac * failures.batch_time_s / JULIAN_YEAR_S,
        lost_per_year=scenario.buildout.failures_per_year_frac + scenario.buildout.accelerator_losses_per_year_frac,
        node_w=float(tracks.compute_frac.mean()) * peak_w,
    )


def ground_conditions(scenario: Scenario, cluster: Cluster) -> Conditions:
    """Full power, hardware that fails as often and is replaced, no radiation and no storms."""
    rate = cluster.per_node * scenario.workload.failures.interruptions_per_accelerator_year / JULIAN_YEAR_S
    node_w = cluster.per_node * part("accelerators", cluster.accelerator)["system_power_w"]
    return Conditions(np.ones((1, 1)), DAY_S, np.full(1, rate), 0.0, 0.0, 0.0, 0.0, 0.0, node_w)


def best(cluster: Cluster, training: Training, conditions: Conditions) -> tuple[Outcome, list[dict[str, Any]]]:
    """The outcome of what the scenario says; where it leaves layout, method or size open, of what takes least time or cost.

    Second comes the best outcome of every method, as plain data.
    """
    methods = [training.method] if training.method is not None else _methods(cluster)
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
    return ordered[0], [_plain(outcome) for outcome in ordered]


def _methods(cluster: Cluster) -> list[Any]:
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
    kept = float(useful_frac(every_s, write_s, training.checkpoint.restart_s, mean_s)) if exponent < 300.0 else 1e-9
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


def _plain(outcome: Outcome) -> dict[str, Any]:
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


def _clock_by_hour(conditions: Conditions) -> dict[str, list[float]]:
    """Arithmetic of the members through the day: the slowest, the mean and the fastest."""
    per = max(1, round(600.0 / conditions.step_s))
    n = max(1, len(conditions.clock) // per)
    blocks = conditions.clock[: n * per].reshape(n, -1, conditions.clock.shape[1]).mean(axis=1)
    rate = conditions.interruptions_per_s[: n * per].reshape(n, -1).mean(axis=1)
    return {
        "time_s": ((np.arange(n) + 0.5) * per * conditions.step_s).tolist(),
        "slowest": blocks.min(axis=1).tolist(),
        "mean": blocks.mean(axis=1).tolist(),
        "fastest": blocks.max(axis=1).tolist(),
        "interruptions_per_node_day": (rate * DAY_S).tolist(),
    }


def _remarks(found: Outcome, placement: Placement) -> list[str]:
    said = []
    if found.days > 20.0 * JULIAN_YEAR_S / DAY_S:
        said.append(f"It would take {found.days / 365.25:,.0f} years: this job is too large for these satellites.")
    if found.step.learners > 1:
        said.append(
            f"{found.step.learners} learners that exchange now and then need not reach the same loss with as many "
            "tokens; the "
            "same tokens are counted here. Papers find from nothing to a few per cent of tokens more."
        )
    if found.kept.is_simulated and abs(found.kept.useful_frac - found.kept.first_order) > 0.02:
        said.append(
            f"First-order formulas would give {100 * found.kept.first_order:.0f} % of useful time; the simulation of events "
            f"gives {100 * found.kept.useful_frac:.0f} %."
        )
    if found.silent_left_per_day > 1.0:
        said.append(
            f"{found.silent_left_per_day:,.0f} silent errors a day are found by nobody; what they do to the model is "
            "not known."
        )
    if len(placement.members) > 1 and not all(placement.trees(len(placement.members))):
        said.append("At some looks through the day not all members are joined by links.")
    return said


def interruption_interval_s(per_year_each: float, members: int) -> float:
    """Mean time between interruptions of so many accelerators."""
    return JULIAN_YEAR_S / (per_year_each * members)
