"""Cohorts of satellites: the launches of each month share their age, failures and end of life.

All counts are expected values without random sampling, so a cohort may hold a fraction of a satellite. Every satellite
that was built is on the ground, was lost at launch, is in orbit (raising, active, disposing or dead), or has
re-entered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.lives import boards_left_frac
from skyrack.buildout.plan import Plan
from skyrack.scenario.launcher import CADENCE_LIMITS

MONTHLY = (
    "built",
    "launched",
    "launch_lost",
    "flights",
    "raising",
    "active",
    "failed",
    "dead_in_orbit",
    "disposing",
    "deorbited",
    "ground",
    "installed_w",
    "delivered_w",
    "collected_w",
    "satellite_usd",
    "launch_usd_per_kg",
    "fill_frac",
)


@dataclass(frozen=True)
class History:
    """Build-out with one row per month; counts of events are cumulative, all others hold at the end of the month.

    Launches (`flights`) are those of the month.
    """

    plan: Plan
    columns: dict[str, NDArray[np.float64]]
    """Columns by the names of `MONTHLY`, shape (month,) each."""
    bottlenecks: tuple[str, ...]
    """Bottleneck of each month: "factory", one of `CADENCE_LIMITS`, "orbit raising", or "none"."""

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return one column."""
        return self.columns[name]

    @property
    def in_orbit(self) -> NDArray[np.float64]:
        """Satellites in orbit at the end of each month, including dead ones, shape (month,)."""
        return self["raising"] + self["active"] + self["dead_in_orbit"] + self["disposing"]


def build(plan: Plan, until_active: float = math.inf) -> History:
    """Simulate a build-out by month: manufacture, launch, failures, disposal and re-entry.

    It stops early in the month in which `until_active` satellites are active; the rows of later months are zero then.
    """
    n = len(plan.months)
    rows = {name: np.zeros(n) for name in MONTHLY}
    bottlenecks = []
    flying = np.zeros((n, len(plan.lives)))
    """Satellites raising or active, by month of launch and group of equal life."""
    disposing_until, dead_until = np.zeros(n + 1), np.zeros(n + 1)
    ground = disposing = dead = 0.0
    total = dict.fromkeys(("built", "launched", "launch_lost", "failed", "deorbited", "mass"), 0.0)
    survives = _monthly_survival(plan, n)
    delivered_w = _delivered_by_age(plan, n)
    wanted_active = plan.target * (1.0 + plan.spares_frac) * np.array([group.share_frac for group in plan.lives])
    ends_months = plan.raising_months + np.array([group.months for group in plan.lives])
    for month in range(n):
        # ageing: failures, end of life and re-entry
        died, retired = _age(flying[:month], survives, ends_months)
        fallen = disposing_until[month] + dead_until[month]
        disposing_until[min(month + plan.disposal_months, n)] += retired
        dead_until[min(month + plan.decay_months, n)] += died
        disposing += retired - disposing_until[month]
        dead += died - dead_until[month]
        # factory and launchers serve the demand; nothing is built that cannot be launched
        missing_by_life = _missing(plan, flying[:month], ends_months, wanted_active)
        missing = float(missing_by_life.sum())
        made = min(plan.per_month[month], max(min(missing, plan.launchable(month)) - ground, 0.0))
        ground += made
        lifted, lost, flights, price, fill, limit = _launch(plan, month, min(ground, missing), missing, total["mass"])
        ground -= lifted
        dead_on_arrival = (lifted - lost) * plan.infant_frac if plan.raising_months == 0 else 0.0
        arrived = lifted - lost - dead_on_arrival
        flying[month] = arrived * missing_by_life / missing if missing > 0.0 else 0.0
        dead_until[min(month + plan.decay_months, n)] += dead_on_arrival
        dead += dead_on_arrival
        died += dead_on_arrival
        total["built"] += made
        total["launched"] += lifted
        total["launch_lost"] += lost
        total["failed"] += died
        total["deorbited"] += fallen
        total["mass"] += lifted * plan.satellite_kg
        at_work = _at_work(plan, flying[: month + 1], delivered_w)
        unit_usd = plan.satellite_usd * learned(total["built"], plan.factory_first, plan.factory_learning_frac)
        now = (
            total
            | at_work
            | {
                "flights": flights,
                "dead_in_orbit": dead,
                "disposing": disposing,
                "ground": ground,
                "satellite_usd": unit_usd,
                "launch_usd_per_kg": price,
                "fill_frac": fill,
            }
        )
        for name in MONTHLY:
            rows[name][month] = now[name]
        held = _bottleneck(plan, month, missing, made, limit)
        short = at_work["active"] < plan.target * (1.0 - 1e-9)
        bottlenecks.append("orbit raising" if held == "none" and short else held)
        if at_work["active"] >= until_active:
            break
    return History(plan, rows, tuple(bottlenecks))


def _age(
    flying: NDArray[np.float64], survives: NDArray[np.float64], ends_months: NDArray[np.int64]
) -> tuple[float, float]:
    """Age the satellites that fly by a month, in place, and return how many failed and how many ended their lives."""
    ages = len(flying) - np.arange(len(flying))
    before = float(flying.sum())
    flying *= survives[ages - 1][:, None]
    left = float(flying.sum())
    flying[ages[:, None] >= ends_months] = 0.0
    return before - left, left - float(flying.sum())


