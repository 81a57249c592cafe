"""One satellite part by part: areas, masses, prices, propellant and stowed volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skyrack.core.constants import EARTH_RADIUS_M, JULIAN_YEAR_S, SOLAR_FLUX_AT_1_AU_W_PER_M2
from skyrack.design.annual_illumination import Seasons
from skyrack.design.inputs import Inputs
from skyrack.orbits.layout import Layer
from skyrack.physics.drag import density_by_cycle_kg_per_m3, drag_acceleration_m_per_s2
from skyrack.physics.propulsion import propellant_frac, spiral_speed_m_per_s

ALUMINIUM_KG_PER_M3 = 2700.0
RACK_KG_PER_M3 = 944.0
"""Density of a GB200 NVL72 rack: 1.36 t in 0.6 x 1.07 x 2.24 m (outer size recalled)."""
CONVERSION_KG_PER_W = 1e-3
"""Mass of power conversion and harness, 1 kg/kW: Skyrack's estimate."""
PROPULSION_FRAC = 0.02
"""Mass of thrusters, tank and power processing over dry mass: Skyrack's estimate."""
BUS_USD_PER_KG = 1000.0
"""Price of all other subsystems by mass: fact sat.mfg_per_kg."""


@dataclass(frozen=True)
class Line:
    """Line of the mass budget."""

    subsystem: str
    mass_kg: float
    price_usd: float
    basis: str


@dataclass(frozen=True)
class PartSizes:
    """Sizes of the parts that mass and price of a satellite follow from."""

    array_area_m2: float
    battery_capacity_j: float
    radiator_area_m2: float
    """Area of each of the two faces."""
    bus_w: float
    """Bus power: avionics, lasers, pumps and conversion losses."""
    load_w: float
    """Largest power that compute and bus draw in sunlight, which the power conversion carries."""
    shielding_mm: float
    """Thickness of the aluminium round the computers."""


@dataclass(frozen=True)
class BuiltSatellite:
    """One satellite of a shell, part by part."""

    shell: str
    altitude_m: float
    sizes: PartSizes
    accelerators: int
    array_rated_w: float
    """Electric power on the first day in full sunlight at 1 au and 28 deg C."""
    lines: tuple[Line, ...]
    propellant_frac: float
    """Propellant over dry mass."""
    speed_m_per_s: float
    """Delta-v over the life."""
    drag_speed_m_per_s: float
    parts_stowed_m3: float
    announced_kg: float | None = None
    """Wet mass that a scenario states; None: that of the parts."""
    announced_stowed_m3: float | None = None
    """Stowed volume that a scenario states; None: that of the parts."""

    @property
    def parts_kg(self) -> float:
        """Dry mass of all parts, margin included."""
        return sum(line.mass_kg for line in self.lines)

    @property
    def parts_wet_kg(self) -> float:
        """Mass of all parts with propellant."""
        return self.parts_kg * (1.0 + self.propellant_frac)

    @property
    def wet_kg(self) -> float:
        """Mass at launch: as announced, or that of the parts with propellant."""
        return self.announced_kg or self.parts_wet_kg

    @property
    def dry_kg(self) -> float:
        """Mass without propellant."""
        return self.wet_kg / (1.0 + self.propellant_frac)

    @property
    def propellant_kg(self) -> float:
        """Mass of the propellant."""
        return self.wet_kg - self.dry_kg

    @property
    def stowed_m3(self) -> float:
        """Stowed volume: as announced, or that of the parts."""
        return self.announced_stowed_m3 or self.parts_stowed_m3

    @property
    def price_usd(self) -> float:
        """Price without launch: the sum of the parts, whatever mass is announced."""
        return sum(line.price_usd for line in self.lines)

    def line(self, subsystem: str) -> Line:
        """Return the line of a subsystem; KeyError for an unknown one."""
        return {line.subsystem: line for line in self.lines}[subsystem]


def assemble(shell: str, layer: Layer, year: Seasons, given: Inputs, sizes: PartSizes) -> BuiltSatellite:
    """Return the satellite whose parts have these sizes, in the orbit of a layer with the light of its year."""
    rated_w = SOLAR_FLUX_AT_1_AU_W_PER_M2 * given.cell_efficiency_frac * given.packing_frac * sizes.array_area_m2
    lines = _lines(given, sizes, rated_w)
    drag_m_per_s = _drag_speed_m_per_s(layer, year, given, sizes, sum(line.mass_kg for line in lines))
    speed = (
        spiral_speed_m_per_s(EARTH_RADIUS_M + given.insertion_altitude_m, layer.radius_m)
        + spiral_speed_m_per_s(layer.radius_m, EARTH_RADIUS_M + given.disposal_altitude_m)
        + given.avoidance_per_year_m_per_s * given.life_s / JULIAN_YEAR_S
        + drag_m_per_s
    )
    return BuiltSatellite(
        shell=shell,
        altitude_m=layer.radius_m - EARTH_RADIUS_M,
        sizes=sizes,
        accelerators=given.accelerators,
        array_rated_w=rated_w,
        lines=lines,
        propellant_frac=float(propellant_frac(speed, given.specific_impulse_s)),
        speed_m_per_s=speed,
        drag_speed_m_per_s=drag_m_per_s,
        parts_stowed_m3=given.accelerators * given.accelerator_kg / RACK_KG_PER_M3
        + sizes.array_area_m2 * given.array_stowed_m
        + sizes.radiator_area_m2 * given.radiator_stowed_m,
    )


