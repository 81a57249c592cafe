"""What a run says beyond the flight: the satellite that would close, and the fleet built of it."""

from __future__ import annotations

from typing import Any

from skyrack.buildout.plan import Power
from skyrack.buildout.rows import grow
from skyrack.core.errors import InputError
from skyrack.design.budget import budget_of
from skyrack.design.sizing import size
from skyrack.scenario import Scenario


def growth(scenario: Scenario, *, keep_cells: bool, power: Power) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document kept as growth.json, and the figures of it that belong to the summary.

    `power` is what one satellite gave as flown. Where no launcher of the scenario can lift the
    satellite, the document says so under `impossible` and the figures of the build-out are zero.
    """
    found = size(scenario, keep_cells=keep_cells)
    document: dict[str, Any] = {"design": budget_of(scenario, found), "impossible": None, "buildout": None}
    figures = {
        "closed_mass_kg": found.closure.wet_kg,
        "closed_power_per_mass_w_per_kg": found.inputs.compute_peak_w / found.closure.wet_kg,
        "closed_array_area_m2": found.closure.array_area_m2,
        "closed_radiator_area_m2": found.closure.radiator_area_m2,
        "mass_per_flight_kg": 0.0,
        "flights_per_year_most": 0.0,
        "satellites_per_week_needed": 0.0,
        "flights_per_year_needed": 0.0,
        "compute_launched_per_year_most_w": 0.0,
        "compute_installed_at_end_w": 0.0,
        "compute_delivered_at_end_w": 0.0,
        "n_active_at_end": 0.0,
        "n_active_at_sites_at_end": 0.0,
        "compute_delivered_at_sites_at_end_w": 0.0,
    }
    try:
        built = grow(scenario, found, power=power)
    except InputError as error:
        return document | {"impossible": str(error)}, figures
    answers = built["answers"]
    needs = answers["must_be_true"]
    figures |= {
        "mass_per_flight_kg": max(one["mass_per_flight_kg"] for one in built["vehicles"]),
        "flights_per_year_most": answers["flights_per_year_most"],
        "satellites_per_week_needed": needs["satellites_per_week"] or 0.0,
        "flights_per_year_needed": needs["flights_per_year"] or 0.0,
        "compute_launched_per_year_most_w": answers["most_w_per_year"],
        "compute_installed_at_end_w": answers["installed_w_at_end"],
        "compute_delivered_at_end_w": answers["delivered_w_at_end"],
        "n_active_at_end": answers["active_at_end"],
        "n_active_at_sites_at_end": sum(site["answers"]["active_at_end"] for site in built["sites"]),
        "compute_delivered_at_sites_at_end_w": sum(site["answers"]["delivered_w_at_end"] for site in built["sites"]),
    }
    return document | {"buildout": built}, figures
