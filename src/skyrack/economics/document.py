"""Price of a scenario against its ground baseline, as plain data: the output of `skyrack price --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.catalogue import default_value
from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.design.readings import Reading
from skyrack.economics import uncertain_inputs
from skyrack.economics.accounts import LINE_TITLES, MONTHS, Account, CostInputs, hardware_usd_per_w
from skyrack.economics.breakeven import breakeven_launch_usd_per_kg, cost_ratio, frontier
from skyrack.economics.cash import CAPITAL_LINES, Cash, finance, ground_cash, orbit_cash, revenue_usd
from skyrack.economics.cost_inputs import ground_cost_inputs, machine_of, usual_precision
from skyrack.economics.cost_model import account_of, cost_inputs_document
from skyrack.economics.earth_impact import Row, environment
from skyrack.economics.fleet_price import FleetPrice, equivalent_failure_rate, equivalent_loss_rate, fleet_price
from skyrack.economics.price import (
    CashFlow,
    CashFlows,
    Financing,
    Price,
    PricedMachine,
    PricedSide,
    PriceOfYear,
    Uncertainty,
)
from skyrack.economics.sensitivity import required_conditions_of, sensitivity
from skyrack.economics.uncertain_inputs import Pair
from skyrack.economics.uncertainty import BAND_POINTS, BAND_SEED, band, drawn, outputs_of, ranges_of, unit_cube
from skyrack.economics.unit_prices import UNIT_PRICE_TITLES, Delivered, Machine, unit_prices_of
from skyrack.results.channels import figure_values
from skyrack.scenario import Scenario
from skyrack.scenario.economics import Economics, GroundDataCenter
from skyrack.scenario.launcher import MONTH_S

LAUNCH_PRICES: NDArray[np.float64] = np.geomspace(10.0, 5000.0, 40)
"""Launch prices in USD/kg at which the crossover chart is drawn."""


def price_ground_data_center(
    campus: GroundDataCenter,
    economics: Economics | None = None,
    accelerator: str | None = None,
    delivered: Delivered | None = None,
) -> PricedSide:
    """Return the price of computing in a ground data center.

    `economics` and `accelerator` are those of the fleet that it is compared with, where there is one; `delivered` is
    the measured throughput of an accelerator.
    """
    machine = str(campus.accelerator or accelerator or default_value("design.accelerator"))
    chosen = economics or Economics(precision=usual_precision(machine))
    inputs = ground_cost_inputs(campus, chosen, machine)
    return _side(campus.name, campus.title, inputs, (delivered or Delivered()).machine(machine_of(chosen, machine)))


def _side(name: str, title: str, inputs: CostInputs, machine: Machine) -> PricedSide:
    account = account_of(inputs)
    return PricedSide(
        name,
        title,
        unit_prices_of(account, machine),
        _lines(account),
        {line: float(usd) for line, usd in account.capital_usd_per_w.items()},
        float(account.working_frac),
        **cost_inputs_document(inputs),
    )


def _lines(account: Account) -> dict[str, float]:
    """Return the lines of an account in USD/kW/year of computers at work."""
    worked = float(account.working_frac) * float(account.inputs.load_frac)
    return {name: 1e3 * float(usd) / worked for name, usd in account.usd_per_w_year.items()}


def price_fleet(
    reading: Reading,
    history: History,
    *,
    requested_w: float,
    uptime_frac: float,
    delivered: Mapping[str, Delivered] | None = None,
    life_range: tuple[float, float] | None = None,
) -> Price:
    """Return the price of the fleet against its ground baseline: unit prices, cost lines, cash flows, environmental
    impact.

    `requested_w` is the mean power that the computers of a satellite request; `uptime_frac` is the fraction of it that
    they receive on their first day. `delivered` is the measured throughput of an accelerator, by "orbit" and "ground";
    a `tokens_per_second` of the scenario takes precedence. `life_range` is the life in years at both ends of the range of
    the dose limit.

    Raises InputError for a fleet without compute.
    """
    scenario, built = reading.scenario, reading.built
    economics, campus = scenario.economics, scenario.ground_baseline
    ground = ground_cost_inputs(campus, economics, scenario.design.accelerator)
    gives = dict(delivered or {})
    if economics.tokens_per_second is not None:
        gives = {side: replace(one, tokens_per_s=None) for side, one in gives.items()}
    here = price_ground_data_center(campus, economics, scenario.design.accelerator, gives.get("ground"))
    _check_market_price(economics, here)
    flown = fleet_price(reading, history, requested_w=requested_w, uptime_frac=uptime_frac)
    if flown is None:
        return Price(scenario.name, "no satellite is ever launched", UNIT_PRICE_TITLES, LINE_TITLES, None, here)
    machine = machine_of(economics, scenario.design.accelerator, history.plan.peak_w / max(1, built.accelerators))
    by_year = _by_year(history, flown, ground)
    cheapest = min(by_year, key=lambda row: row.ratio)
    pair = Pair(flown.mean, ground, life_range)
    rows = sensitivity(pair)
    cash, financing = _cash(scenario, history, flown, ground, machine)
    return Price(
        name=scenario.name,
        impossible=None,
        unit_price_titles=UNIT_PRICE_TITLES,
        line_titles=LINE_TITLES,
        orbit=_side(scenario.name, scenario.title, flown.mean, gives.get("orbit", Delivered()).machine(machine)),
        ground=here,
        with_jobs=any(one != Delivered() for one in gives.values()),
        machine=PricedMachine(part("accelerators", scenario.design.accelerator).title, **asdict(machine)),
        ratio=float(cost_ratio(flown.mean, ground)),
        ratio_at_design_life=_ratio_at_design_life(scenario, history, flown.mean, ground),
        basis=reading.basis,
        satellite_kg=built.wet_kg,
        parts_kg=built.parts_wet_kg,
        life_range_years=life_range,
        life_years=float(flown.mean.it_life_years),
        sites_not_priced=tuple(site.name for site in scenario.buildout.sites),
        breakeven_launch_usd_per_kg=float(breakeven_launch_usd_per_kg(flown.mean, ground)),
        breakeven_year=next((row.year for row in by_year if row.ratio <= 1.0), None),
        ratio_at_start=by_year[0].ratio,
        ratio_min=cheapest.ratio,
        ratio_min_year=cheapest.year,
        by_year=by_year,
        years_to_work={
            "orbit": float(flown.mean.build_years) + float(flown.mean.idle_years),
            "ground": float(ground.build_years) + campus.queue_s / JULIAN_YEAR_S,
        },
        crossover=_crossover(flown.mean, ground),
        uncertainty=_uncertainty(pair),
        band=band(pair, LAUNCH_PRICES),
        frontier=frontier(flown.mean, ground),
        sensitivity=tuple(rows),
        required_conditions=tuple(required_conditions_of(rows, pair)),
        cash=cash,
        finance=financing,
        environment=tuple(_impacts(reading, history, flown)),
    )


def pair_of(reading: Reading, history: History, *, requested_w: float, uptime_frac: float) -> Pair | None:
    """Return the cost inputs of a fleet and of its ground baseline; None where no satellite is ever launched."""
    flown = fleet_price(reading, history, requested_w=requested_w, uptime_frac=uptime_frac)
    scenario = reading.scenario
    ground = ground_cost_inputs(scenario.ground_baseline, scenario.economics, scenario.design.accelerator)
    return None if flown is None else Pair(flown.mean, ground)


def priced_figures(
    reading: Reading,
    history: History,
    *,
    requested_w: float,
    uptime_frac: float,
    drivers: Mapping[str, float],
    rent_factor: float,
) -> dict[str, float | None]:
    """Return those figures of a price that follow without its analyses, with other values of some drivers.

    `drivers` are the price of the computers and drivers of the ground, by name; `rent_factor` multiplies the price of a
    GPU-hour. Nothing is returned where no satellite is ever launched.
    """
    scenario, built = reading.scenario, reading.built
    flown = fleet_price(reading, history, requested_w=requested_w, uptime_frac=uptime_frac)
    if flown is None:
        return {}
    campus, accelerator = scenario.ground_baseline, scenario.design.accelerator
    ground = ground_cost_inputs(campus, scenario.economics, accelerator)
    by_month, mean = Pair(flown.by_month, ground), Pair(flown.mean, ground)
    for name, value in drivers.items():
        write = uncertain_inputs.drivers()[name].write
        by_month, mean = write(by_month, value), write(mean, value)
    flown, ground = replace(flown, by_month=by_month.orbit, mean=mean.orbit), mean.ground
    machine = machine_of(scenario.economics, accelerator, history.plan.peak_w / max(1, built.accelerators))
    machine = replace(machine, usd_per_hour=machine.usd_per_hour * rent_factor)
    by_year = _by_year(history, flown, ground)
    return figure_values(
        Price(
            scenario.name,
            None,
            UNIT_PRICE_TITLES,
            LINE_TITLES,
            orbit=_side(scenario.name, scenario.title, flown.mean, machine),
            ground=_side(campus.name, campus.title, ground, machine),
            ratio=float(cost_ratio(flown.mean, ground)),
            ratio_at_start=by_year[0].ratio,
            ratio_min=min(row.ratio for row in by_year),
            finance=_cash(scenario, history, flown, ground, machine)[1],
            environment=tuple(_impacts(reading, history, flown)),
        ).figures
    )


def _impacts(reading: Reading, history: History, flown: FleetPrice) -> list[Row]:
    """Return the impacts on the Earth of a fleet and of its ground baseline."""
    built = reading.built
    return environment(
        history,
        reading.scenario.ground_baseline,
        flown.mean,
        it_kg=built.line("compute").mass_kg,
        array_m2=built.sizes.array_area_m2,
    )


def _ratio_at_design_life(scenario: Scenario, history: History, orbit: CostInputs, ground: CostInputs) -> float | None:
    """Return the cost ratio of the satellites whose life is the design life; None where all or none of them reach it."""
    plan, rate = history.plan, scenario.economics.cost_of_capital_per_year_frac
    longest = max(plan.lives, key=lambda group: group.months)
    years = longest.months / MONTHS
    if len(plan.lives) == 1 or years < round(scenario.design.life_s / MONTH_S) / MONTHS:
        return None
    alone = replace(plan, lives=(replace(longest, share_frac=1.0),))
    failures = equivalent_failure_rate(alone, rate, years)
    lasting = replace(
        orbit,
        it_life_years=years,
        plant_life_years=years,
        failures_per_year=failures,
        decay_per_year=equivalent_loss_rate(alone, rate, years, failures),
    )
    return float(cost_ratio(lasting, ground))


def _check_market_price(economics: Economics, ground: PricedSide) -> None:
    """Raise InputError for a given price of a GPU-hour at which the ground baseline itself loses money."""
    price, cost = economics.gpu_hour_price_usd_per_hour, float(ground.prices.usd_per_gpu_hour)
    if price is not None and price < cost:
        raise InputError(
            f"economics.gpu_hour_price: at {price:.2f} USD/hour the ground baseline {ground.name} loses money, as a GPU-hour "
            f"costs it {cost:.2f} USD; give a market price above that"
        )


def _uncertainty(pair: Pair) -> Uncertainty:
    chosen = ranges_of(pair)
    sampled = outputs_of(drawn(pair, unit_cube("sobol", BAND_POINTS, len(chosen), BAND_SEED), chosen), BAND_POINTS)
    ratio, orbit = sampled["cost_ratio"], sampled["orbit_usd_per_kw_year"]
    return Uncertainty(
        n_samples=BAND_POINTS,
        cost_ratio_p05=float(np.quantile(ratio, 0.05)),
        cost_ratio_p50=float(np.quantile(ratio, 0.5)),
        cost_ratio_p95=float(np.quantile(ratio, 0.95)),
        orbit_usd_per_kw_year_p05=float(np.quantile(orbit, 0.05)),
        orbit_usd_per_kw_year_p95=float(np.quantile(orbit, 0.95)),
        orbit_cheaper_frac=float((ratio < 1.0).mean()),
    )


def _cash(
    scenario: Scenario, history: History, flown: FleetPrice, ground: CostInputs, machine: Machine
) -> tuple[CashFlows, Financing]:
    """Return the cash flows of both sides by year, and their financial figures."""
    economics = scenario.economics
    orbit_costs = orbit_cash(
        history, flown, one_off_usd=economics.one_off_usd, stations_usd=economics.ground_segment_usd
    )
    ground_costs = ground_cash(history, flown.mean, ground)
    revenue = revenue_usd(history, flown.mean, machine, machine.usd_per_hour)
    reached = _reached(history)
    return CashFlows(
        orbit_costs.years,
        CashFlow(orbit_costs.lines, orbit_costs.left_usd),
        CashFlow(ground_costs.lines, ground_costs.left_usd),
        revenue,
    ), Financing(
        orbit=finance(orbit_costs, revenue, float(flown.mean.cost_of_capital)),
        ground=finance(ground_costs, revenue, float(ground.cost_of_capital)),
        gpu_hour_price_usd=machine.usd_per_hour,
        target_reached_year=reached,
        capex_to_target_usd=_capital_until(orbit_costs, reached),
        capital_raised_usd=economics.capital_raised_usd,
    )


def _by_year(history: History, flown: FleetPrice, ground: CostInputs) -> tuple[PriceOfYear, ...]:
    """Return the prices of the satellites that are launched in each year, beside those of the ground baseline."""
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
            PriceOfYear(
                year=int(year),
                orbit_usd_per_kw_year=float((weight * costs).sum()),
                ground_usd_per_kw_year=float(here.usd_per_kw_year),
                ratio=float((weight * ratios).sum()),
                launch_usd_per_kg=float((weight * launch).sum()),
                satellite_usd_per_w=float((weight * satellite).sum()),
                breakeven_launch_usd_per_kg=float((weight * even).sum()),
            )
        )
    return tuple(rows)


def _crossover(orbit: CostInputs, ground: CostInputs) -> dict[str, list[float]]:
    """Return the cost ratio over launch price."""
    ratio = np.asarray(cost_ratio(replace(orbit, launch_usd_per_kg=LAUNCH_PRICES), ground))
    return {"launch_usd_per_kg": LAUNCH_PRICES.tolist(), "ratio": ratio.tolist()}


NEARLY_ALL = 0.98
"""Fraction of the target at which a fleet counts as built, because the last satellites replace the first."""


def _reached(history: History) -> int | None:
    """Return the year in which `NEARLY_ALL` of the target is first at work; None if never."""
    at_work = history["active"] >= NEARLY_ALL * history.plan.target
    return history.plan.months[int(at_work.argmax())].year if at_work.any() else None


def _capital_until(cash: Cash, year: int | None) -> float:
    """Return the capital in USD paid up to the end of a year, or over all years."""
    paid = cash.years <= (cash.years[-1] if year is None else year)
    return float(sum(cash.lines[name][paid].sum() for name in CAPITAL_LINES if name in cash.lines))
