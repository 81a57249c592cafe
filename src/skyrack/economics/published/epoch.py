"""Epoch AI's cost of a gigawatt on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs, capital_recovery_factor
from skyrack.economics.published import Translation
from skyrack.economics.published.delivered_compute import equivalent_monthly_rate, yearly_recovery
from skyrack.economics.published.inputs import given, positive, positive_share


@dataclass(frozen=True)
class Epoch:
    """Servers account for 60 % of TCO of a 1 GW AI data center; facts gd.capex.epoch, gd.opex.epoch, gd.tco.epoch.

    The rate is not printed. One of 6.5 % with yearly payments gives its total of 8.5 billion USD a year, and also the 12 and
    7 that it names for lives of three and seven years.
    """

    name: ClassVar[str] = "epoch"
    position: ClassVar[int] = 4
    title: ClassVar[str] = "Epoch AI, a gigawatt on the ground"
    source: ClassVar[str] = "Epoch AI, Servers account for 60% of TCO of a 1 GW AI data center"
    notes: ClassVar[tuple[str, ...]] = (
        "The cost of capital is not printed; 6.5 % a year reproduces all three of its totals.",
        "Its share of 60 % for servers follows without interest (5.2 of 8.5); with it, it would be 74 %.",
    )

    hardware_usd_per_w: float = given(26.0, "USD/W", "hardware_price")
    construction_usd_per_w: float = given(12.0, "USD/W", "construction_price")
    operations_usd_per_w_year: float = given(0.3, "USD/W/year", "operations_cost")
    """Without energy: it prints 0.9 with it."""
    energy_usd_per_w_year: float = given(0.6, "USD/W/year", "energy_cost")
    it_life_years: float = positive(5.0, "year", "it_life")
    facility_life_years: float = positive(14.0, "year", "facility_life")
    rate: float = positive_share(0.065, "cost_of_capital")

    def total_usd_per_w_year(self, it_life_years: float) -> float:
        """Cost of a watt in a year for a life of the computers."""
        return (
            self.hardware_usd_per_w * yearly_recovery(self.rate, it_life_years)
            + self.construction_usd_per_w * yearly_recovery(self.rate, self.facility_life_years)
            + self.operations_usd_per_w_year
            + self.energy_usd_per_w_year
        )

    def results(self) -> dict[str, float]:
        """Billions of dollars for a gigawatt and a year."""
        return {
            "usd_bn_per_gw_year": self.total_usd_per_w_year(self.it_life_years),
            "usd_bn_per_gw_year_3_years": self.total_usd_per_w_year(3.0),
            "usd_bn_per_gw_year_7_years": self.total_usd_per_w_year(7.0),
        }

    def orbit(self) -> None:
        """It has no orbital side."""
        return

    def ground(self) -> Translation:
        """Two lives with payments alike: the construction's price is moved so that its yearly payment is Epoch's."""
        rate = equivalent_monthly_rate(self.rate, self.it_life_years)
        paid = self.construction_usd_per_w * yearly_recovery(self.rate, self.facility_life_years)
        inputs = CostInputs(
            server_usd_per_w=self.hardware_usd_per_w,
            building_usd_per_w=paid / float(capital_recovery_factor(rate, self.facility_life_years)),
            it_life_years=self.it_life_years,
            plant_life_years=self.facility_life_years,
            cost_of_capital=rate,
            operations_usd_per_w_year=self.operations_usd_per_w_year,
            energy_usd_per_kwh=self.energy_usd_per_w_year / 8.766,
        )
        total = 1e3 * self.total_usd_per_w_year(self.it_life_years)
        return Translation(inputs, total, "a kilowatt of computers, always on; the PUE is inside its energy")
