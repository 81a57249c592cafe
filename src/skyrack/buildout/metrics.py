"""Metrics of a build-out, and the constant rates that are required to reach its target by a day."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History, build
from skyrack.buildout.plan import WEEKS_PER_MONTH, Plan, Vehicle
from skyrack.core.errors import InputError

MAX_RATE_FACTOR = 1e6
"""Required rate over the mean rate (target / months) above which the target counts as out of reach."""
RATE_TOLERANCE_FRAC = 1e-4
MILESTONE_YEARS = ((6, 0.5), (9, 1.0))
"""Years after the licence, and fraction of the fleet that must be in orbit by then: 47 CFR 25.164(b)."""


def enough(target: float) -> float:
    """Return the expected number of active satellites that counts as the target.

    It is the target less half a satellite, but at most 5 % less. Expected numbers are not whole: even of a single
    satellite some fraction is lost.
    """
    return target - min(0.5, 0.05 * target)


@dataclass(frozen=True)
class Metrics:
    """Summary figures of a build-out."""

    reached: date | None
    """Month in which the target is first active (see `enough`); None if never."""
    max_active: float
    max_active_on: date
    active_at_end: float
    installed_w_at_end: float
    delivered_w_at_end: float
    delivered_w_mean: float
    """Mean delivered compute power from the month in which the target is reached, or else most is at work, to the end."""
    delivered_w_max: float
    max_kg_per_year: float
    """Largest mass launched in any twelve months."""
    max_w_per_year: float
    """Largest compute power launched in any twelve months."""
    launches: float
    launches_per_year_max: float
    mass_to_orbit_kg: float
    mass_in_orbit_at_end_kg: float
    failed: float
    deorbited: float
    reentered_kg_per_year_max: float
    kardashev_at_end: float
    main_bottleneck: str
    milestones: tuple[tuple[date, float, float | None], ...]
    """Day, satellites required in orbit by then, satellites in orbit then; the latter is None after the build-out."""


def kardashev(power_w: float) -> float:
    """Return the collected power on the Kardashev scale, as interpolated by Sagan: (log10 P - 6) / 10.

    Reference: Sagan, The Cosmic Connection (1973), ch. 34.
    """
    return (math.log10(power_w) - 6.0) / 10.0 if power_w > 1.0 else 0.0


def metrics_of(history: History) -> Metrics:
    """Return the summary figures of a build-out."""
    plan = history.plan
    months, active = plan.months, history["active"]
    reached = next((day for day, n in zip(months, active, strict=True) if n >= enough(plan.target)), None)
    launched_kg = history["launched"] * plan.satellite_kg
    best = int(active.argmax())
    busy = [name for name in history.bottlenecks if name != "none"]
    launched, flown, fallen = (
        _max_in_a_year(column) for column in (history["launched"], history["flights"].cumsum(), history["deorbited"])
    )
    return Metrics(
        reached=reached,
        max_active=float(active[best]),
        max_active_on=months[best],
        active_at_end=float(active[-1]),
        installed_w_at_end=float(history["installed_w"][-1]),
        delivered_w_at_end=float(history["delivered_w"][-1]),
        delivered_w_mean=float(history["delivered_w"][best if reached is None else months.index(reached) :].mean()),
        delivered_w_max=float(history["delivered_w"].max()),
        max_kg_per_year=launched * plan.satellite_kg,
        max_w_per_year=launched * plan.peak_w,
        launches=float(history["flights"].sum()),
        launches_per_year_max=flown,
        mass_to_orbit_kg=float(launched_kg[-1] - history["launch_lost"][-1] * plan.satellite_kg),
        mass_in_orbit_at_end_kg=float(history.in_orbit[-1]) * plan.satellite_kg,
        failed=float(history["failed"][-1]),
        deorbited=float(history["deorbited"][-1]),
        reentered_kg_per_year_max=fallen * plan.satellite_kg,
        kardashev_at_end=kardashev(float(history["collected_w"][-1])),
        main_bottleneck=max(sorted(set(busy)), key=busy.count) if busy else "none",
        milestones=_milestones(history),
    )


def _max_in_a_year(cumulative: NDArray[np.float64]) -> float:
    """Return the largest growth of a cumulative count within twelve months."""
    shifted = np.concatenate([np.zeros(12), cumulative])[: len(cumulative)]
    return float((cumulative - shifted).max())


def _milestones(history: History) -> tuple[tuple[date, float, float | None], ...]:
    granted, plan = history.plan.granted, history.plan
    if granted is None:
        return ()
    alive = history["raising"] + history["active"]
    rows = []
    for years, share in MILESTONE_YEARS:
        day = granted.replace(year=granted.year + years, day=1)
        flown = [float(n) for month, n in zip(plan.months, alive, strict=True) if month < day]
        is_seen = day <= plan.end
        rows.append((day, share * plan.target, (flown[-1] if flown else 0.0) if is_seen else None))
    return tuple(rows)


@dataclass(frozen=True)
class RequiredRates:
    """Constant rates from the first month on that reach the target by a day; None where no rate reaches it."""

    by: date
    target: float
    satellites_per_week: float | None
    """Required production rate of the factory."""
    launches_per_year: float | None
    """Required launch rate of the vehicle that carries most satellites."""
    tonnes_per_year: float | None


def required_rates(plan: Plan, by: date, tolerance_frac: float = RATE_TOLERANCE_FRAC) -> RequiredRates:
    """Return the constant rates from the first month on with which the target is active before a day.

    They are found to `tolerance_frac` of themselves, from above.

    Raises InputError where the day lies outside the build-out.
    """
    if not plan.months[0] < by <= plan.end:
        raise InputError(f"by: {by} lies outside the build-out; accepted is after {plan.months[0]} up to {plan.end}")
    months = tuple(month for month in plan.months if month < by)
    out_of_reach = RequiredRates(by, plan.target, None, None, None)
    if len(months) <= plan.raising_months + 1:
        return out_of_reach
    endless = replace(plan, months=months, vehicles=tuple(_endless(one, plan.target) for one in plan.vehicles))

    def largest(per_month: float) -> float:
        history = build(replace(endless, per_month=np.full(len(months), per_month)), until_active=enough(plan.target))
        return float(history["active"].max())

    per_month = _min_rate(largest, enough(plan.target), plan.target / len(months), tolerance_frac)
    if per_month is None:
        return out_of_reach
    most = max(vehicle.sats_per_flight for vehicle in plan.vehicles)
    return RequiredRates(
        by,
        plan.target,
        per_month / WEEKS_PER_MONTH,
        12.0 * per_month / most,
        12.0 * per_month * plan.satellite_kg / 1e3,
    )


def _endless(vehicle: Vehicle, target: float) -> Vehicle:
    """Return the vehicle without any limit on its launches."""
    flights = np.full(len(vehicle.flights_per_month), (10.0 * target + 1.0) / min(vehicle.sats_per_flight, 1.0))
    return replace(vehicle, flights_per_month=flights)


def _min_rate(largest: Callable[[float], float], goal: float, guess: float, tolerance_frac: float) -> float | None:
    """Return the minimum rate with which `largest(rate)` reaches a goal; None above `MAX_RATE_FACTOR` times the guess.

    `largest` rises with the rate, nearly in proportion until the goal, so that steps in proportion come close to it. Where it
    hardly rises any more, as with short lives, each step is twice the one before.
    """
    low, high, least = 0.0, guess, tolerance_frac
    while (found := largest(high)) < goal:
        low = high
        high *= min(2.0, max(goal / found + tolerance_frac, 1.0 + least)) if found > 0.0 else 2.0
        least *= 2.0
        if high > guess * MAX_RATE_FACTOR:
            return None
    while high - low > tolerance_frac * high:
        near = high * (1.0 - tolerance_frac)
        if largest(near) < goal:
            return high
        high = max(near, low)
        middle = 0.5 * (low + high)
        low, high = (low, middle) if largest(middle) >= goal else (middle, high)
    return high
