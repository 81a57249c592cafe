"""A shadow with umbra and penumbra: the Sun is a disc."""

import math
from dataclasses import dataclass
from typing import ClassVar

from skyrack.core.jit import law


@dataclass(frozen=True)
class Conical:
    """Sunlight fades while the Earth's limb crosses the Sun's disc.

    The mean over a step needs the disc only as two slices at plus and minus half its radius: Gauss's quadrature for the
    semicircular profile of a uniform disc, exact to third order in the disc's width. An orbit's darkness comes out within
    a second, but for orbits that only graze the shadow (beta within 0.3 deg of critical): up to 30 s for one orbit, half
    a second on the mean over such orbits. Limb darkening, refraction and the Earth's flattening are neglected.
    """

    name: ClassVar[str] = "conical"

    def edge_cosines(self, earth_angular_radius_rad: float, sun_angular_radius_rad: float) -> tuple[float, float]:
        """The slice nearer to the Earth sets early, so its edge lies further out; the other one sets late."""
        half = 0.5 * sun_angular_radius_rad
        return math.cos(earth_angular_radius_rad + half), math.cos(earth_angular_radius_rad - half)


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
