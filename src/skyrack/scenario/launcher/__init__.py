"""Launchers: what a vehicle lifts, how often it flies in each month of a build-out, and what a kilogram costs on it.

The build-out asks a launcher before its first month, and for the price of a kilogram in every month. Add a launcher: one file
with a class that keeps the promise below, one line among the entry points `skyrack.launcher`, one test.

What the promise cannot express: flights that depend on how many satellites are waiting, and launches lost otherwise than as
an expected share.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S

MONTH_S = JULIAN_YEAR_S / 12.0

CADENCE_LIMITS = ("filed cap", "pads", "boosters", "launchers")
"""Limits on a vehicle's cadence: the licensed cap, its pads, its boosters, or its own growth."""


class Lift(NamedTuple):
    """Payload of one launch, and the share of launches that succeed."""

    payload_kg: float
    volume_m3: float
    """Volume of the payload bay that satellites can fill."""
    success_frac: float
    """Fraction of the launches that reach orbit."""


class Cadence(NamedTuple):
    """Launches that a launcher can make."""

    flights_per_month: NDArray[np.float64]
    held_by: tuple[str, ...]
    """Limit that binds in each month: one of `CADENCE_LIMITS`."""


class LauncherModel(Protocol):
    """The promise of a launcher."""

    name: ClassVar[str]

    @property
    def vehicle(self) -> str:
        """Name of the vehicle in reports. Names that begin with `starship` burn methane; see `earth_impact`."""
        ...

    @property
    def begins(self) -> date:
        """Day of the first flight for this fleet."""
        ...

    def lift(self) -> Lift:
        """Return what one flight carries."""
        ...

    def cadence(self, months: tuple[date, ...]) -> Cadence:
        """Return the flights that can be made in each month; `months` are first days, one after another."""
        ...

    def usd_per_kg(self, launched_kg: float) -> float:
        """Return the price of a kilogram of payload when the fleet has launched so much."""
        ...


def doubling_rate(
    months: tuple[date, ...], begins: date, doubling_s: float, at_start: float, at_most: float
) -> NDArray[np.float64]:
    """A rate that begins on a day and doubles until it is at most so high, in the middle of each month."""
    since = np.array([(month.year - begins.year) * 12 + month.month - begins.month for month in months], np.float64)
    doublings = np.minimum((since + 0.5) * MONTH_S / doubling_s, 60.0)
    return np.where(since >= 0.0, np.minimum(at_start * 2.0**doublings, at_most), 0.0)
