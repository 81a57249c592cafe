"""Constants of a satellite in its layer, as the laws of the step read them."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from skyrack.core.constants import STEFAN_BOLTZMANN_W_PER_M2_K4, TWO_PI
from skyrack.fleet import state
from skyrack.orbits.layout import Layer
from skyrack.physics.radiator import absorbed_from_earth_w_per_m2, sink_temperature_k
from skyrack.physics.shadow.geometry import earth_angular_radius_rad
from skyrack.physics.solar_array import Cubic, array_absorbed_w_per_m2, array_temperature_k, cell_efficiency
from skyrack.physics.two_node import two_node_constants
from skyrack.physics.view_factor import plate_to_sphere_view_factor
from skyrack.scenario.satellite import Satellite, SolarArray
from skyrack.scenario.schema import Scenario

MIN_SOLAR_FLUX_W_PER_M2, MAX_SOLAR_FLUX_W_PER_M2 = 1310.0, 1420.0
"""Bounds of the solar flux at the Earth through a year, 0.983-1.017 au."""

FACING_VIEW_TERMS = 5
"""Number of coefficients of the even polynomial that approximates the view factor in the fast drivers."""


def satellite_constants(scenario: Scenario, satellite: Satellite, layer: Layer, step_s: float) -> state.Satellite:
    """Return the constants of the satellites of one layer in float64, for a step of `step_s`."""
    array, battery, radiator = satellite.solar_array, satellite.battery, satellite.radiator
    floor_w, ceiling_w = scenario.power_policy.bounds_w(
        satellite.compute.average_power_w, satellite.compute.peak_power_w
    )
    limit_k = satellite.electronics.temperature_limit_k
    taken_j_per_w = battery.charge_efficiency_frac * step_s
    edge_on, facing = radiator_heat(scenario, satellite, layer)
    return state.Satellite(
        cell_area_m2=array.area_m2 * array.packing_frac * math.cos(array.pointing_error_rad),
        rated_cell_efficiency=array.cell_efficiency_frac,
        efficiency_by_heat=efficiency_by_heat(scenario, array),
        array_absorptivity=array.absorptivity_frac,
        array_emissivity=array.emissivity_frac,
        charge_efficiency=battery.charge_efficiency_frac,
        discharge_efficiency=battery.discharge_efficiency_frac,
        charge_limit_j=battery.charge_rate_per_hour * battery.capacity_j / 3600.0 * taken_j_per_w,
        reserve_frac=1.0 - battery.depth_limit_frac,
        bus_w=satellite.bus_power_w,
        compute_floor_w=floor_w,
        compute_ceiling_w=ceiling_w,
        recharge_s=scenario.power_policy.refill_s + 0.5 * step_s,
        edge_on_infrared_w=edge_on[0],
        edge_on_reflecting_m2=edge_on[1],
        facing_infrared_w=facing[0],
        facing_reflecting_m2=facing[1],
        facing_sun_m2=0.0 if radiator.edge_on_to_sun else radiator.area_per_face_m2 * radiator.absorptivity_frac,
        electronics_limit_k=limit_k,
        earth_flux_w_per_m2=scenario.environment.earth_infrared_w_per_m2,
        albedo=scenario.environment.albedo_frac,
        step_s=step_s,
        step_turns=layer.phase_rate_rad_per_s * step_s / TWO_PI,
        two_node=two_node_constants(
            satellite.electronics.heat_capacity_j_per_k,
            radiator.heat_capacity_j_per_k,
            radiator.coupling_w_per_k,
            emission_w_per_k4(satellite),
            limit_k + 30.0,  # above every temperature reached, as the scheme's stability requires
            step_s,
        ),
    )


def request_within(limit_w: Any, satellite: state.Satellite, requested_w: Any = None) -> state.Request:
    """Return the compute power that a satellite may request below a limit (W; number or array), in the limit's shape.

    `requested_w` is the power that the policy commands, in sunlight and in eclipse; by default its static bounds apply.
    """
    floor_w = np.minimum(satellite.compute_floor_w if requested_w is None else requested_w, limit_w)
    return state.Request(
        floor_w,
        np.minimum(satellite.compute_ceiling_w if requested_w is None else requested_w, limit_w),
        satellite.bus_w / np.maximum(satellite.bus_w + floor_w, 1e-9),
    )


def efficiency_by_heat(scenario: Scenario, array: SolarArray) -> Cubic:
    """Return the cell efficiency as a cubic in the heat (W/m2) that the panel absorbs; see `_efficiency_fit`."""
    return _efficiency_fit(
        scenario.environment.earth_infrared_w_per_m2,
        scenario.environment.albedo_frac,
        array.absorptivity_frac,
        array.emissivity_frac,
        array.cell_efficiency_frac,
        array.temperature_coefficient_per_k,
    )


@functools.lru_cache(maxsize=256)
def _efficiency_fit(
    infrared_w_per_m2: float,
    albedo_frac: float,
    absorptivity_frac: float,
    emissivity_frac: float,
    rated_efficiency: float,
    coefficient_per_k: float,
) -> Cubic:
    """Return a cubic in the absorbed heat (W/m2) for the efficiency of cells at their operating temperature.

    It fits `cell_efficiency` of `array_temperature_k` at Chebyshev nodes between the minimum heat (minimum solar flux, no
    Earth) and the maximum (maximum solar flux, view full of sunlit Earth), within a relative 1e-4. Evaluating the exact laws,
    with two square roots per step, would take a fast driver as long as its battery.
    """
    least, most = (
        array_absorbed_w_per_m2(
            flux_w_per_m2,
            infrared_w_per_m2,
            albedo_frac * flux_w_per_m2,
            view_frac,
            absorptivity_frac,
            rated_efficiency,
            emissivity_frac,
        )
        for flux_w_per_m2, view_frac in ((MIN_SOLAR_FLUX_W_PER_M2, 0.0), (MAX_SOLAR_FLUX_W_PER_M2, 1.0))
    )
    heats = 0.5 * (least + most) + 0.5 * (most - least) * np.cos((np.arange(16) + 0.5) * np.pi / 16)
    temperatures_k = [array_temperature_k(float(heat), emissivity_frac) for heat in heats]
    exact = [cell_efficiency(kelvin, rated_efficiency, coefficient_per_k) for kelvin in temperatures_k]
    return Cubic(*np.polynomial.Polynomial.fit(heats, exact, 3).convert().coef.tolist())


def radiator_heat(
    scenario: Scenario, satellite: Satellite, layer: Layer
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the heat a radiator absorbs from the Earth: edge-on to the Sun, and facing it (for a view full of Earth).

    One of the pairs is zero. Each pair is the absorbed infrared of the Earth (W) and the absorbed heat per W/m2 of reflected
    sunlight (m2).
    """
    radiator = satellite.radiator
    view_frac = edge_on_view_frac(satellite, layer.radius_m) if radiator.edge_on_to_sun else 1.0
    infrared_w_per_m2, per_reflected = (
        absorbed_from_earth_w_per_m2(view_frac, *fluxes, radiator.emissivity_frac, radiator.absorptivity_frac)
        for fluxes in ((scenario.environment.earth_infrared_w_per_m2, 0.0), (0.0, 1.0))
    )
    heat = radiator.area_per_face_m2 * infrared_w_per_m2, radiator.area_per_face_m2 * per_reflected
    return (heat, (0.0, 0.0)) if radiator.edge_on_to_sun else ((0.0, 0.0), heat)


