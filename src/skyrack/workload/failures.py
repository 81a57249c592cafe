"""How often a satellite's computers fail, from what: radiation by place, hardware, cycles of temperature, and common
shocks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.environment.exposure_summary import Exposure, ShellExposure
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.orbits.layout import Layout, SatelliteRef
from skyrack.physics.failure import availability_frac, cycles_to_failure, worn_by_cycles_frac
from skyrack.physics.orbit import period_s
from skyrack.scenario import Scenario

Floats = NDArray[np.float64]
CYCLE_SHAPE = 2.0
"""Weibull shape of failures by cycles of temperature: an estimate."""
REFERENCE_SWING_K = 100.0


@dataclass(frozen=True)
class Hazards:
    """Rates of one satellite of a shell."""

    radiation_per_s: float
    """Detected failures by trapped protons and cosmic rays, mean over time."""
    sdc_per_s: float
    """Silent data corruptions."""
    hardware_per_s: float
    """Detected failures by hardware and software."""
    proton_flux_per_m2_s: float
    """Mean flux that goes with the trapped part."""
    galactic_frac: float
    """Share of cosmic rays in the radiation."""

    @property
    def node_failures_per_s(self) -> float:
        """Detected failures of all kinds."""
        return self.radiation_per_s + self.hardware_per_s

    def through(self, proton_flux_per_m2_s: Floats) -> Floats:
        """Return the rate of detected failures under a proton flux: trapped protons by place, cosmic rays evenly."""
        trapped = self.radiation_per_s * (1.0 - self.galactic_frac)
        by_place = trapped * proton_flux_per_m2_s / max(self.proton_flux_per_m2_s, 1e-30)
        return self.hardware_per_s + self.radiation_per_s * self.galactic_frac + by_place


def hazards(scenario: Scenario, shell: ShellExposure, accelerators: int) -> Hazards:
    """Return the failure rates of one satellite of a shell, which holds so many accelerators."""
    failures = scenario.workload.failures
    return Hazards(
        radiation_per_s=shell.due_per_sat_year / JULIAN_YEAR_S,
        sdc_per_s=shell.sdc_per_sat_year / JULIAN_YEAR_S,
        hardware_per_s=accelerators * failures.interruptions_per_accelerator_year / JULIAN_YEAR_S,
        proton_flux_per_m2_s=shell.proton_flux_per_m2_s,
        galactic_frac=shell.galactic_frac,
    )


def worn_out_frac(scenario: Scenario, swing_k: float, cycles_per_day: float) -> float:
    """Share of the boards that cycles of temperature end within the design's life."""
    if swing_k < 1.0 or cycles_per_day <= 0.0:
        return 0.0
    failures = scenario.workload.failures
    cycles = cycles_per_day * scenario.design.life_s / DAY_S
    lasts = cycles_to_failure(swing_k, failures.thermal_cycles, REFERENCE_SWING_K, failures.thermal_exponent)
    return float(worn_by_cycles_frac(cycles, lasts, CYCLE_SHAPE))


SETTLED_S = 3.0 * 3600.0
"""Satellites start warm; before this their temperature is not yet that of their orbit."""
WATCHED = 32


@dataclass(frozen=True)
class ThermalWear:
    """Thermal cycling of the computers."""

    swing_k: float
    """Swing of the electronics temperature through a day, median over satellites."""
    cycles_per_day: float
    worn_out_frac: float
    """Share of the boards that fail by thermal cycles within the design life."""


def watched_satellites(layout: Layout) -> list[SatelliteRef]:
    """Return the satellites whose thermal cycles stand for those of the fleet."""
    return layout.spread(WATCHED)


def thermal_wear(scenario: Scenario, layout: Layout, samples: SampleHistory) -> ThermalWear:
    """Return the wear by thermal cycles from a day of the watched satellites."""
    refs = watched_satellites(layout)
    history = samples.select(refs, SETTLED_S, DAY_S - SETTLED_S)
    swing_k = float(np.median(np.ptp(history.electronics_temp_k, axis=0)))
    orbits = float(np.median([DAY_S / float(period_s(layout.layers[ref.layer].radius_m)) for ref in refs]))
    return ThermalWear(swing_k, orbits, worn_out_frac(scenario, swing_k, orbits))


def stopped_frac(scenario: Scenario, accelerators: int) -> float:
    """Share of a satellite's `accelerators` that one interruption stops: those that boot together."""
    return min(1.0, scenario.workload.failures.reboot_together / accelerators)


@dataclass(frozen=True)
class Availability:
    """Share of a fleet's computers that are up, and what takes the rest."""

    reboots_frac: float
    storms_frac: float
    batch_faults_frac: float
    available_frac: float


def shell_availability(scenario: Scenario, each: Hazards, accelerators: int) -> Availability:
    """Return the availability of satellites with these failure rates, each with so many accelerators.

    Reboots are each satellite's own, of the accelerators that boot together; storms stop all at once, faults of a batch a
    share of all at once. Losses that stay are the build-out's, not counted here.
    """
    failures = scenario.workload.failures
    mean_s = 1.0 / max(each.node_failures_per_s * stopped_frac(scenario, accelerators), 1e-30)
    reboots = 1.0 - float(availability_frac(mean_s, failures.reboot_s))
    storms = min(1.0, failures.storms_per_year * failures.storm_s / JULIAN_YEAR_S)
    batches = min(1.0, failures.batch_faults_per_year * failures.batch_frac * failures.batch_time_s / JULIAN_YEAR_S)
    return Availability(reboots, storms, batches, (1.0 - reboots) * (1.0 - storms) * (1.0 - batches))


def fleet_availability(scenario: Scenario, exposure: Exposure) -> Availability:
    """Return the availability of the whole fleet, averaged over its shells by their satellites."""
    n = max(1, exposure.accelerators)
    found = [shell_availability(scenario, hazards(scenario, shell, n), n) for shell in exposure.shells]
    weights = [shell.n_sats for shell in exposure.shells]

    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for one in found], weights=weights))

    return Availability(*(mean(one.name) for one in fields(Availability)))
