"""Sizing of a scenario's satellite: requirements, the binding one, and sensitivities of the mass."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.design.accelerators import accelerators_per_satellite
from skyrack.design.annual_illumination import Seasons, seasons
from skyrack.design.built_satellite import assemble
from skyrack.design.closure import Closure, close
from skyrack.design.inputs import Inputs, inputs_of
from skyrack.design.shielding import THICKNESSES_MM, DoseTable, choose_thickness
from skyrack.orbits.layout import Layout, ShellLayout
from skyrack.scenario import Loaded, Scenario
from skyrack.scenario.satellite import Satellite


@dataclass(frozen=True)
class Requirement:
    """Requirement on one quantity of the satellite, which must be at least `needed`."""

    name: str
    unit: str
    needed: float
    given: float
    why: str

    @property
    def ratio(self) -> float:
        """Ratio of given to needed: below 1 the design does not close; infinite where nothing is needed."""
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
"""Input field and factor of an improvement by a tenth, for each sensitivity of the wet mass."""


@dataclass(frozen=True)
class Sizing:
    """Sized satellite of the shell that needs the heaviest one, with the satellite as written."""

    written: Satellite
    closure: Closure
    inputs: Inputs
    year: Seasons
    """Light of a year in the shell of `closure`."""
    requirements: tuple[Requirement, ...]
    sensitivities: tuple[tuple[str, float], ...]
    """Names, and changes of the wet mass (kg) for an improvement by a tenth, the largest reduction first."""
    cells_kept: bool
    """True if the cell efficiency is the scenario's own, and not that of the design's cell."""
    shells: tuple[Closure, ...]
    """Sized satellite of each shell."""

    @property
    def closes(self) -> bool:
        """True if the satellite as written meets all requirements until the end of its life."""
        return all(one.ratio >= 0.999 for one in self.requirements)

    @property
    def binding(self) -> Requirement:
        """Requirement with the smallest ratio of given to needed."""
        return min(self.requirements, key=lambda one: one.ratio)

    def sized(self) -> Satellite:
        """Return the sized satellite as scenario model; heat capacities scale with compute power and radiator area.

        Raises InputError where the battery or radiator model does not have a key that sizing sets.
        """
        old, new = self.written, self.closure.built.sizes
        peaks_w = self.inputs.compute_peak_w, old.compute.peak_power_w
        electronics_scale = peaks_w[0] / peaks_w[1] if all(peaks_w) else 1.0  # without compute, the bus keeps its mass
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
                        "coupling_w_per_k": self.closure.heat_w / self.inputs.coolant_drop_k,
                        "emissivity_frac": old.radiator.emissivity_frac * self.inputs.fin_efficiency_frac,
                    },
                ),
            }
        )


def _rewritten(part: str, model: Any, numbers: dict[str, float]) -> Any:
    """Return a battery or radiator with other numbers; InputError where one of them is not a key of its model."""
    fields = getattr(type(model), "model_fields", {})
    fixed = next((name for name in numbers if name not in fields and numbers[name] != getattr(model, name)), None)
    if fixed is not None:
        raise InputError(
            f"satellite.{part}: {fixed} of the model {model.name!r} follows from other keys, so the sized satellite cannot "
            f"be written with it; take a {part} model whose key it is"
        )
    return model.model_copy(update={name: value for name, value in numbers.items() if name in fields})


def gives_cells(loaded: Loaded) -> bool:
    """Return True if the scenario itself states the efficiency of its cells; otherwise the design's cell determines it."""
    written = [loaded.given, *(shell for shell in loaded.given.get("shells") or () if isinstance(shell, dict))]
    return any("cell_efficiency" in ((one.get("satellite") or {}).get("solar_array") or {}) for one in written)


@dataclass(frozen=True)
class _Shell:
    """One shell with the inputs of its sizing."""

    shell: ShellLayout
    year: Seasons
    inputs: Inputs

    def close(self, shielding_mm: float, inputs: Inputs | None = None) -> Closure:
        """Return the satellite of this shell behind a thickness of aluminium, by default with the inputs as they are."""
        return close(self.shell.name, self.shell.layers[0], self.year, inputs or self.inputs, shielding_mm)

    def behind(self, closure: Closure, shielding_mm: float, inputs: Inputs | None = None) -> Closure:
        """Return a satellite that `close` sized with the same inputs, behind another thickness of aluminium."""
        sizes = replace(closure.built.sizes, shielding_mm=shielding_mm)
        built = assemble(self.shell.name, self.shell.layers[0], self.year, inputs or self.inputs, sizes)
        return replace(closure, built=built)


