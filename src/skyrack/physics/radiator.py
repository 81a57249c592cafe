"""Radiator: heat absorbed from the surroundings, heat emitted, and equilibrium temperature."""

import math

from skyrack.core.constants import STEFAN_BOLTZMANN_W_PER_M2_K4
from skyrack.core.jit import law


@law
def emitted_w_per_m2(temperature_k, emissivity):
    """Heat radiated by one grey face: e sigma T^4. Reference: CODATA 2018 for sigma."""
    squared = temperature_k * temperature_k
    return emissivity * STEFAN_BOLTZMANN_W_PER_M2_K4 * squared * squared


@law
def absorbed_from_earth_w_per_m2(view_frac, earth_flux_w_per_m2, reflected_flux_w_per_m2, emissivity, absorptivity):
    """Heat absorbed from the Earth by a face with a view factor: infrared and reflected sunlight.

    F (e q_ir + a q_albedo): the Earth as an evenly warm, diffuse sphere. Reference: Gilmore, Spacecraft Thermal Control
    Handbook, 2nd ed., ch. 2.
    """
    return view_frac * (emissivity * earth_flux_w_per_m2 + absorptivity * reflected_flux_w_per_m2)


@law
def reflected_flux_w_per_m2(solar_flux_w_per_m2, albedo, cos_sun):
    """Sunlight reflected by the ground below a satellite: a S cos(zenith angle of the Sun), zero on the night side.

    The usual approximation for low orbits: the whole visible cap is as bright as the subsatellite point, so the light
    reflected just past the terminator is neglected. Reference: Gilmore, 2nd ed., ch. 2.
    """
    return (albedo * solar_flux_w_per_m2) * max(cos_sun, 0.0)


@law
def net_flux_w_per_m2(temperature_k, emissivity, sink_temperature_k):
    """Net heat radiated by a grey face to surroundings at an effective sink temperature: e sigma (T^4 - T_sink^4)."""
    return emitted_w_per_m2(temperature_k, emissivity) - emitted_w_per_m2(sink_temperature_k, emissivity)


@law
def radiator_temperature_k(heat_w, area_m2, emissivity, sink_temperature_k):
    """Steady temperature of a grey radiator that rejects `heat_w` to its surroundings; both faces count in `area_m2`.

    T = (q / (e sigma A) + T_sink^4)^(1/4). Conduction to the bus is neglected.

    Valid: 150-450 K, isothermal panel. Reference: Gilmore, 2nd ed., ch. 6.
    """
    return (heat_w / (emissivity * STEFAN_BOLTZMANN_W_PER_M2_K4 * area_m2) + sink_temperature_k**4.0) ** 0.25


@law
def sink_temperature_k(absorbed_w_per_m2, emissivity):
    """Effective sink temperature: black surroundings from which a face would absorb the same heat, (q / (e sigma))^(1/4)."""
    return math.sqrt(math.sqrt(absorbed_w_per_m2 / (emissivity * STEFAN_BOLTZMANN_W_PER_M2_K4)))
