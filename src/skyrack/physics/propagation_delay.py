"""Propagation delays of light in vacuum and in fibre."""

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.core.jit import law


@law
def light_time_s(distance_m):
    """One-way propagation delay of light in vacuum. Reference: SI definition of the metre."""
    return distance_m / SPEED_OF_LIGHT_M_PER_S


@law
def fibre_time_s(distance_m, refractive_index, detour):
    """One-way propagation delay of light in a fibre cable whose length is `detour` times the distance.

    t = d detour n / c with the cable's group index n. Reference: definition of the refractive index.
    """
    return distance_m * detour * refractive_index / SPEED_OF_LIGHT_M_PER_S
