"""The values that the fleet's step reads and returns: named tuples of floats, which compiled drivers can inline."""

from typing import NamedTuple

from skyrack.physics.solar_array import Cubic
from skyrack.physics.two_node import TwoNode


class Satellite(NamedTuple):
    """What stays the same for the satellites of one layer during a run: the closed design in SI units."""

    cell_area_m2: float
    """Panel area times packing times cosine of the pointing error."""
    rated_cell_efficiency: float
    efficiency_by_heat: Cubic
    """Efficiency of the cells at work, by the heat that their panel absorbs (W/m2)."""
    array_absorptivity: float
    array_emissivity: float
    charge_efficiency: float
    discharge_efficiency: float
    charge_limit_j: float
    """Most that the cells take in during a step of full sunlight."""
    reserve_frac: float
    """Share of the capacity that is never drawn: one minus the depth limit."""
    bus_w: float
    compute_floor_w: float
    """Least and (below) greatest compute power that the power policy requests without a command."""
    compute_ceiling_w: float
    recharge_s: float
    """Time in which a compute load that follows the Sun lets the battery refill first, plus half a step: the refill is held
    over a step, and so keeps to its exponential to second order."""
    edge_on_infrared_w: float
    """Heat that a radiator which stands edge-on to the Sun takes from the Earth's infrared; 0 for one that faces it."""
    edge_on_reflecting_m2: float
    """Heat that it takes for each W/m2 of sunlight that the ground sends back."""
    facing_infrared_w: float
    """The two of a radiator whose one face looks at the Sun as the array does, for a view full of Earth; else 0."""
    facing_reflecting_m2: float
    facing_sun_m2: float
    """Heat that its sunward face takes for each W/m2 of sunlight."""
    electronics_limit_k: float
    earth_flux_w_per_m2: float
    albedo: float
    step_s: float
    step_turns: float
    """Turns that a satellite of this layer flies in one step."""
    two_node: TwoNode


class Request(NamedTuple):
    """Compute power that one satellite may request during a chunk of flight: the power policy's bounds within a command."""

    floor_w: float
    """Least compute power that is requested, in light and in the dark."""
    ceiling_w: float
    """Greatest compute power that is requested."""
    essential_share: float
    """Bus power over bus and floor together: the share of a deficit in the dark that may empty the battery."""


class Light(NamedTuple):
    """The light around one satellite during one step."""

    sunlit_frac: float
    """Share of full sunlight, mean over the step."""
    half_light_frac: float
    """Part of it received in half-light (penumbra)."""
    past_midnight: float
    """Turns past the orbit's midnight in the middle of the step (see `mean_sunlight`); while it is negative, an edge of the
    shadow in this step is an entry, then an exit."""
    cos_sun: float
    """Cosine of the angle at the Earth's centre between satellite and Sun."""
    solar_flux_w_per_m2: float
    array_health_frac: float
    facing_view_frac: float
    """Sum of both faces' view factors to the Earth for a plate that faces the Sun."""


class FacingHeat(NamedTuple):
    """What a radiator that faces the Sun takes from it and from the Earth during one step."""

    heat_w: float
    """Mean over the step."""
    late_w: float
    """Its lateness (see `physics.two_node.warm`)."""


class Absorbed(NamedTuple):
    """Heat that comes from Sun and Earth during one step."""

    array_w_per_m2: float
    """Taken in by both faces of the array while it is lit, its electric power taken off."""
    surroundings_w: float
    """Taken in by the radiator, mean over the step."""


class Supply(NamedTuple):
    """What the sky gives during one step."""

    array_w: float
    """Electric power of the array while it is lit."""
    surroundings_w: float
    """Heat that the radiator takes from Earth and Sun, mean over the step."""


class Load(NamedTuple):
    """What is asked of the satellite during one step."""

    compute_lit_w: float
    """Compute power that the policy asks for and the temperature allows while the array is lit."""
    compute_more_w: float
    """How much more that is than in the dark."""
    allowed_w: float
    """The mean of both over the step."""
    cut_w: float
    """Compute power that the policy asks for and the temperature forbids, mean over the step."""
    surplus_w: float
    """What the array gives beyond compute and bus, mean over the step."""
    deficit_w: float
    """What compute and bus ask of the battery, mean over the step."""


class Rest(NamedTuple):
    """A step in full light of a satellite that may be at rest: battery full and left alone, compute as the policy asks."""

    compute_w: float
    surplus_w: float
    """All of it is curtailed."""
    unrest: float
    """0 at rest; above it where the battery has room or is drawn from, or where heat cuts the compute."""


class Service(NamedTuple):
    """What the satellite gave during one step."""

    compute_w: float
    bus_w: float
    late_w: float
    """Lateness of compute and bus together (see `physics.two_node.warm`)."""
    unserved_w: float
    """Asked for by the policy or the bus, and not served."""
    throttled: float
    """1 if compute or bus were cut, else 0."""


class State(NamedTuple):
    """All that evolves in one satellite from step to step."""

    charge_j: float
    electronics_k: float
    radiator_k: float


class Flows(NamedTuple):
    """What one step moved, so that its energy can be checked: array = compute + bus + stored + curtailed + lost."""

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
