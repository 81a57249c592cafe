"""Closing one satellite: what its array, battery, radiator and bus must be, what it weighs and what it costs.

Sizing and flying use the same laws: a satellite sized without margin, flown at the end of its life, just holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skyrack.core.constants import (
    EARTH_RADIUS_M,
    JULIAN_YEAR_S,
    SOLAR_FLUX_AT_1_AU_W_PER_M2,
    STEFAN_BOLTZMANN_W_PER_M2_K4,
)
from skyrack.core.errors import InputError
from skyrack.design.annual_illumination import Seasons
from skyrack.design.inputs import Inputs
from skyrack.environment.shielding import ShellShielding
from skyrack.orbits.layout import Layer
from skyrack.physics.drag import density_by_cycle_kg_per_m3, drag_acceleration_m_per_s2
from skyrack.physics.propulsion import propellant_frac, spiral_speed_m_per_s
from skyrack.physics.shadow.geometry import earth_angular_radius_rad
from skyrack.physics.solar_array import array_absorbed_w_per_m2, array_health_frac, cell_efficiency
from skyrack.physics.view_factor import plate_to_sphere_view_factor

ALUMINIUM_KG_PER_M3 = 2700.0
RACK_KG_PER_M3 = 944.0
"""A GB200 NVL72 rack: 1.36 t in 0.6 x 1.07 x 2.24 m (outer size recalled)."""
LEAST_KEPT_FRAC = 0.05
"""An array or a battery that keeps less than this by the end of its life is called impossible."""
CONVERSION_KG_PER_W = 1e-3
"""Power conversion and harness, 1 kg/kW: Skyrack's estimate."""
PROPULSION_FRAC = 0.02
"""Thrusters, tank and power processing over dry mass: Skyrack's estimate."""
BUS_USD_PER_KG = 1000.0
"""What is left of the satellite, by mass: fact sat.mfg_per_kg."""
NOON_POINTS = 24


@dataclass(frozen=True)
class Line:
    """One line of the mass budget."""

    subsystem: str
    mass_kg: float
    price_usd: float
    basis: str


@dataclass(frozen=True)
class Closure:
    """One closed satellite."""

    shell: str
    altitude_m: float
    array_area_m2: float
    battery_capacity_j: float
    radiator_area_m2: float
    """Of each of two faces."""
    bus_w: float
    """All that is not compute: avionics, lasers, pumps, conversion losses."""
    heat_w: float
    radiator_k: float
    """Mean temperature of the panel in the hot case."""
    delivered_j: float
    """What the battery gives over the life, as its fade counts it."""
    longest_dark_s: float
    worst_dark_frac: float
    array_rated_w: float
    """Electric power on the first day in full sunlight at 1 au and 28 deg C."""
    accelerators: int
    lines: tuple[Line, ...]
    propellant_kg: float
    speed_m_per_s: float
    """Change of speed over the life."""
    drag_speed_m_per_s: float
    shielding_mm: float | None
    stowed_m3: float

    @property
    def dry_kg(self) -> float:
        """Mass without propellant, margin included."""
        return sum(line.mass_kg for line in self.lines)

    @property
    def wet_kg(self) -> float:
        """Mass at launch."""
        return self.dry_kg + self.propellant_kg

    @property
    def price_usd(self) -> float:
        """Price without launch."""
        return sum(line.price_usd for line in self.lines)


