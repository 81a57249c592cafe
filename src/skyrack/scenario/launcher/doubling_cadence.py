"""A vehicle of the catalogue that flies more and more often."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, StrictBool, model_validator

from skyrack.catalogue.parts import part
from skyrack.scenario.buildout import YEAR_S, Day, Doubling, Rate
from skyrack.scenario.launcher import CADENCE_LIMITS, MONTH_S, Cadence, Lift, doubling_rate
from skyrack.scenario.part import Part, PositiveShare, Unit, from_catalogue, known_part

FLIGHTS_AT_FIRST_PRICE = 12.0
"""Flights whose mass is launched at the catalogue's price, where it does not say more."""
Turnaround = Annotated[float, Unit("s", 60.0, 10 * YEAR_S)]
Vehicle = Annotated[str, known_part("launchers")]


class DoublingCadence(Part):
    """A vehicle of the catalogue; its cadence doubles up to a limit, and its price falls with the mass that was launched."""

    name: ClassVar[str] = "doubling-cadence"

    vehicle: Vehicle
    begins: Day = from_catalogue("buildout.launcher.begins")
    per_year_at_start: Rate = from_catalogue("buildout.launcher.per_year_at_start")
    per_year_at_most: Annotated[Rate | None, Field(default=None)]
    """None: the cadence that the catalogue gives for the vehicle."""
    doubling_s: Doubling = from_catalogue("buildout.launcher.doubling")
    capped: StrictBool = True
    """True if the licensed limit on launches a year applies, where the catalogue has one."""
    pads: Annotated[int | None, Field(default=None, ge=1, le=10_000, strict=True)]
    """Number of launch pads; None: pads do not limit the cadence."""
    pad_turnaround_s: Turnaround = from_catalogue("buildout.launcher.pad_turnaround")
    """Time between two launches from the same pad."""
    boosters: Annotated[int | None, Field(default=None, ge=1, le=100_000, strict=True)]
    """Reusable boosters in service; None: boosters do not limit the cadence."""
    booster_turnaround_s: Turnaround = from_catalogue("buildout.launcher.booster_turnaround")
    """Time between two launches of the same booster."""
    learning_frac: Annotated[float, Unit("frac", 0.0, 0.5)] = from_catalogue("buildout.launcher.learning")
    packing_frac: PositiveShare = from_catalogue("buildout.launcher.packing")

    @model_validator(mode="after")
    def _flies(self) -> DoublingCadence:
        if self.per_year_at_start <= 0.0:
            raise ValueError("'per_year_at_start' must be above 0: a cadence of nothing never doubles")
        return self

    def lift(self) -> Lift:
        """Return the catalogue's payload and success, and the part of the volume that satellites fill."""
        kind = part("launchers", self.vehicle)
        return Lift(kind["payload_kg"], kind["volume_m3"] * self.packing_frac, kind["success_frac"])

    def cadence(self, months: tuple[date, ...]) -> Cadence:
        """Return the least of the filed cap, of what pads and boosters turn around, and of the doubling rate."""
        kind = part("launchers", self.vehicle)
        at_most = self.per_year_at_most if self.per_year_at_most is not None else kind["flights_per_year"]
        cap_per_year = kind.get("cap_per_year")
        limits = np.empty((len(CADENCE_LIMITS), len(months)))
        limits[0] = cap_per_year / 12.0 if cap_per_year is not None and self.capped else math.inf
        limits[1] = _turned(self.pads, self.pad_turnaround_s)
        limits[2] = _turned(self.boosters, self.booster_turnaround_s)
        limits[3] = doubling_rate(months, self.begins, self.doubling_s, self.per_year_at_start, at_most) / 12.0
        return Cadence(limits.min(axis=0), tuple(CADENCE_LIMITS[number] for number in limits.argmin(axis=0)))

    def usd_per_kg(self, launched_kg: float) -> float:
        """Return the price by Wright's law through the one that is known, within the catalogue's bounds.

        Reference: Wright, Factors affecting the cost of airplanes, J. Aeronautical Sciences 3 (1936) 122; the numbers of
        Suncatcher's curve (Aguera y Arcas et al. 2026: 1,800 USD/kg at 400 t, 20 % less with each doubling, 200 at
        370,000 t) come out by `price_at_kg`.
        """
        kind = part("launchers", self.vehicle)
        at_kg = kind.get("price_at_kg") or FLIGHTS_AT_FIRST_PRICE * kind["payload_kg"]
        share: float = (max(launched_kg, 1.0) / at_kg) ** math.log2(1.0 - self.learning_frac)
        least = kind.get("price_least_usd_per_kg") or 0.0
        most = kind.get("price_most_usd_per_kg") or kind["price_usd_per_kg"]
        return min(max(kind["price_usd_per_kg"] * share, least), most)


def _turned(count: int | None, turnaround_s: float) -> float:
    """Flights a month from so many pads or boosters."""
    return math.inf if count is None else count * MONTH_S / turnaround_s