def size(scenario: Scenario, layout: Layout, doses: DoseTable, accelerators: int, *, keep_cells: bool) -> Sizing:
    """Size the satellite of every shell behind one shielding for the fleet; the heaviest one is the design.

    The shielding is that of `design.shielding`, or the one with the least cost per year of life, launch included. The
    scenario's satellite holds `accelerators`; for a shell with its own satellite the number follows from that satellite.
    Raises InputError where no size meets the requirements.
    """
    epoch_tt_s = tt_since_j2000_s(scenario.epoch)
    shells = []
    for shell in layout.shells:
        own = shell.satellite is not scenario.satellite
        held = accelerators_per_satellite(scenario, shell.satellite) if own else accelerators
        given = inputs_of(scenario, shell.satellite, held, keep_cells=keep_cells)
        shells.append(_Shell(shell, seasons(shell.layers[0], epoch_tt_s, scenario.environment.shadow), given))
    first_mm = float(THICKNESSES_MM[len(THICKNESSES_MM) // 2])
    stated_mm = None if scenario.design.shielding_m is None else 1e3 * scenario.design.shielding_m
    tried = [one.close(stated_mm or first_mm) for one in shells]
    worst = max(range(len(tried)), key=lambda number: tried[number].built.wet_kg)
    heaviest = shells[worst]
    launch_usd_per_kg = _launch_usd_per_kg(scenario)

    def thickness_mm(given: Inputs) -> float:
        closed = heaviest.close(first_mm, given)

        def cost_usd(shielding_mm: float) -> float:
            built = heaviest.behind(closed, shielding_mm, given).built
            return built.price_usd + built.wet_kg * launch_usd_per_kg

        return stated_mm or choose_thickness(doses, given.dose_limit_gy, given.life_s, cost_usd)

    shielding_mm = thickness_mm(heaviest.inputs)
    closures = tuple(one.behind(closure, shielding_mm) for one, closure in zip(shells, tried, strict=True))
    closure = closures[worst]
    return Sizing(
        heaviest.shell.satellite,
        closure,
        heaviest.inputs,
        heaviest.year,
        _requirements(heaviest.shell.satellite, heaviest.inputs, closure, *_worst_dose(doses, heaviest.inputs)),
        _sensitivities(heaviest, closure, thickness_mm),
        keep_cells,
        closures,
    )


def _launch_usd_per_kg(scenario: Scenario) -> float:
    """Return the launch price in USD/kg at which the shielding is traded: the scenario's, or its first launcher's."""
    if scenario.economics.launch_price_usd_per_kg is not None:
        return float(scenario.economics.launch_price_usd_per_kg)
    return float(scenario.buildout.launchers[0].usd_per_kg(0.0))


RESHIELDED = ("dose_limit_gy", "life_s")
"""Inputs whose sensitivity includes another choice of the shielding."""


def _sensitivities(
    sized: _Shell, closure: Closure, thickness_mm: Callable[[Inputs], float]
) -> tuple[tuple[str, float], ...]:
    """Return the change of the wet mass (kg) for an improvement of each input by a tenth, the largest reduction first."""

    def moved_kg(field: str, factor: float) -> float:
        better = replace(sized.inputs, **{field: getattr(sized.inputs, field) * factor})
        behind_mm = thickness_mm(better) if field in RESHIELDED else closure.built.sizes.shielding_mm
        return sized.close(behind_mm, better).built.wet_kg - closure.built.wet_kg

    found = ((name, moved_kg(*change)) for name, change in SENSITIVITIES.items())
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _worst_dose(doses: DoseTable, given: Inputs) -> tuple[float, str]:
    """Return the largest mission dose of a shell behind the thickest shielding, and the name of the shell."""
    worst = int(doses.gy_per_year[:, -1].argmax())
    return float(doses.gy_per_year[worst, -1]) * given.life_s / JULIAN_YEAR_S, doses.names[worst]


def _requirements(
    satellite: Satellite, given: Inputs, closure: Closure, least_gy: float, dosed_shell: str
) -> tuple[Requirement, ...]:
    array, battery, radiator = satellite.solar_array, satellite.battery, satellite.radiator
    sizes = closure.built.sizes
    coupling = closure.heat_w / given.coolant_drop_k
    return (
        Requirement(
            "solar array", "m2", sizes.array_area_m2, array.area_m2, "worst day of the year at the end of life"
        ),
        Requirement("battery", "j", sizes.battery_capacity_j, battery.capacity_j, "longest eclipse at the end of life"),
        Requirement(
            "radiator, each face", "m2", sizes.radiator_area_m2, radiator.area_per_face_m2, "nearest Sun, noon"
        ),
        Requirement("coolant loop", "w_per_k", coupling, radiator.coupling_w_per_k, "all heat over the coolant drop"),
        Requirement("bus power", "w", sizes.bus_w, satellite.bus_power_w, "avionics, lasers, pumps, conversion losses"),
        Requirement(
            "propellant limit",
            "frac",
            closure.built.propellant_frac,
            given.propellant_limit_frac,
            f"over dry mass; {closure.built.speed_m_per_s:,.0f} m/s in the life",
        ),
        Requirement(
            "dose limit",
            "gy",
            least_gy,
            given.dose_limit_gy,
            f"life behind {THICKNESSES_MM[-1]:.0f} mm, {dosed_shell}",
        ),
    )
