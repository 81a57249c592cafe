"""The price of a fleet that is built over years: each month's satellites at that month's prices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History
from skyrack.design.closure import Closure
from skyrack.economics.accounts import MONTHS, Account, Place, whole_life
from skyrack.economics.places import orbit_place
from skyrack.scenario import Scenario


@dataclass(frozen=True)
class FleetPrice:
    """A fleet's place month by month, and the account of all of it."""

    months: NDArray[np.int64]
    """Numbers of the months in which satellites fly."""
    weights: NDArray[np.float64]
    """Share of each month's satellites in the work of the whole fleet, discounted."""
    by_month: Place
    """With arrays where prices move."""
    mean: Place
    """With the weighted means of those: its account is the levelised account of the fleet."""

    @property
    def account(self) -> Account:
        """Discounted cost of all satellites over the discounted work of all, by line."""
        return whole_life(self.mean)

    @property
    def usd_per_kw_year_by_month(self) -> NDArray[np.float64]:
        """Levelised cost of the satellites of each month."""
        return np.broadcast_to(np.asarray(whole_life(self.by_month).usd_per_kw_year, np.float64), self.months.shape)


def fleet_price(
    scenario: Scenario, closure: Closure, history: History, *, asked_w: float, uptime_frac: float
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
    by_month = orbit_place(
        scenario,
        closure,
        plan,
        asked_w=asked_w,
        uptime_frac=uptime_frac,
        launch_usd_per_kg=history["launch_usd_per_kg"][months],
        learned_frac=history["satellite_usd"][months] / plan.satellite_usd,
    )
    weights = flown[months] * (1.0 + np.asarray(by_month.cost_of_capital) / MONTHS) ** -(months - months[0])
    weights = weights / weights.sum()
    moving = {
        field.name: float(np.sum(weights * value))
        for field in fields(Place)
        if isinstance(value := getattr(by_month, field.name), np.ndarray)
    }
    return FleetPrice(months, weights, by_month, replace(by_month, **moving))
