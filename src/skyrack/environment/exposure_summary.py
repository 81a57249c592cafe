"""What trapped radiation brings to a fleet: doses, errors, resets, and where on the globe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part, parts
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.environment.radiation_environment import RadiationEnvironment, proton_flux
from skyrack.environment.shielding import THICKNESSES_MM, thickness_mm
from skyrack.environment.trapped_radiation import Exposure, exposure, from_afar
from skyrack.orbits.layout import Layer, ShellDesign
from skyrack.physics.radiation import PROTONS_PER_M2_GY, event_rate_per_s, uncorrected_per_s
from skyrack.scenario import Scenario

FIGURES = ("dose_per_year_gy", "dose_of_life_most_gy", "silent_errors_per_sat_year", "interruptions_per_sat_year")
"""Figures of the summary that come from here."""
MAP_DEG = 3.0
LOWEST_M = 300e3
"""Lower than this, values are those of the tables' lowest altitude."""


def radiation(scenario: Scenario, shells: tuple[ShellDesign, ...], design: dict[str, Any]) -> dict[str, Any]:
    """The document kept as radiation.json, for the accelerators of the satellite that closes.

    Each shell has the thinnest wall that keeps the dose of a life under the design's limit there, or the thickest one where
    none does.
    """
    rates = events_per_gray(scenario, design["accelerators"])
    rows = [_shell(scenario, shell, rates) for shell in shells]
    weights = np.array([shell.n_sats for shell in shells], float)

    def mean(name: str) -> float:
        return float(np.average([row[name] for row in rows], weights=weights))

    upsets = part("upsets", scenario.design.upsets)
    lowest = min(shells, key=lambda shell: shell.altitude_m)
    return {
        "dose_limit_gy": scenario.design.dose_limit_gy,
        "n_shells_within_limit": sum(row["is_within_limit"] for row in rows),
        "accelerators": design["accelerators"],
        "accelerator": scenario.design.accelerator,
        "upsets": upsets.title,
        "onset_gy": upsets["onset_gy"],
        "survived_gy": upsets["survived_gy"],
        "dose_per_year_gy": mean("dose_per_year_gy"),
        "dose_of_life_most_gy": max(row["dose_of_life_gy"] for row in rows),
        "silent_errors_per_sat_year": mean("silent_errors_per_sat_year"),
        "interruptions_per_sat_year": mean("interruptions_per_sat_year"),
        "shells": rows,
        "storm": _storm(rows, rates),
        "devices": _devices(scenario, float(mean("proton_flux_per_m2_s"))),
        "map": _map(scenario.environment.radiation, lowest, rows[shells.index(lowest)]),
    }


def events_per_gray(scenario: Scenario, accelerators: int) -> dict[str, float]:
    """Events of one satellite for each gray of protons: results silently wrong, and what interrupts work."""
    upsets = part("upsets", scenario.design.upsets)
    hosts = accelerators / upsets["accelerators_per_host"]
    return {
        "silent errors": accelerators * float(event_rate_per_s(1.0, upsets["silent_error_gy"])),
        "memory errors": accelerators * float(event_rate_per_s(1.0, upsets["memory_error_gy"])),
        "accelerator resets": accelerators * float(event_rate_per_s(1.0, upsets["accelerator_reset_gy"])),
        "host crashes": hosts * float(event_rate_per_s(1.0, upsets["host_crash_gy"])),
        "host memory crashes": hosts * float(event_rate_per_s(1.0, upsets["host_memory_crash_gy"])),
    }


