"""Design requirements of a satellite and its parts, from which `skyrack size` sizes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from skyrack.catalogue.parts import Kind
from skyrack.scenario.part import Part, Share, Unit, from_catalogue, known_part

Accelerator = Annotated[str, known_part("accelerators")]
Cell = Annotated[str, known_part("cells")]
Battery = Annotated[str, known_part("batteries")]
Radiator = Annotated[str, known_part("radiators")]
Upsets = Annotated[str, known_part("upsets")]


PARTS: dict[str, Kind] = {
    "accelerator": "accelerators",
    "cell": "cells",
    "battery": "batteries",
    "radiator": "radiators",
}
"""Keys of a design that name a part of the catalogue, with the kind of part."""


class Design(Part):
    """Design requirements of a satellite: life, parts, margins and everything else that determines its mass."""

    life_s: Annotated[float, Unit("s", 30 * 86_400.0, 40 * 365.25 * 86_400.0)] = from_catalogue("design.life")
    accelerator: Accelerator = from_catalogue("design.accelerator")
    accelerators: Annotated[int | None, Field(default=None, ge=1, le=10_000_000, strict=True)]
    cell: Cell = from_catalogue("design.cell")
    battery: Battery = from_catalogue("design.battery")
    radiator: Radiator = from_catalogue("design.radiator")
    upsets: Upsets = from_catalogue("design.upsets")
    """Radiation response of the computers: a part of the kind `upsets`."""
    coolant_drop_k: Annotated[float, Unit("k", 0.5, 80.0)] = from_catalogue("design.coolant_drop")
    fins_included: StrictBool = False
    """True if the radiator's emissivity includes the fin efficiency, as in a scenario written by `skyrack size --to`."""
    conversion_efficiency_frac: Annotated[float, Unit("frac", 0.5, 1.0)] = from_catalogue(
        "design.conversion_efficiency"
    )
    pump_frac: Annotated[float, Unit("frac", 0.0, 0.3)] = from_catalogue("design.pump")
    avionics_power_w: Annotated[float, Unit("w", 0.0, 1e9)] = from_catalogue("design.avionics_power")
    avionics_mass_kg: Annotated[float, Unit("kg", 0.0, 1e9)] = from_catalogue("design.avionics_mass")
    laser_terminals: int = Field(default=4, ge=0, le=1000, strict=True)
    laser_mass_kg: Annotated[float, Unit("kg", 0.0, 1e4)] = from_catalogue("design.laser_mass")
    laser_power_w: Annotated[float, Unit("w", 0.0, 1e6)] = from_catalogue("design.laser_power")
    array_stowed_m: Annotated[float, Unit("m", 1e-4, 1.0)] = from_catalogue("design.array_stowed")
    radiator_stowed_m: Annotated[float, Unit("m", 1e-4, 1.0)] = from_catalogue("design.radiator_stowed")
    structure_frac: Share = from_catalogue("design.structure")
    power_margin_frac: Share = from_catalogue("design.power_margin")
    mass_margin_frac: Share = from_catalogue("design.mass_margin")
    dose_limit_gy: Annotated[float, Unit("gy", 0.0, 1e6, low_excluded=True)] = from_catalogue("design.dose_limit")
    shielding_m: Annotated[float, Unit("m", 1e-3, 20e-3)] | None = None
    """Thickness of the aluminium round the computers; None: the sizing trades a thicker wall against a shorter life."""
    specific_impulse_s: Annotated[float, Unit("s", 50.0, 20_000.0)] = from_catalogue("design.specific_impulse")
    propellant_limit_frac: Annotated[float, Unit("frac", 0.0, 10.0, low_excluded=True)] = from_catalogue(
        "design.propellant_limit"
    )
    solar_flux: Annotated[float, Field(ge=60.0, le=300.0)] = from_catalogue("design.solar_flux")
    """Solar radio flux F10.7, in solar flux units."""
    insertion_altitude_m: Annotated[float, Unit("m", 150e3, 2500e3)] = from_catalogue("design.insertion_altitude")
    disposal_altitude_m: Annotated[float, Unit("m", 100e3, 2500e3)] = from_catalogue("design.disposal_altitude")
    avoidance_per_year_m_per_s: Annotated[float, Unit("m_per_s", 0.0, 1e3)] = from_catalogue(
        "design.avoidance_per_year"
    )
    drag_coefficient_frac: Annotated[float, Unit("frac", 1.0, 5.0)] = from_catalogue("design.drag_coefficient")
