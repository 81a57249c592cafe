"""Plan of a build-out: monthly capacities of the factory and of the launchers, before any demand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.lives import LifeGroup, ShellLife, life_groups
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.design.readings import Reading
from skyrack.environment.orbital_decay import decay_time_s
from skyrack.fleet.power import SatellitePower
from skyrack.physics.drag import density_by_cycle_kg_per_m3
from skyrack.scenario.buildout import Buildout, Factory
from skyrack.scenario.launcher import CADENCE_LIMITS, MONTH_S, Cadence, LauncherModel, doubling_rate

WEEKS_PER_MONTH = JULIAN_YEAR_S / 12.0 / (7.0 * DAY_S)
DEAD_DOWN_TO_M = 200e3
"""Altitude below which a dead satellite re-enters within days."""


@dataclass(frozen=True)
class Vehicle:
    """Launcher of the plan."""

    name: str
    payload_kg: float
    sats_per_flight: float
    """Satellites per launch: a whole number, or a fraction where a satellite is assembled in orbit.

    Beyond low orbit, launches that refuel the ship are included.
    """
    by: str
    """Limit of the satellites per launch: "mass" or "volume"."""
    flights_per_month: NDArray[np.float64]
    """Launch capacity of each month, shape (month,)."""
    held_by: tuple[str, ...]
    """Limit of the launch cadence in each month: one of `CADENCE_LIMITS`."""
    success_frac: float
    usd_per_kg: Callable[[float], float]
    """Launch price in USD/kg as a function of the mass in kg launched before."""


@dataclass(frozen=True)
class Plan:
    """Inputs of the cohort simulation by month."""

    months: tuple[date, ...]
    end: date
    """First day after the last month."""
    target: float
    per_month: NDArray[np.float64]
    """Satellites that the factory can build in each month, shape (month,)."""
    vehicles: tuple[Vehicle, ...]
    satellite_kg: float
    satellite_usd: float
    """Price of the first satellite without its computers."""
    computers_usd: float
    """Price of the computers of a satellite, which are bought and do not learn with the factory."""
    factory_learning_frac: float
    factory_first: float
    """Cumulative units up to which `satellite_usd` applies; the learning curve begins there."""
    peak_w: float
    average_w: float
    """Mean compute power of a new satellite in flight."""
    available_frac: float
    """Share of the computers that are up, mean over time: no reboot, solar storm or batch fault stops them."""
    array_w: float
    """Electric power of one solar array in full sunlight at the beginning of life."""
    collected_w: float
    """Mean electric power that one solar array collects at the beginning of life."""
    array_mean_w: float
    """Mean electric power of one solar array over sunlight and eclipse at the beginning of life."""
    spare_w: float
    """Curtailed mean array power: the loss of array power that leaves compute unaffected."""
    wear_per_year: float
    """Fraction of the solar cell power that is lost each year."""
    lives: tuple[LifeGroup, ...]
    """Satellites by their life; the shares add up to 1."""
    raising_months: int
    disposal_months: int
    decay_months: int
    """Months until a dead satellite re-enters."""
    infant_frac: float
    failures_per_year: float
    losses_per_year: float
    wear_out_shape: float
    wear_out_months: float
    spares_frac: float
    granted: date | None
    idle_cost_frac: float
    """Cost of an unused unit of capacity over its price."""
    capacity_months: int
    """Months for which unused capacity is kept."""

    def launchable(self, month: int) -> float:
        """Return the number of satellites that all launchers together can launch in a month."""
        return sum(float(one.flights_per_month[month]) * one.sats_per_flight for one in self.vehicles)

    @property
    def mean_life_months(self) -> float:
        """Mean service of a launched satellite whose life is not ended by a failure: short lives are launched more often."""
        return 1.0 / sum(group.share_frac / group.months for group in self.lives)


def plan_of(reading: Reading, power: SatellitePower, lives: Sequence[ShellLife], available_frac: float = 1.0) -> Plan:
    """Return the plan of a fleet of the satellites of a reading, with their power in flight and their life by shell.

    `available_frac` is the share of the computers that are up. Raises InputError where a launcher cannot lift a satellite.
    """
    scenario, built = reading.scenario, reading.built
    buildout = scenario.buildout
    first = min(buildout.factory.begins, *(launcher.begins for launcher in buildout.launchers))
    n_months = (buildout.until.year - first.year) * 12 + buildout.until.month - first.month
    months = tuple(
        date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1) for k in range(n_months)
    )
    mass_kg, stowed_m3 = built.wet_kg, built.stowed_m3
    area_m2 = 0.5 * (built.sizes.array_area_m2 + built.sizes.radiator_area_m2)
    fall_s = decay_time_s(
        built.altitude_m,
        DEAD_DOWN_TO_M,
        scenario.design.drag_coefficient_frac * area_m2 / mass_kg,
        lambda altitude_m: float(density_by_cycle_kg_per_m3(altitude_m, scenario.design.solar_flux)),
    )
    return Plan(
        months=months,
        end=buildout.until,
        target=float(buildout.target or scenario.n_sats),
        per_month=doubling_rate(
            months, buildout.factory.begins, buildout.factory.doubling_s, *_weekly(buildout.factory)
        ),
        vehicles=tuple(_vehicle(launcher, buildout, months, mass_kg, stowed_m3) for launcher in buildout.launchers),
        satellite_kg=mass_kg,
        satellite_usd=built.price_usd - built.line("compute").price_usd,
        computers_usd=built.line("compute").price_usd,
        factory_learning_frac=buildout.factory.learning_frac,
        factory_first=buildout.factory.per_week_at_start * 52.0,
        peak_w=reading.inputs.compute_peak_w,
        average_w=power.delivered_w,
        available_frac=available_frac,
        array_w=built.array_rated_w,
        array_mean_w=power.array_w,
        collected_w=power.array_w,
        spare_w=power.spare_w,
        wear_per_year=scenario.satellite.solar_array.wear_per_year_frac,
        lives=life_groups(lives),
        raising_months=round(buildout.raising_s / MONTH_S),
        disposal_months=max(1, round(buildout.disposal_s / MONTH_S)),
        decay_months=max(1, math.ceil(fall_s / MONTH_S)),
        infant_frac=buildout.infant_failures_frac,
        failures_per_year=buildout.failures_per_year_frac,
        losses_per_year=buildout.accelerator_losses_per_year_frac,
        wear_out_shape=buildout.wear_out_shape,
        wear_out_months=buildout.wear_out_lives * scenario.design.life_s / MONTH_S,
        spares_frac=buildout.spares_frac,
        granted=buildout.granted,
        idle_cost_frac=buildout.idle_cost_frac,
        capacity_months=max(1, round(buildout.capacity_life_s / MONTH_S)),
    )


def _weekly(factory: Factory) -> tuple[float, float]:
    return factory.per_week_at_start * WEEKS_PER_MONTH, factory.per_week_at_most * WEEKS_PER_MONTH


def _vehicle(
    launcher: LauncherModel, buildout: Buildout, months: tuple[date, ...], mass_kg: float, stowed_m3: float
) -> Vehicle:
    lift = launcher.lift()
    by_mass = lift.payload_kg / mass_kg
    by_volume = lift.volume_m3 / max(stowed_m3, 1e-9)
    fits = min(by_mass, by_volume)
    sats = fits if buildout.assembled and fits < 1.0 else float(int(fits))
    if sats <= 0.0:
        short = (
            f"{mass_kg / 1e3:,.1f} t against {lift.payload_kg / 1e3:,.0f} t of payload"
            if by_mass < by_volume
            else f"{stowed_m3:,.0f} m3 stowed against {lift.volume_m3:,.0f} m3 that can be filled"
        )
        raise InputError(
            f"buildout.launchers: {launcher.vehicle} cannot lift one satellite ({short}); take a smaller satellite or "
            "a larger launcher, or state that it is assembled in orbit (buildout.assembled: true)"
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
    """Return the cadence with an array of launches.

    Raises InputError unless it has one number of launches and one limit for each month.
    """
    flights = np.asarray(cadence.flights_per_month, np.float64)
    is_whole = flights.shape == (n_months,) and (flights >= 0.0).all() and len(cadence.held_by) == n_months
    if not is_whole or not set(cadence.held_by) <= set(CADENCE_LIMITS):
        raise InputError(
            f"buildout.launchers: the model {launcher.name!r} gives no cadence for {n_months} months; accepted are flights "
            f"from 0 up, and what holds them ({', '.join(CADENCE_LIMITS)}), for each month"
        )
    return Cadence(flights, cadence.held_by)
