"""What a build-out can do each month: rates of the factory and of the launchers, before anyone asks for satellites."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.design.closure import Closure
from skyrack.environment.orbital_decay import decay_time_s
from skyrack.fleet.power import SatellitePower
from skyrack.physics.drag import density_by_cycle_kg_per_m3
from skyrack.scenario import Scenario
from skyrack.scenario.buildout import Buildout, Factory, Launcher

MONTH_S = JULIAN_YEAR_S / 12.0
WEEKS_PER_MONTH = JULIAN_YEAR_S / 12.0 / (7.0 * DAY_S)
FLIGHTS_AT_FIRST_PRICE = 12.0
"""Flights whose mass is launched at the catalogue's price, where it does not say more."""
DEAD_DOWN_TO_M = 200e3
"""Below this a dead satellite falls within days."""


CADENCE_LIMITS = ("filed cap", "pads", "boosters", "launchers")
"""What can hold a vehicle's flights: the cap that was filed, its pads, its boosters, or its own growth."""


@dataclass(frozen=True)
class Vehicle:
    """One launcher of the plan."""

    name: str
    payload_kg: float
    sats_per_flight: float
    """Whole ones, or a part of one that is put together in orbit; beyond low orbit, flights that refill the ship count."""
    by: str
    """What limits the satellites of a flight: mass or volume."""
    flights_per_month: NDArray[np.float64]
    held_by: tuple[str, ...]
    """What holds the cadence down in each month: one of `CADENCE_LIMITS`."""
    success_frac: float
    price_usd_per_kg: float
    learning_frac: float
    price_at_kg: float
    """All mass launched when the price holds."""
    price_most_usd_per_kg: float
    """Before that it is never more, and later never less than the least."""
    price_least_usd_per_kg: float


@dataclass(frozen=True)
class Plan:
    """All that the cohorts need, month by month."""

    months: tuple[date, ...]
    end: date
    """First day beyond the last month."""
    target: float
    per_month: NDArray[np.float64]
    """Satellites that the factory can build."""
    vehicles: tuple[Vehicle, ...]
    satellite_kg: float
    satellite_usd: float
    factory_learning_frac: float
    factory_first: float
    """Units for which `satellite_usd` holds."""
    peak_w: float
    average_w: float
    array_w: float
    """Electric power of one array in full sunlight on its first day."""
    array_mean_w: float
    """The same, mean over light and dark."""
    spare_w: float
    """How much of that mean may be missing before compute gets less."""
    wear_per_year: float
    """Of the cells."""
    life_months: int
    raising_months: int
    disposal_months: int
    decay_months: int
    """Months until a dead satellite has fallen."""
    infant_frac: float
    failures_per_year: float
    losses_per_year: float
    wear_out_shape: float
    wear_out_months: float
    spares_frac: float
    granted: date | None


def plan_of(scenario: Scenario, closure: Closure, peak_w: float, power: SatellitePower) -> Plan:
    """The plan of a scenario with its closed satellite; InputError where a launcher cannot lift one."""
    wish = scenario.buildout
    first = min(wish.factory.begins, *(launcher.begins for launcher in wish.launchers))
    n_months = (wish.until.year - first.year) * 12 + wish.until.month - first.month
    months = tuple(
        date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1) for k in range(n_months)
    )
    mass_kg = wish.satellite_mass_kg or closure.wet_kg
    stowed_m3 = wish.satellite_stowed_m3 or closure.stowed_m3
    area_m2 = 0.5 * (closure.array_area_m2 + closure.radiator_area_m2)
    fall_s = decay_time_s(
        closure.altitude_m,
        DEAD_DOWN_TO_M,
        scenario.design.drag_coefficient_frac * area_m2 / mass_kg,
        lambda altitude_m: float(density_by_cycle_kg_per_m3(altitude_m, scenario.design.solar_flux)),
    )
    return Plan(
        months=months,
        end=wish.until,
        target=float(wish.target or scenario.n_sats),
        per_month=doubling_rate(months, wish.factory.begins, wish.factory.doubling_s, *_weekly(wish.factory)),
        vehicles=tuple(_vehicle(launcher, wish, months, mass_kg, stowed_m3) for launcher in wish.launchers),
        satellite_kg=mass_kg,
        satellite_usd=closure.price_usd,
        factory_learning_frac=wish.factory.learning_frac,
        factory_first=wish.factory.per_week_at_start * 52.0,
        peak_w=peak_w,
        average_w=power.delivered_w,
        array_w=closure.array_rated_w,
        array_mean_w=power.array_w,
        spare_w=power.spare_w,
        wear_per_year=scenario.satellite.solar_array.wear_per_year_frac,
        life_months=max(1, round(scenario.design.life_s / MONTH_S)),
        raising_months=round(wish.raising_s / MONTH_S),
        disposal_months=max(1, round(wish.disposal_s / MONTH_S)),
        decay_months=max(1, math.ceil(fall_s / MONTH_S)),
        infant_frac=wish.infant_failures_frac,
        failures_per_year=wish.failures_per_year_frac,
        losses_per_year=wish.accelerator_losses_per_year_frac,
        wear_out_shape=wish.wear_out_shape,
        wear_out_months=wish.wear_out_lives * scenario.design.life_s / MONTH_S,
        spares_frac=wish.spares_frac,
        granted=wish.granted,
    )