def emission_w_per_k4(satellite: Satellite) -> float:
    """Return emissivity times Stefan-Boltzmann constant times area of both faces (W/K4)."""
    radiator = satellite.radiator
    return 2.0 * radiator.area_per_face_m2 * radiator.emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4


def edge_on_view_frac(satellite: Satellite, radius_m: float) -> float:
    """Return the sum of both faces' view factors to the Earth at the radiator's tilt."""
    rho, cos_tilt = earth_angular_radius_rad(radius_m), math.cos(satellite.radiator.earth_tilt_rad)
    return float(plate_to_sphere_view_factor(cos_tilt, rho) + plate_to_sphere_view_factor(-cos_tilt, rho))


def facing_view_frac(cos_sun: float, earth_radius_rad: float) -> float:
    """Return the sum of both faces' exact view factors to the Earth for a plate that faces the Sun."""
    return float(
        plate_to_sphere_view_factor(cos_sun, earth_radius_rad) + plate_to_sphere_view_factor(-cos_sun, earth_radius_rad)
    )


@functools.lru_cache(maxsize=1024)
def facing_view_polynomial(radius_m: float) -> tuple[float, ...]:
    """Return coefficients of an even polynomial in the cosine of the Sun angle, fitted to `facing_view_frac`.

    Least squares at Chebyshev nodes over the whole range; within 0.002 of the exact value everywhere.
    """
    rho = float(earth_angular_radius_rad(radius_m))
    cosines = np.cos(np.linspace(0.0, 0.5 * math.pi, 65))
    exact = [facing_view_frac(float(cosine), rho) for cosine in cosines]
    powers = np.vander(cosines**2, FACING_VIEW_TERMS, increasing=True)
    return tuple(float(c) for c in np.linalg.lstsq(powers, np.asarray(exact), rcond=None)[0])


def start_temperatures_k(scenario: Scenario, satellite: Satellite, layer: Layer) -> tuple[float, float]:
    """Return electronics and radiator temperatures (K) in balance with the average load, without sunlight."""
    radiator = satellite.radiator
    heat_w = satellite.compute.average_power_w + satellite.bus_power_w
    absorbed = absorbed_from_earth_w_per_m2(
        0.5 * edge_on_view_frac(satellite, layer.radius_m),
        scenario.environment.earth_infrared_w_per_m2,
        0.0,
        radiator.emissivity_frac,
        radiator.absorptivity_frac,
    )
    sink_k = sink_temperature_k(absorbed, radiator.emissivity_frac)
    radiator_k = (heat_w / emission_w_per_k4(satellite) + sink_k**4) ** 0.25
    limit_k = satellite.electronics.temperature_limit_k
    electronics_k = min(radiator_k + heat_w / radiator.coupling_w_per_k, limit_k)
    return electronics_k, min(radiator_k, electronics_k)


def narrow(values: Any) -> Any:
    """Return a named tuple with all values, nested ones included, as float32."""
    return type(values)(*(narrow(v) if isinstance(v, tuple) else np.float32(v) for v in values))
