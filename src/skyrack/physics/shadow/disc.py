"""The Sun as a disc behind the Earth."""

import math

from skyrack.core.jit import law


@law
def visible_sun_frac(separation_rad, earth_angular_radius_rad, sun_angular_radius_rad):
    """Share of the Sun's disc that the Earth leaves visible, as seen from a satellite at this instant.

    `separation_rad` is the angle between the directions to the centres of Sun and Earth. Two overlapping discs on the
    sky, the Sun's small beside the Earth's, both taken as flat. 1 in full sun, 0 in umbra.

    Valid: low orbits, where the Earth is the larger disc. Reference: Montenbruck and Gill, Satellite Orbits, eq.
    3.85-3.94.
    """
    earth, sun, distance = earth_angular_radius_rad, sun_angular_radius_rad, separation_rad
    if distance >= earth + sun:
        return 1.0
    if distance <= earth - sun:
        return 0.0
    sun_side = (distance * distance + sun * sun - earth * earth) / (2.0 * distance)
    half_chord = math.sqrt(max(sun * sun - sun_side * sun_side, 0.0))
    hidden = (
        sun * sun * math.acos(min(max(sun_side / sun, -1.0), 1.0))
        + earth * earth * math.acos(min(max((distance - sun_side) / earth, -1.0), 1.0))
        - distance * half_chord
    )
    return 1.0 - hidden / (math.pi * sun * sun)
