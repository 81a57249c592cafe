"""Cash flows by calendar year: costs and revenue of the fleet, and costs of the same computing on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.buildout.idle_capacity import idle_usd
from skyrack.economics.accounts import (
    HOURS_PER_YEAR,
    MONTHS,
    CostInputs,
    Number,
    capital_of,
    hardware_usd_per_w,
    yearly_usd_per_w,
)
from skyrack.economics.fleet_price import FleetPrice
from skyrack.economics.unit_prices import Machine


@dataclass(frozen=True)
class Cash:
    """Costs of one side by year and line, in present-day dollars."""

    years: NDArray[np.int64]
    lines: dict[str, NDArray[np.float64]]
    """Payments of each year by line; they contain no interest, see `Finance`."""
    left_usd: float
    """Residual value at the end of plant and computers that still work, by straight-line depreciation."""

    @property
    def cost_usd(self) -> NDArray[np.float64]:
        """Sum of all lines in each year."""
        cost_usd: NDArray[np.float64] = np.sum(list(self.lines.values()), axis=0)
        return cost_usd


@dataclass(frozen=True)
class Finance:
    """Financial figures of a series of yearly costs and revenues."""

    capital_usd: float
    """Capital expenditure over all years."""
    funding_need_usd: float
    """Deepest point of the cumulative cash flow, without interest; 0 if it never falls below zero."""
    funding_need_year: int
    npv_usd: float
    """Net present value of costs, revenue and residual value at the cost of capital."""
    irr: float | None
    """Effective yearly internal rate of return; None unless exactly one rate makes the net present value zero."""
    payback_year: int | None
    """First year in which all payments have been recovered; None if never."""


def yearly(values: NDArray[np.float64], first_month: int) -> NDArray[np.float64]:
    """Return the sums by calendar year of a monthly series that begins in month `first_month` (0 to 11)."""
    padded = np.concatenate([np.zeros(first_month), values])
    padded = np.concatenate([padded, np.zeros(-len(padded) % MONTHS)])
    return np.asarray(padded.reshape(-1, MONTHS).sum(axis=1))


def orbit_cash(history: History, price: FleetPrice, *, one_off_usd: float, stations_usd: float) -> Cash:
    """Return the costs of the fleet by year.

    Satellites are paid for when they are launched, operations while they are in orbit, and disposal when they re-enter.
    Satellites that failed or were lost at launch are in the launch counts of the build-out, so the fraction that
    accounts for them in a levelised account does not apply here. Engineering (`one_off_usd`) and ground stations
    (`stations_usd`) are paid once, in the month of the first launch.
    """
    plan = history.plan
    first = plan.months[0].month - 1
    launched_w = np.zeros(len(plan.months))
    launched_w[price.months] = np.diff(history["launched"], prepend=0.0)[price.months] * plan.peak_w

    def monthly(usd_per_w: Number) -> NDArray[np.float64]:
        """Return a price given for the launch months as a column over all months, zero elsewhere."""
        column = np.zeros(len(plan.months))
        column[price.months] = usd_per_w
        return column

    hardware = hardware_usd_per_w(price.by_month)
    launch = np.asarray(price.by_month.kg_per_w) * price.by_month.launch_usd_per_kg / price.by_month.fill_frac
    paid = {name: monthly(value) * launched_w for name, value in hardware.items()}
    paid["launch"] = monthly(launch) * launched_w
    insured = sum(hardware.values()) + launch
    paid["idle"] = idle_usd(history)
    paid["insurance"] = monthly(price.by_month.insurance_frac * insured) * launched_w
    first_flight = int(price.months[0])
    paid["building"][first_flight] += one_off_usd
    paid["network"][first_flight] += stations_usd
    standing_usd_per_w = float(sum(hardware_usd_per_w(price.mean).values()))
    alive_w = (history["active"] + history["raising"]) * plan.peak_w
    paid["operations"] = price.mean.operations_frac * standing_usd_per_w * alive_w / MONTHS
    down = np.diff(history["deorbited"], prepend=0.0)
    paid["disposal"] = price.mean.disposal_frac * standing_usd_per_w * down * plan.peak_w
    life = plan.mean_life_months + plan.raising_months
    age = len(plan.months) - 1 - np.arange(len(plan.months))
    kept = np.maximum(1.0 - age / life, 0.0)
    alive = float(alive_w[-1] / max(launched_w[age < life].sum(), 1e-9))
    left = min(alive, 1.0) * float(sum((paid[name] * kept).sum() for name in (*hardware, "launch")))
    years = np.arange(plan.months[0].year, plan.months[0].year + len(yearly(launched_w, first)))
    return Cash(years, {name: yearly(column, first) for name, column in paid.items()}, left)


def ground_cash(history: History, orbit: CostInputs, ground: CostInputs) -> Cash:
    """Return the costs by year of ground data centers that deliver the same computing in each month as the fleet in
    orbit.

    Capacity is added when the delivered computing of the fleet exceeds it; computers and buildings are replaced at the
    end of their lives. Capacity is idle only where the delivered computing of the fleet has decreased.
    """
    plan = history.plan
    first = plan.months[0].month - 1
    # the same computing: delivered watts, scaled by the computing per watt of each side, at the ground load and uptime
    compute_per_w = float(orbit.compute_per_w) / float(ground.compute_per_w)
    needed_w = history["delivered_w"] * compute_per_w / (ground.load_frac * ground.uptime_frac)
    n = len(needed_w)
    it_life, plant_life = round(float(ground.it_life_years) * MONTHS), round(float(ground.plant_life_years) * MONTHS)
    it_w, plant_w = _renewed(needed_w, it_life), _renewed(needed_w, plant_life)
    hardware, capital = hardware_usd_per_w(ground), capital_of(ground)
    paid = {name: capital.it.get(name, 0.0) * it_w + capital.plant.get(name, 0.0) * plant_w for name in capital.lines}
    standing_w = np.array([it_w[max(k + 1 - it_life, 0) : k + 1].sum() for k in range(n)])
    upkeep = yearly_usd_per_w(ground)
    used = {name: usd / MONTHS for name, usd in upkeep.items() if name != "disposal"}
    for name, usd in used.items():
        paid[name] = usd * (needed_w if name in ("energy", "water") else standing_w)
    plant_usd = sum(usd for name, usd in hardware.items() if name != "it")
    paid["disposal"] = ground.disposal_frac * (
        ground.server_usd_per_w * np.concatenate([np.zeros(it_life), it_w])[:n]
        + plant_usd * np.concatenate([np.zeros(plant_life), plant_w])[:n]
    )
    age = n - 1 - np.arange(n)
    left = sum(
        float((paid[name] * np.maximum(1.0 - age / (it_life if name == "it" else plant_life), 0.0)).sum())
        for name in hardware
    )
    years = np.arange(plan.months[0].year, plan.months[0].year + len(yearly(needed_w, first)))
    return Cash(years, {name: yearly(np.asarray(column), first) for name, column in paid.items()}, left)


def _renewed(needed: NDArray[np.float64], life: int) -> NDArray[np.float64]:
    """Return the capacity to add in each month so that all capacity younger than `life` months covers `needed`."""
    added = np.zeros(len(needed))
    standing = 0.0
    for month in range(len(needed)):
        if month >= life:
            standing -= added[month - life]
        added[month] = max(needed[month] - standing, 0.0)
        standing += added[month]
    return added


def revenue_usd(history: History, orbit: CostInputs, machine: Machine, usd_per_gpu_hour: float) -> NDArray[np.float64]:
    """Return the revenue by year in USD: accelerator-hours at work, times the fraction sold, times the price of an
    hour.

    The number of accelerators at work is the delivered power over the power of an accelerator at its rated load.
    """
    plan = history.plan
    accelerators = history["delivered_w"] / (machine.load_frac * machine.accelerator_w)
    monthly = accelerators * HOURS_PER_YEAR / MONTHS * float(orbit.sold_frac) * usd_per_gpu_hour
    return yearly(monthly, plan.months[0].month - 1)


CAPITAL_LINES = ("it", "power", "cooling", "building", "launch", "idle", "network", "land", "spares", "insurance")


def finance(cash: Cash, revenue: NDArray[np.float64], cost_of_capital: float) -> Finance:
    """Return the financial figures of yearly costs and revenue, which fall in the middle of each year.

    `cost_of_capital` is nominal with monthly payments, as in a `CostInputs`.
    """
    net = revenue - cash.cost_usd
    in_hand = np.cumsum(net)
    worst = int(in_hand.argmin())
    yearly_rate = (1.0 + cost_of_capital / MONTHS) ** MONTHS - 1.0
    ending = np.append(net, cash.left_usd)
    back = np.flatnonzero((in_hand >= 0.0) & (np.arange(len(in_hand)) > worst))
    return Finance(
        capital_usd=float(sum(cash.lines[name].sum() for name in CAPITAL_LINES if name in cash.lines)),
        funding_need_usd=max(-float(in_hand[worst]), 0.0),
        funding_need_year=int(cash.years[worst]),
        npv_usd=net_present_value(ending, yearly_rate),
        irr=internal_rate(ending),
        payback_year=int(cash.years[back[0]]) if len(back) else None,
    )


def net_present_value(flows: NDArray[np.float64], rate: float) -> float:
    """Return the net present value of yearly flows in the middle of their years; the last flow falls at the end."""
    return float(np.sum(flows * (1.0 + rate) ** -_when_years(flows)))


def _when_years(flows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times of yearly flows in years: the middle of each year, and the end of the last but one for the last."""
    when = np.arange(len(flows)) + 0.5
    when[-1] = len(flows) - 1.0
    return np.asarray(when, np.float64)


def internal_rate(flows: NDArray[np.float64]) -> float | None:
    """Return the internal rate of return, between -90 % and 1000 %; None unless there is exactly one such rate."""
    from scipy.optimize import brentq

    signs = np.sign(flows[np.abs(flows) > 1e-9])
    if len(signs) == 0 or (signs > 0).all() or (signs < 0).all():
        return None
    rates = np.expm1(np.linspace(math.log(0.1), math.log(11.0), 400))
    values = (1.0 + rates[:, None]) ** -_when_years(flows) @ flows
    crossings = np.flatnonzero(np.sign(values[:-1]) != np.sign(values[1:]))
    if len(crossings) != 1:
        return None
    low, high = float(rates[crossings[0]]), float(rates[crossings[0] + 1])
    return float(brentq(lambda rate: net_present_value(flows, rate), low, high, xtol=1e-15))
