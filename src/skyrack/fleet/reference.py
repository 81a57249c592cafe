"""The slow driver: the same laws, one satellite after the other in float64, sines and cosines at every step.

It shares the laws with the fast drivers and nothing else: no tiles, no float32, no turned sky, no polynomial in place of
the exact view factor. Tests hold the fast drivers against it at 1 s steps, benchmarks use it as the scalar version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.jit import driver
from skyrack.core.time import tt_since_j2000_s
from skyrack.environment.shadow import edges
from skyrack.fleet import state
from skyrack.fleet.constants import request_within, satellite_constants, start_temperatures_k
from skyrack.fleet.step import step
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.layout import Layer
from skyrack.physics.battery import battery_health_frac
from skyrack.physics.shadow.geometry import (
    earth_angular_radius_rad,
    mean_sunlight,
    shadow_edge,
    shadow_half_arc,
    shadow_half_arc_squared,
)
from skyrack.physics.solar_array import array_health_frac
from skyrack.physics.sun import solar_flux_w_per_m2, sun_position
from skyrack.physics.view_factor import plate_to_sphere_view_factor
from skyrack.scenario import Scenario
from skyrack.scenario.satellite import Satellite

_Light, _Request, _State = state.Light, state.Request, state.State
N_FLOWS = len(state.Flows._fields)


@dataclass(frozen=True)
class ReferenceTrack:
    """One satellite's history."""

    states: NDArray[np.float64]
    """(time, charge_j electronics_k radiator_k), one row each `every_s`."""
    flows: NDArray[np.float64]
    """Sum of each of `state.Flows` over the whole track."""
    charge_start_j: float


def fly_reference(
    scenario: Scenario,
    satellite: Satellite,
    layer: Layer,
    position: int,
    span_s: float,
    step_s: float,
    every_s: float,
    command_w: float = math.inf,
) -> ReferenceTrack:
    """Fly one satellite of a layer for `span_s` under a command (W) and keep its state each `every_s`."""
    epoch_tt_s = tt_since_j2000_s(scenario.epoch)
    rho = float(earth_angular_radius_rad(layer.radius_m))
    noons = SunTrack.at(epoch_tt_s, (np.arange(math.ceil(span_s / DAY_S)) + 0.5) * DAY_S)
    shadow = scenario.environment.shadow
    start_k = start_temperatures_k(scenario, satellite, layer)
    battery = satellite.battery
    constants = satellite_constants(scenario, satellite, layer, step_s)
    states = np.zeros((round(span_s / every_s), 3))
    flows = np.zeros(N_FLOWS)
    _integrate(
        constants,
        request_within(command_w, constants),
        (layer.inclination_rad, float(layer.raan_rad[position]), float(layer.phase_rad[position])),
        (layer.raan_rate_rad_per_s, layer.phase_rate_rad_per_s),
        epoch_tt_s,
        edges(shadow, layer.radius_m, layer.inclination_rad, noons.direction[:, 2], noons.distance_au),
        rho,
        satellite.solar_array.wear_per_year_frac,
        (battery.capacity_j, battery.fade_per_cycle_frac, battery.fade_per_year_frac),
        start_k,
        round(every_s / step_s),
        states,
        flows,
    )
    return ReferenceTrack(states, flows, battery.capacity_j)


@driver
def _integrate(
    satellite,
    request,
    orbit,
    rates,
    epoch_tt_s,
    edge_cosines,
    rho,
    wear_per_year_frac,
    battery,
    start_k,
    keep_each,
    states,
    flows,
):
    inclination, raan, phase = orbit
    now = _State(battery[0], start_k[0], start_k[1])
    capacity_j = battery[0]
    cos_i, sin_i = math.cos(inclination), math.sin(inclination)
    day_steps = int(DAY_S / satellite.step_s + 0.5)
    for k in range(len(states) * keep_each):
        if k % day_steps == 0:
            full_cycles = flows[8] / battery[0]
            capacity_j = battery[0] * battery_health_frac(full_cycles, k * satellite.step_s, battery[1], battery[2])
            excess_j = max(now.charge_j - capacity_j, 0.0)
            flows[6] += excess_j
            flows[4] -= excess_j
            now = _State(now.charge_j - excess_j, now.electronics_k, now.radiator_k)
        time_s = (k + 0.5) * satellite.step_s
        sun = sun_position(epoch_tt_s + time_s)
        node, latitude = raan + rates[0] * time_s, phase + rates[1] * time_s
        toward = math.cos(node) * sun.x_eci + math.sin(node) * sun.y_eci
        ahead = cos_i * (math.cos(node) * sun.y_eci - math.sin(node) * sun.x_eci) + sin_i * sun.z_eci
        cos_sun = toward * math.cos(latitude) + ahead * math.sin(latitude)
        rate = ahead * math.cos(latitude) - toward * math.sin(latitude)
        edge = edge_cosines[k // day_steps]
        cos_beta = math.hypot(toward, ahead)
        past_midnight = math.atan2(rate, -cos_sun) / TWO_PI
        lit = mean_sunlight(
            past_midnight,
            satellite.step_turns,
            shadow_edge(shadow_half_arc(shadow_half_arc_squared(cos_beta, edge[0])), satellite.step_turns),
            shadow_edge(shadow_half_arc(shadow_half_arc_squared(cos_beta, edge[1])), satellite.step_turns),
        )
        view = plate_to_sphere_view_factor(cos_sun, rho) + plate_to_sphere_view_factor(-cos_sun, rho)
        light = _Light(
            lit.sunlit_frac,
            lit.half_light_frac,
            past_midnight,
            cos_sun,
            solar_flux_w_per_m2(sun.distance_au),
            array_health_frac(time_s, wear_per_year_frac),
            view,
        )
        now, moved = step(now, capacity_j, request, light, satellite)
        _add(flows, moved)
        if (k + 1) % keep_each == 0:
            row = states[(k + 1) // keep_each - 1]
            row[0], row[1], row[2] = now.charge_j, now.electronics_k, now.radiator_k


@driver
def _add(flows, moved):
    flows[0] += moved.sunlit_s
    flows[1] += moved.array_j
    flows[2] += moved.compute_j
    flows[3] += moved.bus_j
    flows[4] += moved.stored_j
    flows[5] += moved.curtailed_j
    flows[6] += moved.lost_j
    flows[7] += moved.unserved_j
    flows[8] += moved.discharged_j
    flows[9] += moved.throttled_s
