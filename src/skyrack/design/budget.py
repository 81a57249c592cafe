"""Document of a sized satellite: verdict, requirements, mass budget, sensitivities, parts and sources."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.design.built_satellite import BuiltSatellite
from skyrack.design.inputs import Inputs
from skyrack.design.sizing import Sizing
from skyrack.scenario import Scenario
from skyrack.scenario.design import PARTS


@dataclass(frozen=True)
class RequirementRow:
    """One requirement of the satellite as written."""

    name: str
    unit: str
    needed: float
    given: float
    why: str
    ratio: float | None
    """Ratio of given to needed; None where nothing is needed."""


@dataclass(frozen=True)
class BudgetLine:
    """One subsystem of the sized satellite."""

    subsystem: str
    mass_kg: float
    price_usd: float
    basis: str
    mass_kg_per_kw: float
    price_usd_per_w: float


@dataclass(frozen=True)
class SensitivityRow:
    """Change of the wet mass for an improvement of one input by a tenth."""

    name: str
    wet_mass_change_kg: float


@dataclass(frozen=True)
class ShellMass:
    """Mass of the satellite sized for one shell."""

    name: str
    altitude_m: float
    wet_mass_kg: float


@dataclass(frozen=True)
class ChosenPart:
    """Catalogue part used by the design, with its figures and their sources."""

    kind: str
    name: str
    title: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class SatelliteBudget:
    """One satellite part by part; masses in kg, powers in W, prices in USD without launch."""

    compute_peak_w: float
    accelerators: int
    array_area_m2: float
    array_rated_w: float
    battery_capacity_j: float
    radiator_area_m2: float
    bus_w: float
    shielding_mm: float
    wet_mass_kg: float
    dry_mass_kg: float
    propellant_kg: float
    parts_mass_kg: float
    """Wet mass of the parts; another one than `wet_mass_kg` where a mass is announced."""
    speed_m_per_s: float
    drag_speed_m_per_s: float
    power_per_mass_w_per_kg: float
    price_usd: float
    price_usd_per_w: float
    stowed_m3: float
    budget: tuple[BudgetLine, ...]


def satellite_budget(built: BuiltSatellite, given: Inputs) -> SatelliteBudget:
    """Return the document of one satellite."""
    peak_w = given.compute_peak_w or math.inf  # without compute, figures per watt are 0
    return SatelliteBudget(
        compute_peak_w=given.compute_peak_w,
        accelerators=built.accelerators,
        array_area_m2=built.sizes.array_area_m2,
        array_rated_w=built.array_rated_w,
        battery_capacity_j=built.sizes.battery_capacity_j,
        radiator_area_m2=built.sizes.radiator_area_m2,
        bus_w=built.sizes.bus_w,
        shielding_mm=built.sizes.shielding_mm,
        wet_mass_kg=built.wet_kg,
        dry_mass_kg=built.dry_kg,
        propellant_kg=built.propellant_kg,
        parts_mass_kg=built.parts_wet_kg,
        speed_m_per_s=built.speed_m_per_s,
        drag_speed_m_per_s=built.drag_speed_m_per_s,
        power_per_mass_w_per_kg=given.compute_peak_w / built.wet_kg,
        price_usd=built.price_usd,
        price_usd_per_w=built.price_usd / peak_w,
        stowed_m3=built.stowed_m3,
        budget=tuple(
            BudgetLine(
                line.subsystem,
                line.mass_kg,
                line.price_usd,
                line.basis,
                line.mass_kg / peak_w * 1e3,
                line.price_usd / peak_w,
            )
            for line in built.lines
        ),
    )


CALIBRATION_FRAC = {"Starlink V2 mini optimised": 0.05, "Starlink V2 mini": -0.25, "Starlink V3": -0.3}
"""Mass of the parts over that of a whole satellite that flies, less one: its array, battery and bus without computers.
Antennas are no part of Skyrack's. The reference tests compute it from facts sx.starlink.*."""


@dataclass(frozen=True)
class Budget:
    """Document that `skyrack size --json` prints; masses in kg, powers in W, prices in USD without launch."""

    name: str
    closes: bool
    cells_kept: bool
    binding: str
    shell: str
    altitude_m: float
    life_s: float
    life_years: float
    satellite: SatelliteBudget
    heat_w: float
    radiator_k: float
    longest_eclipse_s: float
    requirements: tuple[RequirementRow, ...]
    sensitivities: tuple[SensitivityRow, ...]
    shells: tuple[ShellMass, ...]
    parts: tuple[ChosenPart, ...]
    calibration_frac: dict[str, float]
    """Error of the mass of whole satellites that fly, from their parts, by satellite."""


def budget_of(scenario: Scenario, sizing: Sizing) -> Budget:
    """Return the document of a sized satellite."""
    closed, given = sizing.closure, sizing.inputs
    return Budget(
        name=scenario.name,
        closes=sizing.closes,
        cells_kept=sizing.cells_kept,
        binding=sizing.binding.name,
        shell=closed.shell,
        altitude_m=closed.built.altitude_m,
        life_s=given.life_s,
        life_years=given.life_s / JULIAN_YEAR_S,
        satellite=satellite_budget(closed.built, given),
        heat_w=closed.heat_w,
        radiator_k=closed.radiator_k,
        longest_eclipse_s=closed.longest_dark_s,
        requirements=tuple(
            RequirementRow(
                one.name, one.unit, one.needed, one.given, one.why, one.ratio if math.isfinite(one.ratio) else None
            )
            for one in sizing.requirements
        ),
        sensitivities=tuple(SensitivityRow(name, change_kg) for name, change_kg in sizing.sensitivities),
        shells=tuple(ShellMass(other.shell, other.built.altitude_m, other.built.wet_kg) for other in sizing.shells),
        calibration_frac=CALIBRATION_FRAC,
        parts=tuple(_part(scenario, key, kind) for key, kind in PARTS.items()),
    )


def _part(scenario: Scenario, key: str, kind: Any) -> ChosenPart:
    chosen = part(kind, getattr(scenario.design, key))
    figures = {name: vars(figure) for name, figure in chosen.figures.items()}
    return ChosenPart(chosen.kind, chosen.name, chosen.title, figures)
