"""A shadow with umbra and penumbra: the Sun is a disc."""

import math
from typing import ClassVar

from skyrack.environment.shadow import ShadowGeometry
from skyrack.scenario.part import Part


class Conical(Part):
    """Sunlight fades while the Earth's limb crosses the Sun's disc.

    The mean over a step needs the disc only as two slices at plus and minus half its radius: Gauss's quadrature for the
    semicircular profile of a uniform disc, exact to third order in the disc's width. An orbit's darkness comes out within
    a second, but for orbits that only graze the shadow (beta within 0.3 deg of critical): up to 30 s for one orbit, half
    a second on the mean over such orbits. Limb darkening, refraction and the Earth's flattening are neglected.
    """

    name: ClassVar[str] = "conical"

    def edge_cosines(self, geometry: ShadowGeometry) -> tuple[float, float]:
        """Return the edges: the slice nearer to the Earth sets early, so its edge lies further out; the other sets late."""
        half = 0.5 * geometry.sun_angular_radius_rad
        earth = geometry.earth_angular_radius_rad
        return math.cos(earth + half), math.cos(earth - half)
