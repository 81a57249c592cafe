"""Jobs of a fleet: satellites that they need, simulation, and files in a run folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.catalogue.parts import part
from skyrack.catalogue.traces import traces
from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.environment.exposure_summary import Exposure, GlobeMap, ShellExposure
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.layout import Layout, SatelliteRef
from skyrack.results.run_folder import RunFolder
from skyrack.scenario import Scenario
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.conditions import Conditions
from skyrack.workload.demand import users
from skyrack.workload.failures import (
    Availability,
    ThermalWear,
    fleet_availability,
    hazards,
    thermal_wear,
    watched_satellites,
)
from skyrack.workload.figures import JobFigures
from skyrack.workload.placement import candidates, check_place, watched_of
from skyrack.workload.reachability import job_window, served_satellites
from skyrack.workload.requests import read_trace
from skyrack.workload.serving import ServingResult, group_of, serve_fleet
from skyrack.workload.training import TrainingResult, check_layout, train


def check_workload(scenario: Scenario, layout: Layout, accelerators: int) -> None:
    """Raise InputError for impossible jobs, as far as that is known before the simulation."""
    jobs = scenario.workload
    if jobs.training is None and jobs.serving is None:
        return
    if accelerators < 1:
        raise InputError("satellite.compute.peak_power: 0 W feed no accelerator; jobs need some compute power")
    idle_w = IDLE_FRAC * accelerators * part("accelerators", scenario.design.accelerator)["system_power_w"]
    peak_w = scenario.satellite.compute.peak_power_w
    if peak_w <= idle_w:
        raise InputError(
            f"satellite.compute.peak_power: {peak_w:,.0f} W is not above the {idle_w:,.0f} W "
            f"that its accelerators ({accelerators} of type {scenario.design.accelerator}) draw when idle; accepted is more"
        )
    if jobs.training is not None:
        check_place(scenario, jobs.training, layout.shells)
        check_layout(scenario, jobs.training, accelerators)
    if jobs.serving is not None:
        group_of(scenario, jobs.serving, accelerators)
        users(scenario, jobs.serving)
        if jobs.serving.trace not in traces():
            read_trace(Path(jobs.serving.trace))


def followed_satellites(scenario: Scenario, constellation: Constellation) -> tuple[list[SatelliteRef], float]:
    """Return the satellites whose trajectories the jobs need, each once, and the length (s) of their sample flight.

    Members of a training job are not among them: they are known when its shell is chosen.
    """
    layout, training = constellation.layout, scenario.workload.training
    chosen = [*watched_satellites(layout), *served_satellites(scenario, layout)]
    if training is not None:
        chosen += watched_of(candidates(training, constellation))
    begin_s, span_s = job_window(scenario, layout.n_all)
    return list({ref.number: ref for ref in chosen}.values()), max(DAY_S, begin_s + span_s)


@dataclass(frozen=True)
class FailureMap:
    """Map of the node failures of one satellite per day, at the altitude of one shell."""

    shell: str
    altitude_m: float
    latitudes_deg: Any
    longitudes_deg: Any
    mean_per_day: float
    """Mean over the orbits of the shell."""
    per_day: Any
    """Node failures per day by position, (latitude, longitude)."""


@dataclass(frozen=True)
class Jobs:
    """Jobs of a fleet: the content of workload.json."""

    availability: Availability
    wear: ThermalWear
    training: TrainingResult | None
    serving: ServingResult | None
    impossible: dict[str, str]
    """Reason why a job of the scenario is impossible, by its kind."""
    map: FailureMap
    conditions: Conditions | None = field(default=None, repr=False)
    """Conditions of the training job's satellites, written as a table."""

    @property
    def figures(self) -> JobFigures:
        """Figures of the jobs for the summary of a run."""
        training = None if self.training is None else self.training.orbit
        serving = None if self.serving is None else self.serving.orbit
        ground = None if self.serving is None else self.serving.ground
        return JobFigures(
            training_goodput_frac=training.goodput_frac if training else None,
            training_days=training.days if training else None,
            tokens_per_s=serving.tokens_per_s if serving else None,
            ttft_p50_s=serving.ttft_p50_s if serving else None,
            ttft_p99_s=serving.ttft_p99_s if serving else None,
            tokens_per_j=serving.tokens_per_j if serving else None,
            usd_per_mtoken=serving.usd_per_mtoken if serving else None,
            ground_usd_per_mtoken=ground.usd_per_mtoken if ground else None,
            slo_attainment_frac=serving.slo_attainment_frac if serving else None,
            node_failures_per_day=training.node_failures_per_day if training else None,
            available_frac=self.availability.available_frac,
        )

    def document(self) -> dict[str, Any]:
        """Return the content of workload.json."""
        return {
            "availability": self.availability,
            "wear": self.wear,
            "training": self.training,
            "serving": self.serving,
            "impossible": self.impossible,
            "map": self.map,
        }

    def write(self, folder: RunFolder, layout: Layout) -> None:
        """Write workload.json and the table of conditions to a run folder."""
        folder.write_json("workload.json", self.document())
        if self.conditions is not None:
            self.conditions.write(folder, layout)


def run_jobs(
    scenario: Scenario,
    model: NetworkModel,
    exposure: Exposure,
    samples: SampleHistory,
    fly: Callable[[Sequence[SatelliteRef]], SampleHistory],
    accelerators: int,
    on_snapshot: Callable[[int, int], None] | None = None,
) -> Jobs:
    """Simulate the jobs of a scenario without prices; an impossible job is left out, with the reason.

    `samples` holds the satellites of `followed_satellites`, each with a number of `accelerators`; `fly` returns a day of
    some others.
    """
    up = fleet_availability(scenario, exposure)
    training, serving, conditions = None, None, None
    impossible: dict[str, str] = {}
    if scenario.workload.training is not None:
        try:
            training, conditions = train(scenario, model, exposure, samples, fly, accelerators)
        except InputError as error:
            impossible["training"] = str(error)
    if scenario.workload.serving is not None:
        try:
            serving = serve_fleet(scenario, model, samples, accelerators, up.available_frac, on_snapshot=on_snapshot)
        except InputError as error:
            impossible["serving"] = str(error)
    shell = exposure.of_shell(training.shell) if training else min(exposure.shells, key=lambda one: one.altitude_m)
    return Jobs(
        up,
        thermal_wear(scenario, model.constellation.layout, samples),
        training,
        serving,
        impossible,
        _failure_map(scenario, shell, max(1, accelerators)),
        conditions,
    )


def _failure_map(scenario: Scenario, shell: ShellExposure, accelerators: int) -> FailureMap:
    each, globe = (
        hazards(scenario, shell, accelerators),
        GlobeMap.of_proton_flux(scenario.environment.radiation, shell.altitude_m),
    )
    return FailureMap(
        shell.name,
        shell.altitude_m,
        globe.latitudes_deg,
        globe.longitudes_deg,
        each.node_failures_per_s * DAY_S,
        np.round(each.through(globe.values) * DAY_S, 5),
    )
