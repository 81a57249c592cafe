"""Failure rates of a satellite's computers: radiation, hardware, thermal cycles and common-cause failures."""

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
"""Weibull shape of failures by thermal cycles: an estimate."""
REFERENCE_SWING_K = 100.0
"""Temperature swing to which the number of cycles to failure refers."""


@dataclass(frozen=True)
class Hazards:
    """Failure rates of one satellite of a shell."""

    radiation_per_s: float
    """Rate of detected failures by trapped protons and cosmic rays, mean over time."""
    sdc_per_s: float
    """Rate of silent data corruptions (SDC)."""
    hardware_per_s: float
    """Rate of detected failures by hardware and software."""
    proton_flux_per_m2_s: float
    """Mean flux of trapped protons, to which their part of the rate is proportional."""
    galactic_frac: float
    """Share of cosmic rays in the failures by radiation."""

    @property
    def node_failures_per_s(self) -> float:
        """Rate of detected failures of all kinds."""
        return self.radiation_per_s + self.hardware_per_s

    def through(self, proton_flux_per_m2_s: Floats) -> Floats:
        """Return the rate of detected failures (1/s) under a proton flux; the part of cosmic rays is constant.

        The result has the shape of `proton_flux_per_m2_s`.
        """
        return self.hardware_per_s + self.radiation_per_s * self._upsets_over_mean(proton_flux_per_m2_s)

    def sdc_through(self, proton_flux_per_m2_s: Floats) -> Floats:
        """Return the rate of silent data corruptions (1/s) under a proton flux, of the same shape."""
        return self.sdc_per_s * self._upsets_over_mean(proton_flux_per_m2_s)

    def _upsets_over_mean(self, proton_flux_per_m2_s: Floats) -> Floats:
        """Return the rate of upsets over its mean: cosmic rays are constant, trapped protons follow their flux."""
        by_place = proton_flux_per_m2_s / max(self.proton_flux_per_m2_s, 1e-30)
        return self.galactic_frac + (1.0 - self.galactic_frac) * by_place


def hazards(scenario: Scenario, shell: ShellExposure, accelerators: int) -> Hazards:
    """Return the failure rates of one satellite of a shell with a number of `accelerators`."""
    failures = scenario.workload.failures
    return Hazards(
        radiation_per_s=shell.due_per_sat_year / JULIAN_YEAR_S,
        sdc_per_s=shell.sdc_per_sat_year / JULIAN_YEAR_S,
        hardware_per_s=accelerators * failures.interruptions_per_accelerator_year / JULIAN_YEAR_S,
        proton_flux_per_m2_s=shell.proton_flux_per_m2_s,
        galactic_frac=shell.galactic_frac,
    )


SETTLED_S = 3.0 * 3600.0
"""Time after which the temperatures no longer depend on the initial state."""
WATCHED_PER_SHELL = 2
"""Number of satellites of each shell from which thermal cycles are sampled."""
MIN_SWING_K = 1.0
"""Temperature swing below which thermal cycles wear nothing out."""


