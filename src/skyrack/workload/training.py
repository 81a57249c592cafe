"""Training job on satellites: placement, layout, step, power, failures, duration and energy."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.environment.exposure_summary import Exposure
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.network.snapshot import NetworkModel, NetworkSnapshot
from skyrack.orbits.layout import SatelliteRef
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Failures, Training
from skyrack.workload.accelerator_power import clock_frac
from skyrack.workload.conditions import Conditions, accelerator_power_frac, conditions_of
from skyrack.workload.failures import Hazards, hazards
from skyrack.workload.goodput import useful_frac, young_interval_s
from skyrack.workload.layout_choice import Choice, SizePoint, best, methods_for
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.outcome import (
    MAX_EXPONENT,
    Loss,
    NodeConditions,
    Outcome,
    OutcomeSummary,
    losses,
    summary_of,
)
from skyrack.workload.parallelism import Cluster, layouts, step_of
from skyrack.workload.placement import Candidate, Placement, candidates, check_place, place, snapshots_of_day

Floats = NDArray[np.float64]
GROUND_LINK_BIT_PER_S = 400e9
"""Data rate of each ground accelerator to a non-blocking fabric, as in the clusters of Llama 3 (arXiv:2407.21783)."""
GROUND_HOP_S = 5e-6
"""Latency of a hop in that fabric."""


@dataclass(frozen=True)
class ClockByHour:
    """Arithmetic rate of the nodes through the day, over that at full power, and their failures; arrays are (time,)."""

    time_s: Any
    """Middle of each interval since the epoch."""
    slowest: Any
    mean: Any
    fastest: Any
    node_failures_per_node_day: Any
    """Node failures per node and day."""


@dataclass(frozen=True)
class ShellDays:
    """Duration of the training job in one shell."""

    shell: str
    days: float | None
    """None where the job never ends."""


@dataclass(frozen=True)
class TrainingResult:
    """Training job in orbit and on the ground: the part `training` of workload.json."""

    model: str
    tokens: float
    flops: float
    accelerator: str
    accelerators_per_satellite: int
    shell: str
    satellites_requested: int
    satellites: int
    link_bit_per_s: float
    connected_frac: float
    failures_per_satellite_year: dict[str, float]
    orbit: OutcomeSummary
    ground: OutcomeSummary
    losses: dict[str, tuple[Loss, ...]]
    tried: tuple[OutcomeSummary, ...]
    by_size: dict[str, tuple[SizePoint, ...]]
    """Best outcome over the number of nodes, by "orbit" and "ground"."""
    by_shell: tuple[ShellDays, ...]
    """Duration in the chosen shell and in some others, from the next best to the worst by estimate."""
    clock: ClockByHour
    remarks: tuple[str, ...]


def train(
    scenario: Scenario,
    model: NetworkModel,
    exposure: Exposure,
    samples: SampleHistory,
    fly: Callable[[Sequence[SatelliteRef]], SampleHistory],
    accelerators: int,
) -> tuple[TrainingResult, Conditions]:
    """Return the training job of a scenario in orbit and on the ground, and the conditions of its members.

    `samples` holds the watched satellites of `candidates` for a day, each with a number of `accelerators`; `fly` returns a
    day of members. Raises InputError
    for an impossible job: more satellites than the fleet has, parallelism that does not divide, a model that does not
    fit.
    """
    training = scenario.workload.training
    if training is None:
        raise InputError("workload.training: the scenario has no training job")
    check_place(scenario, training, model.constellation.layout.shells)
    shells = candidates(training, model.constellation)
    ranked = ranked_shells(scenario, training, shells, exposure, samples, accelerators)
    chosen = _some(ranked)
    members = fly([ref for shell in chosen for ref in shell.sampled])
    site = _Site(scenario, model, exposure, members, accelerators, snapshots_of_day(model))
    placement, each, conditions, orbit = site.conditions(chosen[0])
    choice = best(_orbit_cluster(scenario, placement, accelerators), training, orbit)
    found = choice.outcome
    on_ground = _on_the_ground(scenario, training, found.accelerators_allocated)
    ground = on_ground.outcome
    llm = language_model(training.model)
    return TrainingResult(
        model=llm.title,
        tokens=training.tokens,
        flops=llm.training_flops(training.tokens, training.sequence),
        accelerator=part("accelerators", scenario.design.accelerator).title,
        accelerators_per_satellite=accelerators,
        shell=placement.shell,
        satellites_requested=len(placement.members),
        satellites=found.nodes,
        link_bit_per_s=placement.link_bit_per_s,
        connected_frac=placement.connected_frac(found.nodes),
        failures_per_satellite_year={
            "trapped protons": each.radiation_per_s * (1.0 - each.galactic_frac) * JULIAN_YEAR_S,
            "cosmic rays": each.radiation_per_s * each.galactic_frac * JULIAN_YEAR_S,
            "hardware and software": each.hardware_per_s * JULIAN_YEAR_S,
            "silent data corruption": each.sdc_per_s * JULIAN_YEAR_S,
        },
        orbit=summary_of(found),
        ground=summary_of(ground),
        losses={"orbit": losses(found), "ground": losses(ground)},
        tried=choice.by_method,
        by_size={"orbit": choice.by_size, "ground": on_ground.by_size},
        by_shell=(ShellDays(placement.shell, found.days), *_elsewhere(site, training, chosen[1:], found)),
        clock=_clock_by_hour(orbit),
        remarks=tuple(_remarks(found, placement)),
    ), conditions


COMPARED_WORKERS = 8
"""Number of workers that is assumed when shells are compared."""


MAX_SHELLS = 6
"""Number of shells, besides the chosen one, in which the job is simulated too."""


def _some(ranked: list[Candidate]) -> list[Candidate]:
    """Return the first of the ranked shells, and some others from the second to the last."""
    n = min(MAX_SHELLS, len(ranked) - 1)
    others: list[int] = np.unique(np.linspace(1, len(ranked) - 1, n).round().astype(int)).tolist() if n else []
    return [ranked[0], *(ranked[place] for place in others)]


@dataclass(frozen=True)
class _Site:
    """Inputs of the conditions of a job in any shell."""

    scenario: Scenario
    model: NetworkModel
    exposure: Exposure
    samples: SampleHistory
    accelerators: int
    snapshots: tuple[NetworkSnapshot, ...]

    def conditions(self, shell: Candidate) -> tuple[Placement, Hazards, Conditions, NodeConditions]:
        """Return the placement of a job in a shell, its hazards, and the conditions of its members."""
        placement = place(shell, self.model, self.snapshots)
        each = hazards(self.scenario, self.exposure.of_shell(placement.shell), self.accelerators)
        history = self.samples.select(placement.sampled, 0.0, DAY_S)
        layout = self.model.constellation.layout
        found = conditions_of(self.scenario, layout, history, self.exposure, self.accelerators, placement.snapshots)
        return placement, each, found, orbit_conditions(self.scenario, found, each)


def _elsewhere(site: _Site, training: Training, shells: list[Candidate], found: Outcome) -> Iterator[ShellDays]:
    """Yield the duration of the job in other shells, with its tensor and pipeline parallelism and the best method there."""
    parallel = found.step.parallel.model_copy(update={"data": None})
    fixed = training if training.parallel is not None else training.model_copy(update={"parallel": parallel})
    for shell in shells:
        placement, _, _, conditions = site.conditions(shell)
        try:
            days = best(_orbit_cluster(site.scenario, placement, site.accelerators), fixed, conditions).outcome.days
        except InputError:
            days = None
        yield ShellDays(placement.shell, days)


def ranked_shells(
    scenario: Scenario,
    training: Training,
    shells: list[Candidate],
    exposure: Exposure,
    samples: SampleHistory,
    accelerators: int,
) -> list[Candidate]:
    """Return the shells by their estimated share of useful FLOPs, by slowest satellite and failures, the highest first."""
    if len(shells) == 1:
        return shells

    def merit(candidate: Candidate) -> float:
        history = samples.select(candidate.watched, 0.0, DAY_S)
        fed = accelerator_power_frac(scenario, history.compute_frac, accelerators)
        slowest = float(np.asarray(clock_frac(fed)).min(axis=1).mean())
        each = hazards(scenario, exposure.of_shell(candidate.shell), accelerators)
        together = max(1.0, (training.satellites or 1) / COMPARED_WORKERS)
        mean_s = 1.0 / max(each.node_failures_per_s * together, 1e-30)
        write_s, restart_s = training.checkpoint.overhead_s, training.checkpoint.restart_s
        every_s = max(float(young_interval_s(write_s, mean_s)), 1e-3)
        exponent = (every_s + write_s) / mean_s
        useful = float(useful_frac(every_s, write_s, restart_s, mean_s)) if exponent < MAX_EXPONENT else 0.0
        return slowest * useful

    return sorted(shells, key=merit, reverse=True)


def check_layout(scenario: Scenario, training: Training, accelerators: int) -> None:
    """Raise InputError if no layout divides the model and fits, independent of the links."""
    peak_flops(scenario.design.accelerator, training.precision, "workload.training.precision")
    nodes = training.satellites or scenario.n_sats
    free = Cluster(
        scenario.design.accelerator,
        nodes,
        accelerators,
        lambda _bytes, _n: 0.0,
        1e30,
        0.0,
        scenario.workload.kernels.memory_frac,
    )
    methods = [training.method] if training.method is not None else methods_for(free)
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


def _orbit_cluster(scenario: Scenario, placement: Placement, accelerators: int) -> Cluster:
    return Cluster(
        accelerator=scenario.design.accelerator,
        nodes=len(placement.members),
        per_node=accelerators,
        exchange_s=placement.exchange_s,
        link_bit_per_s=max(placement.link_bit_per_s, 1.0),
        hop_s=placement.hop_s,
        memory_frac=scenario.workload.kernels.memory_frac,
        connected_frac=placement.connected_frac,
    )


def ground_of(accelerator: str, accelerators: int) -> Cluster:
    """Return a cluster of `accelerators` on the ground, in equal machines as large as their scale-up network allows."""
    most = int(part("accelerators", accelerator)["scale_up_accelerators"])
    per_node = next(size for size in range(min(most, accelerators), 0, -1) if accelerators % size == 0)
    nodes = accelerators // per_node
    rate = GROUND_LINK_BIT_PER_S * per_node

    def exchange_s(amount_bytes: float, n: int) -> float:
        return 0.0 if n < 2 else 2.0 * 8.0 * amount_bytes * (n - 1) / n / rate + 2.0 * math.log2(n) * GROUND_HOP_S

    return Cluster(accelerator, nodes, per_node, exchange_s, rate, GROUND_HOP_S, name="machines")


def _on_the_ground(scenario: Scenario, training: Training, accelerators: int) -> Choice:
    """Return the best outcome of the same job on as many accelerators on the ground.

    If the given layout and method do not fit there, the best ones are chosen.
    """
    anywhere = training.model_copy(update={"shell": None})
    jobs = scenario.workload
    return _ground_choice(anywhere, scenario.design.accelerator, accelerators, jobs.kernels.memory_frac, jobs.failures)


@functools.lru_cache(maxsize=8)
def _ground_choice(
    training: Training, accelerator: str, accelerators: int, memory_frac: float, failures: Failures
) -> Choice:
    cluster = replace(ground_of(accelerator, accelerators), memory_frac=memory_frac)
    conditions = ground_conditions(failures, cluster)
    try:
        return best(cluster, training, conditions)
    except InputError:
        free = training.model_copy(update={"parallel": None, "method": None})
        return best(cluster, free, conditions)


def orbit_conditions(scenario: Scenario, conditions: Conditions, each: Hazards) -> NodeConditions:
    """Return the conditions of a training job's satellites, including storms and batch faults."""
    failures, peak_w = scenario.workload.failures, scenario.satellite.compute.peak_power_w
    return NodeConditions(
        clock_frac=conditions.clock_frac,
        step_s=conditions.step_s,
        node_failures_per_s=conditions.node_failures_per_s.mean(axis=1),
        sdc_per_s=each.sdc_per_s,
        storms_per_s=failures.storms_per_year / JULIAN_YEAR_S,
        storm_s=failures.storm_s,
        batch_lost_frac=failures.batch_faults_per_year * failures.batch_frac * failures.batch_time_s / JULIAN_YEAR_S,
        lost_per_year=scenario.buildout.failures_per_year_frac + scenario.buildout.accelerator_losses_per_year_frac,
        node_w=float(conditions.compute_power_frac.mean()) * peak_w,
    )