def _weekly(factory: Factory) -> tuple[float, float]:
    return factory.per_week_at_start * WEEKS_PER_MONTH, factory.per_week_at_most * WEEKS_PER_MONTH


def doubling_rate(
    months: tuple[date, ...], begins: date, doubling_s: float, at_start: float, at_most: float
) -> NDArray[np.float64]:
    """A rate that begins on a day and doubles until it is at most so high, in the middle of each month."""
    since = np.array([(month.year - begins.year) * 12 + month.month - begins.month for month in months], np.float64)
    doublings = np.minimum((since + 0.5) * MONTH_S / doubling_s, 60.0)
    return np.where(since >= 0.0, np.minimum(at_start * 2.0**doublings, at_most), 0.0)


def _vehicle(launcher: Launcher, wish: Buildout, months: tuple[date, ...], mass_kg: float, stowed_m3: float) -> Vehicle:
    kind = part("launchers", launcher.vehicle)
    by_mass = kind["payload_kg"] / mass_kg
    by_volume = kind["volume_m3"] * launcher.packing_frac / max(stowed_m3, 1e-9)
    fits = min(by_mass, by_volume)
    sats = fits if wish.assembled and fits < 1.0 else float(int(fits))
    if sats <= 0.0:
        short = (
            f"{mass_kg / 1e3:,.1f} t against {kind['payload_kg'] / 1e3:,.0f} t of payload"
            if by_mass < by_volume
            else f"{stowed_m3:,.0f} m3 stowed against {kind['volume_m3'] * launcher.packing_frac:,.0f} m3 that can be filled"
        )
        raise InputError(
            f"buildout.launchers: {launcher.vehicle} cannot lift one satellite ({short}); take a smaller satellite or "
            "a larger launcher, or say that it is put together in orbit (buildout.assembled: true)"
        )
    at_most = launcher.per_year_at_most if launcher.per_year_at_most is not None else kind["flights_per_year"]
    flights_per_month, held_by = _cadence(launcher, months, at_most, kind.get("cap_per_year"))
    return Vehicle(
        name=launcher.vehicle,
        payload_kg=kind["payload_kg"],
        sats_per_flight=sats,
        by="mass" if by_mass < by_volume else "volume",
        flights_per_month=flights_per_month,
        held_by=held_by,
        success_frac=kind["success_frac"],
        price_usd_per_kg=kind["price_usd_per_kg"],
        learning_frac=launcher.learning_frac,
        price_at_kg=kind.get("price_at_kg") or FLIGHTS_AT_FIRST_PRICE * kind["payload_kg"],
        price_most_usd_per_kg=kind.get("price_most_usd_per_kg") or kind["price_usd_per_kg"],
        price_least_usd_per_kg=kind.get("price_least_usd_per_kg") or 0.0,
    )


def _cadence(
    launcher: Launcher, months: tuple[date, ...], at_most: float, cap_per_year: float | None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Flights that a launcher can make each month, and which of `CADENCE_LIMITS` holds them there."""

    def turned(count: int | None, turnaround_s: float) -> float:
        return math.inf if count is None else count * MONTH_S / turnaround_s

    grown = doubling_rate(months, launcher.begins, launcher.doubling_s, launcher.per_year_at_start, at_most) / 12.0
    limits = np.empty((len(CADENCE_LIMITS), len(months)))
    limits[0] = cap_per_year / 12.0 if cap_per_year is not None and launcher.capped else math.inf
    limits[1] = turned(launcher.pads, launcher.pad_turnaround_s)
    limits[2] = turned(launcher.boosters, launcher.booster_turnaround_s)
    limits[3] = grown
    return limits.min(axis=0), tuple(CADENCE_LIMITS[number] for number in limits.argmin(axis=0))
