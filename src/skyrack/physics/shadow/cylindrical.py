"""A shadow with parallel sides: the Sun is a point at infinity."""

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Cylindrical:
    """Sunlight ends where the Earth's limb passes the centre of the Sun.

    Within seconds of the conical shadow for low orbits, but wrong near the beta angle at which eclipses begin.
    Reference: Vallado, Fundamentals of Astrodynamics, 4th ed., sec. 5.3.2.
    """

    name: ClassVar[str] = "cylindrical"

    def edge_cosines(self, earth_angular_radius_rad: float, sun_angular_radius_rad: float) -> tuple[float, float]:
        """Both halves of the Sun's light set together, on the cylinder."""
        del sun_angular_radius_rad
        edge = math.cos(earth_angular_radius_rad)
        return edge, edge
