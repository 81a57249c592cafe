"""Values that the fleet's step reads and returns: named tuples of floats, which compiled drivers can inline."""

from typing import NamedTuple

from skyrack.physics.solar_array import Cubic
from skyrack.physics.two_node import TwoNode


class Satellite(NamedTuple):
    """Constants of the satellites of one layer during a run, in SI units."""

    cell_area_m2: float
    """Panel area times packing fraction times cosine of the pointing error."""
    rated_cell_efficiency: float
    efficiency_by_heat: Cubic
    """Efficiency of the cells at their operating temperature, by the heat that the panel absorbs (W/m2)."""
    array_absorptivity: float
    array_emissivity: float
    charge_efficiency: float
    discharge_efficiency: float
    charge_limit_j: float
    """Maximum energy that the battery cells store during a step of full sunlight."""
    reserve_frac: float
    """Share of the capacity that compute never draws: one minus the depth limit."""
    bus_w: float
    compute_floor_w: float
    """Minimum and (below) maximum compute power that the power policy requests without a command."""
    compute_ceiling_w: float
    recharge_s: float
    """Time constant of the battery refill that a Sun-following compute load leaves room for, plus half a step: the refill
    power is constant over a step, and so follows its exponential to second order."""
    edge_on_infrared_w: float
    """Heat that a radiator edge-on to the Sun absorbs from the Earth's infrared; 0 for one that faces the Sun."""
    edge_on_reflecting_m2: float
    """Heat that a radiator edge-on to the Sun absorbs for each W/m2 of sunlight reflected by the Earth."""
    facing_infrared_w: float
    """Infrared and (below) reflected heat of a radiator with one face toward the Sun, for a view full of Earth; else 0."""
    facing_reflecting_m2: float
    facing_sun_m2: float
    """Heat that the sunward face absorbs for each W/m2 of sunlight."""
    electronics_limit_k: float
    earth_flux_w_per_m2: float
    albedo: float
    step_s: float
    step_turns: float
    """Turns that a satellite of this layer flies in one step."""
    two_node: TwoNode


class Request(NamedTuple):
    """Compute power that one satellite may request during a chunk: the power policy's bounds within a command."""

    floor_w: float
    """Minimum compute power that is requested, in sunlight and in eclipse."""
    ceiling_w: float
    """Maximum compute power that is requested."""
    essential_share: float
    """Bus power over bus plus floor power: the share of a deficit in eclipse that may use the battery's reserve."""


class Light(NamedTuple):
    """Light on one satellite during one step."""

    sunlit_frac: float
    """Sunlit fraction, mean over the step."""
    half_light_frac: float
    """Part of the sunlit fraction that is received in half-light (penumbra)."""
    past_midnight: float
    """Orbit angle from the anti-solar point in the middle of the step, in turns (see `mean_sunlight`): an edge of the shadow
    in this step is an entry where it is negative, else an exit."""
    cos_sun: float
    """Cosine of the angle at the Earth's centre between satellite and Sun."""
    solar_flux_w_per_m2: float
    array_health_frac: float
    facing_view_frac: float
    """Sum of both faces' view factors to the Earth for a plate that faces the Sun."""


class FacingHeat(NamedTuple):
    """Heat that a radiator facing the Sun absorbs from Sun and Earth during one step."""

    heat_w: float
    """Heating, mean over the step."""
    late_w: float
    """First time moment of the heating (see `physics.two_node.forced_response`)."""


class Absorbed(NamedTuple):
    """Heat absorbed from Sun and Earth during one step."""

    array_w_per_m2: float
    """Heat absorbed by both faces of the lit array, less its electric power."""
    surroundings_w: float
    """Heat absorbed by the radiator, mean over the step."""


class Supply(NamedTuple):
    """Electric power and heat that a satellite receives during one step."""

    array_w: float
    """Electric power of the array while it is lit."""
    surroundings_w: float
    """Heat that the radiator absorbs from Earth and Sun, mean over the step."""


class Load(NamedTuple):
    """Power demand on the satellite during one step."""

    compute_lit_w: float
    """Compute power that the policy requests and the temperature allows while the array is lit."""
    compute_more_w: float
    """Difference of the allowed compute power in sunlight and in eclipse."""
    allowed_w: float
    """Allowed compute power, mean over the step."""
    cut_w: float
    """Requested compute power that the temperature does not allow, mean over the step."""
    surplus_w: float
    """Array power beyond compute and bus, mean over the step."""
    deficit_w: float
    """Power of compute and bus that the battery must supply, mean over the step."""


class IdleFullBattery(NamedTuple):
    """Step in full sunlight of a satellite with a full, idle battery, which serves compute as the policy requests."""

    compute_w: float
    surplus_w: float
    """Array power beyond compute and bus, all of which is curtailed."""
    unrest: float
    """Measure of departure from this case: 0 where the battery is full and idle and compute is not limited by temperature."""


class Service(NamedTuple):
    """Power served by the satellite during one step."""

    compute_w: float
    bus_w: float
    late_w: float
    """First time moment of compute and bus power together (see `physics.two_node.forced_response`)."""
    unserved_w: float
    """Power requested by policy and bus, and not served."""
    throttled: float
    """1 if less than the request of compute or bus was served, else 0."""


class State(NamedTuple):
    """State of one satellite, which evolves from step to step."""

    charge_j: float
    electronics_k: float
    radiator_k: float


class Flows(NamedTuple):
    """Energy flows of one step; the balance is array = compute + bus + stored + curtailed + lost."""

    sunlit_s: float
    array_j: float
    compute_j: float
    bus_j: float
    stored_j: float
    curtailed_j: float
    lost_j: float
    unserved_j: float
    discharged_j: float
    throttled_s: float