def _drag_speed_m_per_s(layer: Layer, year: Seasons, given: Inputs, sizes: PartSizes, mass_kg: float) -> float:
    """Return the delta-v (m/s) against drag over the life.

    The drag area is the mean area normal to the velocity of an array that faces the Sun, and of a radiator that is edge-on
    to Sun and Earth and therefore normal to the velocity where the Sun stands over the orbit's pole.
    """
    array_frac = float((2.0 / np.pi) * year.cos_beta.mean(axis=0).max())
    across_frac = float(np.sqrt(1.0 - year.cos_beta**2).mean(axis=0).max()) if given.radiator_edge_on else array_frac
    area_m2 = array_frac * sizes.array_area_m2 + across_frac * sizes.radiator_area_m2
    density = float(density_by_cycle_kg_per_m3(layer.radius_m - EARTH_RADIUS_M, given.solar_flux_sfu))
    ballistic = given.drag_coefficient * area_m2 / mass_kg
    return float(drag_acceleration_m_per_s2(layer.radius_m, density, ballistic)) * given.life_s


def _lines(given: Inputs, sizes: PartSizes, rated_w: float) -> tuple[Line, ...]:
    array_m2, battery_j, radiator_m2 = sizes.array_area_m2, sizes.battery_capacity_j, sizes.radiator_area_m2
    compute_kg = given.accelerators * given.accelerator_kg
    wall_m2 = 6.0 * (compute_kg / RACK_KG_PER_M3) ** (2.0 / 3.0)
    shield_kg = wall_m2 * sizes.shielding_mm * 1e-3 * ALUMINIUM_KG_PER_M3
    conversion_kg, lasers_kg = sizes.load_w * CONVERSION_KG_PER_W, given.lasers * given.laser_kg
    carried = [
        Line(
            "compute",
            compute_kg,
            given.accelerators * given.accelerator_usd,
            f"{given.accelerators:,} accelerators with their share of the rack",
        ),
        Line(
            "solar array",
            array_m2 * given.array_kg_per_m2,
            rated_w * given.array_usd_per_w,
            f"{array_m2:,.0f} m2 at {given.array_kg_per_m2:g} kg/m2",
        ),
        Line(
            "battery",
            battery_j / given.battery_j_per_kg,
            battery_j * given.battery_usd_per_j,
            f"{battery_j / 3.6e6:,.0f} kWh at {given.battery_j_per_kg / 3600:g} Wh/kg",
        ),
        Line(
            "radiator and loop",
            radiator_m2 * given.radiator_kg_per_m2,
            radiator_m2 * given.radiator_usd_per_m2,
            f"{radiator_m2:,.0f} m2 of panel at {given.radiator_kg_per_m2:g} kg/m2",
        ),
        _by_mass("power conversion", conversion_kg, "1 kg/kW"),
        _by_mass("laser terminals", lasers_kg, f"{given.lasers} terminals"),
        _by_mass("avionics", given.avionics_kg, "as given"),
        _by_mass("radiation shield", shield_kg, f"{sizes.shielding_mm:.1f} mm of aluminium round the racks"),
    ]
    carried_kg = sum(line.mass_kg for line in carried)
    frame_kg = given.structure_frac * carried_kg
    thrust_kg = PROPULSION_FRAC * (carried_kg + frame_kg)
    margin_kg = given.mass_margin_frac * (carried_kg + frame_kg + thrust_kg)
    return (
        *carried,
        _by_mass("structure", frame_kg, f"{given.structure_frac:.0%} of all above"),
        _by_mass("propulsion", thrust_kg, f"{PROPULSION_FRAC:.0%} of all above"),
        _by_mass("margin", margin_kg, f"{given.mass_margin_frac:.0%} of all above"),
    )


def _by_mass(subsystem: str, mass_kg: float, basis: str) -> Line:
    return Line(subsystem, mass_kg, mass_kg * BUS_USD_PER_KG, basis)
