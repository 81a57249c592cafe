"""Line of sight: elevation above the horizon, clearance of the Earth, maximum link length at an altitude."""

import math

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.jit import law


@law
def elevation_sine(place_x, place_y, place_z, satellite_x, satellite_y, satellite_z):
    """Sine of the elevation of a satellite above the horizontal plane of a place.

    Both positions are in metres in one geocentric frame. The vertical is geocentric, within 0.2 deg of the plumb line.
    """
    dx, dy, dz = satellite_x - place_x, satellite_y - place_y, satellite_z - place_z
    upward = dx * place_x + dy * place_y + dz * place_z
    size = (dx * dx + dy * dy + dz * dz) * (place_x * place_x + place_y * place_y + place_z * place_z)
    return upward / math.sqrt(size)


@law
def lowest_radius_m(x1, y1, z1, x2, y2, z2):
    """Minimum distance from the Earth's centre of the straight line between two satellites."""
    dx, dy, dz = x2 - x1, y2 - y1, z2 - z1
    squared = dx * dx + dy * dy + dz * dz
    share = -(x1 * dx + y1 * dy + z1 * dz) / squared if squared > 0.0 else 0.0
    share = min(max(share, 0.0), 1.0)
    px, py, pz = x1 + share * dx, y1 + share * dy, z1 + share * dz
    return math.sqrt(px * px + py * py + pz * pz)


@law
def slant_range_m(altitude_m, elevation_rad):
    """Slant range from a place at sea level to a satellite at an altitude and elevation, on a spherical Earth.

    Reference: Wertz and Larson, Space Mission Analysis and Design, 3rd ed., sec. 5.2 (recalled).
    """
    radius_m = EARTH_RADIUS_M + altitude_m
    ahead = EARTH_RADIUS_M * math.cos(elevation_rad)
    return math.sqrt(radius_m * radius_m - ahead * ahead) - EARTH_RADIUS_M * math.sin(elevation_rad)


@law
def longest_link_m(altitude_m, clearance_m):
    """Maximum length of a link between two satellites at one altitude that stays above `clearance_m`."""
    radius_m, lowest_m = EARTH_RADIUS_M + altitude_m, EARTH_RADIUS_M + clearance_m
    return 2.0 * math.sqrt(max(radius_m * radius_m - lowest_m * lowest_m, 0.0))
