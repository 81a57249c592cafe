"""A shadow with parallel sides: the Sun is a point at infinity."""

import math
from typing import ClassVar

from skyrack.environment.shadow import ShadowGeometry
from skyrack.scenario.part import Part


class Cylindrical(Part):
    """Sunlight ends where the Earth's limb passes the centre of the Sun.

    Within seconds of the conical shadow for low orbits, but wrong near the beta angle at which eclipses begin.
    Reference: Vallado, Fundamentals of Astrodynamics, 4th ed., sec. 5.3.2.
    """

    name: ClassVar[str] = "cylindrical"

    def edge_cosines(self, geometry: ShadowGeometry) -> tuple[float, float]:
        """Return the cylinder's edge twice: both halves of the Sun's light set together."""
        edge = math.cos(geometry.earth_angular_radius_rad)
        return edge, edge
