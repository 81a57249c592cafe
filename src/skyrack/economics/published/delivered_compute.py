"""spacedc-mdao's delivered compute: what a PFLOP-day costs that arrives, in orbit and on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

from skyrack.economics.accounts import Place, recovery_share
from skyrack.economics.published import Translation

DAYS = 365.25
H100_PFLOPS = 0.989


def yearly_recovery(rate: float, years: float) -> float:
    """Capital recovery by payments at the end of each year."""
    discount_frac: float = (1.0 + rate) ** -years
    return rate / (1.0 - discount_frac)


def monthly_rate_alike(rate: float, years: float) -> float:
    """The yearly rate with monthly payments whose capital recovery is that of a rate with yearly payments."""
    from scipy.optimize import brentq

    wanted = yearly_recovery(rate, years)
    return float(brentq(lambda alike: float(recovery_share(alike, years)) - wanted, 0.0, 2.0 * rate + 0.01, xtol=1e-15))


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

    it_w: float = 1_008_000.0
    accelerators: float = 1152.0
    life_years: float = 5.0
    rate: float = 0.08
    factors: dict[str, float] = field(
        default_factory=lambda: {
            "software": 0.55,
            "power": 1.0,
            "thermal": 1.0,
            "network": 0.75,
            "availability": 0.8179548679592988,
            "utilization": 0.85,
        }
    )
    capital_usd: dict[str, float] = field(
        default_factory=lambda: {
            "accelerators": 28_800_000.0,
            "solar": 102_044_322.69652319,
            "battery": 833_953.7637608926,
            "radiator": 7_171_691.311006872,
            "bus_integration": 128_000_000.0,
            "comms": 32_000_000.0,
            "launch": 237_774_746.40397015,
            "ground_segment": 20_000_000.0,
        }
    )
    replacement_usd: float = 16_113_520.547638185
    operations_usd: float = 25_000_000.0
    launch_usd_per_kg: float = 3000.0
    ground_factors: dict[str, float] = field(
        default_factory=lambda: {"software": 0.55, "availability": 0.995, "utilization": 0.85}
    )
    ground_accelerators_usd: float = 28_800_000.0
    ground_facility_usd: float = 12_096_000.0
    ground_energy_usd: float = 2_476_837.44
    ground_maintenance_usd: float = 10_224_000.0

    def _pflop_days(self, factors: dict[str, float]) -> float:
        return self.accelerators * H100_PFLOPS * math.prod(factors.values()) * DAYS

    def results(self) -> dict[str, float]:
        """Levelised cost of a PFLOP-day, with payments and work at the end of each year."""
        share = yearly_recovery(self.rate, self.life_years)
        orbit_year = (
            share * sum(self.capital_usd.values()) + (self.replacement_usd + self.operations_usd) / self.life_years
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
        place = Place(
            it_usd_per_w=by_w["accelerators"],
            power_usd_per_w=by_w["solar"] + by_w["battery"],
            cooling_usd_per_w=by_w["radiator"],
            building_usd_per_w=by_w["bus_integration"],
            network_usd_per_w=by_w["comms"] + by_w["ground_segment"],
            kg_per_w=by_w["launch"] / self.launch_usd_per_kg,
            launch_usd_per_kg=self.launch_usd_per_kg,
            it_life_years=self.life_years,
            plant_life_years=self.life_years,
            cost_of_capital=monthly_rate_alike(self.rate, self.life_years),
            operations_usd_per_w_year=self.operations_usd / self.life_years / self.it_w,
            repairs_frac=self.replacement_usd / self.life_years / self.capital_usd["accelerators"],
            uptime_frac=uptime,
            sold_frac=self.factors["utilization"],
        )
        total = self.results()["orbit_usd_per_year"] / (self.it_w / 1e3) / uptime
        return Translation(place, total, "a kilowatt of computers that is powered, cool, connected and available")

    def ground(self) -> Translation:
        """The same on the ground."""
        uptime = self.ground_factors["availability"]
        energy_w_year = self.ground_energy_usd / self.life_years / self.it_w
        place = Place(
            it_usd_per_w=self.ground_accelerators_usd / self.it_w,
            building_usd_per_w=self.ground_facility_usd / self.it_w,
            it_life_years=self.life_years,
            plant_life_years=self.life_years,
            cost_of_capital=monthly_rate_alike(self.rate, self.life_years),
            operations_usd_per_w_year=self.ground_maintenance_usd / self.life_years / self.it_w,
            energy_usd_per_kwh=energy_w_year / (1.1 * 8.766 * uptime),
            pue=1.1,
            uptime_frac=uptime,
            sold_frac=self.ground_factors["utilization"],
        )
        total = self.results()["ground_usd_per_year"] / (self.it_w / 1e3) / uptime
        return Translation(place, total, "a kilowatt of computers that is available")
