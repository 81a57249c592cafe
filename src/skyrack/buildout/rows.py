"""The history of a build-out as rows for people and files."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import date
from typing import Any

from skyrack.buildout.cohorts import History, build
from skyrack.buildout.metrics import answers_of, must_be_true
from skyrack.buildout.plan import Plan, plan_of
from skyrack.buildout.sites import SitePlan, site_plan, without_sites
from skyrack.design.sizing import Sizing
from skyrack.fleet.power import SatellitePower
from skyrack.physics.propagation_delay import light_time_s
from skyrack.scenario import Scenario


def history_of(scenario: Scenario, found: Sizing, power: SatellitePower | None = None) -> tuple[Plan, History]:
    """The plan of a scenario as if there were no sites beyond low orbit, and the history of the fleet with them.

    `power` is what one satellite gives in flight, by default what the power policy asks for in sunlight.
    """
    given = power or SatellitePower.as_closed(found.inputs.compute_lit_w)
    plan = plan_of(scenario, found.closure, found.inputs.compute_peak_w, given)
    return plan, build(without_sites(plan, scenario.buildout.sites))


def grow(scenario: Scenario, found: Sizing, whole: Plan, history: History, *, by: date | None = None) -> dict[str, Any]:
    """The document that `skyrack build --json` prints, from plan and history of `history_of`."""
    asked_w, wish = found.inputs.compute_lit_w, scenario.buildout
    wanted = by or wish.wanted_by or wish.until
    return {
        "name": scenario.name,
        "target": whole.target,
        "satellite_mass_kg": whole.satellite_kg,
        "mass_from": "as the scenario says" if wish.satellite_mass_kg else "as closed",
        "vehicles": [
            {
                "name": one.name,
                "sats_per_flight": one.sats_per_flight,
                "limited_by": one.by,
                "mass_per_flight_kg": one.sats_per_flight * whole.satellite_kg,
            }
            for one in whole.vehicles
        ],
        "answers": _plain(asdict(answers_of(history)) | {"must_be_true": asdict(must_be_true(whole, wanted))}),
        "months": rows_of(history),
        "sites": [_site(site_plan(site, whole, asked_w), wanted) for site in wish.sites],
    }


def _site(planned: SitePlan, by: date) -> dict[str, Any]:
    site, place = planned.site, planned.place
    history = build(planned.plan)
    distance = place.figures["distance_m"]
    day = by if by > planned.plan.months[0] else planned.plan.end
    return {
        "name": site.name,
        "speculative": True,
        "place": place.name,
        "place_title": place.title,
        "supply": "launchers" if site.mass_driver is None else "mass-driver",
        "target": site.target,
        "sunlit_frac": place["sunlit_frac"],
        "solar_flux_w_per_m2": place["solar_flux_w_per_m2"],
        "light_frac": planned.light_frac,
        "transit_s": place["transit_s"],
        "light_time_s": light_time_s(distance.value),
        "light_time_least_s": light_time_s(distance.value if distance.low is None else float(distance.low)),
        "light_time_most_s": light_time_s(distance.value if distance.high is None else float(distance.high)),
        "flights_per_cargo": planned.flights_per_cargo,
        "answers": _plain(asdict(answers_of(history)) | {"must_be_true": asdict(must_be_true(planned.plan, day))}),
        "months": rows_of(history),
    }


def _plain(value: Any) -> Any:
    """The same with days as text, as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def rows_of(history: History) -> list[dict[str, Any]]:
    """One row a month. `n_built`, `n_launched`, `n_failed` and `n_deorbited` are cumulative, `n_failed` with those lost at
    launch; `launches` and `mass_to_orbit_kg` belong to the month.
    """
    plan, rows = history.plan, []
    reached = history["launched"] - history["launch_lost"]
    before = 0.0
    for k, day in enumerate(plan.months):
        price = float(history["launch_usd_per_kg"][k])
        rows.append(
            {
                "date": day.isoformat(),
                "n_built": float(history["built"][k]),
                "n_launched": float(history["launched"][k]),
                "n_on_ground": float(history["ground"][k]),
                "n_raising": float(history["raising"][k]),
                "n_active": float(history["active"][k]),
                "n_failed": float(history["failed"][k] + history["launch_lost"][k]),
                "n_dead_in_orbit": float(history["dead_in_orbit"][k]),
                "n_disposing": float(history["disposing"][k]),
                "n_deorbited": float(history["deorbited"][k]),
                "compute_installed_w": float(history["installed_w"][k]),
                "compute_delivered_w": float(history["delivered_w"][k]),
                "launches": float(history["flights"][k]),
                "mass_to_orbit_kg": float(reached[k] - before) * plan.satellite_kg,
                "satellite_price_usd": float(history["satellite_usd"][k]),
                "launch_price_usd_per_kg": None if math.isnan(price) else price,
                "bottleneck": history.bottlenecks[k],
            }
        )
        before = float(reached[k])
    return rows
