"""Radiator models: area, coupling and surface of a satellite's radiator.

The flight balances heat in its innermost loop, by the laws in `skyrack.physics.two_node` and `skyrack.physics.radiator`. A
model gives the numbers of these laws before the flight, from keys of its own: of a coating, a fin, its age. Add a radiator:
one file with a class that keeps the promise below, one line among the entry points `skyrack.radiator`, one test.

What the promise cannot express: surfaces that change during a run, more than two faces, and coolant loops with more than two
nodes.
"""

from __future__ import annotations

from typing import ClassVar, Protocol


class RadiatorModel(Protocol):
    """The promise of a radiator: each of these is a key of the scenario, or a property that follows from other keys."""

    name: ClassVar[str]

    @property
    def area_per_face_m2(self) -> float:
        """Area of one of the two faces. This, heat capacity and coupling have to be keys, as sizing writes them."""
        ...

    @property
    def heat_capacity_j_per_k(self) -> float:
        """Heat capacity of the panel with its coolant."""
        ...

    @property
    def coupling_w_per_k(self) -> float:
        """Heat that the coolant loop carries for each kelvin between electronics and panel."""
        ...

    @property
    def emissivity_frac(self) -> float:
        """Infrared emissivity of both faces, mean over the panel."""
        ...

    @property
    def absorptivity_frac(self) -> float:
        """Share of sunlight that the faces absorb."""
        ...

    @property
    def edge_on_to_sun(self) -> bool:
        """True if the panel is kept edge-on to the Sun; otherwise one face looks at it as the array does."""
        ...

    @property
    def earth_tilt_rad(self) -> float:
        """Angle between the panel's normal and the direction away from the Earth, for a panel edge-on to the Sun."""
        ...

    @property
    def temperature_limit_k(self) -> float:
        """Highest temperature of the panel, for the margin that a run reports."""
        ...