def close(shell: str, layer: Layer, year: Seasons, given: Inputs, shielding: ShellShielding) -> Closure:
    """Size one satellite for the worst day of its year at the end of its life, behind the shielding of its shell.

    Raises InputError where no array, battery or radiator of any size would do.
    """
    years = given.life_s / JULIAN_YEAR_S
    bus_w, heat_w = _bus_and_heat_w(given)
    lit_w, dark_w = given.compute_lit_w + bus_w, given.compute_dark_w + bus_w
    round_trip = given.charge_efficiency_frac * given.discharge_efficiency_frac
    lit = 1.0 - year.dark_frac
    asked_w = (lit_w * lit + dark_w * year.dark_frac / round_trip) / lit
    health = float(array_health_frac(given.life_s, given.wear_per_year_frac))
    if health < LEAST_KEPT_FRAC:
        raise InputError(
            f"design.life: in {years:.3g} years an array that loses {given.wear_per_year_frac:.3g} a year keeps less than a "
            "twentieth of itself; take a shorter life or a lower 'solar_array.wear_per_year'"
        )
    yields_w_per_m2 = _array_w_per_m2(layer, year, given) * health
    array_m2 = float((asked_w / yields_w_per_m2).max()) * (1.0 + given.power_margin_frac)

    drawn_j = dark_w * year.longest_dark_s / given.discharge_efficiency_frac
    # fade counts energy delivered over first capacity, so the cycles' part is linear in energy
    delivered_j = dark_w * float(year.dark_frac.mean(axis=0).max()) * given.life_s
    kept_frac = 1.0 - given.fade_per_year_frac * years
    if kept_frac < LEAST_KEPT_FRAC:
        raise InputError(
            f"design.life: in {years:.3g} years a battery that fades {given.fade_per_year_frac:.3g} a year by age alone "
            "keeps less than a twentieth of itself; take a shorter life or a lower 'battery.fade_per_year'"
        )
    battery_j = (drawn_j / given.battery_depth_frac + given.fade_per_cycle_frac * delivered_j) / kept_frac
    surplus_w = float((asked_w - lit_w).max()) * (1.0 + given.power_margin_frac)
    battery_j = max(battery_j, surplus_w / given.charge_rate_per_hour * 3600.0) if drawn_j > 0.0 else 0.0

    # while it charges, the battery warms the radiator too
    lost_w = float((dark_w * year.dark_frac / lit * (1.0 / round_trip - 1.0)).max())
    radiator_k = given.electronics_limit_k - given.coolant_drop_k
    radiated_w_per_m2 = _radiated_w_per_m2(layer, year, given, radiator_k)
    if radiated_w_per_m2 <= 0.0:
        raise InputError(
            f"satellite.radiator: at {radiator_k - 273.15:.0f} degC (limit of the electronics less the coolant drop) the "
            f"panel of shell {shell!r} takes in more heat than it radiates; raise 'electronics.temperature_limit' or lower "
            "'design.coolant_drop'"
        )
    radiator_m2 = (heat_w + lost_w) / radiated_w_per_m2

    rated_w = SOLAR_FLUX_AT_1_AU_W_PER_M2 * given.cell_efficiency_frac * given.packing_frac * array_m2
    lines = _lines(given, array_m2, battery_j, radiator_m2, rated_w, lit_w, shielding)
    dry_kg = sum(line.mass_kg for line in lines)
    drag_m_per_s = _drag_speed_m_per_s(layer, year, given, array_m2, radiator_m2, dry_kg)
    speed = (
        spiral_speed_m_per_s(EARTH_RADIUS_M + given.insertion_altitude_m, layer.radius_m)
        + spiral_speed_m_per_s(layer.radius_m, EARTH_RADIUS_M + given.disposal_altitude_m)
        + given.avoidance_per_year_m_per_s * years
        + drag_m_per_s
    )
    volume_m3 = (
        given.accelerators * given.accelerator_kg / RACK_KG_PER_M3
        + array_m2 * given.array_stowed_m
        + radiator_m2 * given.radiator_stowed_m
    )
    return Closure(
        shell=shell,
        altitude_m=layer.radius_m - EARTH_RADIUS_M,
        array_area_m2=array_m2,
        battery_capacity_j=battery_j,
        radiator_area_m2=radiator_m2,
        bus_w=bus_w,
        heat_w=heat_w,
        radiator_k=radiator_k,
        delivered_j=delivered_j,
        longest_dark_s=year.longest_dark_s,
        worst_dark_frac=float(year.dark_frac.max()),
        array_rated_w=rated_w,
        accelerators=given.accelerators,
        lines=lines,
        propellant_kg=dry_kg * propellant_frac(speed, given.specific_impulse_s),
        speed_m_per_s=speed,
        drag_speed_m_per_s=drag_m_per_s,
        shielding_mm=shielding.thickness_mm if shielding.is_within_limit else None,
        stowed_m3=volume_m3,
    )


def _bus_and_heat_w(given: Inputs) -> tuple[float, float]:
    """Bus power and all heat: conversion loses a share of everything, pumps carry everything."""
    base_w = given.avionics_w + given.lasers * given.laser_w
    useful_w = given.compute_lit_w + base_w
    heat_w = useful_w / given.conversion_efficiency_frac / (1.0 - given.pump_frac)
    return heat_w - given.compute_lit_w, heat_w


