"""Laws of one satellite's time step: supply, load, battery, service, heat.

Each phase is a law of its own, so that a driver can advance a fleet phase by phase; `step` applies all of them in order.
"""

import math

from skyrack.core.jit import law
from skyrack.fleet.state import Absorbed, FacingHeat, Flows, IdleFullBattery, Load, Service, State, Supply
from skyrack.physics.battery import curtailed_w, refill, serve_deficit
from skyrack.physics.radiator import reflected_flux_w_per_m2
from skyrack.physics.solar_array import array_absorbed_w_per_m2, array_power_w, cubic
from skyrack.physics.two_node import forced_response, free_response, heat_room_w

THROTTLE_THRESHOLD_FRAC = 1e-3
"""Threshold of throttling: unserved power as a fraction of bus plus peak compute power, above the rounding error."""


@law
def facing_heat(light, satellite):
    """Return the heat absorbed by a radiator with one face toward the Sun; zero for an edge-on radiator."""
    reflected = reflected_flux_w_per_m2(light.solar_flux_w_per_m2, satellite.albedo, light.cos_sun)
    from_earth_w = satellite.facing_infrared_w + satellite.facing_reflecting_m2 * reflected
    sunlight_w = satellite.facing_sun_m2 * light.solar_flux_w_per_m2
    edge_frac = light.sunlit_frac * (1.0 - light.sunlit_frac) - light.half_light_frac * light.half_light_frac
    return FacingHeat(
        light.facing_view_frac * from_earth_w + sunlight_w * light.sunlit_frac,
        sunlight_w * math.copysign(0.5, light.past_midnight) * edge_frac,
    )


@law
def absorb(light, facing_w, satellite):
    """Return the heat absorbed by the lit array (W/m2), and by both faces of the radiator from Earth and Sun (W)."""
    reflected = reflected_flux_w_per_m2(light.solar_flux_w_per_m2, satellite.albedo, light.cos_sun)
    return Absorbed(
        array_absorbed_w_per_m2(
            light.solar_flux_w_per_m2,
            satellite.earth_flux_w_per_m2,
            reflected,
            light.facing_view_frac,
            satellite.array_absorptivity,
            satellite.rated_cell_efficiency,
            satellite.array_emissivity,
        ),
        facing_w + satellite.edge_on_infrared_w + satellite.edge_on_reflecting_m2 * reflected,
    )


@law
def lit_array_w(absorbed_w_per_m2, solar_flux_w_per_m2, array_health_frac, satellite):
    """Return the power of the lit array (W), with cells at the temperature that follows from the absorbed heat."""
    efficiency = cubic(absorbed_w_per_m2, satellite.efficiency_by_heat)
    return array_power_w(solar_flux_w_per_m2, satellite.cell_area_m2, efficiency, array_health_frac)


@law
def supply(light, facing_w, satellite):
    """Return the power of the lit array, and the heat absorbed by both faces of the radiator from Earth and Sun."""
    absorbed = absorb(light, facing_w, satellite)
    return Supply(
        lit_array_w(absorbed.array_w_per_m2, light.solar_flux_w_per_m2, light.array_health_frac, satellite),
        absorbed.surroundings_w,
    )


@law
def requested_compute_w(spare_w, charge_j, capacity_j, request, satellite):
    """Return the requested compute power (W) while the array supplies `spare_w` beyond the bus power.

    It is the power left after the battery's refill, within the floor and the ceiling of the request.
    """
    left_w = spare_w - (capacity_j - charge_j) * (1.0 / satellite.recharge_s)
    return min(max(left_w, request.floor_w), request.ceiling_w)


@law
def load(charge_j, capacity_j, free_electronics_k, sunlit_frac, half_light_frac, array_w, request, satellite):
    """Return the demand: requested compute power, the part that the temperature allows, and the array's surplus or deficit.

    Compute is reduced where its heat would bring the electronics above their limit at the end of the step.
    """
    room_w = heat_room_w(free_electronics_k, satellite.electronics_limit_k, satellite.two_node)
    cool_w = max(room_w - satellite.bus_w, 0.0)
    spare_w = array_w - satellite.bus_w
    wanted_lit_w = requested_compute_w(spare_w, charge_j, capacity_j, request, satellite)
    lit_w = min(wanted_lit_w, cool_w)
    dark_w, dark_frac = min(request.floor_w, cool_w), 1.0 - sunlit_frac
    wanted_w = sunlit_frac * wanted_lit_w + dark_frac * request.floor_w
    allowed_w = sunlit_frac * lit_w + dark_frac * dark_w
    net_w = spare_w - lit_w
    over_w = max(net_w, 0.0)
    dark_load_w = dark_w + satellite.bus_w
    # in half-light, the surplus with one half of the Sun covers the deficit without the other
    covered_w = half_light_frac * min(over_w, dark_load_w)
    return Load(
        lit_w,
        lit_w - dark_w,
        allowed_w,
        wanted_w - allowed_w,
        sunlit_frac * over_w - covered_w,
        sunlit_frac * (over_w - net_w) + dark_frac * dark_load_w - covered_w,
    )


