"""Shadow models: where the Earth's shadow begins and ends along an orbit.

A shadow model gives the angles from the anti-Sun direction at which two representative slices of the Sun set. Everything
else (how long a step of a circular orbit is lit) follows from the laws in `skyrack.physics.shadow.geometry` and is the same
for every model. Add a model: one file with a class that keeps the promise below, one line among the entry points
`skyrack.shadow`, one test.

What the promise cannot express: the edges are asked for once for each block of a few dozen steps and each layer (all orbits
of one radius and inclination), so they cannot differ between the planes of a layer, nor between entry and exit, and no other
body than the Earth casts a shadow.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import ASTRONOMICAL_UNIT_M, SUN_RADIUS_M
from skyrack.core.errors import InputError
from skyrack.physics.shadow.geometry import earth_angular_radius_rad

Floats = NDArray[np.float64]


class ShadowGeometry(NamedTuple):
    """The geometry of one layer at one time, from which a model finds the edges of the shadow."""

    radius_m: float
    """Radius of the orbit, from the Earth's centre."""
    inclination_rad: float
    sun_declination_rad: float
    """Elevation of the Sun over the Earth's equator."""
    sun_distance_m: float
    earth_angular_radius_rad: float
    """Half the angle that a spherical Earth of the equatorial radius fills in the satellite's sky."""
    sun_angular_radius_rad: float


class ShadowModel(Protocol):
    """The promise of a shadow model."""

    name: ClassVar[str]

    def edge_cosines(self, geometry: ShadowGeometry) -> tuple[float, float]:
        """Return the cosines of the angles from the anti-Sun direction inside which each half of the Sun's light is hidden.

        The half that sets early, whose edge lies further out, comes first. Both cosines lie above 0 and up to 1.
        """
        ...


def edges(
    model: ShadowModel, radius_m: float, inclination_rad: float, sun_z: Floats, sun_distance_au: Floats
) -> Floats:
    """Return the edge cosines of a layer at some times, (time, early and late).

    `sun_z` is the third component of the unit vector to the Sun in the equator's frame. Raises InputError for a model whose
    cosines are none.
    """
    earth_rad = float(earth_angular_radius_rad(radius_m))
    distances_m = sun_distance_au * ASTRONOMICAL_UNIT_M
    sun_radii_rad = np.arcsin(SUN_RADIUS_M / distances_m)
    found = np.array(
        [
            model.edge_cosines(
                ShadowGeometry(radius_m, inclination_rad, math.asin(z), distance_m, earth_rad, radius_rad)
            )
            for z, distance_m, radius_rad in zip(
                sun_z.tolist(), distances_m.tolist(), sun_radii_rad.tolist(), strict=True
            )
        ],
        np.float64,
    )
    wrong = ~((found > 0.0) & (found <= 1.0))
    if wrong.any():
        raise InputError(
            f"environment.shadow: the model {model.name!r} gives an edge whose cosine is {found[wrong][0]:g}; "
            "accepted are cosines above 0 and up to 1"
        )
    return found
