"""A scenario's fleet, and a campus on the ground, as places of the same accounting."""

from __future__ import annotations

import math

from skyrack.buildout.plan import Plan
from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.design.closure import Closure
from skyrack.economics.accounts import Number, Place
from skyrack.economics.denominators import Machine
from skyrack.scenario import Scenario
from skyrack.scenario.money import Campus, Economics

LINE_OF = {
    "compute": "it",
    "solar array": "power",
    "battery": "power",
    "power conversion": "power",
    "radiator and loop": "cooling",
    "laser terminals": "network",
    "avionics": "building",
    "radiation shield": "building",
    "structure": "building",
    "propulsion": "building",
    "margin": "building",
}
"""The cost line of each subsystem of a closed satellite."""
L_PER_M3 = 1e3


def machine_of(economics: Economics, accelerator: str) -> Machine:
    """What the computers are made of; InputError where the accelerator knows no such precision."""
    chip = part("accelerators", accelerator)
    peak = chip.get(f"peak_flops.{economics.precision}")
    if peak is None:
        known = [name.partition(".")[2] for name in chip.figures if name.startswith("peak_flops.")]
        raise InputError(
            f"economics.precision: {economics.precision!r} is not known of {accelerator}; known are {', '.join(known)}"
        )
    return Machine(chip["system_power_w"], peak, economics.sustained_frac, economics.tokens_per_second)


def it_usd_per_w(economics: Economics, accelerator: str) -> float:
    """Price of the computers by their power, the same in orbit and on the ground."""
    if economics.it_price_usd_per_w is not None:
        return economics.it_price_usd_per_w
    chip = part("accelerators", accelerator)
    return chip["price_usd"] / chip["system_power_w"]


def orbit_place(
    scenario: Scenario,
    closure: Closure,
    plan: Plan,
    *,
    asked_w: float,
    uptime_frac: float,
    launch_usd_per_kg: Number,
    learned_frac: Number = 1.0,
) -> Place:
    """The fleet, for each watt of its satellites' highest compute power.

    `asked_w` is what one satellite's computers ask for on average, `uptime_frac` how much of that they get in flight on the
    first day, `learned_frac` the price of a satellite over that of the first one (computers left out). What launches and
    infant failures lose is made up for by further satellites, under `spares`.

    Raises InputError for a fleet without compute.
    """
    wish, peak_w = scenario.economics, plan.peak_w
    if peak_w <= 0.0 or asked_w <= 0.0 or uptime_frac <= 0.0:
        raise InputError("satellite.compute: a fleet that computes nothing has no price; give it compute power")
    by_line = dict.fromkeys(("it", "power", "cooling", "network", "building"), 0.0)
    for line in closure.lines:
        by_line[LINE_OF[line.subsystem]] += line.price_usd / peak_w
    by_line["it"] = it_usd_per_w(wish, scenario.design.accelerator)
    by_line["building"] += wish.integration_usd_per_w
    if wish.satellite_price_usd_per_w is not None:
        scale = wish.satellite_price_usd_per_w / (sum(by_line.values()) - by_line["it"])
        by_line = {name: usd if name == "it" else usd * scale for name, usd in by_line.items()}
    fleet_w = plan.target * peak_w
    arrives_frac = plan.vehicles[0].success_frac * (1.0 - plan.infant_frac)
    life_years = scenario.design.life_s / JULIAN_YEAR_S
    return Place(
        it_usd_per_w=by_line["it"],
        power_usd_per_w=by_line["power"] * learned_frac,
        cooling_usd_per_w=by_line["cooling"] * learned_frac,
        building_usd_per_w=by_line["building"] * learned_frac,
        network_usd_per_w=by_line["network"] * learned_frac + wish.ground_segment_usd / fleet_w,
        one_off_usd_per_w=wish.one_off_usd / fleet_w,
        kg_per_w=plan.satellite_kg / peak_w,
        launch_usd_per_kg=launch_usd_per_kg if wish.launch_price_usd_per_kg is None else wish.launch_price_usd_per_kg,
        spares_frac=(1.0 + plan.spares_frac) / arrives_frac - 1.0,
        insurance_frac=wish.insurance_frac,
        disposal_frac=wish.disposal_frac,
        it_life_years=life_years,
        plant_life_years=life_years,
        cost_of_capital=wish.cost_of_capital_per_year_frac,
        build_years=(wish.build_s + scenario.buildout.raising_s) / JULIAN_YEAR_S,
        load_frac=asked_w / peak_w,
        operations_frac=wish.operations_per_year_frac,
        uptime_frac=uptime_frac,
        decay_per_year=1.0 - (1.0 - plan.losses_per_year) * (1.0 - plan.failures_per_year),
        sold_frac=wish.sold_frac,
    )


def ground_place(campus: Campus, economics: Economics) -> Place:
    """A campus, for each watt of its computers' highest power."""
    return Place(
        it_usd_per_w=it_usd_per_w(economics, campus.accelerator),
        power_usd_per_w=campus.electrical_usd_per_w + campus.generation_usd_per_w * campus.pue,
        cooling_usd_per_w=campus.cooling_usd_per_w,
        building_usd_per_w=campus.building_usd_per_w,
        network_usd_per_w=campus.network_usd_per_w,
        land_usd_per_w=campus.land_m2 * campus.land_price_usd_per_m2 / campus.power_w if campus.power_w else math.inf,
        insurance_frac=campus.insurance_frac,
        disposal_frac=campus.disposal_frac,
        it_life_years=campus.it_life_s / JULIAN_YEAR_S,
        plant_life_years=campus.plant_life_s / JULIAN_YEAR_S,
        cost_of_capital=campus.cost_of_capital_per_year_frac,
        build_years=campus.build_s / JULIAN_YEAR_S,
        load_frac=campus.load_frac,
        pue=campus.pue,
        energy_usd_per_kwh=campus.energy_price_usd_per_kwh,
        water_l_per_kwh=campus.water_l_per_kwh,
        water_usd_per_l=campus.water_price_usd_per_m3 / L_PER_M3,
        operations_frac=campus.operations_per_year_frac,
        repairs_frac=campus.repairs_per_year_frac,
        uptime_frac=campus.availability_frac,
        sold_frac=economics.sold_frac,
    )
