"""Closure of one satellite design: areas of array and radiator, battery capacity, bus power, mass and price.

Sizing and simulation use the same laws: a satellite sized without margin just meets its requirements when it is simulated at
the end of its life.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skyrack.core.constants import JULIAN_YEAR_S, STEFAN_BOLTZMANN_W_PER_M2_K4
from skyrack.core.errors import InputError
from skyrack.design.annual_illumination import Seasons
from skyrack.design.built_satellite import BuiltSatellite, PartSizes, assemble
from skyrack.design.inputs import Inputs
from skyrack.orbits.layout import Layer
from skyrack.physics.shadow.geometry import earth_angular_radius_rad
from skyrack.physics.solar_array import array_absorbed_w_per_m2, array_health_frac, cell_efficiency
from skyrack.physics.view_factor import plate_to_sphere_view_factor

MIN_KEPT_FRAC = 0.05
"""Minimum end-of-life fraction of an array or a battery; the design is rejected below it."""
NOON_POINTS = 24


@dataclass(frozen=True)
class Closure:
    """Satellite of one shell that meets its requirements on the worst day of its year at the end of its life."""

    built: BuiltSatellite
    heat_w: float
    radiator_k: float
    """Mean temperature of the panel in the hot case."""
    delivered_j: float
    """Energy that the battery delivers over the life, the measure of its cycle fade."""
    longest_dark_s: float
    worst_dark_frac: float
    sunlit_frac: float
    """Mean share of the year in sunlight, over the planes of the shell."""
    sunlit_best_frac: float
    """Share of the year in sunlight of the plane with the most."""

    @property
    def shell(self) -> str:
        """Name of the shell."""
        return self.built.shell


def close(shell: str, layer: Layer, year: Seasons, given: Inputs, shielding_mm: float) -> Closure:
    """Size one satellite for the worst day of its year at the end of its life, behind aluminium of a thickness.

    Raises InputError where no array, battery or radiator of any size meets the requirements.
    """
    years = given.life_s / JULIAN_YEAR_S
    bus_w, heat_w = _bus_and_heat_w(given)
    lit_w, dark_w = given.compute_lit_w + bus_w, given.compute_dark_w + bus_w
    round_trip = given.charge_efficiency_frac * given.discharge_efficiency_frac
    lit = 1.0 - year.dark_frac
    asked_w = (lit_w * lit + dark_w * year.dark_frac / round_trip) / lit
    health = float(array_health_frac(given.life_s, given.wear_per_year_frac))
    if health < MIN_KEPT_FRAC:
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
    if kept_frac < MIN_KEPT_FRAC:
        raise InputError(
            f"design.life: in {years:.3g} years a battery that fades {given.fade_per_year_frac:.3g} a year by age alone "
            "keeps less than a twentieth of itself; take a shorter life or a lower 'battery.fade_per_year'"
        )
    battery_j = (drawn_j / given.battery_depth_frac + given.fade_per_cycle_frac * delivered_j) / kept_frac
    surplus_w = float((asked_w - lit_w).max()) * (1.0 + given.power_margin_frac)
    battery_j = max(battery_j, surplus_w / given.charge_rate_per_hour * 3600.0) if drawn_j > 0.0 else 0.0

    # charging losses add to the heat of the radiator
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

    sizes = PartSizes(array_m2, battery_j, radiator_m2, bus_w, lit_w, shielding_mm)
    return Closure(
        built=assemble(shell, layer, year, given, sizes),
        heat_w=heat_w,
        radiator_k=radiator_k,
        delivered_j=delivered_j,
        longest_dark_s=year.longest_dark_s,
        worst_dark_frac=float(year.dark_frac.max()),
        sunlit_frac=1.0 - float(year.dark_frac.mean()),
        sunlit_best_frac=1.0 - float(year.dark_frac.mean(axis=0).min()),
    )


def _bus_and_heat_w(given: Inputs) -> tuple[float, float]:
    """Return bus power and total heat (W); conversion losses and pump power are proportional to the total."""
    base_w = given.avionics_w + given.lasers * given.laser_w
    useful_w = given.compute_lit_w + base_w
    heat_w = useful_w / given.conversion_efficiency_frac / (1.0 - given.pump_frac)
    return heat_w - given.compute_lit_w, heat_w


def _array_w_per_m2(layer: Layer, year: Seasons, given: Inputs) -> np.ndarray:
    """Return the electric power of a new panel (W/m2), mean over the lit arc, (day, plane)."""
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
    """Return the net heat rejection of the panel, both faces (W/m2), in the hot case: perihelion, minimum beta angle."""
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