def _array_w_per_m2(layer: Layer, year: Seasons, given: Inputs) -> np.ndarray:
    """Electric power of a new panel over its lit arc, mean, (day, plane)."""
    cosines = np.cos(np.linspace(-math.pi, math.pi, NOON_POINTS, endpoint=False))
    rho = float(earth_angular_radius_rad(layer.radius_m))
    table = np.linspace(-1.0, 1.0, 101)
    views = [float(plate_to_sphere_view_factor(c, rho) + plate_to_sphere_view_factor(-c, rho)) for c in table.tolist()]
    total = np.zeros_like(year.cos_beta)
    count = np.zeros_like(year.cos_beta)
    for cosine in cosines:
        cos_sun = year.cos_beta * cosine
        is_lit = (cos_sun > 0.0) | (np.sqrt(np.maximum(1.0 - cos_sun**2, 0.0)) > math.sin(rho))
        reflected = given.albedo_frac * year.flux_w_per_m2 * np.maximum(cos_sun, 0.0)
        absorbed = array_absorbed_w_per_m2.py_func(
            year.flux_w_per_m2,
            given.earth_infrared_w_per_m2,
            reflected,
            np.interp(cos_sun, table, views),
            given.array_absorptivity_frac,
            given.cell_efficiency_frac,
            given.array_emissivity_frac,
        )
        kelvin = np.sqrt(np.sqrt(absorbed / (2.0 * STEFAN_BOLTZMANN_W_PER_M2_K4 * given.array_emissivity_frac)))
        efficiency = cell_efficiency.py_func(kelvin, given.cell_efficiency_frac, given.temperature_coefficient_per_k)
        total += np.where(is_lit, efficiency, 0.0)
        count += is_lit
    return year.flux_w_per_m2 * given.packing_frac * math.cos(given.pointing_error_rad) * total / count


def _radiated_w_per_m2(layer: Layer, year: Seasons, given: Inputs, radiator_k: float) -> float:
    """Net heat of one square metre of panel (two faces) in the hot case: nearest Sun, highest noon."""
    rho = float(earth_angular_radius_rad(layer.radius_m))
    flux_w_per_m2, noon = float(year.flux_w_per_m2.max()), float(year.cos_beta.max())
    cos_tilt = math.cos(given.radiator_tilt_rad) if given.radiator_edge_on else noon
    view = float(plate_to_sphere_view_factor(cos_tilt, rho) + plate_to_sphere_view_factor(-cos_tilt, rho))
    absorbed = view * (
        given.radiator_emissivity_frac * given.earth_infrared_w_per_m2
        + given.radiator_absorptivity_frac * given.albedo_frac * flux_w_per_m2 * noon
    ) + (0.0 if given.radiator_edge_on else given.radiator_absorptivity_frac * flux_w_per_m2)
    emitted = 2.0 * given.radiator_emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4 * radiator_k**4
    return given.fin_efficiency_frac * emitted - absorbed


def _drag_speed_m_per_s(
    layer: Layer, year: Seasons, given: Inputs, array_m2: float, radiator_m2: float, mass_kg: float
) -> float:
    """What drag takes in a life: the mean area across the flight of an array that faces the Sun and of a radiator that
    stands edge-on to Sun and Earth, and so across the flight where the Sun stands over the orbit's pole.
    """
    array_frac = float((2.0 / math.pi) * year.cos_beta.mean(axis=0).max())
    across_frac = float(np.sqrt(1.0 - year.cos_beta**2).mean(axis=0).max()) if given.radiator_edge_on else array_frac
    area_m2 = array_frac * array_m2 + across_frac * radiator_m2
    density = float(density_by_cycle_kg_per_m3(layer.radius_m - EARTH_RADIUS_M, given.solar_flux_sfu))
    ballistic = given.drag_coefficient * area_m2 / mass_kg
    return float(drag_acceleration_m_per_s2(layer.radius_m, density, ballistic)) * given.life_s


def _lines(
    given: Inputs,
    array_m2: float,
    battery_j: float,
    radiator_m2: float,
    rated_w: float,
    load_w: float,
    shielding: ShellShielding,
) -> tuple[Line, ...]:
    compute_kg = given.accelerators * given.accelerator_kg
    wall_m2 = 6.0 * (compute_kg / RACK_KG_PER_M3) ** (2.0 / 3.0)
    shield_kg = wall_m2 * shielding.thickness_mm * 1e-3 * ALUMINIUM_KG_PER_M3
    conversion_kg, lasers_kg = load_w * CONVERSION_KG_PER_W, given.lasers * given.laser_kg
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
        _by_mass("radiation shield", shield_kg, f"{shielding.thickness_mm:.1f} mm of aluminium round the racks"),
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
