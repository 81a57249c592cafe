"""A public model that reproduces SemiAnalysis's published pair, 10.91 against 2.49 USD for a GPU-hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skyrack.economics.accounts import CostInputs, capital_recovery_factor
from skyrack.economics.published import Translation
from skyrack.economics.published.inputs import given, positive, positive_share, share

HOURS, MINUTES_PER_DAY = 8760.0, 1440.0
SOLAR_W_PER_M2, SIGMA = 1361.0, 5.670374419e-8
KW_PER_GPU = 30.5 / 16.0
PFLOPS_PER_GPU, TOKENS_PER_S = 15.0, 5100.0


@dataclass(frozen=True)
class SemiAnalysis:
    """odc/model.py at commit e6609a2 (2026-06-17), the case of 2026; for 1 MW that is sold; money in millions of dollars."""

    name: ClassVar[str] = "semianalysis-2026"
    position: ClassVar[int] = 6
    title: ClassVar[str] = "SemiAnalysis 2026, as a public model reproduces it"
    source: ClassVar[str] = (
        "space-datacentre-model, commit e6609a2 (2026-06-17), after SemiAnalysis, To Boldly Go (2026-06-03)"
    )
    notes: ClassVar[tuple[str, ...]] = (
        "SemiAnalysis prints 10.91 and 2.49 USD for a GPU-hour; the model comes to 10.73 and 2.48.",
        "Its GPU-hour is one that is available, not one that is sold.",
        "Eclipse is so many minutes a day, whatever the orbit; radiation takes a flat share.",
    )

    eclipse_min_day: float = given(35.0, "min/day", "eclipse", high=1439.0)
    t_sink: float = given(230.0, "K", "sink_temperature", high=1000.0)
    cell_eff: float = positive_share(0.30, "cell_efficiency")
    packing: float = positive_share(0.85)
    pointing: float = positive_share(0.97)
    degr_rate: float = given(0.02, "1/year", "degradation", high=0.99)
    sp_array: float = positive(150.0, "W/kg", "array_specific_power")
    array_cost_w: float = given(22.0, "USD/W", "array_price")
    overhead_frac: float = given(0.06, key="overhead")
    batt_wh_kg: float = positive(200.0, "Wh/kg", "battery_specific_energy")
    batt_cost_kwh: float = given(300.0, "USD/kWh", "battery_price")
    batt_dod: float = positive_share(0.8, "battery_depth_of_discharge")
    batt_rt_eff: float = positive_share(0.93, "battery_round_trip_efficiency")
    t_rad: float = positive(322.0, "K", "radiator_temperature")
    emissivity: float = positive_share(0.9)
    fin_eff: float = positive_share(0.9, "fin_efficiency")
    rad_areal_kg_m2: float = given(3.5, "kg/m2", "radiator_areal_mass")
    rad_cost_m2: float = given(1100.0, "USD/m2", "radiator_price")
    it_kg_per_kw: float = given(11.0, "kg/kW", "it_mass")
    it_cost_w: float = given(32.3, "USD/W", "it_price")
    shield_t_per_mw: float = given(1.0, "t/MW", "shield_mass")
    overprovision: float = given(0.2)
    compute_overhead: float = given(0.0, high=0.99)
    rad_availability: float = positive_share(0.95, "radiation_availability")
    structure_frac: float = given(0.14, key="structure")
    avionics_comms_m_mw: float = given(4.5, "MUSD/MW", "avionics_price")
    integration_m_mw: float = given(8.0, "MUSD/MW", "integration_price")
    insurance_frac: float = share(0.06, "insurance")
    ops_m_mw_yr: float = given(1.65, "MUSD/MW/year", "operations_cost")
    life_yr: float = positive(5.0, "year", "life")
    launch_kg: float = given(1600.0, "USD/kg", "launch_price")
    util: float = positive_share(0.8, "utilisation")
    wacc_space: float = share(0.15, "cost_of_capital")
    wacc_ground: float = share(0.103, "ground_cost_of_capital")
    g_facility_m_mw: float = given(12.0, "MUSD/MW", "ground_facility_price")
    g_facility_life_yr: float = positive(15.0, "year", "ground_facility_life")
    it_life_yr: float = positive(5.0, "year", "ground_it_life")
    g_pue: float = given(1.35, key="ground_pue", low=1.0)
    g_elec_mwh: float = given(87.0, "USD/MWh", "ground_energy_price")
    g_ops_m_mw_yr: float = given(0.15, "MUSD/MW/year", "ground_operations_cost")
    g_overprovision: float = given(0.0, key="ground_overprovision")
    g_compute_overhead: float = given(0.048, key="ground_compute_overhead", high=0.99)
    g_rad_availability: float = positive_share(1.0, "ground_availability")

    def plant(self) -> dict[str, float]:
        """Sizes, masses and costs of one megawatt."""
        gross_kw = 1000.0 * (1.0 + self.overprovision)
        bus_kw = gross_kw * (1.0 + self.overhead_frac)
        dark = self.eclipse_min_day / MINUTES_PER_DAY
        battery_kwh = bus_kw * self.eclipse_min_day / 60.0 / self.batt_dod
        array_kw = (
            bus_kw
            * ((1.0 - dark) + dark / self.batt_rt_eff)
            / (1.0 - dark)
            / ((1.0 - self.degr_rate) ** self.life_yr * self.pointing)
        )
        array_m2 = 1e3 * array_kw / (SOLAR_W_PER_M2 * self.cell_eff * self.packing)
        side_w_per_m2 = self.emissivity * self.fin_eff * SIGMA * (self.t_rad**4 - self.t_sink**4)
        radiator_m2 = 1e3 * bus_kw / (2.0 * side_w_per_m2)
        masses = {
            "array_kg": 1e3 * array_kw / self.sp_array,
            "battery_kg": 1e3 * battery_kwh / self.batt_wh_kg,
            "radiator_kg": radiator_m2 * self.rad_areal_kg_m2,
            "it_kg": gross_kw * self.it_kg_per_kw,
            "shield_kg": 1e3 * self.shield_t_per_mw,
        }
        return {
            "gross_kw": gross_kw,
            "bus_kw": bus_kw,
            "battery_kwh": battery_kwh,
            "array_kw": array_kw,
            "array_m2": array_m2,
            "radiator_m2": radiator_m2,
            **masses,
            "dry_kg": sum(masses.values()) * (1.0 + self.structure_frac),
            "array_musd": array_kw * self.array_cost_w / 1e3,
            "battery_musd": battery_kwh * self.batt_cost_kwh / 1e6,
            "radiator_musd": radiator_m2 * self.rad_cost_m2 / 1e6,
        }

    def capital(self) -> dict[str, float]:
        """Capital of one megawatt in orbit, in millions of dollars."""
        plant = self.plant()
        it = plant["gross_kw"] * self.it_cost_w / 1e3
        platform = plant["array_musd"] + plant["radiator_musd"] + plant["battery_musd"] + self.avionics_comms_m_mw
        launch = plant["dry_kg"] * self.launch_kg / 1e6
        insurance = self.insurance_frac * (it + platform + launch)
        return {
            "it": it,
            "platform": platform,
            "launch": launch,
            "integration": self.integration_m_mw,
            "insurance": insurance,
            "total": it + platform + launch + self.integration_m_mw + insurance,
        }

    def year_musd(self) -> tuple[float, float]:
        """Cost of a year, in orbit and on the ground."""
        space = capital_recovery_factor(self.wacc_space, self.life_yr) * self.capital()["total"] + self.ops_m_mw_yr
        ground = (
            capital_recovery_factor(self.wacc_ground, self.it_life_yr) * self._ground_it()
            + capital_recovery_factor(self.wacc_ground, self.g_facility_life_yr) * self.g_facility_m_mw
            + self.g_ops_m_mw_yr
            + self.g_pue * 1000.0 * HOURS * self.util * self.g_elec_mwh / 1e3 / 1e6
        )
        return float(space), float(ground)

    def _ground_it(self) -> float:
        return (1.0 + self.g_overprovision) * self.it_cost_w

    def sold_kwh(self) -> tuple[float, float]:
        """Energy sold in a year, in orbit and on the ground."""
        hours = 1000.0 * HOURS * self.util
        return (
            hours * (1.0 - self.compute_overhead) * self.rad_availability,
            hours * (1.0 - self.g_compute_overhead) * self.g_rad_availability,
        )

    def breakeven_launch_usd_per_kg(self) -> float:
        """Price of launch at which both cost the same for each kilowatt-hour."""
        (space, ground), (sold, sold_ground) = self.year_musd(), self.sold_kwh()
        per_usd_per_kg = (
            capital_recovery_factor(self.wacc_space, self.life_yr)
            * (1.0 + self.insurance_frac)
            * self.plant()["dry_kg"]
            / 1e6
        )
        return float(self.launch_kg + (ground * sold / sold_ground - space) / per_usd_per_kg)

    def results(self) -> dict[str, float]:
        """Both sides in its denominators."""
        (space, ground), (sold, sold_ground) = self.year_musd(), self.sold_kwh()
        found: dict[str, float] = {}
        for side, usd_per_kwh in (("orbit", 1e6 * space / sold), ("ground", 1e6 * ground / sold_ground)):
            gpu_hour = usd_per_kwh * self.util * KW_PER_GPU
            found |= {
                f"{side}_usd_per_kwh": usd_per_kwh,
                f"{side}_usd_per_gpu_hour": gpu_hour,
                f"{side}_usd_per_pflop_hour": gpu_hour / PFLOPS_PER_GPU,
                f"{side}_usd_per_gtoken": gpu_hour / (TOKENS_PER_S * 3600.0) * 1e9,
            }
        return found | {
            "ratio": found["orbit_usd_per_kwh"] / found["ground_usd_per_kwh"],
            "breakeven_launch_usd_per_kg": self.breakeven_launch_usd_per_kg(),
        }

    def orbit(self) -> Translation:
        """Its lines for each watt that is sold."""
        plant, capital = self.plant(), self.capital()
        insured = capital["it"] + capital["platform"] + capital["launch"]
        inputs = CostInputs(
            server_usd_per_w=capital["it"],
            power_usd_per_w=plant["array_musd"] + plant["battery_musd"],
            cooling_usd_per_w=plant["radiator_musd"],
            building_usd_per_w=self.avionics_comms_m_mw + self.integration_m_mw,
            kg_per_w=plant["dry_kg"] / 1e6,
            launch_usd_per_kg=self.launch_kg,
            insurance_frac=self.insurance_frac * insured / (insured + self.integration_m_mw),
            it_life_years=self.life_yr,
            plant_life_years=self.life_yr,
            cost_of_capital=self.wacc_space,
            operations_usd_per_w_year=self.ops_m_mw_yr,
            uptime_frac=(1.0 - self.compute_overhead) * self.rad_availability,
            sold_frac=self.util,
        )
        return Translation(
            inputs,
            self.results()["orbit_usd_per_kwh"] * HOURS * self.util,
            "a kilowatt that is available, computers included",
        )

    def ground(self) -> Translation:
        """Its lines on the ground."""
        uptime = (1.0 - self.g_compute_overhead) * self.g_rad_availability
        inputs = CostInputs(
            server_usd_per_w=self._ground_it(),
            building_usd_per_w=self.g_facility_m_mw,
            it_life_years=self.it_life_yr,
            plant_life_years=self.g_facility_life_yr,
            cost_of_capital=self.wacc_ground,
            operations_usd_per_w_year=self.g_ops_m_mw_yr,
            energy_usd_per_kwh=self.g_elec_mwh / 1e3 * HOURS / 8766.0 * self.util / uptime,
            pue=self.g_pue,
            uptime_frac=uptime,
            sold_frac=self.util,
        )
        return Translation(
            inputs,
            self.results()["ground_usd_per_kwh"] * HOURS * self.util,
            "a kilowatt that is available, computers included",
        )


@dataclass(frozen=True)
class MatureStarship(SemiAnalysis):
    """The same model's case of about 2033 to 2035."""

    name: ClassVar[str] = "semianalysis-mature"
    position: ClassVar[int] = 5
    title: ClassVar[str] = "SemiAnalysis-like model, mature Starship (about 2033-35)"

    cell_eff: float = 0.34
    degr_rate: float = 0.01
    sp_array: float = 350.0
    array_cost_w: float = 4.0
    batt_wh_kg: float = 260.0
    batt_cost_kwh: float = 150.0
    batt_dod: float = 0.85
    t_rad: float = 330.0
    rad_areal_kg_m2: float = 2.5
    rad_cost_m2: float = 600.0
    it_kg_per_kw: float = 8.0
    it_cost_w: float = 24.0
    overprovision: float = 0.1
    compute_overhead: float = 0.03
    rad_availability: float = 0.98
    structure_frac: float = 0.12
    avionics_comms_m_mw: float = 3.0
    integration_m_mw: float = 3.0
    insurance_frac: float = 0.04
    ops_m_mw_yr: float = 0.6
    life_yr: float = 8.0
    launch_kg: float = 250.0
    util: float = 0.9
    wacc_space: float = 0.103
    g_ops_m_mw_yr: float = 1.0
    g_overprovision: float = 0.05
    g_compute_overhead: float = 0.01
