"""Readings of a scenario: its satellite taken as announced, or as sized. Each is one satellite that flies and is priced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.design.built_satellite import BuiltSatellite, PartSizes, assemble
from skyrack.design.inputs import Inputs
from skyrack.design.sizing import Sizing
from skyrack.orbits.layout import Layout
from skyrack.scenario import Scenario
from skyrack.scenario.satellite import Satellite
from skyrack.scenario.schema import Basis

MAX_POWER_MISMATCH_FRAC = 0.01
"""Fraction by which the accelerators of a design may differ from the peak power of the announced satellite."""


@dataclass(frozen=True)
class Reading:
    """One satellite for a whole fleet: what flies, is irradiated, launched, built and priced."""

    basis: Basis
    scenario: Scenario
    """Scenario whose satellites are those of this reading."""
    layout: Layout
    """Layout whose satellites are those of this reading."""
    built: BuiltSatellite
    """Parts, mass and price of the satellite."""
    inputs: Inputs
    """Numbers of the satellite: compute power, life, parts."""


def reading_of(basis: Basis, scenario: Scenario, layout: Layout, sizing: Sizing) -> Reading:
    """Return a reading of a scenario; raises InputError where the announced satellite contradicts its own design."""
    return _as_sized(scenario, layout, sizing) if basis == "sized" else _as_announced(scenario, layout, sizing)


def _as_announced(scenario: Scenario, layout: Layout, sizing: Sizing) -> Reading:
    """Return the written satellite: its areas, capacities and powers, with mass and price of these parts.

    A mass or a stowed volume that the scenario states is taken at its word. The shielding, which no announcement names, is
    that of the sizing. The radiator radiates with the fin efficiency of its panel, as in the sizing.
    """
    written, compute = sizing.written, sizing.written.compute
    dark_w, lit_w = scenario.power_policy.bounds_w(compute.average_power_w, compute.peak_power_w)
    array = written.solar_array
    inputs = replace(
        sizing.inputs,
        compute_peak_w=compute.peak_power_w,
        compute_lit_w=lit_w,
        compute_dark_w=dark_w,
        cell_efficiency_frac=array.cell_efficiency_frac,
        temperature_coefficient_per_k=array.temperature_coefficient_per_k,
    )
    needed_w = sizing.inputs.compute_peak_w
    if abs(needed_w - compute.peak_power_w) > MAX_POWER_MISMATCH_FRAC * compute.peak_power_w:
        raise InputError(
            f"design.accelerators: they take {needed_w / 1e3:,.0f} kW, the satellite that flies has "
            f"{compute.peak_power_w / 1e3:,.0f} kW; take the satellite as sized (basis: sized), or change one of the two"
        )
    sizes = PartSizes(
        array.area_m2,
        written.battery.capacity_j,
        written.radiator.area_per_face_m2,
        written.bus_power_w,
        lit_w + written.bus_power_w,
        sizing.closure.built.sizes.shielding_mm,
    )
    shell = next(one for one in layout.shells if one.name == sizing.closure.shell)
    built = replace(
        assemble(shell.name, shell.layers[0], sizing.year, inputs, sizes),
        announced_kg=scenario.buildout.satellite_mass_kg,
        announced_stowed_m3=scenario.buildout.satellite_stowed_m3,
    )
    if scenario.design.fins_included:
        return Reading("announced", scenario, layout, built, inputs)

    def flown(one: Any) -> Any:
        return (
            one if one.satellite is None else one.model_copy(update={"satellite": _with_fins(scenario, one.satellite)})
        )

    changed = scenario.model_copy(
        update={
            "satellite": _with_fins(scenario, scenario.satellite),
            "shells": tuple(flown(shell) for shell in scenario.shells),
            "catalogued": tuple(flown(one) for one in scenario.catalogued),
            "design": scenario.design.model_copy(update={"fins_included": True}),
        }
    )
    shells = tuple(replace(shell, satellite=_with_fins(scenario, shell.satellite)) for shell in layout.shells)
    return Reading("announced", changed, replace(layout, shells=shells), built, inputs)


def _with_fins(scenario: Scenario, satellite: Satellite) -> Satellite:
    """Return the satellite with the fin efficiency of the design's panel in the emissivity of its radiator."""
    fins = part("radiators", scenario.design.radiator)["fin_efficiency_frac"]
    radiator: Any = satellite.radiator
    if "emissivity_frac" not in getattr(type(radiator), "model_fields", {}):
        return satellite
    return satellite.model_copy(
        update={"radiator": radiator.model_copy(update={"emissivity_frac": radiator.emissivity_frac * fins})}
    )


def _as_sized(scenario: Scenario, layout: Layout, sizing: Sizing) -> Reading:
    """Return the satellite that meets its requirements in the hardest shell, for all shells of the fleet."""
    satellite = sizing.sized()
    changed = scenario.model_copy(
        update={
            "satellite": satellite,
            "shells": tuple(shell.model_copy(update={"satellite": None}) for shell in scenario.shells),
            "catalogued": tuple(one.model_copy(update={"satellite": None}) for one in scenario.catalogued),
            "design": scenario.design.model_copy(update={"fins_included": True}),
            "buildout": scenario.buildout.model_copy(update={"satellite_mass_kg": None, "satellite_stowed_m3": None}),
        }
    )
    shells = tuple(replace(shell, satellite=satellite) for shell in layout.shells)
    return Reading("sized", changed, replace(layout, shells=shells), sizing.closure.built, sizing.inputs)
