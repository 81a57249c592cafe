"""Starcloud's white paper: ten years of 40 MW, energy and cooling against array, launch and shield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs
from skyrack.economics.published import Translation
from skyrack.economics.published.inputs import given, positive, positive_share


@dataclass(frozen=True)
class Starcloud:
    """White paper of 2024, table 1; anchor A5 of the facts and facts sc.wp.*."""

    name: ClassVar[str] = "starcloud"
    position: ClassVar[int] = 1
    title: ClassVar[str] = "Starcloud white paper"
    source: ClassVar[str] = "Starcloud (Lumen Orbit), Why we should train AI in space, v1.03 (2024)"
    notes: ClassVar[tuple[str, ...]] = (
        "Computers, bus, radiator and operations are left out, as is any cost of capital.",
        "Cells at 0.03 USD/W; one launch of 100 t for 40 MW at 5 million USD, which is 50 USD/kg, while its text says 30.",
    )

    power_w: float = positive(40e6, "W", "power")
    years: float = positive(10.0, "year", "life")
    capacity_factor: float = positive_share(0.95)
    array_usd: float = given(2e6, "USD", "array_cost")
    launch_usd_per_kg: float = given(50.0, "USD/kg", "launch_price")
    """It prints the product, 5 million USD for one launch."""
    launch_kg: float = given(100e3, "kg", "launch_mass")
    shield_usd: float = given(1.2e6, "USD", "shield_cost")
    energy_usd_per_kwh: float = given(0.04, "USD/kWh", "energy_price")
    ground_cooling_usd: float = given(7e6, "USD", "ground_cooling_cost")
    ground_backup_usd: float = given(20e6, "USD", "ground_backup_cost")

    @property
    def launch_usd(self) -> float:
        """Cost of launch."""
        return self.launch_usd_per_kg * self.launch_kg

    def results(self) -> dict[str, float]:
        """Its two totals, and the price of orbital energy."""
        hours = 8760.0 * self.years
        energy_usd = self.power_w / 1e3 * hours * self.energy_usd_per_kwh
        return {
            "orbit_usd": self.array_usd + self.launch_usd + self.shield_usd,
            "ground_usd": energy_usd + self.ground_cooling_usd + self.ground_backup_usd,
            "ground_energy_usd": energy_usd,
            "orbit_energy_usd_per_kwh": (self.array_usd + self.launch_usd)
            / (self.power_w / 1e3 * hours * self.capacity_factor),
        }

    def orbit(self) -> Translation:
        """Array, launch and shield."""
        inputs = CostInputs(
            power_usd_per_w=self.array_usd / self.power_w,
            building_usd_per_w=self.shield_usd / self.power_w,
            kg_per_w=self.launch_kg / self.power_w,
            launch_usd_per_kg=self.launch_usd_per_kg,
            it_life_years=self.years,
            plant_life_years=self.years,
            uptime_frac=self.capacity_factor,
        )
        total = self.results()["orbit_usd"] / self.years / (self.power_w / 1e3) / self.capacity_factor
        return Translation(inputs, total, "a kilowatt at its capacity factor of 95 %; no computers, bus or radiator")

    def ground(self) -> Translation:
        """Energy, cooling and backup."""
        inputs = CostInputs(
            power_usd_per_w=self.ground_backup_usd / self.power_w,
            cooling_usd_per_w=self.ground_cooling_usd / self.power_w,
            energy_usd_per_kwh=self.energy_usd_per_kwh * 8760.0 / 8766.0,
            it_life_years=self.years,
            plant_life_years=self.years,
        )
        total = self.results()["ground_usd"] / self.years / (self.power_w / 1e3)
        return Translation(inputs, total, "a kilowatt; energy, cooling and backup, no computers, no building")
