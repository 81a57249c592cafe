"""One satellite, one step: supply, load, battery, service, heat.

Each phase is a law of its own, so that a driver can walk a fleet phase by phase; `step` is all of them in a row.
"""

import math

from skyrack.core.jit import law
from skyrack.fleet.state import Absorbed, FacingHeat, Flows, Load, Rest, Service, State, Supply
from skyrack.physics.battery import curtailed_w, refill, serve_deficit
from skyrack.physics.radiator import reflected_flux_w_per_m2
from skyrack.physics.solar_array import array_absorbed_w_per_m2, array_power_w, cubic
from skyrack.physics.two_node import coast, heat_room_w, warm

THROTTLE_THRESHOLD_FRAC = 1e-3
"""A satellite counts as throttled when it serves this share of its bus and its highest compute power less than was asked
for; below that it is rounding."""


@law
def facing_heat(light, satellite):
    """Heat of a radiator whose one face looks at the Sun; nothing where it stands edge-on."""
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
    """Heat that the array takes in while it is lit, and heat that both faces of the radiator take from Earth and Sun."""
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
    """Power of the array while it is lit, its cells as warm as what the panel absorbs makes them."""
    efficiency = cubic(absorbed_w_per_m2, satellite.efficiency_by_heat)
    return array_power_w(solar_flux_w_per_m2, satellite.cell_area_m2, efficiency, array_health_frac)


@law
def supply(light, facing_w, satellite):
    """Power of the array while it is lit, and heat that both faces of the radiator take from Earth and Sun."""
    absorbed = absorb(light, facing_w, satellite)
    return Supply(
        lit_array_w(absorbed.array_w_per_m2, light.solar_flux_w_per_m2, light.array_health_frac, satellite),
        absorbed.surroundings_w,
    )


@law
def requested_compute_w(spare_w, charge_j, capacity_j, request, satellite):
    """Compute power that is requested while the array gives `spare_w` beyond what the bus takes.

    It is what is left after the battery's refill, but never less than the request's floor or more than its ceiling.
    """
    left_w = spare_w - (capacity_j - charge_j) * (1.0 / satellite.recharge_s)
    return min(max(left_w, request.floor_w), request.ceiling_w)


@law
def load(charge_j, capacity_j, coasted_electronics_k, sunlit_frac, half_light_frac, array_w, request, satellite):
    """What the power policy requests, how much of it the electronics' temperature allows, and what the array leaves over.

    Compute is cut when its heat would carry the electronics past their limit by the end of the step.
    """
    room_w = heat_room_w(coasted_electronics_k, satellite.electronics_limit_k, satellite.two_node)
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
    # in half-light what one half of the Sun gives too much covers what the other half leaves open
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
def store(charge_j, capacity_j, sunlit_frac, past_midnight, surplus_w, satellite):
    """What the battery takes in before it is drawn from, in a step that begins lit.

    The step is split where the shadow's edge falls in it: a lit part, served by array and battery, and a dark part, served
    by the battery alone.
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
def draw(refilled, capacity_j, deficit_w, essential_share, satellite):
    """What the battery gives between the array and the load, and what it takes in after that.

    Compute may draw the battery down to its depth limit, the bus down to nothing.
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
    """What compute and bus get when the battery leaves `short_w` uncovered: compute is cut first and the bus last."""
    powered_w = allowed_w - short_w
    compute_w = max(powered_w, 0.0)
    # late: the lit load beside what the whole step got of it (at a shadow's edge), and a dark load that ran dry on its way;
    # what the bus lacks beyond the floor is no part of that load
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
def rest(charge_j, capacity_j, coasted_electronics_k, array_w, request, satellite):
    """What `load`, `store`, `draw` and `serve` come to in full light at rest, and whether that is so.

    Most satellites of dawn-dusk orbits are at rest most of the time; a driver may then pass over the battery.
    """
    asked = load(charge_j, capacity_j, coasted_electronics_k, 1.0, 0.0, array_w, request, satellite)
    return Rest(asked.allowed_w, asked.surplus_w, abs(capacity_j - charge_j) + (asked.cut_w + asked.deficit_w))


@law
def curtail(surplus_w, satellite):
    """Power that a full battery does not take, rounded as where it is offered and turned down."""
    offered_j = surplus_w * (satellite.charge_efficiency * satellite.step_s)
    return curtailed_w(offered_j, 0.0, satellite.charge_efficiency, satellite.step_s)


@law
def step(state, capacity_j, request, light, satellite):
    """Advance one satellite by one step: its new state, and the flows that explain it."""
    step_s, sunlit_frac = satellite.step_s, light.sunlit_frac
    facing = facing_heat(light, satellite)
    given = supply(light, facing.heat_w, satellite)
    coasted = coast(state.electronics_k, state.radiator_k, given.surroundings_w, satellite.two_node)
    asked = load(
        state.charge_j,
        capacity_j,
        coasted.electronics_k,
        sunlit_frac,
        light.half_light_frac,
        given.array_w,
        request,
        satellite,
    )
    refilled = store(state.charge_j, capacity_j, sunlit_frac, light.past_midnight, asked.surplus_w, satellite)
    exchange = draw(refilled, capacity_j, asked.deficit_w, request.essential_share, satellite)
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
    warmed = warm(
        coasted,
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
