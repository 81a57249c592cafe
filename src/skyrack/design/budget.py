"""A sized satellite as one document: verdict, requirements, mass budget, sensitivities, parts and sources."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
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
    """Given over needed; None where nothing is needed."""


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
    """Change of the mass at launch for a tenth for the better in one input."""

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
    """A part of the catalogue that the design takes, with its figures and their sources."""

    kind: str
    name: str
    title: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Budget:
    """The document that `skyrack size --json` prints; masses in kg, powers in W, prices in USD without launch."""

    name: str
    closes: bool
    cells_kept: bool
    binding: str
    shell: str
    altitude_m: float
    life_s: float
    life_years: float
    compute_peak_w: float
    accelerators: int
    wet_mass_kg: float
    dry_mass_kg: float
    propellant_kg: float
    speed_m_per_s: float
    drag_speed_m_per_s: float
    power_per_mass_w_per_kg: float
    price_usd: float
    price_usd_per_w: float
    stowed_m3: float
    array_rated_w: float
    heat_w: float
    radiator_k: float
    longest_eclipse_s: float
    shielding_mm: float | None
    requirements: tuple[RequirementRow, ...]
    budget: tuple[BudgetLine, ...]
    sensitivities: tuple[SensitivityRow, ...]
    shells: tuple[ShellMass, ...]
    parts: tuple[ChosenPart, ...]


def budget_of(scenario: Scenario, sizing: Sizing) -> Budget:
    """Return the document of a sized satellite."""
    closed, given = sizing.closure, sizing.inputs
    peak_w = given.compute_peak_w or math.inf  # without compute nothing is counted for each kilowatt of it
    return Budget(
        name=scenario.name,
        closes=sizing.closes,
        cells_kept=sizing.cells_kept,
        binding=sizing.binding.name,
        shell=closed.shell,
        altitude_m=closed.altitude_m,
        life_s=given.life_s,
        life_years=given.life_s / JULIAN_YEAR_S,
        compute_peak_w=given.compute_peak_w,
        accelerators=closed.accelerators,
        wet_mass_kg=closed.wet_kg,
        dry_mass_kg=closed.dry_kg,
        propellant_kg=closed.propellant_kg,
        speed_m_per_s=closed.speed_m_per_s,
        drag_speed_m_per_s=closed.drag_speed_m_per_s,
        power_per_mass_w_per_kg=given.compute_peak_w / closed.wet_kg,
        price_usd=closed.price_usd,
        price_usd_per_w=closed.price_usd / peak_w,
        stowed_m3=closed.stowed_m3,
        array_rated_w=closed.array_rated_w,
        heat_w=closed.heat_w,
        radiator_k=closed.radiator_k,
        longest_eclipse_s=closed.longest_dark_s,
        shielding_mm=closed.shielding_mm,
        requirements=tuple(
            RequirementRow(
                one.name, one.unit, one.needed, one.given, one.why, one.ratio if math.isfinite(one.ratio) else None
            )
            for one in sizing.requirements
        ),
        budget=tuple(
            BudgetLine(
                line.subsystem,
                line.mass_kg,
                line.price_usd,
                line.basis,
                line.mass_kg / peak_w * 1e3,
                line.price_usd / peak_w,
            )
            for line in closed.lines
        ),
        sensitivities=tuple(SensitivityRow(name, change_kg) for name, change_kg in sizing.sensitivities),
        shells=tuple(ShellMass(other.shell, other.altitude_m, other.wet_kg) for other in sizing.shells),
        parts=tuple(_part(scenario, key, kind) for key, kind in PARTS.items()),
    )


def _part(scenario: Scenario, key: str, kind: Any) -> ChosenPart:
    chosen = part(kind, getattr(scenario.design, key))
    figures = {name: vars(figure) for name, figure in chosen.figures.items()}
    return ChosenPart(chosen.kind, chosen.name, chosen.title, figures)
