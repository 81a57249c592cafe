"""Google's Suncatcher: what a launched kilowatt costs a year, and how much mass brings launch to 200 USD/kg."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs
from skyrack.economics.published import Translation
from skyrack.economics.published.inputs import given, positive

HOURS = 8760.0


@dataclass(frozen=True)
class Suncatcher:
    """Agüera y Arcas et al. 2026, table 1 and section on launch; anchors A1 and A2 of the facts."""

    name: ClassVar[str] = "suncatcher"
    position: ClassVar[int] = 2
    title: ClassVar[str] = "Suncatcher, launched power price"
    source: ClassVar[str] = "Agüera y Arcas et al., arXiv:2511.19468 v2 (2026)"
    notes: ClassVar[tuple[str, ...]] = (
        "Launch only: no satellite, no computers, no operations, no cost of capital.",
        "Its kilowatt is one of the array, not of computers.",
    )

    mass_kg: float = positive(575.0, "kg", "mass")
    power_w: float = positive(105.0 * 0.22 * 1361.0 * 0.9, "W", "power")
    life_years: float = positive(5.0, "year", "life")
    launch_usd_per_kg: float = positive(200.0, "USD/kg", "launch_price")
    learning_frac: float = given(0.2, key="learning", high=0.99, above=True)
    start_usd_per_kg: float = positive(1800.0, "USD/kg", "launch_price_at_start")
    start_t: float = positive(400.0, "t", "mass_at_start")
    energy_usd_per_kwh: float = positive(0.06, "USD/kWh", "energy_price")
    pue: float = given(1.09, low=1.0)

    def launched_power_price(self) -> float:
        """USD a year for each kilowatt of array: mass times price over power and life."""
        return self.mass_kg * self.launch_usd_per_kg / (self.power_w / 1e3 * self.life_years)

    def mass_to_price_t(self, usd_per_kg: float) -> float:
        """Mass launched, in tonnes, when the learning curve has come down to a price."""
        return float(
            self.start_t * (self.start_usd_per_kg / usd_per_kg) ** (-1.0 / math.log2(1.0 - self.learning_frac))
        )

    def results(self) -> dict[str, float]:
        """The launched power price and the mass that the curve asks for."""
        return {
            "launched_power_price_usd_per_kw_year": self.launched_power_price(),
            "terrestrial_usd_per_kw_year": self.energy_usd_per_kwh * self.pue * HOURS,
            "mass_to_launch_price_t": self.mass_to_price_t(self.launch_usd_per_kg),
        }

    def orbit(self) -> Translation:
        """Launch, by the array's watt."""
        inputs = CostInputs(
            kg_per_w=self.mass_kg / self.power_w,
            launch_usd_per_kg=self.launch_usd_per_kg,
            it_life_years=self.life_years,
            plant_life_years=self.life_years,
        )
        return Translation(inputs, self.launched_power_price(), "a kilowatt of array; launch alone")

    def ground(self) -> Translation:
        """Electricity at the lower end of its band."""
        inputs = CostInputs(energy_usd_per_kwh=self.energy_usd_per_kwh * HOURS / 8766.0, pue=self.pue)
        return Translation(
            inputs, self.energy_usd_per_kwh * self.pue * HOURS, "a kilowatt of computers; electricity alone"
        )