def _shell(scenario: Scenario, shell: ShellDesign, rates: dict[str, float]) -> dict[str, Any]:
    years, belts = scenario.design.life_s / JULIAN_YEAR_S, scenario.environment.radiation
    walls_mm = [
        thickness_mm(belts, shell.altitude_m, layer.inclination_rad, years, scenario.design.dose_limit_gy)
        for layer in shell.layers
    ]
    is_within = None not in walls_mm
    wall_mm = max(wall for wall in walls_mm if wall is not None) if is_within else float(THICKNESSES_MM[-1])
    found: list[tuple[int, Exposure]] = [
        (layer.n_sats, exposure(belts, layer.radius_m, layer.inclination_rad, wall_mm)) for layer in shell.layers
    ]
    weights = [n for n, _ in found]

    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for _, one in found], weights=weights))

    proton_gy = mean("proton_dose_gy_per_year")
    afar = [from_afar(layer.radius_m, layer.inclination_rad) for layer in shell.layers]
    let_in = float(np.average([one.galactic_frac for one in afar], weights=weights))
    galactic_gy = scenario.workload.failures.galactic_gy * let_in
    upsetting_gy = proton_gy + galactic_gy
    interrupted = _interrupting(rates)
    return {
        "name": shell.name,
        "kind": shell.kind,
        "n_sats": shell.n_sats,
        "altitude_m": shell.altitude_m,
        "wall_mm": wall_mm,
        "is_within_limit": is_within,
        "is_below_tables": shell.altitude_m < LOWEST_M,
        "dose_per_year_gy": mean("dose_gy_per_year"),
        "dose_of_life_gy": years * mean("dose_gy_per_year"),
        "proton_dose_per_year_gy": proton_gy,
        "galactic_dose_per_year_gy": galactic_gy,
        "galactic_frac": galactic_gy / upsetting_gy if upsetting_gy > 0.0 else 0.0,
        "storm_frac": float(np.average([one.storm_frac for one in afar], weights=weights)),
        "proton_flux_per_m2_s": mean("proton_flux_per_m2_s"),
        "proton_flux_most_per_m2_s": max(one.proton_flux_most_per_m2_s for _, one in found),
        "burst_frac": mean("burst_frac"),
        "silent_errors_per_sat_year": rates["silent errors"] * upsetting_gy,
        "interruptions_per_sat_year": interrupted * upsetting_gy,
        "interruptions_per_proton_m2": interrupted
        * proton_gy
        / max(mean("proton_flux_per_m2_s") * JULIAN_YEAR_S, 1e-30),
        "events_per_sat_year": {kind: rate * upsetting_gy for kind, rate in rates.items()},
    }


STORM_LOG10, STORM_SPREAD = 7.42, 1.2
"""Logarithm of the fluence of protons above 30 MeV in a solar event, per square centimetre, and its deviation: the JPL-1991
model (Feynman et al., J. Geophys. Res. 98 (1993) 13281, recalled)."""
STORM_LEVELS = {"median": 0.0, "one in ten": 1.2816, "one in a hundred": 2.3263}


def _devices(scenario: Scenario, flux_per_m2_s: float) -> list[dict[str, Any]]:
    """Events of known devices in a year at the fleet's mean flux of protons above 30 MeV, without a wall.

    Memory is guarded word by word against one wrong bit and scrubbed; what two upsets between two scrubs or one upset of
    several bits leave wrong stands for a gibibyte.
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


def _storm(rows: list[dict[str, Any]], rates: dict[str, float]) -> dict[str, Any]:
    """Doses and interruptions of a solar event in the shell that gets most of it, behind about four millimetres."""
    open_frac = max(row["storm_frac"] for row in rows)
    interrupted = _interrupting(rates)
    found = {}
    for name in STORM_LEVELS:
        gy = _storm_gy(name) * open_frac
        found[name] = {"dose_gy": gy, "interruptions_per_sat": gy * interrupted}
    return {"reaches_frac": open_frac, "levels": found}


def _interrupting(rates: dict[str, float]) -> float:
    return sum(rate for kind, rate in rates.items() if kind != "silent errors")


def _storm_gy(level: str) -> float:
    """Dose of a whole solar event, where all of it is let in."""
    return float(10.0 ** (STORM_LOG10 + STORM_SPREAD * STORM_LEVELS[level]) * 1e4 / PROTONS_PER_M2_GY)


def storm_interruptions(scenario: Scenario, layers: list[Layer], accelerators: int, level: str) -> NDArray[np.float64]:
    """Interruptions that a whole solar event of one of `STORM_LEVELS` brings to a satellite of each layer."""
    per_gray = _interrupting(events_per_gray(scenario, accelerators))
    let_in = np.array([from_afar(layer.radius_m, layer.inclination_rad).storm_frac for layer in layers])
    return _storm_gy(level) * per_gray * let_in


def _map(belts: RadiationEnvironment, lowest: ShellDesign, row: dict[str, Any]) -> dict[str, Any]:
    """Protons above 30 MeV over the globe at the lowest shell, where the belts come down today."""
    latitudes = np.arange(-84.0, 84.1, MAP_DEG)
    longitudes = np.arange(-180.0, 180.1, MAP_DEG)
    latitude, longitude = np.meshgrid(np.radians(latitudes), np.radians(longitudes), indexing="ij")
    flux = proton_flux(belts, latitude, longitude, lowest.altitude_m)
    return {
        "shell": lowest.name,
        "burst_frac": row["burst_frac"],
        "altitude_m": lowest.altitude_m,
        "latitudes_deg": latitudes.tolist(),
        "longitudes_deg": longitudes.tolist(),
        "proton_flux_per_m2_s": np.round(flux, 1).tolist(),
    }
