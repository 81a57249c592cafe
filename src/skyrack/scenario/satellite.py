"""Compute satellite: solar array, battery, computers, radiator."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import StrictBool, model_validator

from skyrack.scenario.part import (
    Area,
    Conductance,
    Energy,
    HeatCapacity,
    Part,
    PositiveShare,
    Power,
    Share,
    TemperatureLimit,
    Unit,
    from_catalogue,
)


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


class Battery(Part):
    """Battery between solar array and load."""

    capacity_j: Energy
    charge_efficiency_frac: Annotated[float, Unit("frac", 0.3, 1.0)] = from_catalogue("battery.charge_efficiency")
    discharge_efficiency_frac: Annotated[float, Unit("frac", 0.3, 1.0)] = from_catalogue("battery.discharge_efficiency")
    depth_limit_frac: PositiveShare = from_catalogue("battery.depth_limit")
    charge_rate_per_hour: Annotated[float, Unit("per_hour", 0.0, 20.0, low_excluded=True)] = from_catalogue(
        "battery.charge_rate"
    )
    fade_per_cycle_frac: Annotated[float, Unit("per_cycle_frac", 0.0, 0.01)] = from_catalogue("battery.fade_per_cycle")
    fade_per_year_frac: Annotated[float, Unit("per_year_frac", 0.0, 0.5)] = from_catalogue("battery.fade_per_year")


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


class Radiator(Part):
    """Two-sided radiator, coupled to the electronics by a coolant loop."""

    area_per_face_m2: Area
    heat_capacity_j_per_k: HeatCapacity
    coupling_w_per_k: Conductance
    emissivity_frac: PositiveShare = from_catalogue("radiator.emissivity")
    absorptivity_frac: Share = from_catalogue("radiator.absorptivity")
    edge_on_to_sun: StrictBool = from_catalogue("radiator.edge_on_to_sun")
    earth_tilt_rad: Annotated[float, Unit("rad", 0.0, math.pi)] = from_catalogue("radiator.earth_tilt")
    temperature_limit_k: TemperatureLimit = from_catalogue("radiator.temperature_limit")


class Satellite(Part):
    """Compute satellite."""

    solar_array: SolarArray
    battery: Battery
    compute: Compute
    bus_power_w: Power
    electronics: Electronics
    radiator: Radiator
