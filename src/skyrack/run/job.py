"""Training or serving job without a flight of the whole fleet, in seconds."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skyrack.core.errors import InputError
from skyrack.core.json_text import plain
from skyrack.economics.price import Price
from skyrack.fleet.sample_flight import mean_power
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.manifest import manifest_of, write_inputs
from skyrack.run.prepare import Plan, prepare
from skyrack.run.pricing import delivered, price_of, with_prices
from skyrack.run.service import service_of
from skyrack.run.simulated_jobs import simulated_jobs
from skyrack.scenario import Scenario, is_ground_data_center, load
from skyrack.workload.demand import users
from skyrack.workload.summary import Jobs, check_workload

Kind = Literal["training", "serving"]
NEEDED_BYTES = 20_000_000
DAY_HOURS = 24.0


@dataclass(frozen=True)
class Job:
    """Complete job in its folder."""

    folder: RunFolder
    kind: Kind
    document: dict[str, Any]
    """Content of workload.json."""

    @property
    def path(self) -> Path:
        """Path of the folder."""
        return self.folder.path

    @property
    def result(self) -> dict[str, Any]:
        """Part of the document about this job."""
        return dict(self.document[self.kind])


def load_job(source: Any, overrides: dict[str, Any], kind: Kind) -> Plan:
    """Return the plan of a scenario with a job of this kind, by default the built-in job.

    Raises InputError for a ground data center and for anything else that is wrong with the scenario or the job.
    """
    if is_ground_data_center(source):
        named = "the mapping" if isinstance(source, dict) else source
        raise InputError(f"{named} is a campus on the ground: nothing flies there, so no satellites train or serve")
    bare = load(source, {path: value for path, value in overrides.items() if not path.startswith("workload.")})
    begun: dict[str, Any] = {} if getattr(bare.scenario.workload, kind) is not None else {f"workload.{kind}": {}}
    plan = prepare(load(source, begun | overrides))
    check_workload(_only(plan.scenario, kind), plan.layout, plan.accelerators)
    return plan


def run_job(plan: Plan, kind: Kind, out: Path, on_progress: OnProgress | None = None) -> Job:
    """Run one job of a scenario and write it to a folder: workload.json, scenario.yaml, assumptions.json.

    Raises InputError, and removes the folder, where the job is not possible.
    """
    scenario, loaded = _only(plan.scenario, kind), plan.loaded
    folder = RunFolder.create(out, NEEDED_BYTES)
    manifest = manifest_of(loaded, "cpu", kind=kind)
    write_inputs(folder, loaded, manifest)
    stage = Stage("workload", 1.0, on_progress)
    stage.report()
    try:
        jobs = simulated_jobs(plan, scenario=scenario, on_snapshot=stage.update)
        _require_possible(jobs, kind)
    except InputError:
        shutil.rmtree(folder.path, ignore_errors=True)  # without a result it would only block the next attempt
        raise
    jobs = with_prices(jobs, _price(plan, scenario, jobs))
    jobs.write(folder, plan.layout)
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE})
    folder.remove_checkpoint()
    return Job(folder, kind, plain(jobs.document()))


def _require_possible(jobs: Jobs, kind: Kind) -> None:
    if kind in jobs.impossible:
        raise InputError(jobs.impossible[kind])


def _only(scenario: Scenario, kind: Kind) -> Scenario:
    other = "serving" if kind == "training" else "training"
    return scenario.model_copy(update={"workload": scenario.workload.model_copy(update={other: None})})


def _price(plan: Plan, scenario: Scenario, jobs: Jobs) -> Price | None:
    """Return the price of the fleet with the throughput of these jobs; None where it has none."""
    try:
        service = service_of(plan, mean_power(scenario, plan.layout), jobs.availability, jobs.wear)
        return price_of(plan, service, delivered(scenario, jobs, service.available_frac, plan.accelerators))
    except InputError:
        return None


def begin_at_hour(scenario: Scenario, hour: float) -> float:
    """Return the begin in seconds after the epoch for which the middle of the serving job falls on an hour of local
    time.

    Local time is mean solar time at the circular mean longitude of the users, weighted by the population of their
    cities. Raises InputError where the scenario has no serving job or `hour` is not from 0 to 24.
    """
    serving = scenario.workload.serving
    if serving is None:
        raise InputError("workload.serving: the scenario has no serving job")
    if not 0.0 <= hour <= DAY_HOURS:
        raise InputError(f"hour: {hour:g} is not an hour of the day; accepted is from 0 to 24, for example 20")
    cities = users(scenario, serving)
    weights = np.maximum(cities.people, 1.0)
    east = math.degrees(
        math.atan2(
            float((weights * np.sin(cities.longitude_rad)).sum()), float((weights * np.cos(cities.longitude_rad)).sum())
        )
    )
    epoch = scenario.epoch
    epoch_hour = epoch.hour + epoch.minute / 60.0 + epoch.second / 3600.0
    ahead_h = (hour - east / 15.0 - epoch_hour) % DAY_HOURS
    begin_s = 3600.0 * ahead_h - 0.5 * float(serving.span_s)
    return begin_s if begin_s >= 0.0 else begin_s + 3600.0 * DAY_HOURS
