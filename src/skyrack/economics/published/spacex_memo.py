"""Memo of SpaceX of February 2026: mass, specific power and launch rate, but no price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.published.inputs import given, positive


@dataclass(frozen=True)
class SpacexMemo:
    """Memo on the merger with xAI; anchor A6 of the facts. It claims that orbit will be cheapest but states no cost."""

    name: ClassVar[str] = "spacex-memo"
    title: ClassVar[str] = "SpaceX memo, scaling"
    source: ClassVar[str] = "SpaceX, memo on the merger with xAI (2026-02-02)"
    notes: ClassVar[tuple[str, ...]] = (
        "No cost is stated, so there is nothing to reproduce but the scaling.",
        "At AI1's 70 kW/t, 100 GW a year takes 1.43 million tonnes, not one.",
    )

    t_per_year: float = given(1e6, "t/year", "mass_launched")
    kw_per_t: float = given(100.0, "kW/t", "specific_power")
    t_per_flight: float = positive(200.0, "t", "mass_per_flight")
    flights_per_year: float = given(8766.0, "1/year", "flight_rate")

    def results(self) -> dict[str, float]:
        """Return power and number of launches for its mass, and mass and power for its launch rate."""
        return {
            "gw_per_year": self.t_per_year * self.kw_per_t / 1e6,
            "flights_needed_per_year": self.t_per_year / self.t_per_flight,
            "hourly_mt_per_year": self.flights_per_year * self.t_per_flight / 1e6,
            "hourly_gw_per_year": self.flights_per_year * self.t_per_flight * self.kw_per_t / 1e6,
            "mt_for_100_gw_at_70_kw_per_t": 100e6 / 70.0 / 1e6,
        }

    def orbit(self) -> None:
        """Return None: the memo states no cost."""
        return

    def ground(self) -> None:
        """Return None: the memo states no cost."""
        return
