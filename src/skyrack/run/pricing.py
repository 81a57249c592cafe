"""What a run says beyond the flight: the satellite that would close, the fleet built of it, and its price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skyrack.buildout.rows import grow, history_of
from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.design.budget import budget_of
from skyrack.design.sizing import Sizing, gives_cells, size
from skyrack.economics.document import price
from skyrack.economics.fleet_price import fleet_price
from skyrack.economics.unit_prices import Delivered
from skyrack.fleet.power import SatellitePower
from skyrack.scenario import Scenario


def growth(
    scenario: Scenario, found: Sizing, *, power: SatellitePower, delivered: Mapping[str, Delivered] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document kept as growth.json, and the figures of it that belong to the summary.

    Its keys are `design`, `buildout`, `price`, and `impossible`.

    `found` is the satellite that closes, `power` what one gave as flown, `delivered` what jobs got out of its accelerators.
    Where no launcher of the scenario can lift the satellite, the document says so under `impossible`, the figures of the
    build-out are zero and those of the price null.
    """
    document: dict[str, Any] = {
        "design": budget_of(scenario, found),
        "impossible": None,
        "buildout": None,
        "price": None,
    }
    figures: dict[str, Any] = {
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
    } | dict.fromkeys(PRICE_FIGURES)
    try:
        plan, history = history_of(scenario, found, power)
        built = grow(scenario, found, plan, history)
    except InputError as error:
        return document | {"impossible": str(error)}, figures
    try:
        uptime_frac = power.delivered_w / max(asked_w(scenario), 1e-9)
        priced = price(
            scenario, found, history, asked_w=asked_w(scenario), uptime_frac=uptime_frac, delivered=delivered
        )
    except InputError as error:
        priced = {"name": scenario.name, "impossible": str(error), "orbit": None, "ground": None}
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
    if priced["orbit"] is not None:
        figures |= _price_figures(priced)
    return document | {"buildout": built, "price": priced}, figures


PRICE_FIGURES = (
    "orbit_usd_per_gpu_hour",
    "ground_usd_per_gpu_hour",
    "orbit_usd_per_kw_year",
    "ground_usd_per_kw_year",
    "cost_ratio",
    "cost_ratio_at_start",
    "cost_ratio_least",
    "breakeven_launch_usd_per_kg",
    "capital_to_target_usd",
    "funding_need_usd",
    "npv_usd",
)


def _price_figures(priced: dict[str, Any]) -> dict[str, Any]:
    orbit, ground = priced["orbit"]["prices"], priced["ground"]["prices"]
    money = priced["finance"]
    return {
        "orbit_usd_per_gpu_hour": orbit["usd_per_gpu_hour"],
        "ground_usd_per_gpu_hour": ground["usd_per_gpu_hour"],
        "orbit_usd_per_kw_year": orbit["usd_per_kw_year"],
        "ground_usd_per_kw_year": ground["usd_per_kw_year"],
        "cost_ratio": priced["ratio"],
        "cost_ratio_at_start": priced["ratio_at_start"],
        "cost_ratio_least": priced["ratio_least"],
        "breakeven_launch_usd_per_kg": priced["breakeven_launch_usd_per_kg"],
        "capital_to_target_usd": money["capital_to_target_usd"],
        "funding_need_usd": money["orbit"]["funding_need_usd"],
        "npv_usd": money["orbit"]["npv_usd"],
    }


def asked_w(scenario: Scenario) -> float:
    """Compute power that the policy asks of one satellite while nothing lacks."""
    compute = scenario.satellite.compute
    return float(scenario.power_policy.bounds_w(compute.average_power_w, compute.peak_power_w)[1])


def price_of(
    scenario: Scenario, *, keep_cells: bool, power: SatellitePower, delivered: Mapping[str, Delivered] | None = None
) -> dict[str, Any]:
    """The price of a scenario, from what one satellite gives in flight; InputError where no launcher can lift it."""
    found = size(scenario, keep_cells=keep_cells)
    _, history = history_of(scenario, found, power)
    uptime_frac = power.delivered_w / max(asked_w(scenario), 1e-9)
    return price(scenario, found, history, asked_w=asked_w(scenario), uptime_frac=uptime_frac, delivered=delivered)


def price_scenario(source: Any, overrides: dict[str, Any]) -> dict[str, Any]:
    """The price of a scenario by name, file or mapping, flown with a thinned fleet."""
    from skyrack.fleet.sample_flight import probe
    from skyrack.scenario import load

    loaded = load(source, overrides)
    return price_of(loaded.scenario, keep_cells=gives_cells(loaded), power=probe(loaded.scenario))


def price_of_closed(scenario: Scenario) -> tuple[float, float]:
    """Mass in kg/kW and levelised cost in USD/kW-year of the satellite that closes.

    A closed satellite delivers all it is asked for in light and in the dark; the dark is taken as long as on the worst day
    of the year, so a satellite that follows the Sun comes out a little dear.
    """
    found = size(scenario, keep_cells=False)
    own = scenario.model_copy(
        update={
            "buildout": scenario.buildout.model_copy(update={"satellite_mass_kg": None, "satellite_stowed_m3": None})
        }
    )
    _, history = history_of(own, found)
    lit_w, dark_w = found.inputs.compute_lit_w, found.inputs.compute_dark_w
    uptime_frac = 1.0 - found.closure.worst_dark_frac * (1.0 - dark_w / lit_w) if lit_w > 0.0 else 0.0
    flown = fleet_price(own, found.closure, history, asked_w=lit_w, uptime_frac=uptime_frac)
    if flown is None:
        raise InputError(f"{scenario.name}: no satellite ever flies")
    return 1e3 * float(flown.mean.kg_per_w), float(flown.account.usd_per_kw_year)


def delivered(scenario: Scenario, document: dict[str, Any]) -> dict[str, Delivered]:
    """What the jobs get out of an hour of an accelerator that counts as one, in orbit and on the ground.

    By the power that computers are served: tokens or useful arithmetic for each joule, times the joules of such an hour.
    """
    chip, economics = part("accelerators", scenario.design.accelerator), scenario.economics
    hour_w = chip["system_power_w"] * economics.hour_load_frac
    found = {}
    for side in ("orbit", "ground"):
        serving, training = document["serving"], document["training"]
        tokens, sustained = None, None
        if serving is not None and serving[side]["power_w"] > 0.0 and serving[side]["tokens_per_s"] > 0.0:
            tokens = serving[side]["tokens_per_s"] / serving[side]["power_w"] * hour_w
        if training is not None:
            job = training[side]
            each_w = job["power_w"] / job["accelerators_held"]
            kernel = scenario.workload.training.kernel_frac if scenario.workload.training else 1.0
            # what is lost for good is in the price already
            sustained = kernel * job["goodput_frac"] / job["lasting_frac"] / each_w * hour_w
        found[side] = Delivered(tokens, sustained)
    return found


PFLOP_DAY = 1e15 * DAY_S


def with_prices(document: dict[str, Any], priced: dict[str, Any] | None) -> dict[str, Any]:
    """The document with what the jobs cost, where there is a price."""
    if priced is None or priced.get("orbit") is None:
        return document
    for side in ("orbit", "ground"):
        prices = priced[side]["prices"]
        if document["training"] is not None:
            job = document["training"][side]
            job["cost_usd"] = document["training"]["flops"] / PFLOP_DAY * prices["usd_per_pflop_day"]
        if document["serving"] is not None:
            document["serving"][side]["usd_per_mtoken"] = prices["usd_per_mtoken"]
    return document
