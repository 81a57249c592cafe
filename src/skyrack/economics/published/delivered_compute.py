"""spacedc-mdao's delivered compute: what a PFLOP-day costs that arrives, in orbit and on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs, capital_recovery_factor
from skyrack.economics.published import Translation
from skyrack.economics.published.inputs import given, positive, positive_share

DAYS = 365.25
H100_PFLOPS = 0.989


def yearly_recovery(rate: float, years: float) -> float:
    """Capital recovery by payments at the end of each year."""
    discount_frac: float = (1.0 + rate) ** -years
    return rate / (1.0 - discount_frac)


def equivalent_monthly_rate(rate: float, years: float) -> float:
    """The yearly rate with monthly payments whose capital recovery is that of a rate with yearly payments."""
    from scipy.optimize import brentq

    wanted = yearly_recovery(rate, years)
    return float(
        brentq(lambda alike: float(capital_recovery_factor(alike, years)) - wanted, 0.0, 2.0 * rate + 0.01, xtol=1e-15)
    )


@dataclass(frozen=True)
class DeliveredCompute:
    """Version 0.4.2, its orbital case of 1 MW and its hyperscale baseline; factors and cost lines as it prints them."""

    name: ClassVar[str] = "spacedc-mdao"
    position: ClassVar[int] = 7
    title: ClassVar[str] = "spacedc-mdao, delivered compute"
    source: ClassVar[str] = "spacedc-mdao 0.4.2, commit 90ef481 (2026-06-15)"
    notes: ClassVar[tuple[str, ...]] = (
        "Its factors and cost lines are taken as printed; its catalogue of parts is not reproduced.",
        "An orbit that it calls dawn-dusk is sized for 64 % of sunlight.",
    )

    it_w: float = positive(1_008_000.0, "W", "it_power")
    accelerators: float = positive(1152.0)
    life_years: float = positive(5.0, "year", "life")
    rate: float = positive_share(0.08, "cost_of_capital")
    factors: dict[str, float] = positive_share(
        {
            "software": 0.55,
            "power": 1.0,
            "thermal": 1.0,
            "network": 0.75,
            "availability": 0.8179548679592988,
            "utilization": 0.85,
        }
    )
    capital_usd: dict[str, float] = given(
        {
            "accelerators": 28_800_000.0,
            "solar": 102_044_322.69652319,
            "battery": 833_953.7637608926,
            "radiator": 7_171_691.311006872,
            "bus_integration": 128_000_000.0,
            "comms": 32_000_000.0,
            "ground_segment": 20_000_000.0,
        },
        "USD",
        "capital",
    )
    replacement_usd: float = given(16_113_520.547638185, "USD", "replacement_cost")
    operations_usd: float = given(25_000_000.0, "USD", "operations_cost")
    launch_kg: float = given(237_774_746.40397015 / 3000.0, "kg", "launch_mass")
    """Follows from its cost of launch, which is what it prints."""
    launch_usd_per_kg: float = given(3000.0, "USD/kg", "launch_price")
    ground_factors: dict[str, float] = positive_share({"software": 0.55, "availability": 0.995, "utilization": 0.85})
    ground_accelerators_usd: float = positive(28_800_000.0, "USD", "ground_accelerators_cost")
    ground_facility_usd: float = given(12_096_000.0, "USD", "ground_facility_cost")
    ground_energy_usd: float = given(2_476_837.44, "USD", "ground_energy_cost")
    ground_maintenance_usd: float = given(10_224_000.0, "USD", "ground_maintenance_cost")

    @property
    def launch_usd(self) -> float:
        """Cost of launch."""
        return self.launch_kg * self.launch_usd_per_kg

    def _pflop_days(self, factors: dict[str, float]) -> float:
        return self.accelerators * H100_PFLOPS * math.prod(factors.values()) * DAYS

    def results(self) -> dict[str, float]:
        """Levelised cost of a PFLOP-day, with payments and work at the end of each year."""
        share = yearly_recovery(self.rate, self.life_years)
        orbit_year = (
            share * (sum(self.capital_usd.values()) + self.launch_usd)
            + (self.replacement_usd + self.operations_usd) / self.life_years
        )
        ground_year = (
            share * (self.ground_accelerators_usd + self.ground_facility_usd)
            + (self.ground_energy_usd + self.ground_maintenance_usd) / self.life_years
        )
        return {
            "orbit_usd_per_pflop_day": orbit_year / self._pflop_days(self.factors),
            "ground_usd_per_pflop_day": ground_year / self._pflop_days(self.ground_factors),
            "orbit_usd_per_year": orbit_year,
            "ground_usd_per_year": ground_year,
        }

    def orbit(self) -> Translation:
        """Its lines by the watt of computers; software and utilisation are not part of a kilowatt at work."""
        by_w = {name: usd / self.it_w for name, usd in self.capital_usd.items()}
        uptime = math.prod(value for name, value in self.factors.items() if name not in ("software", "utilization"))
        inputs = CostInputs(
            server_usd_per_w=by_w["accelerators"],
            power_usd_per_w=by_w["solar"] + by_w["battery"],
            cooling_usd_per_w=by_w["radiator"],
            building_usd_per_w=by_w["bus_integration"],
            network_usd_per_w=by_w["comms"] + by_w["ground_segment"],
            kg_per_w=self.launch_kg / self.it_w,
            launch_usd_per_kg=self.launch_usd_per_kg,
            it_life_years=self.life_years,
            plant_life_years=self.life_years,
            cost_of_capital=equivalent_monthly_rate(self.rate, self.life_years),
            operations_usd_per_w_year=self.operations_usd / self.life_years / self.it_w,
            repairs_frac=self.replacement_usd / self.life_years / self.capital_usd["accelerators"],
            uptime_frac=uptime,
            sold_frac=self.factors["utilization"],
        )
        total = self.results()["orbit_usd_per_year"] / (self.it_w / 1e3) / uptime
        return Translation(inputs, total, "a kilowatt of computers that is powered, cool, connected and available")

    def ground(self) -> Translation:
        """The same on the ground."""
        uptime = self.ground_factors["availability"]
        energy_w_year = self.ground_energy_usd / self.life_years / self.it_w
        inputs = CostInputs(
            server_usd_per_w=self.ground_accelerators_usd / self.it_w,
            building_usd_per_w=self.ground_facility_usd / self.it_w,
            it_life_years=self.life_years,
            plant_life_years=self.life_years,
            cost_of_capital=equivalent_monthly_rate(self.rate, self.life_years),
            operations_usd_per_w_year=self.ground_maintenance_usd / self.life_years / self.it_w,
            energy_usd_per_kwh=energy_w_year / (1.1 * 8.766 * uptime),
            pue=1.1,
            uptime_frac=uptime,
            sold_frac=self.ground_factors["utilization"],
        )
        total = self.results()["ground_usd_per_year"] / (self.it_w / 1e3) / uptime
        return Translation(inputs, total, "a kilowatt of computers that is available")
