"""The trapped-particle models AE8 and AP8 with SHIELDOSE-2, from tables."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skyrack.environment.trapped_radiation import (
    DRIFT_PER_YEAR_DEG,
    FIELD_YEAR,
    PROTONS_MEV,
    dose_gy_per_year,
    proton_dose_gy_per_year,
    trapped_flux,
)
from skyrack.scenario.part import Part

Floats = NDArray[np.float64]


class Ae8Ap8(Part):
    """Protons at solar minimum and electrons at maximum, each at its worst; see `skyrack.environment.trapped_radiation`.

    Reference: AE8/AP8 (Vette, NSSDC 91-24; Sawyer and Vette, NSSDC 76-06) and SHIELDOSE-2 (Seltzer, NISTIR 5477).
    """

    name: ClassVar[str] = "ae8-ap8"

    def dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the dose of protons, electrons and their bremsstrahlung."""
        return dose_gy_per_year(altitude_m, inclination_rad, thickness_mm)

    def proton_dose_gy_per_year(self, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
        """Return the dose of protons alone."""
        return proton_dose_gy_per_year(altitude_m, inclination_rad, thickness_mm)

    def proton_flux_per_m2_s(
        self, latitude_rad: Floats, longitude_rad: Floats, altitude_m: float, year: float | None
    ) -> Floats:
        """Return the flux in the field of 1964, turned west as far as the South Atlantic Anomaly has drifted since."""
        drift_rad = 0.0 if year is None else math.radians(DRIFT_PER_YEAR_DEG * (year - FIELD_YEAR))
        return trapped_flux(latitude_rad, longitude_rad + drift_rad, altitude_m, "p", PROTONS_MEV)
