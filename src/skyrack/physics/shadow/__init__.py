"""The shadow of the Earth.

A shadow model says at which angles from the Earth's dark side two representative slices of the Sun set. Everything else
(how long a step of a circular orbit is lit) follows from the geometry in `geometry.py` and is the same for every model.
Add a model: one file with a frozen dataclass that keeps the promise below, one line among the entry points
`skyrack.shadow`, one test.
"""

from typing import ClassVar, Protocol


class ShadowModel(Protocol):
    """The promise of a shadow model."""

    name: ClassVar[str]

    def edge_cosines(self, earth_angular_radius_rad: float, sun_angular_radius_rad: float) -> tuple[float, float]:
        """Cosines of the angle from the anti-Sun direction inside which each half of the Sun's light is hidden.

        Both angular radii are those seen from the satellite.
        """
        ...
