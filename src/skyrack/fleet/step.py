"""One satellite, one step: supply, load, battery, service, heat, darkness.

Each phase is a law of its own, so that a driver can walk a fleet phase by phase; `step` is all of them in a row.
"""

from skyrack.core.law import law
from skyrack.fleet.state import Darkness, Flows, Load, Service, State, Supply
from skyrack.physics.battery import battery_exchange
from skyrack.physics.radiator import absorbed_from_earth_w_per_m2, reflected_flux_w_per_m2
from skyrack.physics.solar_array import array_power_w, array_temperature_k, cell_efficiency
from skyrack.physics.two_node import coast, heat_room_w, warm

THROTTLE_THRESHOLD_FRAC = 1e-3
"""A satellite counts as throttled when more than this share of its request is not served; below it is rounding."""


@law
def supply(light, satellite):
    """Power of the array while it is lit, and heat that both faces of the radiator take from Earth and Sun."""
    reflected = reflected_flux_w_per_m2(light.solar_flux_w_per_m2, satellite.albedo, light.cos_sun)
    array_k = array_temperature_k(
        light.solar_flux_w_per_m2,
        satellite.earth_flux_w_per_m2,
        reflected,
        light.facing_view_frac,
        satellite.array_absorptivity,
        satellite.rated_cell_efficiency,
        satellite.array_emissivity,
    )
    efficiency = cell_efficiency(array_k, satellite.rated_cell_efficiency, satellite.temperature_coefficient_per_k)
    view_frac = satellite.radiator_view_frac + satellite.radiator_facing_sun * (
        light.facing_view_frac - satellite.radiator_view_frac
    )
    from_earth = absorbed_from_earth_w_per_m2(
        view_frac,
        satellite.earth_flux_w_per_m2,
        reflected,
        satellite.radiator_emissivity,
        satellite.radiator_absorptivity,
    )
    sunlight_w = (
        satellite.radiator_face_area_m2
        * satellite.radiator_facing_sun
        * satellite.radiator_absorptivity
        * light.solar_flux_w_per_m2
    )
    edge_lateness = lit_lateness(light.sunlit_frac, light.half_frac, light.sinking)
    return Supply(
        array_power_w(light.solar_flux_w_per_m2, satellite.cell_area_m2, efficiency, light.array_health_frac),
        satellite.radiator_face_area_m2 * from_earth + sunlight_w * light.sunlit_frac,
        sunlight_w * edge_lateness,
    )


@law
def lit_lateness(sunlit_frac, half_frac, sinking):
    """Lateness of a power that is 1 in sunlight and 0 in the dark: negative into the shadow, positive out of it.

    The mean over the two halves of the Sun, each of which is up for a share f of the step: f (1 - f) / 2.
    """
    return (0.5 - sinking) * (sunlit_frac * (1.0 - sunlit_frac) - 0.25 * half_frac * half_frac)


@law
def requested_compute_w(array_w, charge_j, capacity_j, satellite):
    """Compute power that the policy asks for while the array gives `array_w`.

    What is left after the bus and the battery's refill, but never less than the policy's floor or more than its ceiling.
    """
    refill_w = (capacity_j - charge_j) * (1.0 / satellite.recharge_s)
    left_w = array_w - satellite.bus_w - refill_w
    return min(max(left_w, satellite.compute_floor_w), satellite.compute_ceiling_w)


@law
def load(charge_j, electronics_k, radiator_k, capacity_j, sunlit_frac, array_w, surroundings_w, satellite):
    """What the power policy asks for, and how much of it the temperature of the electronics allows.

    Compute is cut when its heat would carry the electronics past their limit by the end of the step.
    """
    coasted = coast(electronics_k, radiator_k, surroundings_w, satellite.two_node)
    room_w = heat_room_w(coasted.electronics_k, satellite.electronics_limit_k, satellite.two_node)
    cool_w = max(room_w - satellite.bus_w, 0.0)
    wanted_lit_w = requested_compute_w(array_w, charge_j, capacity_j, satellite)
    compute_lit_w = min(wanted_lit_w, cool_w)
    compute_dark_w = min(satellite.compute_floor_w, cool_w)
    return Load(
        coasted,
        sunlit_frac * (wanted_lit_w - compute_lit_w)
        + (1.0 - sunlit_frac) * (satellite.compute_floor_w - compute_dark_w),
        compute_lit_w,
        compute_dark_w,
    )


