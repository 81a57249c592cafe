"""What a radiator takes in from its surroundings, gives out, and the temperature at which both agree."""

import math

from skyrack.core.constants import STEFAN_BOLTZMANN_W_PER_M2_K4
from skyrack.core.jit import law


@law
def emitted_w_per_m2(temperature_k, emissivity):
    """Heat that one grey face radiates: e sigma T^4. Reference: CODATA 2018 for sigma."""
    squared = temperature_k * temperature_k
    return emissivity * STEFAN_BOLTZMANN_W_PER_M2_K4 * squared * squared


@law
def absorbed_from_earth_w_per_m2(view_frac, earth_flux_w_per_m2, reflected_flux_w_per_m2, emissivity, absorptivity):
    """Heat that a face with this view factor takes from the Earth, its infrared and the sunlight it reflects.

    F (e q_ir + a q_albedo): the Earth as an evenly warm, diffuse sphere. Reference: Gilmore, Spacecraft Thermal Control
    Handbook, 2nd ed., ch. 2.
    """
    return view_frac * (emissivity * earth_flux_w_per_m2 + absorptivity * reflected_flux_w_per_m2)


@law
def reflected_flux_w_per_m2(solar_flux_w_per_m2, albedo, cos_sun):
    """Sunlight that the ground under a satellite sends back: a S cos(zenith angle of the Sun), none on the night side.

    The usual approximation for low orbits: the whole visible cap is as bright as the point under the satellite, so the
    glow just past the terminator is left out. Reference: Gilmore, 2nd ed., ch. 2.
    """
    return (albedo * solar_flux_w_per_m2) * max(cos_sun, 0.0)


@law
def net_flux_w_per_m2(temperature_k, emissivity, sink_temperature_k):
    """Heat that a grey face loses to surroundings at an effective sink temperature: e sigma (T^4 - T_sink^4)."""
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
    """Temperature of black surroundings that would give a face the same heat as it absorbs: (q / (e sigma))^(1/4)."""
    return math.sqrt(math.sqrt(absorbed_w_per_m2 / (emissivity * STEFAN_BOLTZMANN_W_PER_M2_K4)))
