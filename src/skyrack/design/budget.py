"""A closed satellite as plain data: verdict, needs, budget, movers, parts and where their numbers are from."""

from __future__ import annotations

import math
from typing import Any

from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.design.sizing import Sizing
from skyrack.scenario import Scenario
from skyrack.scenario.design import PARTS


def budget_of(scenario: Scenario, found: Sizing) -> dict[str, Any]:
    """The document that `skyrack size --json` prints; masses in kg, powers in W, prices in USD without launch."""
    closed, given = found.closure, found.inputs
    peak_w = given.compute_peak_w or math.inf  # without compute nothing is counted for each kilowatt of it
    chosen = [part(kind, getattr(scenario.design, key)) for key, kind in PARTS.items()]
    return {
        "name": scenario.name,
        "closes": found.closes,
        "cells_kept": found.cells_kept,
        "binding": found.binding.name,
        "shell": closed.shell,
        "altitude_m": closed.altitude_m,
        "life_s": given.life_s,
        "life_years": given.life_s / JULIAN_YEAR_S,
        "compute_peak_w": given.compute_peak_w,
        "accelerators": closed.accelerators,
        "wet_mass_kg": closed.wet_kg,
        "dry_mass_kg": closed.dry_kg,
        "propellant_kg": closed.propellant_kg,
        "speed_m_per_s": closed.speed_m_per_s,
        "drag_speed_m_per_s": closed.drag_speed_m_per_s,
        "power_per_mass_w_per_kg": given.compute_peak_w / closed.wet_kg,
        "price_usd": closed.price_usd,
        "price_usd_per_w": closed.price_usd / peak_w,
        "stowed_m3": closed.stowed_m3,
        "array_rated_w": closed.array_rated_w,
        "heat_w": closed.heat_w,
        "radiator_k": closed.radiator_k,
        "longest_eclipse_s": closed.longest_dark_s,
        "shield_mm": closed.shield_mm,
        "needs": [vars(need) | {"ratio": need.ratio if math.isfinite(need.ratio) else None} for need in found.needs],
        "budget": [
            vars(line)
            | {
                "mass_kg_per_kw": line.mass_kg / peak_w * 1e3,
                "price_usd_per_w": line.price_usd / peak_w,
            }
            for line in closed.lines
        ],
        "movers": [{"name": name, "wet_mass_change_kg": change} for name, change in found.movers],
        "shells": [
            {"name": other.shell, "altitude_m": other.altitude_m, "wet_mass_kg": other.wet_kg} for other in found.shells
        ],
        "parts": [
            {
                "kind": chosen_part.kind,
                "name": chosen_part.name,
                "title": chosen_part.title,
                "figures": {name: vars(figure) for name, figure in chosen_part.figures.items()},
            }
            for chosen_part in chosen
        ],
    }