@law
def draw(charge_j, capacity_j, sunlit_frac, half_frac, sinking, array_w, compute_lit_w, compute_dark_w, satellite):
    """What the battery stores and gives between the array and the load.

    The step is split where the shadow's edge falls in it: a lit part, served by array and battery, and a dark part, served
    by the battery alone. Compute may draw the battery down to its depth limit, the bus down to nothing.
    """
    dark_frac = 1.0 - sunlit_frac
    net_w = array_w - compute_lit_w - satellite.bus_w
    surplus_w = max(net_w, 0.0)
    dark_load_w = compute_dark_w + satellite.bus_w
    # in half-light what one half of the Sun gives too much covers what the other half leaves open
    within_w = 0.5 * half_frac * min(surplus_w, dark_load_w)
    return battery_exchange(
        charge_j,
        sunlit_frac * surplus_w - within_w,
        sunlit_frac * (surplus_w - net_w) + dark_frac * dark_load_w - within_w,
        satellite.essential_share,
        sinking,
        capacity_j,
        satellite.reserve_frac * capacity_j,
        sunlit_frac * satellite.charge_limit_w,
        satellite.charge_efficiency,
        satellite.discharge_efficiency,
        satellite.step_s,
    )


@law
def serve(short_w, sunlit_frac, half_frac, sinking, cut_w, compute_lit_w, compute_dark_w, satellite):
    """What compute and bus get when the battery leaves `short_w` uncovered: compute is cut first and the bus last."""
    dark_frac = 1.0 - sunlit_frac
    allowed_lit_w = sunlit_frac * compute_lit_w
    allowed_w = allowed_lit_w + dark_frac * compute_dark_w
    powered_w = allowed_w - short_w
    compute_w = max(powered_w, 0.0)
    # late: the lit load beside what the dark got of it (at a shadow's edge), and a dark load that ran dry on its way
    dark_served_w = compute_w - allowed_lit_w
    in_half_light = 0.25 * half_frac * half_frac
    edge_late_w = (0.5 - sinking) * (
        sunlit_frac * (dark_frac * compute_lit_w - dark_served_w) - in_half_light * (compute_lit_w - compute_dark_w)
    )
    dry_late_w = -0.5 * dark_served_w * short_w * (1.0 / max(satellite.compute_floor_w, 1.0))
    shed_w = cut_w + short_w
    return Service(
        compute_w,
        satellite.bus_w + min(powered_w, 0.0),
        edge_late_w + dry_late_w,
        shed_w,
        1.0 if shed_w > THROTTLE_THRESHOLD_FRAC * (allowed_w + cut_w + satellite.bus_w) else 0.0,
    )


@law
def darkness(eclipse_s, sunlit_frac, satellite):
    """Darkness since the present eclipse began, and whether it begins in this step."""
    dark_s = (1.0 - sunlit_frac) * satellite.step_s
    return Darkness(eclipse_s + dark_s if dark_s > 0.0 else 0.0, 1.0 if (dark_s > 0.0) & (eclipse_s == 0.0) else 0.0)


@law
def step(state, capacity_j, light, satellite):
    """Advance one satellite by one step: its new state, and the flows that explain it."""
    step_s, sunlit_frac = satellite.step_s, light.sunlit_frac
    given = supply(light, satellite)
    asked = load(
        state.charge_j,
        state.electronics_k,
        state.radiator_k,
        capacity_j,
        sunlit_frac,
        given.array_w,
        given.surroundings_w,
        satellite,
    )
    exchange = draw(
        state.charge_j,
        capacity_j,
        sunlit_frac,
        light.half_frac,
        light.sinking,
        given.array_w,
        asked.compute_lit_w,
        asked.compute_dark_w,
        satellite,
    )
    served = serve(
        exchange.short_w,
        sunlit_frac,
        light.half_frac,
        light.sinking,
        asked.cut_w,
        asked.compute_lit_w,
        asked.compute_dark_w,
        satellite,
    )
    warmed = warm(
        asked.coasted,
        state.radiator_k,
        served.compute_w + served.bus_w,
        exchange.lost_w,
        served.late_w,
        given.surroundings_late_w,
        satellite.two_node,
    )
    dark = darkness(state.eclipse_s, sunlit_frac, satellite)
    return (
        State(exchange.charge_j, warmed.electronics_k, warmed.radiator_k, dark.eclipse_s),
        Flows(
            sunlit_frac * step_s,
            sunlit_frac * given.array_w * step_s,
            served.compute_w * step_s,
            served.bus_w * step_s,
            exchange.charge_j - state.charge_j,
            exchange.spilled_w * step_s,
            exchange.lost_w * step_s,
            served.shed_w * step_s,
            exchange.discharged_w * step_s,
            served.throttled * step_s,
            dark.begins,
        ),
    )
