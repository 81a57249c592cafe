"""From a closed satellite in its layer to the numbers that the step's laws read."""

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

LEAST_SOLAR_FLUX_W_PER_M2, MOST_SOLAR_FLUX_W_PER_M2 = 1310.0, 1420.0
"""Bounds of sunlight at the Earth through a year, 0.983-1.017 au."""

FACING_VIEW_TERMS = 5
"""Coefficients of the even polynomial that stands for the exact view factor in the fast drivers."""


def satellite_constants(scenario: Scenario, satellite: Satellite, layer: Layer, step_s: float) -> state.Satellite:
    """The satellite of one layer in float64."""
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
            limit_k + 30.0,  # above every temperature met, as the scheme's stability asks
            step_s,
        ),
    )


def request_within(limit_w: Any, satellite: state.Satellite, requested_w: Any = None) -> state.Request:
    """Return what a satellite may request below a limit (W; a number or an array), in the shape of the limit.

    `requested_w` is what the power policy commands, in light and in shadow; by default its static bounds hold.
    """
    floor_w = np.minimum(satellite.compute_floor_w if requested_w is None else requested_w, limit_w)
    return state.Request(
        floor_w,
        np.minimum(satellite.compute_ceiling_w if requested_w is None else requested_w, limit_w),
        satellite.bus_w / np.maximum(satellite.bus_w + floor_w, 1e-9),
    )


def efficiency_by_heat(scenario: Scenario, array: SolarArray) -> Cubic:
    """Efficiency of the cells at work straight from the heat that their panel absorbs; see `_efficiency_fit`."""
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
    """A cubic in the absorbed heat for the efficiency of cells at work.

    `cell_efficiency` of `array_temperature_k`, fitted at Chebyshev nodes from the least heat (least Sun, no Earth) to the
    most (most Sun, a sky full of bright Earth); within 1e-4 of it, relatively. Two square roots a step would cost a fast
    driver as much as its battery.
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
        for flux_w_per_m2, view_frac in ((LEAST_SOLAR_FLUX_W_PER_M2, 0.0), (MOST_SOLAR_FLUX_W_PER_M2, 1.0))
    )
    heats = 0.5 * (least + most) + 0.5 * (most - least) * np.cos((np.arange(16) + 0.5) * np.pi / 16)
    temperatures_k = [array_temperature_k(float(heat), emissivity_frac) for heat in heats]
    exact = [cell_efficiency(kelvin, rated_efficiency, coefficient_per_k) for kelvin in temperatures_k]
    return Cubic(*np.polynomial.Polynomial.fit(heats, exact, 3).convert().coef.tolist())


def radiator_heat(
    scenario: Scenario, satellite: Satellite, layer: Layer
) -> tuple[tuple[float, float], tuple[float, float]]:
    """What a radiator takes from the Earth, edge-on to the Sun and facing it (for a view full of Earth); one of them is 0.

    Each is the heat of the Earth's infrared (W) and the heat for each W/m2 of sunlight that the ground sends back (m2).
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
    """Emissivity, Stefan-Boltzmann constant and the area of both faces, multiplied."""
    radiator = satellite.radiator
    return 2.0 * radiator.area_per_face_m2 * radiator.emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4


def edge_on_view_frac(satellite: Satellite, radius_m: float) -> float:
    """Sum of the view factors of both faces at the radiator's tilt to the Earth."""
    rho, cos_tilt = earth_angular_radius_rad(radius_m), math.cos(satellite.radiator.earth_tilt_rad)
    return float(plate_to_sphere_view_factor(cos_tilt, rho) + plate_to_sphere_view_factor(-cos_tilt, rho))


def facing_view_frac(cos_sun: float, earth_radius_rad: float) -> float:
    """Sum of the exact view factors of both faces of a plate that faces the Sun."""
    return float(
        plate_to_sphere_view_factor(cos_sun, earth_radius_rad) + plate_to_sphere_view_factor(-cos_sun, earth_radius_rad)
    )


@functools.lru_cache(maxsize=1024)
def facing_view_polynomial(radius_m: float) -> tuple[float, ...]:
    """Even polynomial in the cosine of the Sun's angle, fitted to `facing_view_frac`; within 0.002 of it everywhere.

    Chebyshev nodes over the whole range, least squares.
    """
    rho = float(earth_angular_radius_rad(radius_m))
    cosines = np.cos(np.linspace(0.0, 0.5 * math.pi, 65))
    exact = [facing_view_frac(float(cosine), rho) for cosine in cosines]
    powers = np.vander(cosines**2, FACING_VIEW_TERMS, increasing=True)
    return tuple(float(c) for c in np.linalg.lstsq(powers, np.asarray(exact), rcond=None)[0])


def start_temperatures_k(scenario: Scenario, satellite: Satellite, layer: Layer) -> tuple[float, float]:
    """Electronics and radiator in balance with the average load, no sunlight on the radiator."""
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
    """The same named tuple in float32, inner ones too."""
    return type(values)(*(narrow(v) if isinstance(v, tuple) else np.float32(v) for v in values))