def _missing(
    plan: Plan, flying: NDArray[np.float64], ends_months: NDArray[np.int64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the satellites to launch by group of equal life, so that `wanted` of each group are active when they arrive.

    Satellites at the end of their lives are replaced early enough for the new ones to raise their orbits.
    """
    ages = len(flying) - np.arange(len(flying))
    is_there = ages[:, None] + plan.raising_months < ends_months
    return np.asarray(np.maximum(wanted - np.where(is_there, flying, 0.0).sum(axis=0), 0.0), np.float64)


def _at_work(plan: Plan, flying: NDArray[np.float64], delivered_w: NDArray[np.float64]) -> dict[str, float]:
    """Return active and raising satellites, and installed, delivered and collected power of the active ones in W."""
    month = len(flying) - 1
    working = flying[: max(month + 1 - plan.raising_months, 0)]
    service = month - np.arange(len(working)) - plan.raising_months
    active = float(working.sum())
    by_age = working.sum(axis=1)
    return {
        "active": active,
        "raising": float(flying.sum()) - active,
        "installed_w": active * plan.peak_w,
        "delivered_w": float((working * delivered_w[service]).sum()),
        "collected_w": plan.collected_w * float((by_age * (1.0 - plan.wear_per_year) ** (service / 12.0)).sum()),
    }


def _delivered_by_age(plan: Plan, n: int) -> NDArray[np.float64]:
    """Return the mean compute power of one active satellite in W by months of service and life, shape (n, life).

    Accelerators that have failed, by thermal cycles or otherwise, request no power. The degradation of the solar cells first
    reduces the curtailed power of the array, then the compute power. Computers that are not available deliver nothing.
    """
    years = np.arange(n) / 12.0
    worn_w = plan.array_mean_w * (1.0 - (1.0 - plan.wear_per_year) ** years)
    powered_w = plan.average_w - np.maximum(worn_w - plan.spare_w, 0.0)
    works = (1.0 - plan.losses_per_year) ** years
    asked_w = plan.average_w * works[:, None] * boards_left_frac(plan.lives, np.arange(n))
    return plan.available_frac * np.maximum(np.minimum(asked_w, powered_w[:, None]), 0.0)


def learned(cumulative: float, first: float, learning_frac: float) -> float:
    """Return the price over the first price at cumulative production N: (N / N0)^log2(1 - b), one before N0.

    Reference: Wright, Factors affecting the cost of airplanes, J. Aeronautical Sciences 3 (1936) 122.
    """
    if cumulative <= first:
        return 1.0
    return float((cumulative / first) ** math.log2(1.0 - learning_frac))


def _monthly_survival(plan: Plan, n: int) -> NDArray[np.float64]:
    """Return the fraction of a cohort that survives each month after launch, shape (n,).

    Random and wear-out failures (Weibull) act on active satellites, infant failures at the beginning of service.
    """
    service = np.maximum(np.arange(n + 1) - plan.raising_months, 0.0)
    worn = (service / plan.wear_out_months) ** plan.wear_out_shape
    random = (1.0 - plan.failures_per_year) ** (np.diff(service) / 12.0)
    survival = random * np.exp(worn[:-1] - worn[1:])
    if 0 < plan.raising_months <= n:
        survival[plan.raising_months - 1] *= 1.0 - plan.infant_frac
    return np.asarray(survival)


def _launch(
    plan: Plan, month: int, wanted: float, missing: float, mass_kg: float
) -> tuple[float, float, float, float, float, str | None]:
    """Return the launches of one month for `wanted` of `missing` satellites, after `mass_kg` of cumulative launched mass.

    The result is (satellites launched, satellites lost, launches, mean price in USD per kg of capacity, fill fraction,
    limit of the launch cadence if there were too few launches, else None).
    """
    lifted = lost = flights = spent = room_kg = 0.0
    limits = []
    for vehicle in plan.vehicles:
        free = vehicle.flights_per_month[month]
        flown = min(free, (wanted - lifted) / vehicle.sats_per_flight)
        up = flown * vehicle.sats_per_flight
        lifted += up
        lost += up * (1.0 - vehicle.success_frac)
        flights += flown
        spent += flown * vehicle.payload_kg * vehicle.usd_per_kg(mass_kg)
        room_kg += flown * vehicle.payload_kg
        if flown >= free:
            limits.append(vehicle.held_by[month])
    price = spent / room_kg if room_kg > 0.0 else math.nan
    fill = lifted * plan.satellite_kg / room_kg if room_kg > 0.0 else math.nan
    is_short = len(limits) == len(plan.vehicles) and lifted < missing * (1.0 - 1e-9)
    return lifted, lost, flights, price, fill, min(limits, key=CADENCE_LIMITS.index) if is_short else None


def _bottleneck(plan: Plan, month: int, missing: float, made: float, limit: str | None) -> str:
    if missing <= 0.0:
        return "none"
    if limit is not None:
        return limit
    return "factory" if made >= plan.per_month[month] * (1.0 - 1e-9) else "none"
