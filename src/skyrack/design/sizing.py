"""The satellite of a scenario beside the one that would close: needs, the binding one, and what would move the mass most."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.design.annual_illumination import seasons
from skyrack.design.closure import Closure, close
from skyrack.design.inputs import Inputs, inputs_of
from skyrack.environment.shielding import THICKNESSES_MM, dose_gy
from skyrack.orbits.layout import Layer, lay_out
from skyrack.scenario import Loaded, Scenario
from skyrack.scenario.satellite import Satellite


@dataclass(frozen=True)
class Need:
    """One thing that must be large enough."""

    name: str
    unit: str
    needed: float
    given: float
    why: str

    @property
    def ratio(self) -> float:
        """Given over needed; below 1 the satellite does not close, infinite where nothing is needed."""
        return self.given / self.needed if self.needed > 0.0 else math.inf


MOVERS = {
    "cell efficiency": ("cell_efficiency_frac", 1.1),
    "mass of the array's panel": ("array_kg_per_m2", 0.9),
    "mass of the accelerators": ("accelerator_kg", 0.9),
    "mass of the radiator's panel": ("radiator_kg_per_m2", 0.9),
    "energy of the battery by mass": ("battery_j_per_kg", 1.1),
    "depth limit of the battery": ("battery_depth_frac", 1.1),
    "life": ("life_s", 0.9),
    "wear of the array": ("wear_per_year_frac", 0.9),
    "coolant drop": ("coolant_drop_k", 0.9),
    "structure": ("structure_frac", 0.9),
    "mass margin": ("mass_margin_frac", 0.9),
    "compute in the dark": ("compute_dark_w", 0.9),
    "specific impulse": ("specific_impulse_s", 1.1),
    "dose limit": ("dose_limit_gy", 1.1),
}
"""What a tenth for the better would do to the mass at launch."""


@dataclass(frozen=True)
class Sizing:
    """The satellite of the shell that asks for the heaviest one, closed, beside the one that is written."""

    written: Satellite
    closure: Closure
    inputs: Inputs
    needs: tuple[Need, ...]
    movers: tuple[tuple[str, float], ...]
    """Name, and the change of mass at launch (kg) for a tenth for the better; the largest first."""
    cells_kept: bool
    """Whether the cells' efficiency is the scenario's own, and not that of the design's cell."""
    shells: tuple[Closure, ...]
    """Every shell's own satellite."""

    @property
    def closes(self) -> bool:
        """Whether the satellite as written holds to the end of its life."""
        return all(need.ratio >= 0.999 for need in self.needs)

    @property
    def binding(self) -> Need:
        """The constraint that is nearest to failing, or fails most."""
        return min(self.needs, key=lambda need: need.ratio)

    def sized(self) -> Satellite:
        """The closed satellite as a scenario writes it; masses that store heat grow with what they belong to."""
        old, new = self.written, self.closure
        electronics_scale = self.inputs.compute_peak_w / (old.compute.peak_power_w or self.inputs.compute_peak_w or 1.0)
        radiator_scale = new.radiator_area_m2 / old.radiator.area_per_face_m2
        return old.model_copy(
            update={
                "solar_array": old.solar_array.model_copy(
                    update={
                        "area_m2": new.array_area_m2,
                        "cell_efficiency_frac": self.inputs.cell_efficiency_frac,
                        "temperature_coefficient_per_k": self.inputs.temperature_coefficient_per_k,
                    }
                ),
                "battery": _rewritten("battery", old.battery, {"capacity_j": max(new.battery_capacity_j, 1e3)}),
                "compute": old.compute.model_copy(
                    update={
                        "peak_power_w": old.compute.peak_power_w * electronics_scale,
                        "average_power_w": old.compute.average_power_w * electronics_scale,
                    }
                ),
                "bus_power_w": new.bus_w,
                "electronics": old.electronics.model_copy(
                    update={"heat_capacity_j_per_k": old.electronics.heat_capacity_j_per_k * electronics_scale}
                ),
                "radiator": _rewritten(
                    "radiator",
                    old.radiator,
                    {
                        "area_per_face_m2": new.radiator_area_m2,
                        "heat_capacity_j_per_k": old.radiator.heat_capacity_j_per_k * radiator_scale,
                        "coupling_w_per_k": new.heat_w / self.inputs.coolant_drop_k,
                        "emissivity_frac": old.radiator.emissivity_frac * self.inputs.fin_efficiency_frac,
                    },
                ),
            }
        )


