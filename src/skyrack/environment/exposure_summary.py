"""Radiation exposure of a fleet: doses, SDC and DUE, solar storms, and the proton flux over the globe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part, parts
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.environment.figures import ExposureFigures
from skyrack.environment.radiation_environment import RadiationEnvironment, proton_flux
from skyrack.environment.trapped_radiation import MIN_ALTITUDE_M, exposure, from_afar
from skyrack.orbits.layout import Layer, Layout, ShellLayout
from skyrack.physics.radiation import PROTONS_PER_M2_GY, event_rate_per_s, uncorrected_per_s
from skyrack.results.run_folder import RunFolder
from skyrack.scenario import Scenario

MAP_DEG = 3.0
SDC = "silent data corruption"


@dataclass(frozen=True)
class GlobeMap:
    """A quantity over the globe, (latitude, longitude)."""

    latitudes_deg: Any
    longitudes_deg: Any
    values: Any

    @classmethod
    def of_proton_flux(cls, environment: RadiationEnvironment, altitude_m: float) -> GlobeMap:
        """Return the flux of trapped protons above 30 MeV (1/m2/s) at an altitude, for the present belts."""
        latitudes, longitudes = np.arange(-84.0, 84.1, MAP_DEG), np.arange(-180.0, 180.1, MAP_DEG)
        latitude, longitude = np.meshgrid(np.radians(latitudes), np.radians(longitudes), indexing="ij")
        return cls(latitudes, longitudes, proton_flux(environment, latitude, longitude, altitude_m))


@dataclass(frozen=True)
class ShellExposure:
    """Radiation exposure of one satellite of a shell; doses and errors are per year unless stated otherwise."""

    name: str
    kind: str
    n_sats: int
    altitude_m: float
    shielding_mm: float
    is_within_limit: bool
    """True if the mission dose stays under the design's limit."""
    is_below_tables: bool
    """True if the shell is below the lowest altitude of the radiation tables, whose values are then used."""
    dose_per_year_gy: float
    mission_dose_gy: float
    """Mission dose of the most exposed layer, for which the dose limit holds."""
    proton_dose_per_year_gy: float
    galactic_dose_per_year_gy: float
    galactic_frac: float
    """Share of cosmic rays in the dose that upsets electronics."""
    storm_frac: float
    """Share of a solar event's protons that reaches the shell through the geomagnetic field."""
    proton_flux_per_m2_s: float
    proton_flux_max_per_m2_s: float
    burst_frac: float
    """Share of the time in which nine tenths of the protons arrive."""
    sdc_per_sat_year: float
    due_per_sat_year: float
    due_per_proton_m2: float
    """Detected unrecoverable errors for each proton above 30 MeV and square metre."""
    events_per_sat_year: dict[str, float]


@dataclass(frozen=True)
class StormLevel:
    """A solar event of one probability."""

    dose_gy: float
    due_per_sat: float


@dataclass(frozen=True)
class StormExposure:
    """Solar energetic particle events in the shell that they reach most."""

    reaches_frac: float
    levels: dict[str, StormLevel]


@dataclass(frozen=True)
class FluxMap:
    """Trapped proton flux over the globe at the lowest shell."""

    shell: str
    burst_frac: float
    altitude_m: float
    latitudes_deg: Any
    longitudes_deg: Any
    proton_flux_per_m2_s: Any


@dataclass(frozen=True)
class Exposure:
    """Radiation exposure of a fleet: the content of radiation.json."""

    dose_limit_gy: float
    n_shells_within_limit: int
    accelerators: int
    """Accelerators of one satellite."""
    accelerator: str
    upsets: str
    """Title of the upset model."""
    onset_gy: float
    survived_gy: float
    figures: ExposureFigures
    shells: tuple[ShellExposure, ...]
    storm: StormExposure
    devices: tuple[dict[str, Any], ...]
    map: FluxMap

    def of_shell(self, name: str) -> ShellExposure:
        """Return the exposure of one shell; KeyError for an unknown name."""
        return {shell.name: shell for shell in self.shells}[name]

    def write(self, folder: RunFolder) -> None:
        """Write radiation.json to a run folder."""
        folder.write_json("radiation.json", self)


