"""What the fleet trains and serves: the jobs of a run, their prices, and the figures of the summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.catalogue.traces import streams
from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.environment.radiation_environment import proton_flux
from skyrack.orbits.layout import ShellDesign, lay_out
from skyrack.scenario import Scenario
from skyrack.workload.failures import fleet_availability, hazards, wear_by_cycles
from skyrack.workload.serving import serve_fleet
from skyrack.workload.training import accelerators_per_satellite, train

FIGURES = (
    "training_goodput_frac",
    "training_days",
    "tokens_per_s",
    "ttft_p50_s",
    "ttft_p99_s",
    "tokens_per_j",
    "usd_per_mtoken",
    "ground_usd_per_mtoken",
    "serving_goodput_frac",
    "interruptions_per_day",
    "available_frac",
)
"""Figures of the summary that come from here; null where the scenario has no such job, or none that can be."""


def check_workload(scenario: Scenario, shells: tuple[ShellDesign, ...]) -> None:
    """InputError for jobs that cannot be, as far as that is known before anything flies."""
    from skyrack.workload.demand import users
    from skyrack.workload.placement import check_place
    from skyrack.workload.requests import read_trace
    from skyrack.workload.serving import group_of
    from skyrack.workload.training import check_layout

    jobs = scenario.workload
    if jobs.training is None and jobs.serving is None:
        return
    each = accelerators_per_satellite(scenario)
    if jobs.training is not None:
        check_place(scenario, jobs.training, shells)
        check_layout(scenario, jobs.training, each)
    if jobs.serving is not None:
        group_of(scenario, jobs.serving, each)
        users(scenario, jobs.serving)
        if jobs.serving.stream not in streams():
            read_trace(Path(jobs.serving.stream))


def availability(scenario: Scenario, exposed: dict[str, Any]) -> dict[str, float]:
    """Share of the fleet that is up, mean over its shells."""
    try:
        each = accelerators_per_satellite(scenario)
    except InputError:
        each = 1
    rows = exposed["shells"]
    counted = exposed["accelerators"]
    found = [fleet_availability(scenario, hazards(scenario, row, each, counted), each) for row in rows]
    weights = [row["n_sats"] for row in rows]
    total = sum(weights)
    return {key: sum(weight * one[key] for weight, one in zip(weights, found, strict=True)) / total for key in found[0]}


def workload(
    scenario: Scenario,
    exposed: dict[str, Any],
    on_look: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The document kept as workload.json, without prices: `training`, `serving`, `availability`, `wear`, why a job cannot be.

    `exposed` is radiation.json.
    """
    up = availability(scenario, exposed)
    wear = wear_by_cycles(scenario, lay_out(scenario))
    document: dict[str, Any] = {"availability": up, "wear": wear, "training": None, "serving": None, "impossible": {}}
    jobs = scenario.workload
    if jobs.training is not None:
        try:
            document["training"] = train(scenario, exposed)
        except InputError as error:
            document["impossible"]["training"] = str(error)
    if jobs.serving is not None:
        try:
            document["serving"] = serve_fleet(scenario, up["available_frac"], on_look=on_look)
        except InputError as error:
            document["impossible"]["serving"] = str(error)
    document["map"] = interruption_map(scenario, exposed, document["training"])
    return document


MAP_DEG = 3.0


def interruption_map(scenario: Scenario, exposed: dict[str, Any], training: dict[str, Any] | None) -> dict[str, Any]:
    """Interruptions of one satellite in a day by where it is, at the altitude of the training job or of the lowest shell."""
    rows = exposed["shells"]
    name = training["shell"] if training is not None else min(rows, key=lambda row: float(row["altitude_m"]))["name"]
    row = next(row for row in rows if row["name"] == name)
    try:
        accelerators = accelerators_per_satellite(scenario)
    except InputError:
        accelerators = 1
    each = hazards(scenario, row, accelerators, exposed["accelerators"])
    latitudes, longitudes = np.arange(-84.0, 84.1, MAP_DEG), np.arange(-180.0, 180.1, MAP_DEG)
    latitude, longitude = np.meshgrid(np.radians(latitudes), np.radians(longitudes), indexing="ij")
    flux = proton_flux(scenario.environment.radiation, latitude, longitude, row["altitude_m"])
    return {
        "shell": name,
        "altitude_m": row["altitude_m"],
        "latitudes_deg": latitudes.tolist(),
        "longitudes_deg": longitudes.tolist(),
        "mean_per_day": each.interruptions_per_s * DAY_S,
        "per_day": np.round(each.through(flux) * DAY_S, 5).tolist(),
    }


def figures_of(document: dict[str, Any]) -> dict[str, Any]:
    """The figures of the summary."""
    found: dict[str, Any] = dict.fromkeys(FIGURES)
    found["available_frac"] = document["availability"]["available_frac"]
    if document["training"] is not None:
        job = document["training"]["orbit"]
        found |= {
            "training_goodput_frac": job["goodput_frac"],
            "training_days": job["days"],
            "interruptions_per_day": job["interruptions_per_day"],
        }
    if document["serving"] is not None:
        orbit, ground = document["serving"]["orbit"], document["serving"]["ground"]
        found |= {
            name: orbit[name] for name in ("tokens_per_s", "ttft_p50_s", "ttft_p99_s", "tokens_per_j", "usd_per_mtoken")
        }
        found |= {"serving_goodput_frac": orbit["goodput_frac"], "ground_usd_per_mtoken": ground["usd_per_mtoken"]}
    return found
