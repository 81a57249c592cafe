"""The flat table of numbers that the closure of one satellite follows from."""

from __future__ import annotations

from dataclasses import dataclass

from skyrack.catalogue.parts import part
from skyrack.environment.radiation_environment import RadiationEnvironment
from skyrack.scenario import Scenario
from skyrack.scenario.satellite import Satellite


@dataclass(frozen=True)
class Inputs:
    """All numbers that the closure of one satellite in one layer follows from, in SI."""

    accelerators: int
    compute_peak_w: float
    compute_lit_w: float
    """Compute power in sunlight and (below) in the dark, as the power policy has them."""
    compute_dark_w: float
    life_s: float
    accelerator_w: float
    accelerator_kg: float
    accelerator_usd: float
    cell_efficiency_frac: float
    temperature_coefficient_per_k: float
    array_absorptivity_frac: float
    array_emissivity_frac: float
    packing_frac: float
    pointing_error_rad: float
    wear_per_year_frac: float
    array_kg_per_m2: float
    array_usd_per_w: float
    battery_j_per_kg: float
    battery_usd_per_j: float
    battery_depth_frac: float
    charge_efficiency_frac: float
    discharge_efficiency_frac: float
    charge_rate_per_hour: float
    fade_per_cycle_frac: float
    fade_per_year_frac: float
    electronics_limit_k: float
    coolant_drop_k: float
    radiator_emissivity_frac: float
    radiator_absorptivity_frac: float
    radiator_edge_on: bool
    radiator_tilt_rad: float
    fin_efficiency_frac: float
    radiator_kg_per_m2: float
    radiator_usd_per_m2: float
    conversion_efficiency_frac: float
    pump_frac: float
    avionics_w: float
    avionics_kg: float
    lasers: int
    laser_w: float
    laser_kg: float
    array_stowed_m: float
    radiator_stowed_m: float
    structure_frac: float
    power_margin_frac: float
    mass_margin_frac: float
    dose_limit_gy: float
    radiation: RadiationEnvironment
    specific_impulse_s: float
    propellant_limit_frac: float
    solar_flux_sfu: float
    insertion_altitude_m: float
    disposal_altitude_m: float
    avoidance_per_year_m_per_s: float
    drag_coefficient: float
    earth_infrared_w_per_m2: float
    albedo_frac: float


def inputs_of(scenario: Scenario, satellite: Satellite, accelerators: int, *, keep_cells: bool) -> Inputs:
    """Return the numbers of a scenario's satellite, which holds so many accelerators, and of its design.

    The cells' efficiency is that of the design's cell, unless `keep_cells`: the scenario itself says what it is.
    """
    design, array, battery, radiator = scenario.design, satellite.solar_array, satellite.battery, satellite.radiator
    chip, cell = part("accelerators", design.accelerator), part("cells", design.cell)
    pack, panel = part("batteries", design.battery), part("radiators", design.radiator)
    peak_w, average_w = satellite.compute.peak_power_w, satellite.compute.average_power_w
    if design.accelerators is not None:
        wanted_w = accelerators * chip["system_power_w"]
        average_w = wanted_w * (average_w / peak_w if peak_w > 0.0 else 1.0)
        peak_w = wanted_w
    dark_w, lit_w = scenario.power_policy.bounds_w(average_w, peak_w)
    return Inputs(
        accelerators=accelerators,
        compute_peak_w=peak_w,
        compute_lit_w=lit_w,
        compute_dark_w=dark_w,
        life_s=design.life_s,
        accelerator_w=chip["system_power_w"],
        accelerator_kg=chip["mass_kg"],
        accelerator_usd=chip["price_usd"],
        cell_efficiency_frac=array.cell_efficiency_frac if keep_cells else cell["efficiency_frac"],
        temperature_coefficient_per_k=array.temperature_coefficient_per_k
        if keep_cells
        else cell["temperature_coefficient_per_k"],
        array_absorptivity_frac=array.absorptivity_frac,
        array_emissivity_frac=array.emissivity_frac,
        packing_frac=array.packing_frac,
        pointing_error_rad=array.pointing_error_rad,
        wear_per_year_frac=array.wear_per_year_frac,
        array_kg_per_m2=cell["panel_kg_per_m2"],
        array_usd_per_w=cell["price_usd_per_w"],
        battery_j_per_kg=pack["energy_j_per_kg"],
        battery_usd_per_j=pack["price_usd_per_j"],
        battery_depth_frac=battery.depth_limit_frac,
        charge_efficiency_frac=battery.charge_efficiency_frac,
        discharge_efficiency_frac=battery.discharge_efficiency_frac,
        charge_rate_per_hour=battery.charge_rate_per_hour,
        fade_per_cycle_frac=battery.fade_per_cycle_frac,
        fade_per_year_frac=battery.fade_per_year_frac,
        electronics_limit_k=satellite.electronics.temperature_limit_k,
        coolant_drop_k=design.coolant_drop_k,
        radiator_emissivity_frac=radiator.emissivity_frac,
        radiator_absorptivity_frac=radiator.absorptivity_frac,
        radiator_edge_on=radiator.edge_on_to_sun,
        radiator_tilt_rad=radiator.earth_tilt_rad,
        fin_efficiency_frac=1.0 if design.fins_included else panel["fin_efficiency_frac"],
        radiator_kg_per_m2=panel["kg_per_m2"],
        radiator_usd_per_m2=panel["price_usd_per_m2"],
        conversion_efficiency_frac=design.conversion_efficiency_frac,
        pump_frac=design.pump_frac,
        avionics_w=design.avionics_power_w,
        avionics_kg=design.avionics_mass_kg,
        lasers=design.laser_terminals,
        laser_w=design.laser_power_w,
        laser_kg=design.laser_mass_kg,
        array_stowed_m=design.array_stowed_m,
        radiator_stowed_m=design.radiator_stowed_m,
        structure_frac=design.structure_frac,
        power_margin_frac=design.power_margin_frac,
        mass_margin_frac=design.mass_margin_frac,
        dose_limit_gy=design.dose_limit_gy,
        radiation=scenario.environment.radiation,
        specific_impulse_s=design.specific_impulse_s,
        propellant_limit_frac=design.propellant_limit_frac,
        solar_flux_sfu=design.solar_flux,
        insertion_altitude_m=design.insertion_altitude_m,
        disposal_altitude_m=design.disposal_altitude_m,
        avoidance_per_year_m_per_s=design.avoidance_per_year_m_per_s,
        drag_coefficient=design.drag_coefficient_frac,
        earth_infrared_w_per_m2=scenario.environment.earth_infrared_w_per_m2,
        albedo_frac=scenario.environment.albedo_frac,
    )
