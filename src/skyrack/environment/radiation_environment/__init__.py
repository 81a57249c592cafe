"""Radiation environments: trapped particles around the Earth, and their dose behind aluminium.

A model gives the dose of a circular orbit by shielding thickness, and the flux of protons above 30 MeV around the Earth. The
dose determines shielding and mission dose, the flux determines SDC and DUE along every orbit. Cosmic rays and solar storms
are not part of a model; see `skyrack.environment.trapped_radiation.from_afar`. To add a model, write one file with a class
that implements the protocol below, one line among the entry points `skyrack.radiation_environment`, and one test.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

Floats = NDArray[np.float64]
FLOWN_YEAR = 2026.0
"""Year for which maps and simulations evaluate the position of the belts."""


class RadiationEnvironment(Protocol):
    """Protocol of a radiation environment; its keys must be hashable, as fluxes are cached by model and altitude."""

    name: ClassVar[str]

    def __hash__(self) -> int:
        """Return equal numbers for equal keys, as frozen classes do."""
        ...

    def dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the dose (Gy/year) by protons and electrons in silicon at the centre of an aluminium sphere.

        `thickness_mm` is a float or an array, and so is the dose, which must not increase with thickness.
        """
        ...

    def proton_dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the dose (Gy/year) by protons alone, which cause upsets."""
        ...

    def proton_flux_per_m2_s(
        self, latitude_rad: Floats, longitude_rad: Floats, altitude_m: float, year: float | None
    ) -> Floats:
        """Return the omnidirectional flux (1/m2/s) of protons above 30 MeV at positions at one altitude of 300 to 2,500 km.

        Latitudes are geocentric. `year` is the date of evaluation, as the belts drift over the Earth; None means the model's
        own epoch, for means over a whole day.
        """
        ...


def proton_flux(
    environment: RadiationEnvironment,
    latitude_rad: Floats,
    longitude_rad: Floats,
    altitude_m: float,
    year: float | None = FLOWN_YEAR,
) -> Floats:
    """Return a model's proton flux above 30 MeV (1/m2/s); InputError where it is negative, not finite or misshapen."""
    found = np.asarray(environment.proton_flux_per_m2_s(latitude_rad, longitude_rad, altitude_m, year), np.float64)
    if found.shape != np.shape(latitude_rad) or not (np.isfinite(found) & (found >= 0.0)).all():
        raise InputError(
            f"environment.radiation: the model {environment.name!r} gives no flux from 0 /m2/s up for each place at "
            f"{altitude_m / 1e3:,.0f} km"
        )
    return found
