"""Shadow model with umbra and penumbra: the Sun is a disc."""

import math
from typing import ClassVar

from skyrack.environment.shadow import ShadowGeometry
from skyrack.scenario.part import Part


class Conical(Part):
    """Conical shadow: sunlight fades while the Earth's limb crosses the Sun's disc.

    For the mean over a step, two slices at plus and minus half the disc's radius suffice: Gaussian quadrature for the
    semicircular profile of a uniform disc, exact to third order in the disc's width. The eclipse duration is within one
    second, except for orbits that graze the shadow (beta within 0.3 deg of critical): up to 30 s for one orbit, half a
    second in the mean over such orbits. Limb darkening, refraction and the Earth's flattening are neglected.
    """

    name: ClassVar[str] = "conical"

    def edge_cosines(self, geometry: ShadowGeometry) -> tuple[float, float]:
        """Return the cosines of both edges: the slice nearer to the Earth sets first, so its edge lies further out."""
        half = 0.5 * geometry.sun_angular_radius_rad
        earth = geometry.earth_angular_radius_rad
        return math.cos(earth + half), math.cos(earth - half)
