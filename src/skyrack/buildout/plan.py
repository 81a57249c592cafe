"""What a build-out can do each month: rates of the factory and of the launchers, before anyone asks for satellites."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.design.closure import Closure
from skyrack.environment.orbital_decay import decay_time_s
from skyrack.fleet.power import SatellitePower
from skyrack.physics.drag import density_by_cycle_kg_per_m3
from skyrack.scenario import Scenario
from skyrack.scenario.buildout import Buildout, Factory
from skyrack.scenario.launcher import CADENCE_LIMITS, MONTH_S, Cadence, LauncherModel, doubling_rate

WEEKS_PER_MONTH = JULIAN_YEAR_S / 12.0 / (7.0 * DAY_S)
DEAD_DOWN_TO_M = 200e3
"""Below this a dead satellite falls within days."""


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
    usd_per_kg: Callable[[float], float]
    """Price of a kilogram when so much was launched before."""


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


def _vehicle(
    launcher: LauncherModel, wish: Buildout, months: tuple[date, ...], mass_kg: float, stowed_m3: float
) -> Vehicle:
    lift = launcher.lift()
    by_mass = lift.payload_kg / mass_kg
    by_volume = lift.volume_m3 / max(stowed_m3, 1e-9)
    fits = min(by_mass, by_volume)
    sats = fits if wish.assembled and fits < 1.0 else float(int(fits))
    if sats <= 0.0:
        short = (
            f"{mass_kg / 1e3:,.1f} t against {lift.payload_kg / 1e3:,.0f} t of payload"
            if by_mass < by_volume
            else f"{stowed_m3:,.0f} m3 stowed against {lift.volume_m3:,.0f} m3 that can be filled"
        )
        raise InputError(
            f"buildout.launchers: {launcher.vehicle} cannot lift one satellite ({short}); take a smaller satellite or "
            "a larger launcher, or say that it is put together in orbit (buildout.assembled: true)"
        )
    cadence = _checked(launcher, launcher.cadence(months), len(months))
    return Vehicle(
        name=launcher.vehicle,
        payload_kg=lift.payload_kg,
        sats_per_flight=sats,
        by="mass" if by_mass < by_volume else "volume",
        flights_per_month=cadence.flights_per_month,
        held_by=cadence.held_by,
        success_frac=lift.success_frac,
        usd_per_kg=launcher.usd_per_kg,
    )


def _checked(launcher: LauncherModel, cadence: Cadence, n_months: int) -> Cadence:
    """The cadence; InputError where it is not one number of flights, and one limit, for each month."""
    flights = np.asarray(cadence.flights_per_month, np.float64)
    is_whole = flights.shape == (n_months,) and (flights >= 0.0).all() and len(cadence.held_by) == n_months
    if not is_whole or not set(cadence.held_by) <= set(CADENCE_LIMITS):
        raise InputError(
            f"buildout.launchers: the model {launcher.name!r} gives no cadence for {n_months} months; accepted are flights "
            f"from 0 up, and what holds them ({', '.join(CADENCE_LIMITS)}), for each month"
        )
    return Cadence(flights, cadence.held_by)
