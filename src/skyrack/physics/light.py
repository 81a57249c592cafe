"""How long light is on its way."""

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.core.law import law


@law
def light_time_s(distance_m):
    """Time that light takes through empty space, one way. Reference: SI definition of the metre."""
    return distance_m / SPEED_OF_LIGHT_M_PER_S