def expose(scenario: Scenario, layout: Layout, shielding_mm: float, accelerators: int) -> Exposure:
    """Return the radiation exposure of satellites with `accelerators` each, behind `shielding_mm` of aluminium."""
    rates = events_per_gray(scenario, accelerators)
    rows = tuple(_shell(scenario, shell, shielding_mm, rates) for shell in layout.shells)
    weights = np.array([shell.n_sats for shell in rows], float)

    def mean(name: str) -> float:
        return float(np.average([getattr(row, name) for row in rows], weights=weights))

    upsets = part("upsets", scenario.design.upsets)
    return Exposure(
        dose_limit_gy=scenario.design.dose_limit_gy,
        n_shells_within_limit=sum(row.is_within_limit for row in rows),
        accelerators=accelerators,
        accelerator=scenario.design.accelerator,
        upsets=upsets.title,
        onset_gy=upsets["onset_gy"],
        survived_gy=upsets["survived_gy"],
        figures=ExposureFigures(
            dose_per_year_gy=mean("dose_per_year_gy"),
            mission_dose_max_gy=max(row.mission_dose_gy for row in rows),
            sdc_per_sat_year=mean("sdc_per_sat_year"),
            due_per_sat_year=mean("due_per_sat_year"),
        ),
        shells=rows,
        storm=_storm(rows, rates),
        devices=tuple(_devices(scenario, mean("proton_flux_per_m2_s"))),
        map=_map(scenario.environment.radiation, min(rows, key=lambda row: row.altitude_m)),
    )


def events_per_gray(scenario: Scenario, accelerators: int) -> dict[str, float]:
    """Return the events of one satellite per gray of protons: SDC, and each kind of detected unrecoverable error."""
    upsets = part("upsets", scenario.design.upsets)
    hosts = accelerators / upsets["accelerators_per_host"]
    return {
        SDC: accelerators * float(event_rate_per_s(1.0, upsets["silent_error_gy"])),
        "memory errors": accelerators * float(event_rate_per_s(1.0, upsets["memory_error_gy"])),
        "accelerator resets": accelerators * float(event_rate_per_s(1.0, upsets["accelerator_reset_gy"])),
        "host crashes": hosts * float(event_rate_per_s(1.0, upsets["host_crash_gy"])),
        "host memory crashes": hosts * float(event_rate_per_s(1.0, upsets["host_memory_crash_gy"])),
    }


def _shell(scenario: Scenario, shell: ShellLayout, shielding_mm: float, rates: dict[str, float]) -> ShellExposure:
    years, belts = scenario.design.life_s / JULIAN_YEAR_S, scenario.environment.radiation
    found = [exposure(belts, layer.radius_m, layer.inclination_rad, shielding_mm) for layer in shell.layers]
    weights = [layer.n_sats for layer in shell.layers]

    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for one in found], weights=weights))

    # the dose limit holds for the most exposed layer; rates of errors are those of the mean satellite
    dose_gy = max(one.dose_gy_per_year for one in found)
    proton_gy = mean("proton_dose_gy_per_year")
    afar = [from_afar(layer.radius_m, layer.inclination_rad) for layer in shell.layers]
    let_in = float(np.average([one.galactic_frac for one in afar], weights=weights))
    galactic_gy = scenario.workload.failures.galactic_gy * let_in
    upsetting_gy = proton_gy + galactic_gy
    detected = _detected(rates)
    flux = mean("proton_flux_per_m2_s")
    return ShellExposure(
        name=shell.name,
        kind=shell.kind,
        n_sats=shell.n_sats,
        altitude_m=shell.altitude_m,
        shielding_mm=shielding_mm,
        is_within_limit=years * dose_gy <= scenario.design.dose_limit_gy,
        is_below_tables=shell.altitude_m < MIN_ALTITUDE_M,
        dose_per_year_gy=mean("dose_gy_per_year"),
        mission_dose_gy=years * dose_gy,
        proton_dose_per_year_gy=proton_gy,
        galactic_dose_per_year_gy=galactic_gy,
        galactic_frac=galactic_gy / upsetting_gy if upsetting_gy > 0.0 else 0.0,
        storm_frac=float(np.average([one.storm_frac for one in afar], weights=weights)),
        proton_flux_per_m2_s=flux,
        proton_flux_max_per_m2_s=max(one.proton_flux_most_per_m2_s for one in found),
        burst_frac=mean("burst_frac"),
        sdc_per_sat_year=rates[SDC] * upsetting_gy,
        due_per_sat_year=detected * upsetting_gy,
        due_per_proton_m2=detected * proton_gy / max(flux * JULIAN_YEAR_S, 1e-30),
        events_per_sat_year={kind: rate * upsetting_gy for kind, rate in rates.items()},
    )


