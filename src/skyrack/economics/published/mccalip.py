"""A. McCalip's calculator of orbital against gas-fired computing, with its defects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs
from skyrack.economics.published import Translation
from skyrack.economics.published.inputs import given, positive, positive_share, share

HOURS = 8760.0
STARLINK_ARRAY_M2, STARLINK_KW = 116.0, 27.0
STARSHIP_KG = 100e3
EARTH_RADIUS_KM, SOLAR_W_PER_M2, INFRARED_W_PER_M2, ALBEDO, SPACE_K = 6371.0, 1361.0, 237.0, 0.3, 3.0
SIGMA = 5.67e-8
ORBIT_POINTS = 72
BTU_PER_CUBIC_FOOT = 1000.0


@dataclass(frozen=True)
class McCalip:
    """static/js/math.js at commit e59571e (2025-12-15), its defaults; anchor A9 of the facts."""

    name: ClassVar[str] = "mccalip"
    position: ClassVar[int] = 3
    title: ClassVar[str] = "McCalip's calculator"
    source: ClassVar[str] = "A. McCalip, Economics of Orbital vs Terrestrial Data Centers, commit e59571e (2025-12-15)"
    notes: ClassVar[tuple[str, ...]] = (
        "Computers are left out on both sides, yet 9 % of the satellite's price a year is charged for their failures.",
        "The Earth fills 0.0212 of a panel's sky that stands edge-on to it at 550 km; exact is 0.2578.",
        "Its break-even price of launch leaves out operations, replacement and engineering.",
        "Energy on the ground carries a capacity factor of 85 %, in orbit of 100 %.",
        "Launches are counted by mass alone, and the sun fraction does not follow from the orbit.",
        "No cost of capital.",
    )

    years: float = positive(5.0, "year", "life")
    target_gw: float = positive(1.0, "GW", "target_power")
    solar_absorptivity: float = share(0.92)
    emissivity_pv: float = positive_share(0.85)
    emissivity_rad: float = positive_share(0.90, "emissivity_radiator")
    pv_efficiency: float = share(0.22)
    beta_deg: float = given(90.0, "deg", "beta", low=-90.0, high=90.0)
    altitude_km: float = positive(550.0, "km", "altitude")
    max_die_c: float = given(85.0, "degC", "die_temperature_limit", low=-200.0, high=1000.0)
    drop_c: float = given(10.0, "K", "die_to_panel_drop", high=500.0)
    launch_usd_per_kg: float = given(500.0, "USD/kg", "launch_price")
    satellite_usd_per_w: float = given(22.0, "USD/W", "satellite_price")
    w_per_kg: float = positive(36.5, "W/kg", "specific_power")
    satellite_kw: float = positive(27.0, "kW", "satellite_power")
    sun_fraction: float = positive_share(0.98)
    cell_degradation_percent: float = given(2.5, "percent/year", "cell_degradation", high=50.0)
    gpu_failure_percent: float = given(9.0, "percent/year", "gpu_failures", high=100.0)
    nre_musd: float = given(1000.0, "MUSD", "engineering_cost")
    gas_turbine_usd_per_kw: float = given(1800.0, "USD/kW", "gas_turbine_price")
    electrical_usd_per_w: float = given(5.25, "USD/W", "electrical_price")
    mechanical_usd_per_w: float = given(3.0, "USD/W", "mechanical_price")
    civil_usd_per_w: float = given(2.5, "USD/W", "civil_price")
    network_usd_per_w: float = given(1.75, "USD/W", "network_price")
    pue: float = given(1.2, low=1.0)
    gas_usd_per_mmbtu: float = given(4.3, "USD/MMBTU", "gas_price")
    heat_rate_btu_per_kwh: float = positive(6200.0, "BTU/kWh", "heat_rate")
    capacity_factor: float = positive_share(0.85)
    operations_frac: float = given(0.01, "1/year", "operations", high=1.0)

    @property
    def target_w(self) -> float:
        """Power that is asked for."""
        return self.target_gw * 1e9

    def fleet(self) -> dict[str, float]:
        """Satellites, mass and power that deliver the target on average."""
        retention = 1.0 - self.cell_degradation_percent / 100.0
        average = sum(retention**year for year in range(round(self.years))) / round(self.years)
        needed_w = self.target_w / (average * self.sun_fraction)
        count = math.ceil(needed_w / (self.satellite_kw * 1e3))
        power_w = count * self.satellite_kw * 1e3
        mass_kg = power_w / self.w_per_kg
        return {
            "average": average,
            "needed_w": needed_w,
            "count": count,
            "power_w": power_w,
            "mass_kg": mass_kg,
            "array_km2": count * STARLINK_ARRAY_M2 * self.satellite_kw / STARLINK_KW / 1e6,
            "launches": math.ceil(mass_kg / STARSHIP_KG),
        }

    def orbital(self) -> dict[str, float]:
        """Its orbital costs, in dollars."""
        fleet = self.fleet()
        hardware = self.satellite_usd_per_w * fleet["power_w"]
        launch = self.launch_usd_per_kg * fleet["mass_kg"]
        operations = self.operations_frac * hardware * self.years
        replacement = self.gpu_failure_percent / 100.0 * hardware * self.years
        nre = self.nre_musd * 1e6
        total = hardware + launch + operations + replacement + nre
        energy_mwh = self.target_w / 1e6 * self.years * HOURS
        return {
            "hardware": hardware,
            "launch": launch,
            "operations": operations,
            "replacement": replacement,
            "nre": nre,
            "total": total,
            "usd_per_w": total / self.target_w,
            "usd_per_mwh": total / energy_mwh,
        }

    def terrestrial(self) -> dict[str, float]:
        """Its costs on the ground, in dollars."""
        per_w = (
            self.gas_turbine_usd_per_kw / 1e3 * self.pue
            + self.electrical_usd_per_w
            + self.mechanical_usd_per_w
            + self.civil_usd_per_w
            + self.network_usd_per_w
        )
        energy_mwh = self.target_w / 1e6 * self.years * HOURS * self.capacity_factor
        fuel_usd_per_mwh = self.heat_rate_btu_per_kwh * self.gas_usd_per_mmbtu / 1e3
        fuel = fuel_usd_per_mwh * energy_mwh * self.pue
        total = per_w * self.target_w + fuel
        return {
            "capex_usd_per_w": per_w,
            "fuel_usd_per_mwh": fuel_usd_per_mwh,
            "fuel": fuel,
            "total": total,
            "usd_per_w": total / self.target_w,
            "usd_per_mwh": total / energy_mwh,
            "gas_bcf": energy_mwh * 1e3 * self.pue * self.heat_rate_btu_per_kwh / BTU_PER_CUBIC_FOOT / 1e9,
        }

    def breakeven_launch_usd_per_kg(self) -> float:
        """Its break-even price of launch, with what it leaves out left out."""
        needed_w = self.fleet()["needed_w"]
        return (self.terrestrial()["total"] - self.satellite_usd_per_w * needed_w) / (needed_w / self.w_per_kg)

    def view_factors(self) -> tuple[float, float]:
        """How much of each side's sky the Earth fills, its way: mean over the orbit, sun side and far side."""
        nearness = (EARTH_RADIUS_KM / (EARTH_RADIUS_KM + self.altitude_km)) ** 2
        cos_beta = math.cos(math.radians(self.beta_deg))

        def side(cosine: float) -> float:
            return nearness * cosine if cosine > 0.0 else 0.05 * nearness

        angles = [2.0 * math.pi * point / ORBIT_POINTS for point in range(ORBIT_POINTS)]
        sunward = sum(side(cos_beta * math.cos(angle)) for angle in angles) / ORBIT_POINTS
        away = sum(side(-cos_beta * math.cos(angle)) for angle in angles) / ORBIT_POINTS
        return sunward, away

    def thermal(self) -> dict[str, float]:
        """Temperature of the two-sided panel, and the area that its limit needs."""
        sunward, away = self.view_factors()
        cos_beta = math.cos(math.radians(self.beta_deg))
        taken = (
            SOLAR_W_PER_M2 * (self.solar_absorptivity - self.pv_efficiency)
            + SOLAR_W_PER_M2 * self.pv_efficiency
            + INFRARED_W_PER_M2 * (sunward * self.emissivity_pv + away * self.emissivity_rad)
            + SOLAR_W_PER_M2 * ALBEDO * sunward * cos_beta * self.solar_absorptivity
        )
        given = SIGMA * (self.emissivity_pv + self.emissivity_rad)
        limit_k = self.max_die_c - self.drop_c + 273.15
        area_m2 = self.fleet()["array_km2"] * 1e6
        return {
            "panel_k": (taken / given + SPACE_K**4) ** 0.25,
            "area_needed_m2": area_m2 * taken / (given * (limit_k**4 - SPACE_K**4)),
        }

    def results(self) -> dict[str, float]:
        """Both sides."""
        orbital, terrestrial = self.orbital(), self.terrestrial()
        return {
            "orbit_usd_per_w": orbital["usd_per_w"],
            "orbit_usd_per_mwh": orbital["usd_per_mwh"],
            "ground_usd_per_w": terrestrial["usd_per_w"],
            "ground_usd_per_mwh": terrestrial["usd_per_mwh"],
            "ratio": orbital["usd_per_w"] / terrestrial["usd_per_w"],
            "breakeven_launch_usd_per_kg": self.breakeven_launch_usd_per_kg(),
        }

    def orbit(self) -> Translation:
        """The satellite as a bus; replacement as a yearly cost; sun and wear as its uptime."""
        fleet = self.fleet()
        inputs = CostInputs(
            building_usd_per_w=self.satellite_usd_per_w,
            one_off_usd_per_w=self.nre_musd * 1e6 / fleet["power_w"],
            kg_per_w=1.0 / self.w_per_kg,
            launch_usd_per_kg=self.launch_usd_per_kg,
            operations_frac=self.operations_frac,
            operations_usd_per_w_year=self.gpu_failure_percent / 100.0 * self.satellite_usd_per_w,
            it_life_years=self.years,
            plant_life_years=self.years,
            uptime_frac=self.target_w / fleet["power_w"],
        )
        total = self.orbital()["total"] / self.years / (self.target_w / 1e3)
        return Translation(inputs, total, "a kilowatt on average; the whole satellite, but no computers")

    def ground(self) -> Translation:
        """Building and turbines over five years, and fuel."""
        inputs = CostInputs(
            power_usd_per_w=self.gas_turbine_usd_per_kw / 1e3 * self.pue + self.electrical_usd_per_w,
            cooling_usd_per_w=self.mechanical_usd_per_w,
            building_usd_per_w=self.civil_usd_per_w,
            network_usd_per_w=self.network_usd_per_w,
            energy_usd_per_kwh=self.heat_rate_btu_per_kwh
            * self.gas_usd_per_mmbtu
            / 1e6
            * self.capacity_factor
            * HOURS
            / 8766.0,
            pue=self.pue,
            it_life_years=self.years,
            plant_life_years=self.years,
        )
        total = self.terrestrial()["total"] / self.years / (self.target_w / 1e3)
        return Translation(inputs, total, "a kilowatt; building, turbines and gas, but no computers")
