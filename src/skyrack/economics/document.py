"""The price of a scenario against its rival, as plain data: what `skyrack price --json` prints and runs keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.catalogue import default_value
from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.design.sizing import Sizing
from skyrack.economics.accounts import Account, Place, hardware_usd_per_w
from skyrack.economics.breakeven import breakeven_launch_usd_per_kg, cost_ratio, frontier
from skyrack.economics.cash import CAPITAL_LINES, Cash, finance, ground_cash, orbit_cash, revenue_usd
from skyrack.economics.cost_inputs import ground_place, machine_of, usual_precision
from skyrack.economics.cost_model import account_of, place_document
from skyrack.economics.earth_impact import environment
from skyrack.economics.fleet_price import FleetPrice, fleet_price
from skyrack.economics.sensitivity import deciding, what_must_be_true
from skyrack.economics.uncertain_inputs import Pair
from skyrack.economics.uncertainty import band
from skyrack.economics.unit_prices import WORDS, Delivered, Machine, prices_of
from skyrack.scenario import Scenario
from skyrack.scenario.economics import Campus, Economics

LAUNCH_PRICES: NDArray[np.float64] = np.geomspace(10.0, 5000.0, 40)
"""At which the crossover is drawn."""


KEYS = (
    "name",
    "denominators",
    "orbit",
    "ground",
    "ratio",
    "mass",
    "by_year",
    "years_to_work",
    "deciding",
    "must_be_true",
    "finance",
)


def is_price(document: Any) -> bool:
    """Whether a document is a price of a fleet as this version writes it."""
    return isinstance(document, dict) and all(key in document for key in KEYS) and document["orbit"] is not None


def price_campus(
    campus: Campus,
    economics: Economics | None = None,
    accelerator: str | None = None,
    delivered: Delivered | None = None,
) -> dict[str, Any]:
    """The price of computing on a campus, alone or beside a fleet with its economics and accelerator."""
    machine = str(campus.accelerator or accelerator or default_value("design.accelerator"))
    chosen = economics or Economics(precision=usual_precision(machine))
    place = ground_place(campus, chosen, machine)
    named = {"name": campus.name, "title": campus.title, "denominators": WORDS}
    return named | _side(place, (delivered or Delivered()).machine(machine_of(chosen, machine)))


def _side(place: Place, machine: Machine) -> dict[str, Any]:
    account = account_of(place)
    return {
        "prices": {name: float(value) for name, value in asdict(prices_of(account, machine)).items()},
        "lines_usd_per_kw_year": _lines(account),
        "capital_usd_per_w": {name: float(usd) for name, usd in account.capital_usd_per_w.items()},
        "working_frac": float(account.working_frac),
    } | place_document(place)


def _lines(account: Account) -> dict[str, float]:
    """The lines of an account for each kilowatt of computers at work."""
    worked = float(account.working_frac) * float(account.place.load_frac)
    return {name: 1e3 * float(usd) / worked for name, usd in account.usd_per_w_year.items()}


def price(
    scenario: Scenario,
    found: Sizing,
    history: History,
    *,
    asked_w: float,
    uptime_frac: float,
    delivered: Mapping[str, Delivered] | None = None,
) -> dict[str, Any]:
    """The fleet's price against that of its rival: in every denominator, by line, by year, in cash, and for the Earth.

    `asked_w` is what a satellite's computers ask for on average; `uptime_frac` how much of it they get on their first day.
    `delivered` is what jobs get out of an accelerator, by "orbit" and "ground"; a scenario's own `tokens_per_second` goes
    first.
    """
    economics, campus = scenario.economics, scenario.rival
    ground = ground_place(campus, economics, scenario.design.accelerator)
    gives = dict(delivered or {})
    if economics.tokens_per_second is not None:
        gives = {side: replace(one, tokens_per_s=None) for side, one in gives.items()}
    here = price_campus(campus, economics, scenario.design.accelerator, gives.get("ground"))
    flown = fleet_price(scenario, found.closure, history, asked_w=asked_w, uptime_frac=uptime_frac)
    if flown is None:
        why = "no satellite ever flies"
        return {"name": scenario.name, "impossible": why, "denominators": WORDS, "ground": here, "orbit": None}
    machine = machine_of(economics, scenario.design.accelerator)
    there = {"name": scenario.name, "title": scenario.title} | _side(
        flown.mean, gives.get("orbit", Delivered()).machine(machine)
    )
    by_year = _by_year(history, flown, ground)
    least = min(by_year, key=lambda row: row["ratio"])
    even = next((row["year"] for row in by_year if row["ratio"] <= 1.0), None)
    orbit_costs = orbit_cash(
        history, flown, one_off_usd=economics.one_off_usd, stations_usd=economics.ground_segment_usd
    )
    ground_costs = ground_cash(history, flown.mean, ground)
    revenue = revenue_usd(history, flown.mean, machine, machine.usd_per_hour)
    orbit_rate, ground_rate = float(flown.mean.cost_of_capital), float(ground.cost_of_capital)
    orbit_finance, ground_finance = (
        finance(orbit_costs, revenue, orbit_rate),
        finance(ground_costs, revenue, ground_rate),
    )
    decisive = deciding(flown.mean, ground)
    closure = found.closure
    compute_kg = next(line.mass_kg for line in closure.lines if line.subsystem == "compute")
    array_m2 = scenario.satellite.solar_array.area_m2
    return {
        "name": scenario.name,
        "impossible": None,
        "denominators": WORDS,
        "machine": {"accelerator": part("accelerators", scenario.design.accelerator).title} | asdict(machine),
        "orbit": there,
        "ground": here,
        "ratio": float(cost_ratio(flown.mean, ground)),
        "mass": {
            "launched_kg": history.plan.satellite_kg,
            "closed_kg": found.closure.wet_kg,
            "ratio_as_closed": float(
                cost_ratio(replace(flown.mean, kg_per_w=found.closure.wet_kg / history.plan.peak_w), ground)
            ),
        },
        "sites_not_priced": [site.name for site in scenario.buildout.sites],
        "breakeven_launch_usd_per_kg": float(breakeven_launch_usd_per_kg(flown.mean, ground)),
        "breakeven_year": even,
        "ratio_at_start": by_year[0]["ratio"],
        "ratio_least": least["ratio"],
        "ratio_least_year": least["year"],
        "by_year": by_year,
        "years_to_work": {
            "orbit": float(flown.mean.build_years) + float(flown.mean.idle_years),
            "ground": float(ground.build_years) + campus.queue_s / JULIAN_YEAR_S,
        },
        "crossover": _crossover(flown.mean, ground),
        "band": band(Pair(flown.mean, ground), LAUNCH_PRICES),
        "frontier": frontier(flown.mean, ground),
        "deciding": [asdict(one) for one in decisive],
        "must_be_true": [asdict(step) for step in what_must_be_true(decisive, flown.mean, ground)],
        "cash": {
            "years": orbit_costs.years.tolist(),
            "orbit": _plain(orbit_costs),
            "ground": _plain(ground_costs),
            "revenue_usd": revenue.tolist(),
        },
        "finance": {
            "orbit": asdict(orbit_finance),
            "ground": asdict(ground_finance),
            "gpu_hour_price_usd": machine.usd_per_hour,
            "target_reached_year": _reached(history),
            "capital_to_target_usd": _capital_until(orbit_costs, _reached(history)),
            "capital_raised_usd": economics.capital_raised_usd,
        },
        "environment": [
            asdict(row) for row in environment(history, campus, flown.mean, it_kg=compute_kg, array_m2=array_m2)
        ],
    }


def _by_year(history: History, flown: FleetPrice, ground: Place) -> list[dict[str, float]]:
    """Prices of the satellites that fly in each year, and what the ground costs."""
    here = account_of(ground)
    by_month = np.asarray(account_of(flown.by_month).usd_per_work, np.float64) / here.usd_per_work
    ratios = np.broadcast_to(by_month, flown.months.shape)
    costs = flown.usd_per_kw_year_by_month
    launch = np.broadcast_to(np.asarray(flown.by_month.launch_usd_per_kg, np.float64), flown.months.shape)
    hardware = sum(usd for name, usd in hardware_usd_per_w(flown.by_month).items() if name != "it")
    satellite = np.broadcast_to(np.asarray(hardware, np.float64), flown.months.shape)
    parity = np.asarray(breakeven_launch_usd_per_kg(flown.by_month, ground), np.float64)
    even = np.broadcast_to(parity, flown.months.shape)
    flew = np.diff(history["launched"], prepend=0.0)[flown.months]
    years = np.array([history.plan.months[month].year for month in flown.months])
    rows = []
    for year in sorted(set(years.tolist())):
        weight = np.where(years == year, flew, 0.0) / flew[years == year].sum()
        rows.append(
            {
                "year": int(year),
                "orbit_usd_per_kw_year": float((weight * costs).sum()),
                "ground_usd_per_kw_year": float(here.usd_per_kw_year),
                "ratio": float((weight * ratios).sum()),
                "launch_usd_per_kg": float((weight * launch).sum()),
                "satellite_usd_per_w": float((weight * satellite).sum()),
                "breakeven_launch_usd_per_kg": float((weight * even).sum()),
            }
        )
    return rows


def _crossover(orbit: Place, ground: Place) -> dict[str, list[float]]:
    """Cost ratio over launch price."""
    ratio = np.asarray(cost_ratio(replace(orbit, launch_usd_per_kg=LAUNCH_PRICES), ground))
    return {"launch_usd_per_kg": LAUNCH_PRICES.tolist(), "ratio": ratio.tolist()}


NEARLY_ALL = 0.98
"""Share of the target at which a fleet counts as built: the last satellites replace the first."""


def _reached(history: History) -> int | None:
    """Year in which nearly all of the target is first at work; None if never."""
    at_work = history["active"] >= NEARLY_ALL * history.plan.target
    return history.plan.months[int(at_work.argmax())].year if at_work.any() else None


def _capital_until(cash: Cash, year: int | None) -> float:
    """Capital paid up to and with a year, or over all years."""
    paid = cash.years <= (cash.years[-1] if year is None else year)
    return float(sum(cash.lines[name][paid].sum() for name in CAPITAL_LINES if name in cash.lines))


def _plain(cash: Cash) -> dict[str, Any]:
    return {"lines_usd": {name: usd.tolist() for name, usd in cash.lines.items()}, "left_usd": cash.left_usd}
