"""Radiation environments: trapped particles around the Earth, and the dose that they bring behind aluminium.

A model gives the dose of a circular orbit by depth, and the flux of protons above 30 MeV at places around the Earth. Doses
choose the shielding and the mission dose, the flux gives upsets and interruptions along every orbit. Particles from beyond
the Earth's field (cosmic rays, solar storms) are not its part; see `skyrack.environment.trapped_radiation.from_afar`. Add a
model: one file with a class that keeps the promise below, one line among the entry points `skyrack.radiation_environment`,
one test.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

Floats = NDArray[np.float64]
FLOWN_YEAR = 2026.0
"""Year for which maps and flights ask where the belts come down."""


class RadiationEnvironment(Protocol):
    """The promise of a radiation environment. Its keys must be hashable, as fluxes are kept by model and altitude."""

    name: ClassVar[str]

    def __hash__(self) -> int:
        """Return the same number for the same keys, as frozen classes do."""
        ...

    def dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the dose in silicon at the centre of an aluminium sphere on a circular orbit, protons and electrons.

        `thickness_mm` is a float or an array, and so is the dose; thicker walls let less through.
        """
        ...

    def proton_dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the part of that dose that protons bring, which upset bits."""
        ...

    def proton_flux_per_m2_s(
        self, latitude_rad: Floats, longitude_rad: Floats, altitude_m: float, year: float | None
    ) -> Floats:
        """Return the omnidirectional flux of protons above 30 MeV at places at one altitude of 300 to 2,500 km.

        Latitudes are from the Earth's centre. `year` says when the belts are looked at, as they drift over the Earth; None
        asks for the model's own epoch, for means over a whole day.
        """
        ...


def proton_flux(
    environment: RadiationEnvironment,
    latitude_rad: Floats,
    longitude_rad: Floats,
    altitude_m: float,
    year: float | None = FLOWN_YEAR,
) -> Floats:
    """Return a model's flux of protons above 30 MeV; InputError where it is negative, no number or of another shape."""
    found = np.asarray(environment.proton_flux_per_m2_s(latitude_rad, longitude_rad, altitude_m, year), np.float64)
    if found.shape != np.shape(latitude_rad) or not (np.isfinite(found) & (found >= 0.0)).all():
        raise InputError(
            f"environment.radiation: the model {environment.name!r} gives no flux from 0 /m2/s up for each place at "
            f"{altitude_m / 1e3:,.0f} km"
        )
    return found