def ground_conditions(failures: Failures, cluster: Cluster) -> NodeConditions:
    """Return the conditions on the ground: full power, the same hardware failures with replacement, no radiation."""
    rate = cluster.per_node * failures.interruptions_per_accelerator_year / JULIAN_YEAR_S
    node_w = cluster.per_node * part("accelerators", cluster.accelerator)["system_power_w"]
    return NodeConditions(np.ones((1, 1)), DAY_S, np.full(1, rate), 0.0, 0.0, 0.0, 0.0, 0.0, node_w)


def _clock_by_hour(conditions: NodeConditions) -> ClockByHour:
    per = max(1, round(600.0 / conditions.step_s))
    n = max(1, len(conditions.clock_frac) // per)
    blocks = conditions.clock_frac[: n * per].reshape(n, -1, conditions.clock_frac.shape[1]).mean(axis=1)
    rate = conditions.node_failures_per_s[: n * per].reshape(n, -1).mean(axis=1)
    return ClockByHour(
        (np.arange(n) + 0.5) * per * conditions.step_s,
        blocks.min(axis=1),
        blocks.mean(axis=1),
        blocks.max(axis=1),
        rate * DAY_S,
    )


def _remarks(found: Outcome, placement: Placement) -> list[str]:
    remarks = []
    if found.days > 20.0 * JULIAN_YEAR_S / DAY_S:
        remarks.append(f"It would take {found.days / 365.25:,.0f} years.")
    if found.step.workers > 1:
        remarks.append(
            f"{found.step.workers} workers that synchronise now and then need not reach the same loss with as many "
            "tokens; the same tokens are counted here. Papers find from nothing to a few per cent of tokens more."
        )
    if found.retained.is_simulated and abs(found.retained.useful_frac - found.retained.first_order) > 0.02:
        remarks.append(
            f"Checkpoints, restarts and storms leave {100 * found.retained.useful_frac:.0f} % of the time, by a simulation "
            f"of events; first-order formulas would give {100 * found.retained.first_order:.0f} %."
        )
    if found.undetected_sdc_per_day > 1.0:
        remarks.append(
            f"{found.undetected_sdc_per_day:,.0f} silent data corruptions a day go undetected; their effect on the model is "
            "not known."
        )
    if found.nodes < len(placement.members):
        remarks.append(
            f"Of {len(placement.members):,} satellites that are there, {found.nodes:,} are used: more would not be "
            "done sooner or cheaper, because of links, failures and stragglers."
        )
    if placement.connected_frac(found.nodes) < 1.0:
        connected = 100.0 * placement.connected_frac(found.nodes)
        remarks.append(f"All members are connected by links in {connected:.0f} % of the snapshots through the day.")
    return remarks
