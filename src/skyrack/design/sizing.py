"""The satellite of a scenario beside the one that would close: needs, the binding one, and what would move the mass most."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.design.accelerators import accelerators_per_satellite
from skyrack.design.annual_illumination import Seasons, seasons
from skyrack.design.closure import Closure, close
from skyrack.design.inputs import Inputs, inputs_of
from skyrack.environment.shielding import THICKNESSES_MM, ShellShielding, mission_dose_gy, shielding_by_shell
from skyrack.orbits.layout import Layout, ShellLayout
from skyrack.scenario import Loaded, Scenario
from skyrack.scenario.satellite import Satellite


@dataclass(frozen=True)
class Requirement:
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


SENSITIVITIES = {
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
    requirements: tuple[Requirement, ...]
    sensitivities: tuple[tuple[str, float], ...]
    """Name, and the change of mass at launch (kg) for a tenth for the better; the largest first."""
    cells_kept: bool
    """Whether the cells' efficiency is the scenario's own, and not that of the design's cell."""
    shells: tuple[Closure, ...]
    """Every shell's own satellite."""

    @property
    def closes(self) -> bool:
        """Whether the satellite as written holds to the end of its life."""
        return all(one.ratio >= 0.999 for one in self.requirements)

    @property
    def binding(self) -> Requirement:
        """The constraint that is nearest to failing, or fails most."""
        return min(self.requirements, key=lambda one: one.ratio)

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


@dataclass(frozen=True)
class _Tried:
    """The satellite of one shell, sized, with what it was sized from."""

    shell: ShellLayout
    year: Seasons
    inputs: Inputs
    closure: Closure


def size(
    scenario: Scenario, layout: Layout, shielding: tuple[ShellShielding, ...], accelerators: int, *, keep_cells: bool
) -> Sizing:
    """Size the satellite of every shell, behind its shielding; the heaviest is the one to build.

    The scenario's satellite holds `accelerators`; a shell with a satellite of its own holds what that one feeds.
    """
    epoch_tt_s = tt_since_j2000_s(scenario.epoch)
    tried = []
    for shell, behind in zip(layout.shells, shielding, strict=True):
        own = shell.satellite is not scenario.satellite
        held = accelerators_per_satellite(scenario, shell.satellite) if own else accelerators
        given = inputs_of(scenario, shell.satellite, held, keep_cells=keep_cells)
        year = seasons(shell.layers[0], epoch_tt_s, scenario.environment.shadow)
        tried.append(_Tried(shell, year, given, close(shell.name, shell.layers[0], year, given, behind)))
    heaviest = max(tried, key=lambda one: one.closure.wet_kg)
    doses_gy = [(_min_dose_gy(one), one.shell.name) for one in tried]
    return Sizing(
        heaviest.shell.satellite,
        heaviest.closure,
        heaviest.inputs,
        _requirements(heaviest.shell.satellite, heaviest.inputs, heaviest.closure, *max(doses_gy)),
        _sensitivities(heaviest, Layout(layout.epoch, (heaviest.shell,))),
        keep_cells,
        tuple(one.closure for one in tried),
    )


def _sensitivities(sized: _Tried, alone: Layout) -> tuple[tuple[str, float], ...]:
    """Return what a tenth for the better in each input does to the mass at launch (kg), the largest change first."""

    def moved_kg(field: str, factor: float) -> float:
        better = replace(sized.inputs, **{field: getattr(sized.inputs, field) * factor})
        shielding = shielding_by_shell(better.radiation, alone, better.life_s, better.dose_limit_gy)[0]
        other = close(sized.shell.name, sized.shell.layers[0], sized.year, better, shielding)
        return other.wet_kg - sized.closure.wet_kg

    found = ((name, moved_kg(*change)) for name, change in SENSITIVITIES.items())
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _min_dose_gy(sized: _Tried) -> float:
    """Return the mission dose behind the thickest shielding that is tabulated."""
    years = sized.inputs.life_s / JULIAN_YEAR_S
    inclination_rad = sized.shell.layers[0].inclination_rad
    return mission_dose_gy(
        sized.inputs.radiation, sized.closure.altitude_m, inclination_rad, years, float(THICKNESSES_MM[-1])
    )


def _requirements(
    satellite: Satellite, given: Inputs, closure: Closure, least_gy: float, dosed_shell: str
) -> tuple[Requirement, ...]:
    array, battery, radiator = satellite.solar_array, satellite.battery, satellite.radiator
    coupling = closure.heat_w / given.coolant_drop_k
    return (
        Requirement(
            "solar array", "m2", closure.array_area_m2, array.area_m2, "worst day of the year at the end of life"
        ),
        Requirement(
            "battery", "j", closure.battery_capacity_j, battery.capacity_j, "longest eclipse at the end of life"
        ),
        Requirement(
            "radiator, each face", "m2", closure.radiator_area_m2, radiator.area_per_face_m2, "nearest Sun, noon"
        ),
        Requirement("coolant loop", "w_per_k", coupling, radiator.coupling_w_per_k, "all heat over the coolant drop"),
        Requirement(
            "bus power", "w", closure.bus_w, satellite.bus_power_w, "avionics, lasers, pumps, conversion losses"
        ),
        Requirement(
            "propellant limit",
            "frac",
            closure.propellant_kg / closure.dry_kg,
            given.propellant_limit_frac,
            f"over dry mass; {closure.speed_m_per_s:,.0f} m/s in the life",
        ),
        Requirement(
            "dose limit",
            "gy",
            least_gy,
            given.dose_limit_gy,
            f"life behind {THICKNESSES_MM[-1]} mm, {dosed_shell}",
        ),
    )