STORM_LOG10, STORM_SPREAD = 7.42, 1.2
"""Logarithm of the fluence of protons above 30 MeV in a solar event, per square centimetre, and its deviation: the JPL-1991
model (Feynman et al., J. Geophys. Res. 98 (1993) 13281, recalled)."""
STORM_LEVELS = {"median": 0.0, "one in ten": 1.2816, "one in a hundred": 2.3263}


def _devices(scenario: Scenario, flux_per_m2_s: float) -> list[dict[str, Any]]:
    """Return the events per year of known devices at the fleet's mean flux of protons above 30 MeV, without shielding.

    Memory has single-error correction per word and is scrubbed. Uncorrected errors, by two upsets of a word between two
    scrubs or by one multiple-bit upset, are given per gibibyte.
    """
    memory = scenario.workload.failures
    rows = []
    for device in parts("devices").values():
        row: dict[str, Any] = {"name": device.name, "title": device.title}
        for key, figure in device.figures.items():
            if key.endswith("_m2"):
                row[f"{key.removesuffix('_m2')}s_per_year"] = figure.value * flux_per_m2_s * JULIAN_YEAR_S
        each_bit = device.get("upset_m2_per_bit")
        if each_bit is not None:
            per_s = each_bit * flux_per_m2_s
            word = float(
                uncorrected_per_s(per_s, WORD_BITS, memory.scrub_s, device["multiple_frac"] * memory.same_word_frac)
            )
            row["upsets_per_gib_year"] = per_s * 8.0 * GIB * JULIAN_YEAR_S
            row["uncorrected_per_gib_year"] = word * 8.0 * GIB / WORD_BITS * JULIAN_YEAR_S
        rows.append(row)
    return rows


WORD_BITS, GIB = 64.0, 2.0**30


def _storm(rows: tuple[ShellExposure, ...], rates: dict[str, float]) -> StormExposure:
    """Return doses and errors of a solar event in the most exposed shell, behind about 4 mm of aluminium."""
    open_frac = max(row.storm_frac for row in rows)
    detected = _detected(rates)
    doses_gy = {name: _storm_gy(name) * open_frac for name in STORM_LEVELS}
    return StormExposure(open_frac, {name: StormLevel(gy, gy * detected) for name, gy in doses_gy.items()})


def _detected(rates: dict[str, float]) -> float:
    return sum(rate for kind, rate in rates.items() if kind != SDC)


def _storm_gy(level: str) -> float:
    """Return the dose (Gy) of a whole solar event without geomagnetic shielding."""
    return float(10.0 ** (STORM_LOG10 + STORM_SPREAD * STORM_LEVELS[level]) * 1e4 / PROTONS_PER_M2_GY)


def storm_errors(scenario: Scenario, layers: Sequence[Layer], accelerators: int, level: str) -> NDArray[np.float64]:
    """Return the detected errors that a whole solar event of one of `STORM_LEVELS` causes in a satellite of each layer."""
    per_gray = _detected(events_per_gray(scenario, accelerators))
    let_in = np.array([from_afar(layer.radius_m, layer.inclination_rad).storm_frac for layer in layers])
    return _storm_gy(level) * per_gray * let_in


def _map(environment: RadiationEnvironment, lowest: ShellExposure) -> FluxMap:
    found = GlobeMap.of_proton_flux(environment, lowest.altitude_m)
    return FluxMap(
        shell=lowest.name,
        burst_frac=lowest.burst_frac,
        altitude_m=lowest.altitude_m,
        latitudes_deg=found.latitudes_deg,
        longitudes_deg=found.longitudes_deg,
        proton_flux_per_m2_s=np.round(found.values, 1),
    )
