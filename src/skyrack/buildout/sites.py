"""Speculative sites beyond low orbit: bases on Moon or Mars, and satellites launched by a mass driver.

A site has its own build-out, with the same satellite, failures and months. A site that is supplied by launchers takes
its share of the factory and of all launches from the fleet in low orbit; a mass driver has its own factory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.plan import WEEKS_PER_MONTH, Plan, Vehicle
from skyrack.catalogue import fact
from skyrack.catalogue.parts import CataloguePart, part
from skyrack.core.errors import InputError
from skyrack.physics.propulsion import delivered_frac
from skyrack.scenario.buildout import Site
from skyrack.scenario.launcher import MONTH_S, doubling_rate

NEVER_MONTHS = 10**6
"""Number of months that is never reached: satellites at a site do not re-enter."""


@dataclass(frozen=True)
class SitePlan:
    """Site and the plan of its build-out."""

    site: Site
    place: CataloguePart
    plan: Plan
    flights_per_cargo: float
    """Launches to low orbit for one full cargo: the ship and those that refuel it; 0 for a mass driver."""
    light_frac: float
    """Mean sunlight on a Sun-pointing array at the site over that on an array near the Earth that is never shaded."""


def without_sites(plan: Plan, sites: tuple[Site, ...]) -> Plan:
    """Return the plan of low orbits with the factory and launch capacity that the sites leave."""
    left = np.ones(len(plan.months))
    for site in sites:
        if site.mass_driver is None:
            left -= np.where(_has_begun(site, plan), site.share_frac, 0.0)
    return _scaled(plan, np.maximum(left, 0.0))


def site_plan(site: Site, plan: Plan, asked_w: float) -> SitePlan:
    """Return the plan of one site, from the plan of low orbits without sites.

    `asked_w` is the compute power that a satellite requests in sunlight. At the site it receives that in proportion to
    the sunlight: the array is the same and points to the Sun, and the battery is too small for a night of weeks.

    Raises InputError where the ship cannot carry any payload to the site.
    """
    place = part("places", site.place)
    light_frac = place["sunlit_frac"] * min(place["solar_flux_w_per_m2"] / float(fact("ph.S0").value), 1.0)
    there = replace(
        _from_month(plan, int(_has_begun(site, plan).argmax())),
        target=float(site.target),
        average_w=asked_w * light_frac,
        array_mean_w=0.0,
        collected_w=plan.array_w * light_frac,
        raising_months=math.ceil(place["transit_s"] / MONTH_S),
        disposal_months=NEVER_MONTHS,
        decay_months=NEVER_MONTHS,
        granted=None,
    )
    driver = site.mass_driver
    if driver is not None:
        weekly = driver.per_week_at_start * WEEKS_PER_MONTH, driver.per_week_at_most * WEEKS_PER_MONTH
        shots = doubling_rate(there.months, site.begins, driver.doubling_s, *weekly)
        thrown = Vehicle(
            name="mass-driver",
            payload_kg=plan.satellite_kg,
            sats_per_flight=1.0,
            by="mass",
            flights_per_month=shots,
            held_by=("launchers",) * len(shots),
            success_frac=site.arrival_success_frac,
            usd_per_kg=lambda _: math.nan,
        )
        return SitePlan(site, place, replace(there, per_month=shots, vehicles=(thrown,)), 0.0, light_frac)
    arrives_frac = delivered_frac(place["speed_m_per_s"], site.specific_impulse_s, site.dry_frac)
    if arrives_frac <= 0.0:
        raise InputError(
            f"buildout.sites.{site.name}: a ship with {site.specific_impulse_s:g} s of specific impulse and a dry share of "
            f"{site.dry_frac:g} carries nothing to {site.place} ({place['speed_m_per_s'] / 1e3:.1f} km/s from low orbit); "
            "take a lighter ship or a better engine"
        )
    vehicles = tuple(
        replace(
            one,
            sats_per_flight=one.sats_per_flight * arrives_frac,
            success_frac=one.success_frac * site.arrival_success_frac,
        )
        for one in there.vehicles
    )
    shared = _scaled(replace(there, vehicles=vehicles), site.share_frac)
    return SitePlan(site, place, shared, 1.0 / arrives_frac, light_frac)


def _has_begun(site: Site, plan: Plan) -> NDArray[np.bool_]:
    """Return, for each month, true if the site has begun, shape (month,)."""
    return np.array([(month.year, month.month) >= (site.begins.year, site.begins.month) for month in plan.months])


def _from_month(plan: Plan, first: int) -> Plan:
    vehicles = tuple(
        replace(one, flights_per_month=one.flights_per_month[first:], held_by=one.held_by[first:])
        for one in plan.vehicles
    )
    return replace(plan, months=plan.months[first:], per_month=plan.per_month[first:], vehicles=vehicles)


def _scaled(plan: Plan, share: float | NDArray[np.float64]) -> Plan:
    vehicles = tuple(replace(one, flights_per_month=one.flights_per_month * share) for one in plan.vehicles)
    return replace(plan, per_month=plan.per_month * share, vehicles=vehicles)
