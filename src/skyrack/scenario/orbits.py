"""Orbits of a scenario: shells laid out by a rule, formations within them, and catalogued satellites."""

from __future__ import annotations

import functools
import math
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from skyrack.core.errors import InputError
from skyrack.scenario.part import Angle, Part, Unit, from_catalogue
from skyrack.scenario.satellite import Satellite
from skyrack.scenario.tle import Elements, read_elements


class Stack(Part):
    """Stack of identical shells at increasing altitudes."""

    shells: int = Field(ge=1, le=1000, strict=True)
    spacing_m: Annotated[float, Unit("m", 0.0, 100e3, low_excluded=True)]


class Formation(Part):
    """Formation of satellites around each slot of a shell."""

    lattice: Literal["square", "hexagonal", "tilted"] = "square"
    radius_m: Annotated[float, Unit("m", 1.0, 100e3)]
    """Half of the formation's length along the orbit."""
    spacing_m: Annotated[float, Unit("m", 1.0, 50e3)]
    """Minimum distance of neighbours; in a square or hexagonal lattice it varies up to twice that within an orbit."""

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Return the lattice points, the centre first: radial and half the along-track offset, in units of the spacing.

        In these coordinates free relative motion is a rigid rotation.
        """
        return _lattice(self.lattice == "hexagonal", self.radius_m / 2.0 / self.spacing_m)

    @property
    def n_sats(self) -> int:
        """Return the number of satellites of one formation."""
        return len(self.points)

    @model_validator(mode="after")
    def _holds_satellites(self) -> Formation:
        if self.radius_m / self.spacing_m > 400.0:
            raise ValueError("'spacing' must be at least a 400th of 'radius'")
        if self.n_sats < 2:
            raise ValueError("the formation holds a single satellite; 'spacing' must be at most half of 'radius'")
        return self


@functools.cache
def _lattice(is_hexagonal: bool, reach: float) -> tuple[tuple[float, float], ...]:
    n = int(reach) + 2
    rise = math.sqrt(0.75) if is_hexagonal else 1.0
    points = [
        (row * rise, place + (0.5 * row if is_hexagonal else 0.0))
        for row in range(-2 * n, 2 * n + 1)
        for place in range(-2 * n, 2 * n + 1)
    ]
    inside = [point for point in points if math.hypot(*point) <= reach * (1.0 + 1e-9)]
    return tuple(sorted(inside, key=lambda point: (round(math.hypot(*point), 9), point)))


class Shell(Part):
    """Shell of circular orbits of one kind around one altitude."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    kind: Literal["sun-synchronous", "walker-delta", "walker-star"]
    altitude_m: Annotated[float, Unit("m", 150e3, 2500e3)]
    band_m: Annotated[float, Unit("m", 0.0, 500e3)] = Field(default="0 km", validate_default=True)
    layers: int = Field(default=1, ge=1, le=1000, strict=True)
    planes: int = Field(ge=1, strict=True)
    satellites_per_plane: int = Field(ge=1, strict=True)
    phasing: int = Field(default=0, ge=0, strict=True)
    inclination_rad: Annotated[Angle | None, Field(default=None)]
    local_time_s: Annotated[float, Unit("s", 0.0, 86_400.0)] | None = None
    local_time_spread_s: Annotated[float, Unit("s", 0.0, 86_400.0)] = Field(default="0 h", validate_default=True)
    first_node_rad: Angle = Field(default="0 deg", validate_default=True)
    arc_rad: Annotated[float, Unit("rad", 0.0, 6.283185307179587)] = Field(default="360 deg", validate_default=True)
    formation: Formation | None = None
    stack: Stack | None = None
    satellite: Satellite | None = None

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> Shell:
        if self.kind == "sun-synchronous":
            if self.local_time_s is None:
                raise ValueError(
                    "a sun-synchronous shell needs 'local_time' (of its ascending node), for example '18 h'"
                )
            if self.inclination_rad is not None:
                raise ValueError("a sun-synchronous shell finds its own inclination; leave 'inclination' out")
        else:
            if self.inclination_rad is None:
                raise ValueError(f"a {self.kind} shell needs 'inclination', for example '53 deg'")
            if not 0.0 <= self.inclination_rad <= math.pi:
                raise ValueError("'inclination' must lie from 0 deg to 180 deg")
            if self.local_time_s is not None:
                raise ValueError(f"'local_time' belongs to sun-synchronous shells, this one is {self.kind}")
        if self.phasing >= max(self.planes, 1):
            raise ValueError(f"'phasing' must be below the number of planes, {self.planes}")
        top_m = self.altitude_m + self.band_m + (self.stack.spacing_m * (self.stack.shells - 1) if self.stack else 0.0)
        if top_m > 2500e3:
            raise ValueError(f"the shell reaches {top_m / 1e3:g} km; accepted is up to 2500 km")
        return self

    @property
    def n_sats(self) -> int:
        """Return the number of satellites of the shell and its stack; a slot holds one satellite or one formation."""
        places = self.planes * self.satellites_per_plane * self.layers * (self.stack.shells if self.stack else 1)
        return places * (self.formation.n_sats if self.formation else 1)


class Catalogued(Part):
    """Catalogued satellites: their orbital elements as TLE or OMM, propagated by SGP4."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    elements: str
    """Text of the orbital elements, or the name of a file of them beside the scenario."""
    age_limit_s: Annotated[float, Unit("s", 0.0, 100 * 366 * 86_400.0)] = from_catalogue("catalogued.age_limit")
    planes: Annotated[int | None, Field(default=None, ge=1)]
    """Orbital planes with equal numbers of satellites, in the order of the file; None: found from the ascending nodes."""
    satellite: Satellite | None = None

    @field_validator("elements")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            read_elements(text)
        except InputError as error:
            raise ValueError(str(error)) from None
        return text

    @model_validator(mode="after")
    def _planes_divide(self) -> Catalogued:
        if self.planes is not None and self.n_sats % self.planes:
            raise ValueError(f"'planes' ({self.planes}) must divide the number of satellites, {self.n_sats}")
        return self

    @property
    def read(self) -> Elements:
        """Return the orbital elements as parsed from their text."""
        return read_elements(self.elements)

    @property
    def n_sats(self) -> int:
        """Return the number of satellites."""
        return self.read.n_sats