@law
def charge(charge_j, capacity_j, sunlit_frac, past_midnight, surplus_w, satellite):
    """Return the battery after charging that precedes discharge, in a step that begins lit.

    A step with a shadow edge is split into a lit part, served by array and battery, and a dark part, served by the battery
    alone.
    """
    return refill(
        charge_j,
        surplus_w,
        past_midnight < 0.0,
        capacity_j,
        satellite.charge_limit_j * sunlit_frac,
        satellite.charge_efficiency,
        satellite.step_s,
    )


@law
def discharge(refilled, capacity_j, deficit_w, essential_share, satellite):
    """Return the battery after it has served the deficit, and stored the surplus that follows the discharge.

    Compute may discharge the battery to its depth limit, the bus completely.
    """
    return serve_deficit(
        refilled,
        deficit_w,
        essential_share,
        capacity_j,
        satellite.reserve_frac * capacity_j,
        satellite.charge_efficiency,
        satellite.discharge_efficiency,
        satellite.step_s,
    )


@law
def serve(
    short_w,
    sunlit_frac,
    half_light_frac,
    past_midnight,
    allowed_w,
    cut_w,
    compute_lit_w,
    compute_more_w,
    satellite,
):
    """Return the power served to compute and bus when the battery leaves `short_w` unserved: compute is reduced first."""
    powered_w = allowed_w - short_w
    compute_w = max(powered_w, 0.0)
    # first time moment: of the load that changes at a shadow edge, and of a dark load that ends early with an empty battery;
    # a bus deficit beyond the floor is not part of that load
    lit_w = sunlit_frac * compute_lit_w
    edge_late_w = lit_w - sunlit_frac * compute_w - half_light_frac * half_light_frac * compute_more_w
    dry_late_w = min((0.5 / max(satellite.compute_floor_w, 1.0)) * short_w, 0.5) * (lit_w - compute_w)
    unserved_w = cut_w + short_w
    counts_w = THROTTLE_THRESHOLD_FRAC * (satellite.compute_ceiling_w + satellite.bus_w)
    return Service(
        compute_w,
        satellite.bus_w + min(powered_w, 0.0),
        math.copysign(0.5, past_midnight) * edge_late_w + dry_late_w,
        unserved_w,
        1.0 if unserved_w > counts_w else 0.0,
    )


@law
def idle_full_battery(charge_j, capacity_j, free_electronics_k, array_w, request, satellite):
    """Return the result of `load`, `charge`, `discharge` and `serve` in full sunlight with a full battery.

    It holds where its `unrest` is 0. Most satellites of dawn-dusk orbits are in this state most of the time, and a driver may
    then skip the battery.
    """
    asked = load(charge_j, capacity_j, free_electronics_k, 1.0, 0.0, array_w, request, satellite)
    return IdleFullBattery(
        asked.allowed_w, asked.surplus_w, abs(capacity_j - charge_j) + (asked.cut_w + asked.deficit_w)
    )


@law
def curtail(surplus_w, satellite):
    """Return the power (W) that a full battery does not accept, with the rounding of `charge` and `discharge`."""
    offered_j = surplus_w * (satellite.charge_efficiency * satellite.step_s)
    return curtailed_w(offered_j, 0.0, satellite.charge_efficiency, satellite.step_s)


@law
def step(state, capacity_j, request, light, satellite):
    """Advance one satellite by one step: its new state, and the flows that explain it."""
    step_s, sunlit_frac = satellite.step_s, light.sunlit_frac
    facing = facing_heat(light, satellite)
    given = supply(light, facing.heat_w, satellite)
    free = free_response(state.electronics_k, state.radiator_k, given.surroundings_w, satellite.two_node)
    asked = load(
        state.charge_j,
        capacity_j,
        free.electronics_k,
        sunlit_frac,
        light.half_light_frac,
        given.array_w,
        request,
        satellite,
    )
    refilled = charge(state.charge_j, capacity_j, sunlit_frac, light.past_midnight, asked.surplus_w, satellite)
    exchange = discharge(refilled, capacity_j, asked.deficit_w, request.essential_share, satellite)
    served = serve(
        exchange.short_w,
        sunlit_frac,
        light.half_light_frac,
        light.past_midnight,
        asked.allowed_w,
        asked.cut_w,
        asked.compute_lit_w,
        asked.compute_more_w,
        satellite,
    )
    warmed = forced_response(
        free,
        served.compute_w + served.bus_w,
        exchange.lost_w,
        served.late_w,
        facing.late_w,
        satellite.two_node,
    )
    return (
        State(exchange.charge_j, warmed.electronics_k, warmed.radiator_k),
        Flows(
            sunlit_frac * step_s,
            sunlit_frac * given.array_w * step_s,
            served.compute_w * step_s,
            served.bus_w * step_s,
            exchange.charge_j - state.charge_j,
            exchange.curtailed_w * step_s,
            exchange.lost_w * step_s,
            served.unserved_w * step_s,
            exchange.discharged_w * step_s,
            served.throttled * step_s,
        ),
    )