@dataclass(frozen=True)
class ShellWear:
    """Thermal cycling of the computers of one shell."""

    shell: str
    swing_k: float
    """Swing of the electronics temperature through a day, mean over the watched satellites."""
    cycles_per_day: float
    """Thermal cycles per day: one each orbit."""
    lasts_s: float | None
    """Time after which 63 % of the boards have failed by thermal cycles; None where the swing wears nothing out."""

    def failed_frac(self, age_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of the boards that thermal cycles have ended by some ages (s), of the same shape."""
        if self.lasts_s is None:
            return np.zeros_like(age_s)
        return np.asarray(worn_by_cycles_frac(age_s, self.lasts_s, CYCLE_SHAPE), np.float64)


@dataclass(frozen=True)
class ThermalWear:
    """Thermal cycling of the computers of a fleet."""

    swing_k: float
    """Swing of the electronics temperature through a day, median over the fleet's satellites."""
    cycles_per_day: float
    """Thermal cycles per day, median over the fleet's satellites."""
    worn_out_frac: float
    """Share of the boards that thermal cycles end within the design life, mean over the fleet's satellites."""
    shells: tuple[ShellWear, ...]


def watched_satellites(layout: Layout) -> list[SatelliteRef]:
    """Return the satellites from which the thermal cycles of the fleet are sampled: some of each shell."""
    return [ref for shell in range(len(layout.shells)) for ref in layout.spread(WATCHED_PER_SHELL, [shell])]


def thermal_wear(scenario: Scenario, layout: Layout, samples: SampleHistory) -> ThermalWear:
    """Return the wear by thermal cycles from a day of the watched satellites."""
    refs = watched_satellites(layout)
    history = samples.select(refs, SETTLED_S, DAY_S - SETTLED_S)
    swings_k = np.ptp(history.electronics_temp_k, axis=0)
    shell_of = np.array([layout.layers[ref.layer].shell for ref in refs])
    shells = []
    for number, shell in enumerate(layout.shells):
        swing_k = float(swings_k[shell_of == number].mean())
        shells.append(shell_wear(scenario, shell.name, swing_k, DAY_S / float(period_s(shell.layers[0].radius_m))))
    n_sats = np.array([shell.n_sats for shell in layout.shells])
    ended = [float(one.failed_frac(np.array(scenario.design.life_s))) for one in shells]
    return ThermalWear(
        _median([one.swing_k for one in shells], n_sats),
        _median([one.cycles_per_day for one in shells], n_sats),
        float(np.average(ended, weights=n_sats)),
        tuple(shells),
    )


def shell_wear(scenario: Scenario, shell: str, swing_k: float, cycles_per_day: float) -> ShellWear:
    """Return the wear of boards whose temperature swings by `swing_k` on each of `cycles_per_day` cycles."""
    if swing_k < MIN_SWING_K or cycles_per_day <= 0.0:
        return ShellWear(shell, swing_k, cycles_per_day, None)
    failures = scenario.workload.failures
    cycles = cycles_to_failure(swing_k, failures.thermal_cycles, REFERENCE_SWING_K, failures.thermal_exponent)
    return ShellWear(shell, swing_k, cycles_per_day, float(cycles) / cycles_per_day * DAY_S)


def _median(values: list[float], weights: NDArray[np.int64]) -> float:
    """Return the median of values that stand for a number of satellites each."""
    order = np.argsort(values)
    half = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
    return float(values[int(order[half])])


def stopped_frac(scenario: Scenario, accelerators: int) -> float:
    """Return the share of a satellite's `accelerators` that one node failure stops: those that reboot together."""
    return min(1.0, scenario.workload.failures.reboot_together / accelerators)


@dataclass(frozen=True)
class Availability:
    """Availability of a fleet's computers, and the causes of unavailability."""

    reboots_frac: float
    """Share of time lost to reboots after node failures."""
    storms_frac: float
    """Share of time lost to solar storms."""
    batch_faults_frac: float
    """Share of the computers lost to faults of a batch, mean over time."""
    available_frac: float
    """Share of the computers that are up, mean over time."""


def shell_availability(scenario: Scenario, each: Hazards, accelerators: int) -> Availability:
    """Return the availability of satellites with these failure rates, each with a number of `accelerators`.

    Reboots are independent and stop the accelerators that reboot together; storms stop all satellites at the same time,
    and batch faults a share of them. Permanent losses belong to the build-out and are not counted here.
    """
    failures = scenario.workload.failures
    mean_s = 1.0 / max(each.node_failures_per_s * stopped_frac(scenario, accelerators), 1e-30)
    reboots = 1.0 - float(availability_frac(mean_s, failures.reboot_s))
    storms = min(1.0, failures.storms_per_year * failures.storm_s / JULIAN_YEAR_S)
    batches = min(1.0, failures.batch_faults_per_year * failures.batch_frac * failures.batch_time_s / JULIAN_YEAR_S)
    return Availability(reboots, storms, batches, (1.0 - reboots) * (1.0 - storms) * (1.0 - batches))


def fleet_availability(scenario: Scenario, exposure: Exposure) -> Availability:
    """Return the availability of the whole fleet, averaged over its shells by number of satellites."""
    n = max(1, exposure.accelerators)
    found = [shell_availability(scenario, hazards(scenario, shell, n), n) for shell in exposure.shells]
    weights = [shell.n_sats for shell in exposure.shells]

    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for one in found], weights=weights))

    return Availability(*(mean(one.name) for one in fields(Availability)))
