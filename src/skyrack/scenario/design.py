"""What a satellite is designed for, and of which parts: the wish that `skyrack size` closes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from skyrack.catalogue.parts import Kind
from skyrack.scenario.part import Part, Share, from_catalogue, known_part, quantity

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
"""Keys of a design that name a part, and the kind of part."""


class Design(Part):
    """Life, parts, margins and what else a satellite's mass follows from."""

    life_s: quantity("s", 30 * 86_400.0, 40 * 365.25 * 86_400.0) = from_catalogue("design.life")  # type: ignore[valid-type]
    accelerator: Accelerator = from_catalogue("design.accelerator")
    accelerators: Annotated[int | None, Field(default=None, ge=1, le=10_000_000, strict=True)]
    cell: Cell = from_catalogue("design.cell")
    battery: Battery = from_catalogue("design.battery")
    radiator: Radiator = from_catalogue("design.radiator")
    upsets: Upsets = from_catalogue("design.upsets")
    """What radiation does to the computers."""
    coolant_drop_k: quantity("k", 0.5, 80.0) = from_catalogue("design.coolant_drop")  # type: ignore[valid-type]
    fins_included: StrictBool = False
    """Whether the radiator's emissivity already counts its fins, as in a scenario written by `skyrack size --to`."""
    conversion_efficiency_frac: quantity("frac", 0.5, 1.0) = from_catalogue("design.conversion_efficiency")  # type: ignore[valid-type]
    pump_frac: quantity("frac", 0.0, 0.3) = from_catalogue("design.pump")  # type: ignore[valid-type]
    avionics_power_w: quantity("w", 0.0, 1e9) = from_catalogue("design.avionics_power")  # type: ignore[valid-type]
    avionics_mass_kg: quantity("kg", 0.0, 1e9) = from_catalogue("design.avionics_mass")  # type: ignore[valid-type]
    laser_terminals: int = Field(default=4, ge=0, le=1000, strict=True)
    laser_mass_kg: quantity("kg", 0.0, 1e4) = from_catalogue("design.laser_mass")  # type: ignore[valid-type]
    laser_power_w: quantity("w", 0.0, 1e6) = from_catalogue("design.laser_power")  # type: ignore[valid-type]
    array_stowed_m: quantity("m", 1e-4, 1.0) = from_catalogue("design.array_stowed")  # type: ignore[valid-type]
    radiator_stowed_m: quantity("m", 1e-4, 1.0) = from_catalogue("design.radiator_stowed")  # type: ignore[valid-type]
    structure_frac: Share = from_catalogue("design.structure")
    power_margin_frac: Share = from_catalogue("design.power_margin")
    mass_margin_frac: Share = from_catalogue("design.mass_margin")
    dose_limit_gy: quantity("gy", 0.0, 1e6, above=True) = from_catalogue("design.dose_limit")  # type: ignore[valid-type]
    specific_impulse_s: quantity("s", 50.0, 20_000.0) = from_catalogue("design.specific_impulse")  # type: ignore[valid-type]
    propellant_limit_frac: quantity("frac", 0.0, 10.0, above=True) = from_catalogue("design.propellant_limit")  # type: ignore[valid-type]
    solar_flux: Annotated[float, Field(ge=60.0, le=300.0)] = from_catalogue("design.solar_flux")
    """At 10.7 cm, in solar flux units."""
    insertion_altitude_m: quantity("m", 150e3, 2500e3) = from_catalogue("design.insertion_altitude")  # type: ignore[valid-type]
    disposal_altitude_m: quantity("m", 100e3, 2500e3) = from_catalogue("design.disposal_altitude")  # type: ignore[valid-type]
    avoidance_per_year_m_per_s: quantity("m_per_s", 0.0, 1e3) = from_catalogue("design.avoidance_per_year")  # type: ignore[valid-type]
    drag_coefficient_frac: quantity("frac", 1.0, 5.0) = from_catalogue("design.drag_coefficient")  # type: ignore[valid-type]
