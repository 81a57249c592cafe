"""How often a satellite's computers fail, from what: radiation by place, hardware, cycles of temperature, and common
shocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.fleet.sample_flight import follow, spread
from skyrack.orbits.layout import ShellDesign
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
    """Interruptions by trapped protons and cosmic rays, mean over time."""
    silent_per_s: float
    hardware_per_s: float
    """Interruptions by all else."""
    protons_per_m2_s: float
    """Mean flux that goes with the trapped part."""
    galactic_frac: float
    """Share of cosmic rays in the radiation."""

    @property
    def interruptions_per_s(self) -> float:
        """Of all kinds."""
        return self.radiation_per_s + self.hardware_per_s

    def through(self, protons_per_m2_s: Floats) -> Floats:
        """Rate of interruptions where so many protons are met: trapped ones by place, cosmic rays evenly."""
        trapped = self.radiation_per_s * (1.0 - self.galactic_frac)
        by_place = trapped * protons_per_m2_s / max(self.protons_per_m2_s, 1e-30)
        return self.hardware_per_s + self.radiation_per_s * self.galactic_frac + by_place


def hazards(scenario: Scenario, shell: dict[str, Any], accelerators: int, counted: int) -> Hazards:
    """Rates of one satellite with so many accelerators, from a shell's row of radiation.json, which counts another number."""
    scale = accelerators / max(counted, 1)
    of_radiation = scale * shell["interruptions_per_sat_year"]
    return Hazards(
        radiation_per_s=of_radiation / JULIAN_YEAR_S,
        silent_per_s=scale * shell["silent_errors_per_sat_year"] / JULIAN_YEAR_S,
        hardware_per_s=accelerators * scenario.workload.failures.interruptions_per_accelerator_year / JULIAN_YEAR_S,
        protons_per_m2_s=shell["proton_flux_per_m2_s"],
        galactic_frac=shell["galactic_frac"],
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


def wear_by_cycles(scenario: Scenario, shells: Sequence[ShellDesign]) -> dict[str, float]:
    """Swing of the computers' temperature through a day (median satellite), orbits a day, and boards that ends in a life."""
    picks = spread(shells, WATCHED)
    tracks = follow(scenario, picks, SETTLED_S, DAY_S - SETTLED_S)
    swing = float(np.median(np.ptp(tracks.electronics_k, axis=0)))
    orbits = float(np.median([DAY_S / float(period_s(pick.layer.radius_m)) for pick in picks]))
    return {"swing_k": swing, "cycles_per_day": orbits, "worn_out_frac": worn_out_frac(scenario, swing, orbits)}


def stopped_frac(scenario: Scenario, accelerators: int) -> float:
    """Share of a satellite's `accelerators` that one interruption stops: those that boot together."""
    return min(1.0, scenario.workload.failures.reboot_together / accelerators)


def fleet_availability(scenario: Scenario, each: Hazards, accelerators: int) -> dict[str, float]:
    """Share of the fleet's computers that are up, by what takes the rest; `accelerators` are those of one satellite.

    Reboots are each satellite's own, of the accelerators that boot together; storms stop all at once, faults of a batch a
    share of all at once. Losses that stay are the build-out's, not counted here.
    """
    failures = scenario.workload.failures
    mean_s = 1.0 / max(each.interruptions_per_s * stopped_frac(scenario, accelerators), 1e-30)
    reboots = 1.0 - float(availability_frac(mean_s, failures.reboot_s))
    storms = min(1.0, failures.storms_per_year * failures.storm_s / JULIAN_YEAR_S)
    batches = min(1.0, failures.batch_faults_per_year * failures.batch_frac * failures.batch_time_s / JULIAN_YEAR_S)
    return {
        "reboots_frac": reboots,
        "storms_frac": storms,
        "batch_faults_frac": batches,
        "available_frac": (1.0 - reboots) * (1.0 - storms) * (1.0 - batches),
    }
