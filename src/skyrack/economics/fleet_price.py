"""Price of a fleet that is built over years: the satellites of each month at the prices of that month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.buildout.idle_capacity import idle_usd
from skyrack.buildout.lives import LifeGroup, boards_left_frac
from skyrack.buildout.plan import Plan
from skyrack.design.readings import Reading
from skyrack.economics.accounts import MONTHS, Account, CostInputs, capital_recovery_factor, working_share
from skyrack.economics.cost_inputs import Flown, orbit_cost_inputs
from skyrack.economics.cost_model import account_of


@dataclass(frozen=True)
class FleetPrice:
    """Cost inputs of a fleet by launch month, and their weighted mean."""

    months: NDArray[np.int64]
    """Indices of the months in which satellites are launched, shape (n,)."""
    weights: NDArray[np.float64]
    """Discounted share of the satellites of each launch month in the work of the whole fleet, shape (n,)."""
    by_month: CostInputs
    """Cost inputs by launch month: arrays of shape (n,) where prices change, numbers elsewhere."""
    mean: CostInputs
    """Cost inputs with the weighted means of `by_month`; their account is the levelised account of the fleet."""

    @property
    def account(self) -> Account:
        """Account of the fleet: discounted cost of all satellites over their discounted work, by line."""
        return account_of(self.mean)

    @property
    def usd_per_kw_year_by_month(self) -> NDArray[np.float64]:
        """Levelised cost of the satellites of each launch month in USD/kW/year, shape (n,)."""
        return np.broadcast_to(np.asarray(account_of(self.by_month).usd_per_kw_year, np.float64), self.months.shape)


def fleet_price(reading: Reading, history: History, *, requested_w: float, uptime_frac: float) -> FleetPrice | None:
    """Return the price of the satellites of a build-out; None where none is ever launched.

    Failure rates and fractions are the same for all cohorts, and cost is linear in the prices that change (satellite,
    launch), so the account at the weighted mean prices is the discounted cost of the fleet over its discounted work. The
    lives of the shells enter by one life and one rate of losses that cost and lose the same.

    Raises InputError for a fleet without compute.
    """
    plan, cost_of_capital = history.plan, reading.scenario.economics.cost_of_capital_per_year_frac
    flown = np.diff(history["launched"], prepend=0.0)
    months = np.flatnonzero(flown > 1e-9)
    if len(months) == 0:
        return None
    rate = 1.0 + cost_of_capital / MONTHS
    discounted = flown[months] * rate ** -(months - months[0]).astype(np.float64)
    lost_frac = history["launch_lost"][-1] / history["launched"][-1]
    life_years = equivalent_life_years(plan.lives, cost_of_capital)
    failures_per_year = equivalent_failure_rate(plan, cost_of_capital, life_years)
    terms = Flown(
        launched_w=float(discounted.sum()) * plan.peak_w,
        life_years=life_years,
        losses_per_year=equivalent_loss_rate(plan, cost_of_capital, life_years, failures_per_year),
        failures_per_year=failures_per_year,
        arrives_frac=float((1.0 - lost_frac) * (1.0 - plan.infant_frac)),
        idle_usd=float((idle_usd(history) * rate ** -(np.arange(len(plan.months)) - float(months[0]))).sum()),
        launch_usd_per_kg=history["launch_usd_per_kg"][months],
        fill_frac=history["fill_frac"][months],
        learned_frac=history["satellite_usd"][months] / plan.satellite_usd,
    )
    by_month = orbit_cost_inputs(reading, plan, terms, requested_w=requested_w, uptime_frac=uptime_frac)
    weights = discounted / discounted.sum()
    paid = float(np.sum(weights * by_month.launch_usd_per_kg / by_month.fill_frac))
    moving = {
        field.name: float(np.sum(weights * value))
        for field in fields(CostInputs)
        if isinstance(value := getattr(by_month, field.name), np.ndarray)
    }
    # cost is linear in price over fill: the mean fill is chosen so that mean price over mean fill is the mean ratio
    moving["fill_frac"] = float(np.sum(weights * by_month.launch_usd_per_kg)) / paid if paid > 0.0 else 1.0
    return FleetPrice(months, weights, by_month, replace(by_month, **moving))


def equivalent_life_years(groups: Sequence[LifeGroup], cost_of_capital: float) -> float:
    """Return the life whose yearly payment for capital is that of the lives of all groups, weighted by satellites at work."""
    from scipy.optimize import brentq

    lives = np.array([group.months for group in groups]) / MONTHS
    shares = np.array([group.share_frac for group in groups])
    wanted = float((shares * capital_recovery_factor(cost_of_capital, lives)).sum())
    if len(lives) == 1:
        return float(lives[0])

    def missing(years: float) -> float:
        return float(capital_recovery_factor(cost_of_capital, years)) - wanted

    return float(brentq(missing, float(lives.min()), float(lives.max()), xtol=1e-12))


def _discounts(months: NDArray[np.int64], cost_of_capital: float) -> NDArray[np.float64]:
    return np.asarray((1.0 + cost_of_capital / MONTHS) ** -(months + 1.0), np.float64)


def equivalent_failure_rate(plan: Plan, cost_of_capital: float, life_years: float) -> float:
    """Return the constant yearly failure rate that loses as much discounted work over a life as the failures of a plan.

    Infant failures are excluded, because those satellites never begin to work.
    """
    from scipy.optimize import brentq

    months = np.arange(max(1, round(life_years * MONTHS)))
    discount = _discounts(months, cost_of_capital)
    wanted = float((_whole_frac(plan, months) * discount).sum())

    def missing(rate: float) -> float:
        return float(((1.0 - rate) ** ((months + 0.5) / MONTHS) * discount).sum()) - wanted

    return float(brentq(missing, 0.0, 1.0, xtol=1e-15))


def _whole_frac(plan: Plan, months: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the fraction of the satellites that have not failed, in the middle of each month of service."""
    random = (1.0 - plan.failures_per_year) ** ((months + 0.5) / MONTHS)
    return np.asarray(random * np.exp(-(((months + 0.5) / plan.wear_out_months) ** plan.wear_out_shape)), np.float64)


def equivalent_loss_rate(plan: Plan, cost_of_capital: float, life_years: float, failures_per_year: float) -> float:
    """Return the constant yearly rate of losing computers with which one life works as much as all groups together.

    A group works until the end of its own life, its accelerators failing and its boards wearing out by thermal cycles; its
    discounted work is taken for each payment of its capital. `life_years` and `failures_per_year` are those of the
    one life.
    """
    from scipy.optimize import brentq

    wanted = 0.0
    for group in plan.lives:
        months = np.arange(group.months)
        discount = _discounts(months, cost_of_capital)
        kept = (1.0 - plan.losses_per_year) ** ((months + 0.5) / MONTHS) * boards_left_frac([group], months + 0.5)[:, 0]
        wanted += group.share_frac * float((kept * _whole_frac(plan, months) * discount).sum() / discount.sum())

    def missing(rate: float) -> float:
        one = CostInputs(
            it_life_years=life_years,
            cost_of_capital=cost_of_capital,
            decay_per_year=rate,
            failures_per_year=failures_per_year,
        )
        return float(working_share(one)) - wanted

    return float(brentq(missing, -0.9, 0.999, xtol=1e-12))
