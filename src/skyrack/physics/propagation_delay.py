"""How long light is on its way."""

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.core.jit import law


@law
def light_time_s(distance_m):
    """Time that light takes through empty space, one way. Reference: SI definition of the metre."""
    return distance_m / SPEED_OF_LIGHT_M_PER_S


@law
def fibre_time_s(distance_m, refractive_index, detour):
    """Time that light takes through a cable whose way is `detour` times the distance, one way.

    t = d detour n / c with the cable's group index n. Reference: definition of the refractive index.
    """
    return distance_m * detour * refractive_index / SPEED_OF_LIGHT_M_PER_S
