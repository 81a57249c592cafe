"""Who sees whom: elevation above a horizon, a line past the Earth, the longest links that an altitude allows."""

import math

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.jit import law


@law
def elevation_sine(place_x, place_y, place_z, satellite_x, satellite_y, satellite_z):
    """Sine of the angle at which a satellite stands above the plane across the line from the Earth's centre.

    All in metres in one frame. The vertical is taken from the Earth's centre, which is within 0.2 deg of the plumb line.
    """
    dx, dy, dz = satellite_x - place_x, satellite_y - place_y, satellite_z - place_z
    upward = dx * place_x + dy * place_y + dz * place_z
    size = (dx * dx + dy * dy + dz * dz) * (place_x * place_x + place_y * place_y + place_z * place_z)
    return upward / math.sqrt(size)


@law
def lowest_radius_m(x1, y1, z1, x2, y2, z2):
    """Distance from the Earth's centre at which the straight line between two satellites passes lowest."""
    dx, dy, dz = x2 - x1, y2 - y1, z2 - z1
    squared = dx * dx + dy * dy + dz * dz
    share = -(x1 * dx + y1 * dy + z1 * dz) / squared if squared > 0.0 else 0.0
    share = min(max(share, 0.0), 1.0)
    px, py, pz = x1 + share * dx, y1 + share * dy, z1 + share * dz
    return math.sqrt(px * px + py * py + pz * pz)


@law
def slant_range_m(altitude_m, elevation_rad):
    """Distance from a place at sea level to a satellite at this altitude and elevation, on a sphere.

    Reference: Wertz and Larson, Space Mission Analysis and Design, 3rd ed., sec. 5.2 (recalled).
    """
    radius_m = EARTH_RADIUS_M + altitude_m
    ahead = EARTH_RADIUS_M * math.cos(elevation_rad)
    return math.sqrt(radius_m * radius_m - ahead * ahead) - EARTH_RADIUS_M * math.sin(elevation_rad)


@law
def longest_link_m(altitude_m, clearance_m):
    """Longest line between two satellites at one altitude that passes this far above the ground everywhere."""
    radius_m, lowest_m = EARTH_RADIUS_M + altitude_m, EARTH_RADIUS_M + clearance_m
    return 2.0 * math.sqrt(max(radius_m * radius_m - lowest_m * lowest_m, 0.0))
