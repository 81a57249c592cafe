"""The values that the fleet's step reads and returns: named tuples of floats, which compiled drivers can inline."""

from typing import NamedTuple

from skyrack.physics.two_node import Temperatures, TwoNode


class Satellite(NamedTuple):
    """What stays the same for the satellites of one layer during a run: the closed design in SI units."""

    cell_area_m2: float
    """Panel area times packing times cosine of the pointing error."""
    rated_cell_efficiency: float
    temperature_coefficient_per_k: float
    array_absorptivity: float
    array_emissivity: float
    charge_efficiency: float
    discharge_efficiency: float
    charge_limit_w: float
    reserve_frac: float
    """Share of the capacity that is never drawn: one minus the depth limit."""
    bus_w: float
    essential_share: float
    """Bus power over bus and floor together: the share of a deficit in the dark that may empty the battery."""
    compute_floor_w: float
    compute_ceiling_w: float
    recharge_s: float
    """Time in which a compute load that follows the Sun lets the battery refill first, plus half a step: the refill is held
    over a step, and so keeps to its exponential to second order."""
    radiator_face_area_m2: float
    radiator_emissivity: float
    radiator_absorptivity: float
    radiator_view_frac: float
    """Sum of both faces' view factors to the Earth, for a radiator that stands edge-on to the Sun."""
    radiator_facing_sun: float
    """1 where one face looks at the Sun as the array does, 0 where the radiator stands edge-on to it."""
    electronics_limit_k: float
    earth_flux_w_per_m2: float
    albedo: float
    step_s: float
    step_angle_rad: float
    """Angle that a satellite of this layer flies in one step."""
    two_node: TwoNode


class Light(NamedTuple):
    """The light around one satellite during one step."""

    sunlit_frac: float
    """Share of full sunlight, mean over the step."""
    half_frac: float
    """Share of the step in half-light (penumbra)."""
    cos_sun: float
    """Cosine of the angle at the Earth's centre between satellite and Sun."""
    sinking: float
    """1 while that cosine falls (an edge of the shadow in this step is an entry), 0 while it rises."""
    solar_flux_w_per_m2: float
    array_health_frac: float
    facing_view_frac: float
    """Sum of both faces' view factors to the Earth for a plate that faces the Sun."""


class Supply(NamedTuple):
    """What the sky gives during one step."""

    array_w: float
    """Electric power of the array while it is lit."""
    surroundings_w: float
    """Heat that the radiator takes from Earth and Sun, mean over the step."""
    surroundings_late_w: float
    """Its lateness (see `physics.two_node.warm`)."""


class Load(NamedTuple):
    """What is asked of the satellite during one step."""

    coasted: Temperatures
    """Temperatures at the end of the step, had the electronics made no heat."""
    cut_w: float
    """Compute power that the policy asks for and the temperature forbids, mean over the step."""
    compute_lit_w: float
    """Compute power that the temperature allows while the array is lit."""
    compute_dark_w: float
    """The same in the dark."""


class Service(NamedTuple):
    """What the satellite gave during one step."""

    compute_w: float
    bus_w: float
    late_w: float
    """Lateness of compute and bus together (see `physics.two_node.warm`)."""
    shed_w: float
    """Asked for by the policy or the bus, and not served."""
    throttled: float
    """1 if compute or bus were cut, else 0."""


class Darkness(NamedTuple):
    """The eclipse that a satellite is in."""

    eclipse_s: float
    """Darkness since it began, 0 in full sunlight."""
    begins: float
    """1 in the step in which it begins, else 0."""


class State(NamedTuple):
    """All that evolves in one satellite from step to step."""

    charge_j: float
    electronics_k: float
    radiator_k: float
    eclipse_s: float


class Flows(NamedTuple):
    """What one step moved, so that its energy can be checked: array = compute + bus + stored + spilled + lost."""

    sunlit_s: float
    array_j: float
    compute_j: float
    bus_j: float
    stored_j: float
    spilled_j: float
    lost_j: float
    shed_j: float
    discharged_j: float
    throttled_s: float
    eclipses: float
