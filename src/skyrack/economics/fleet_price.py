"""The price of a fleet that is built over years: each month's satellites at that month's prices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.buildout.plan import Plan
from skyrack.design.closure import Closure
from skyrack.economics.accounts import MONTHS, Account, CostInputs
from skyrack.economics.cost_inputs import Flown, orbit_cost_inputs
from skyrack.economics.cost_model import account_of
from skyrack.scenario import Scenario


@dataclass(frozen=True)
class FleetPrice:
    """A fleet's place month by month, and the account of all of it."""

    months: NDArray[np.int64]
    """Numbers of the months in which satellites fly."""
    weights: NDArray[np.float64]
    """Share of each month's satellites in the work of the whole fleet, discounted."""
    by_month: CostInputs
    """With arrays where prices move."""
    mean: CostInputs
    """With the weighted means of those: its account is the levelised account of the fleet."""

    @property
    def account(self) -> Account:
        """Discounted cost of all satellites over the discounted work of all, by line."""
        return account_of(self.mean)

    @property
    def usd_per_kw_year_by_month(self) -> NDArray[np.float64]:
        """Levelised cost of the satellites of each month."""
        return np.broadcast_to(np.asarray(account_of(self.by_month).usd_per_kw_year, np.float64), self.months.shape)


def fleet_price(
    scenario: Scenario, closure: Closure, history: History, *, requested_w: float, uptime_frac: float
) -> FleetPrice | None:
    """The price of the satellites of a build-out; None where none ever flies.

    Lives, failures and shares are the same for all cohorts and cost is linear in the prices that move (satellite, launch),
    so the account at the weighted mean prices is the discounted cost of the fleet over its discounted work.
    """
    plan = history.plan
    flown = np.diff(history["launched"], prepend=0.0)
    months = np.flatnonzero(flown > 1e-9)
    if len(months) == 0:
        return None
    rate = 1.0 + scenario.economics.cost_of_capital_per_year_frac / MONTHS
    discounted = flown[months] * rate ** -(months - months[0]).astype(np.float64)
    lost_frac = history["launch_lost"][-1] / history["launched"][-1]
    terms = Flown(
        launched_w=float(discounted.sum()) * plan.peak_w,
        failures_per_year=equivalent_failure_rate(plan, scenario.economics.cost_of_capital_per_year_frac),
        arrives_frac=float((1.0 - lost_frac) * (1.0 - plan.infant_frac)),
        launch_usd_per_kg=history["launch_usd_per_kg"][months],
        fill_frac=history["fill_frac"][months],
        learned_frac=history["satellite_usd"][months] / plan.satellite_usd,
    )
    by_month = orbit_cost_inputs(scenario, closure, plan, terms, requested_w=requested_w, uptime_frac=uptime_frac)
    weights = discounted / discounted.sum()
    paid = float(np.sum(weights * by_month.launch_usd_per_kg / by_month.fill_frac))
    moving = {
        field.name: float(np.sum(weights * value))
        for field in fields(CostInputs)
        if isinstance(value := getattr(by_month, field.name), np.ndarray)
    }
    # price over fill is what costs are linear in: the mean price goes with the fill that keeps their ratio
    moving["fill_frac"] = float(np.sum(weights * by_month.launch_usd_per_kg)) / paid if paid > 0.0 else 1.0
    return FleetPrice(months, weights, by_month, replace(by_month, **moving))


def equivalent_failure_rate(plan: Plan, cost_of_capital: float) -> float:
    """The steady yearly rate of failures that takes as much discounted work from a life as those of the build-out.

    Infant failures are left out: those satellites never begin to work.
    """
    from scipy.optimize import brentq

    months = np.arange(plan.life_months)
    discount = (1.0 + cost_of_capital / MONTHS) ** -(months + 1.0)
    lived = (1.0 - plan.failures_per_year) ** ((months + 0.5) / MONTHS)
    lived = lived * np.exp(-(((months + 0.5) / plan.wear_out_months) ** plan.wear_out_shape))
    wanted = float((lived * discount).sum())

    def missing(rate: float) -> float:
        return float(((1.0 - rate) ** ((months + 0.5) / MONTHS) * discount).sum()) - wanted

    return float(brentq(missing, 0.0, 1.0, xtol=1e-15))