def _rewritten(part: str, model: Any, numbers: dict[str, float]) -> Any:
    """A battery or radiator with other numbers; InputError where one of them is not a key of its model."""
    fields = getattr(type(model), "model_fields", {})
    fixed = next((name for name in numbers if name not in fields and numbers[name] != getattr(model, name)), None)
    if fixed is not None:
        raise InputError(
            f"satellite.{part}: {fixed} of the model {model.name!r} follows from other keys, so the sized satellite cannot "
            f"be written with it; take a {part} model whose key it is"
        )
    return model.model_copy(update={name: value for name, value in numbers.items() if name in fields})


def gives_cells(loaded: Loaded) -> bool:
    """Whether the scenario itself says how efficient its cells are; otherwise the design's cell says so."""
    written = [loaded.given, *(shell for shell in loaded.given.get("shells") or () if isinstance(shell, dict))]
    return any("cell_efficiency" in ((one.get("satellite") or {}).get("solar_array") or {}) for one in written)


def size(scenario: Scenario, *, keep_cells: bool) -> Sizing:
    """Close the satellite of every shell; the heaviest is the one to build."""
    epoch_tt_s = tt_since_j2000_s(scenario.epoch)
    tried = []
    for shell in lay_out(scenario):
        layer, given = shell.layers[0], inputs_of(scenario, shell.satellite, keep_cells=keep_cells)
        year = seasons(layer, epoch_tt_s, scenario.environment.shadow)
        tried.append((close(shell.name, layer, year, given), layer, year, given, shell.satellite))
    closure, layer, year, given, satellite = max(tried, key=lambda entry: entry[0].wet_kg)
    doses_gy = [(_least_dose_gy(entry[0], entry[1], entry[3]), entry[0].shell) for entry in tried]

    def moved_kg(field: str, factor: float) -> float:
        better = replace(given, **{field: getattr(given, field) * factor})
        return close(closure.shell, layer, year, better).wet_kg - closure.wet_kg

    movers = sorted(((name, moved_kg(*change)) for name, change in MOVERS.items()), key=lambda pair: pair[1])
    return Sizing(
        satellite,
        closure,
        given,
        _needs(satellite, given, closure, *max(doses_gy)),
        tuple(movers),
        keep_cells,
        tuple(entry[0] for entry in tried),
    )


def _least_dose_gy(closure: Closure, layer: Layer, given: Inputs) -> float:
    """Dose of a life behind the thickest wall that is looked at."""
    years = given.life_s / JULIAN_YEAR_S
    return dose_gy(given.radiation, closure.altitude_m, layer.inclination_rad, years, float(THICKNESSES_MM[-1]))


def _needs(
    satellite: Satellite, given: Inputs, closure: Closure, least_gy: float, dosed_shell: str
) -> tuple[Need, ...]:
    array, battery, radiator = satellite.solar_array, satellite.battery, satellite.radiator
    coupling = closure.heat_w / given.coolant_drop_k
    return (
        Need("solar array", "m2", closure.array_area_m2, array.area_m2, "worst day of the year at the end of life"),
        Need("battery", "j", closure.battery_capacity_j, battery.capacity_j, "longest eclipse at the end of life"),
        Need("radiator, each face", "m2", closure.radiator_area_m2, radiator.area_per_face_m2, "nearest Sun, noon"),
        Need("coolant loop", "w_per_k", coupling, radiator.coupling_w_per_k, "all heat over the coolant drop"),
        Need("bus power", "w", closure.bus_w, satellite.bus_power_w, "avionics, lasers, pumps, conversion losses"),
        Need(
            "propellant limit",
            "frac",
            closure.propellant_kg / closure.dry_kg,
            given.propellant_limit_frac,
            f"over dry mass; {closure.speed_m_per_s:,.0f} m/s in the life",
        ),
        Need(
            "dose limit",
            "gy",
            least_gy,
            given.dose_limit_gy,
            f"life behind {THICKNESSES_MM[-1]} mm, {dosed_shell}",
        ),
    )
