"""Service of a plan's satellites: their power in flight, their life in each shell, and their availability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skyrack.buildout.figures import ServiceFigures, ShellServiceFigures
from skyrack.buildout.lives import ENDS, ShellLife, life_groups, shell_lives
from skyrack.catalogue import defaults, fact
from skyrack.core.constants import DAY_S
from skyrack.core.units import to_si
from skyrack.design.shielding import DoseTable
from skyrack.economics.fleet_price import equivalent_life_years
from skyrack.fleet.power import SatellitePower
from skyrack.fleet.sample_flight import fly_samples, mean_power
from skyrack.run.prepare import Plan
from skyrack.scenario import Scenario
from skyrack.workload.failures import (
    Availability,
    ShellWear,
    ThermalWear,
    fleet_availability,
    thermal_wear,
    watched_satellites,
)
from skyrack.workload.summary import Jobs


@dataclass(frozen=True)
class Service:
    """Service of the satellites of one reading: their power in flight, their life in each shell, and their availability."""

    power: SatellitePower
    lives: tuple[ShellLife, ...]
    available_frac: float
    """Share of the computers that are up, mean over time."""
    sunlit_year_frac: tuple[float, ...]
    """Sunlit fraction over a year, of each shell."""
    sunlit_best_frac: tuple[float, ...]
    """Sunlit fraction over a year of the plane with the most sunlight, of each shell."""
    lives_at_ends: tuple[tuple[ShellLife, ...], tuple[ShellLife, ...]]
    """Life in each shell at the low and at the high end of the range of the dose limit."""

    def life_range_years(self, cost_of_capital: float) -> tuple[float, float] | None:
        """Return the life of the fleet at both ends of the range of the dose limit; None where it ends no life."""
        if all(one.ended_by != ENDS[1] for one in self.lives_at_ends[0]):
            return None
        low, high = (equivalent_life_years(life_groups(lives), cost_of_capital) for lives in self.lives_at_ends)
        return low, high

    def lives_with(
        self, scenario: Scenario, doses: DoseTable, shielding_mm: float, endurance: float
    ) -> tuple[ShellLife, ...]:
        """Return the lives under the limits of another scenario, with boards that last `endurance` times as many cycles."""
        worn = [
            ShellWear(one.shell, 0.0, 0.0, None if one.thermal_lasts_s is None else endurance * one.thermal_lasts_s)
            for one in self.lives
        ]
        return shell_lives(scenario, doses, shielding_mm, worn)

    def shell_figures(self) -> tuple[ShellServiceFigures, ...]:
        """Return the figures of each shell."""
        return tuple(
            ShellServiceFigures(sunlit, best, solar_yield_ratio(sunlit), one.dose_gy_per_year, one.life_s)
            for one, sunlit, best in zip(self.lives, self.sunlit_year_frac, self.sunlit_best_frac, strict=True)
        )

    def figures(self) -> ServiceFigures:
        """Return the figures of the summary."""
        n_sats = np.array([one.n_sats for one in self.lives], np.float64)
        lives_s = np.array([one.life_s for one in self.lives])
        full = [one.n_sats for one in self.lives if one.ended_by == ENDS[0]]
        return ServiceFigures(
            life_mean_s=float(n_sats.sum() / (n_sats / lives_s).sum()),
            life_min_s=float(lives_s.min()),
            n_shells_full_life=len(full),
            sunlit_year_frac=float(np.average(self.sunlit_year_frac, weights=n_sats)),
            solar_yield_ratio=solar_yield_ratio(float(np.average(self.sunlit_year_frac, weights=n_sats))),
            full_life_frac=float(sum(full) / n_sats.sum()),
        )


RATED_W_PER_M2 = 1000.0
"""Irradiance at which solar modules on the ground are rated (IEC 61215)."""


def solar_yield_ratio(sunlit_frac: float) -> float:
    """Return the yearly energy of a solar array in orbit over that of an equally rated one in a ground power plant.

    The array in orbit faces the Sun for `sunlit_frac` of the year at 1 au; the plant has the capacity factor of the
    catalogue. Both lose to temperature and wear, which is left out. Source: facts ph.S0 and gd.solar_cf.
    """
    sun_w_per_m2, ground_frac = float(fact("ph.S0").value), float(fact("gd.solar_cf").value)
    return sunlit_frac * sun_w_per_m2 / RATED_W_PER_M2 / ground_frac


def service_of(
    plan: Plan, power: SatellitePower, availability: Availability | None = None, wear: ThermalWear | None = None
) -> Service:
    """Return the service of satellites with `power` in flight; what is not given is found from sampled satellites."""
    scenario, layout = plan.scenario, plan.layout
    if wear is None:
        wear = thermal_wear(scenario, layout, fly_samples(scenario, layout, watched_satellites(layout), DAY_S))
    if availability is None:
        availability = fleet_availability(scenario, plan.exposure)
    lives = shell_lives(scenario, plan.written.doses, plan.shielding_mm, wear.shells)
    sunlit = tuple(one.sunlit_frac for one in plan.sizing.shells)
    stated = defaults()["design.dose_limit"]
    ends_gy = [to_si(end, "gy") for end in (stated.low, stated.high)]
    low, high = (
        shell_lives(scenario, plan.written.doses, plan.shielding_mm, wear.shells, dose_limit_gy=limit_gy)
        for limit_gy in (min(ends_gy[0], scenario.design.dose_limit_gy), max(ends_gy[1], scenario.design.dose_limit_gy))
    )
    best = tuple(one.sunlit_best_frac for one in plan.sizing.shells)
    return Service(power, lives, availability.available_frac, sunlit, best, (low, high))


def sampled_service(plan: Plan) -> Service:
    """Return the service of a plan's satellites from flights of samples alone."""
    return service_of(plan, mean_power(plan.scenario, plan.layout))


def service_with(jobs: Jobs, plan: Plan) -> Service:
    """Return the service of a plan's satellites from a flight of samples and what its jobs found already."""
    return service_of(plan, mean_power(plan.scenario, plan.layout), jobs.availability, jobs.wear)


def requested_w(scenario: Scenario) -> float:
    """Return the compute power in W that the power policy requests for one satellite without constraints."""
    compute = scenario.satellite.compute
    return float(scenario.power_policy.bounds_w(compute.average_power_w, compute.peak_power_w)[1])


def uptime_frac(scenario: Scenario, power: SatellitePower) -> float:
    """Return the fraction of the requested compute power that a satellite receives in flight."""
    return power.delivered_w / max(requested_w(scenario), 1e-9)
