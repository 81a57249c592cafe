"""Compute satellite: solar array, battery, computers, radiator."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from skyrack.scenario.battery import BatteryModel
from skyrack.scenario.part import (
    Area,
    HeatCapacity,
    Part,
    PositiveShare,
    Power,
    TemperatureLimit,
    Unit,
    from_catalogue,
)
from skyrack.scenario.plugin_field import SlotField
from skyrack.scenario.radiator import RadiatorModel


class SolarArray(Part):
    """Flat solar array that faces the Sun."""

    area_m2: Area
    cell_efficiency_frac: Annotated[float, Unit("frac", 0.01, 0.6)] = from_catalogue("solar_array.cell_efficiency")
    temperature_coefficient_per_k: Annotated[float, Unit("per_k", -0.01, 0.0)] = from_catalogue(
        "solar_array.temperature_coefficient"
    )
    wear_per_year_frac: Annotated[float, Unit("per_year_frac", 0.0, 0.5)] = from_catalogue("solar_array.wear_per_year")
    packing_frac: PositiveShare = from_catalogue("solar_array.packing")
    pointing_error_rad: Annotated[float, Unit("rad", 0.0, 1.0)] = from_catalogue("solar_array.pointing_error")
    absorptivity_frac: PositiveShare = from_catalogue("solar_array.absorptivity")
    emissivity_frac: PositiveShare = from_catalogue("solar_array.emissivity")


class Compute(Part):
    """Computers as an electric load."""

    peak_power_w: Power
    average_power_w: Power

    @model_validator(mode="after")
    def _average_below_peak(self) -> Compute:
        if self.average_power_w > self.peak_power_w:
            raise ValueError(
                f"'average_power' ({self.average_power_w:g} W) must not exceed 'peak_power' ({self.peak_power_w:g} W)"
            )
        return self


class Electronics(Part):
    """Computers as a thermal mass."""

    heat_capacity_j_per_k: HeatCapacity
    temperature_limit_k: TemperatureLimit = from_catalogue("electronics.temperature_limit")


class Satellite(Part):
    """Compute satellite."""

    solar_array: SolarArray
    battery: Annotated[BatteryModel, SlotField("battery", "battery.model")]
    compute: Compute
    bus_power_w: Power
    electronics: Electronics
    radiator: Annotated[RadiatorModel, SlotField("radiator", "radiator.model")]
