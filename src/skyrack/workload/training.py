"""Training a model on satellites, from top to bottom in `train`: place, layout, step, power, interruptions, time, energy."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.fleet.sample_flight import Tracks, follow
from skyrack.orbits.layout import lay_out
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Training
from skyrack.workload.accelerator_power import clock_frac, fed_frac, slowest_clocks
from skyrack.workload.failures import Hazards, hazards
from skyrack.workload.goodput import useful_frac, young_interval_s
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.outcome import MOST_EXPONENT, Conditions, Outcome, best, losses, methods_for, plain
from skyrack.workload.parallelism import Cluster, layouts, step_of
from skyrack.workload.placement import Placement, place

Floats = NDArray[np.float64]
GROUND_LINK_BIT_PER_S = 400e9
"""Of each accelerator on the ground to a fabric without bottlenecks, as in Llama 3's clusters (arXiv:2407.21783)."""
GROUND_HOP_S = 5e-6


def train(
    scenario: Scenario,
    exposed: dict[str, Any],
) -> dict[str, Any]:
    """The training job of a scenario in orbit and on the ground, as plain data.

    `exposed` is radiation.json.
    InputError for a job that cannot be: more satellites than fly, parallelism that does not divide, a model that does not
    fit.
    """
    training = scenario.workload.training
    if training is None:
        raise InputError("workload.training: the scenario has no training job")
    accelerators = accelerators_per_satellite(scenario)
    placement = place(scenario, training, _merits(scenario, training, exposed, accelerators))
    row = next(row for row in exposed["shells"] if row["name"] == placement.shell)
    each = hazards(scenario, row, accelerators, exposed["accelerators"])
    tracks = follow(scenario, placement.picks, 0.0, DAY_S)
    orbit = _orbit_conditions(scenario, tracks, each, accelerators)
    cluster = _orbit_cluster(scenario, placement, accelerators)
    found, tried = best(cluster, training, orbit)
    ground = _on_the_ground(scenario, training, found.held)
    model = language_model(training.model)
    return {
        "model": model.title,
        "tokens": training.tokens,
        "flops": model.training_flops(training.tokens, training.sequence),
        "accelerator": part("accelerators", scenario.design.accelerator).title,
        "accelerators_per_satellite": accelerators,
        "shell": placement.shell,
        "satellites_asked": len(placement.members),
        "satellites": found.nodes,
        "link_bit_per_s": placement.link_bit_per_s,
        "joined_frac": placement.joined_frac(found.nodes),
        "hazards_per_satellite_year": {
            "trapped protons": each.radiation_per_s * (1.0 - each.galactic_frac) * JULIAN_YEAR_S,
            "cosmic rays": each.radiation_per_s * each.galactic_frac * JULIAN_YEAR_S,
            "hardware and software": each.hardware_per_s * JULIAN_YEAR_S,
            "silent": each.silent_per_s * JULIAN_YEAR_S,
        },
        "orbit": plain(found),
        "ground": plain(ground),
        "losses": {"orbit": losses(found), "ground": losses(ground)},
        "tried": tried,
        "clock": _clock_by_hour(orbit),
        "remarks": _remarks(found, placement),
    }


REST = 8
"""Learners that a job may be cut into where shells are compared."""


def _merits(scenario: Scenario, training: Training, exposed: dict[str, Any], accelerators: int) -> dict[str, float]:
    """Useful share of the arithmetic that a shell would give, roughly: by its slowest satellite, and by its interruptions."""
    if training.shell is not None:
        return {}
    large = [shell for shell in lay_out(scenario) if shell.n_sats >= (training.satellites or 1)]
    clocks = slowest_clocks(scenario, large, accelerators)
    rows = {row["name"]: row for row in exposed["shells"]}
    found = {}
    for name, speed in clocks.items():
        each = hazards(scenario, rows[name], accelerators, exposed["accelerators"])
        mean_s = 1.0 / max(each.interruptions_per_s * max(1.0, (training.satellites or 1) / REST), 1e-30)
        write_s, restart_s = training.checkpoint.overhead_s, training.checkpoint.restart_s
        every_s = max(float(young_interval_s(write_s, mean_s)), 1e-3)
        exponent = (every_s + write_s) / mean_s
        kept = float(useful_frac(every_s, write_s, restart_s, mean_s)) if exponent < MOST_EXPONENT else 0.0
        found[name] = speed * kept
    return found


def check_layout(scenario: Scenario, training: Training, accelerators: int) -> None:
    """InputError where no layout divides and fits, whatever the links carry."""
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
        memory_frac=scenario.workload.kernels.memory_frac,
        joined_frac=placement.joined_frac,
    )


def ground_of(accelerator: str, accelerators: int) -> Cluster:
    """As many accelerators on the ground, in equal machines as large as their links allow."""
    most = int(part("accelerators", accelerator)["scale_up_accelerators"])
    per_node = next(size for size in range(min(most, accelerators), 0, -1) if accelerators % size == 0)
    nodes = accelerators // per_node
    rate = GROUND_LINK_BIT_PER_S * per_node

    def exchange_s(amount_bytes: float, n: int) -> float:
        return 0.0 if n < 2 else 2.0 * 8.0 * amount_bytes * (n - 1) / n / rate + 2.0 * math.log2(n) * GROUND_HOP_S

    return Cluster(accelerator, nodes, per_node, exchange_s, rate, GROUND_HOP_S, name="machines")


def _on_the_ground(scenario: Scenario, training: Training, accelerators: int) -> Outcome:
    """The same job on as many accelerators on the ground, by its own layout and method where those given do not fit there."""
    memory_frac = scenario.workload.kernels.memory_frac
    cluster = replace(ground_of(scenario.design.accelerator, accelerators), memory_frac=memory_frac)
    conditions = ground_conditions(scenario, cluster)
    try:
        return best(cluster, training, conditions)[0]
    except InputError:
        free = training.model_copy(update={"parallel": None, "method": None})
        return best(cluster, free, conditions)[0]


def _orbit_conditions(scenario: Scenario, tracks: Tracks, each: Hazards, accelerators: int) -> Conditions:
    failures, peak_w = scenario.workload.failures, scenario.satellite.compute.peak_power_w
    return Conditions(
        clock=np.asarray(clock_frac(fed_frac(scenario, tracks.compute_frac, accelerators))),
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
        said.append(f"It would take {found.days / 365.25:,.0f} years.")
    if found.step.learners > 1:
        said.append(
            f"{found.step.learners} learners that exchange now and then need not reach the same loss with as many "
            "tokens; the same tokens are counted here. Papers find from nothing to a few per cent of tokens more."
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
    if found.nodes < len(placement.members):
        said.append(
            f"Of {len(placement.members):,} satellites that are there, {found.nodes:,} are taken: more would not be "
            "done sooner or cheaper, as links, failures and waiting take what they bring."
        )
    if placement.joined_frac(found.nodes) < 1.0:
        joined = 100.0 * placement.joined_frac(found.nodes)
        said.append(f"All members are joined by links in {joined:.0f} % of the looks through the day.")
    return said
