"""Cost inputs of the fleet of a scenario and of a ground data center, for the same accounting."""

from __future__ import annotations

from dataclasses import dataclass

from skyrack.buildout.plan import Plan
from skyrack.catalogue import default_value
from skyrack.catalogue.parts import part
from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.core.units import to_si
from skyrack.design.readings import Reading
from skyrack.economics.accounts import CostInputs, Number
from skyrack.economics.unit_prices import Machine
from skyrack.scenario.economics import Economics, GroundDataCenter

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
"""Cost line of each subsystem of a satellite."""
L_PER_M3 = 1e3
REFERENCE_ACCELERATOR = "gb300-nvl72"
"""Accelerator for which the catalogue has a rental price and a token rate."""


def machine_of(economics: Economics, accelerator: str, accelerator_w: float | None = None) -> Machine:
    """Return power, speed and rental price of one accelerator of the computers.

    `accelerator_w` is the peak power of one accelerator with its share of the rack, by default the catalogue's; on a
    satellite it is the peak compute power over the number of accelerators. Below the catalogue's power an accelerator does
    not reach its peak rate: its work then counts by its power, as that of a part of an accelerator.

    Raises InputError where the catalogue has no peak rate of the accelerator in the precision of `economics`.
    """
    chip = part("accelerators", accelerator)
    peak = chip.get(f"peak_flops.{economics.precision}")
    if peak is None:
        known = [name.partition(".")[2] for name in chip.figures if name.startswith("peak_flops.")]
        raise InputError(
            f"economics.precision: {economics.precision!r} is not known of {accelerator}; known are {', '.join(known)}"
        )
    tokens, price = economics.tokens_per_second, economics.gpu_hour_price_usd_per_hour
    if tokens is None:
        tokens = float(default_value("economics.tokens_per_second")) * _against_reference(accelerator)
    if price is None:
        rent = to_si(default_value("economics.gpu_hour_price"), "usd_per_hour")
        price = rent * _against_reference(accelerator)
    full_w = chip["system_power_w"]
    return Machine(
        max(accelerator_w or full_w, full_w), economics.hour_load_frac, peak, economics.sustained_frac, tokens, price
    )


def usual_precision(accelerator: str) -> str:
    """Return "bf16", or the first precision in the catalogue for an accelerator without it."""
    known = [name.partition(".")[2] for name in part("accelerators", accelerator).figures if name.startswith("peak_")]
    return "bf16" if "bf16" in known else known[0]


def _against_reference(accelerator: str) -> float:
    """Return the peak FLOP/s over that of the reference accelerator, in the first precision that both have."""
    chip, reference = part("accelerators", accelerator), part("accelerators", REFERENCE_ACCELERATOR)
    shared = next((name for name in reference.figures if name.startswith("peak_") and name in chip.figures), None)
    if shared is None:
        raise InputError(
            f"economics: rent and tokens of {accelerator} cannot be derived from those of {REFERENCE_ACCELERATOR}, which "
            "shares no precision with it; give economics.gpu_hour_price and economics.tokens_per_second"
        )
    return chip[shared] / reference[shared]


def _compute_per_w(machine: Machine) -> float:
    """Return the useful FLOP/s per watt, in units of 1e12."""
    return machine.peak_flops * machine.sustained_frac / machine.accelerator_w / 1e12


def server_usd_per_w(economics: Economics, accelerator: str, accelerator_w: float | None = None) -> float:
    """Return the price of whole computers in USD per watt of peak power; `accelerator_w` as for `machine_of`."""
    if economics.it_price_usd_per_w is not None:
        return economics.it_price_usd_per_w
    chip = part("accelerators", accelerator)
    return chip["price_usd"] / (accelerator_w or chip["system_power_w"])


@dataclass(frozen=True)
class Flown:
    """Figures of a build-out that the price of its satellites depends on."""

    launched_w: float
    """Peak compute power of all launched satellites, discounted to the first launch."""
    life_years: float
    """Life with the same yearly payment for capital as the lives of all shells together."""
    losses_per_year: float
    """Constant rate of losing computers that loses as much work as failed accelerators and thermal cycles together."""
    failures_per_year: float
    """Constant failure rate that loses as much work as random failures and wear-out together."""
    arrives_frac: float
    """Fraction of the launched satellites that is lost neither at launch nor by infant failures."""
    idle_usd: float
    """Cost of idle capacity, discounted to the first launch."""
    launch_usd_per_kg: Number
    fill_frac: Number
    learned_frac: Number
    """Price of a satellite over that of the first one, without computers."""


def orbit_cost_inputs(
    reading: Reading, plan: Plan, flown: Flown, *, requested_w: float, uptime_frac: float
) -> CostInputs:
    """Return the cost inputs of the fleet, per watt of peak compute power of its satellites.

    `requested_w` is the mean power that one satellite's computers request, `uptime_frac` the share of it that they
    receive in flight on the first day. Satellites that the build-out keeps beyond its target work like all others.

    Raises InputError for a fleet without compute.
    """
    scenario, built = reading.scenario, reading.built
    economics, peak_w = scenario.economics, plan.peak_w
    if peak_w <= 0.0 or requested_w <= 0.0 or uptime_frac <= 0.0:
        raise InputError("satellite.compute: a fleet that computes nothing has no price; give it compute power")
    by_line = dict.fromkeys(("power", "cooling", "network", "building"), 0.0)
    for line in built.lines:
        if LINE_OF[line.subsystem] != "it":
            by_line[LINE_OF[line.subsystem]] += line.price_usd / peak_w
    by_line["building"] += economics.integration_usd_per_w
    learned = flown.learned_frac
    if economics.satellite_price_usd_per_w is not None:
        scale = economics.satellite_price_usd_per_w / sum(by_line.values())
        by_line, learned = {name: usd * scale for name, usd in by_line.items()}, 1.0
    build_years = economics.build_s / JULIAN_YEAR_S
    return CostInputs(
        server_usd_per_w=server_usd_per_w(economics, scenario.design.accelerator, peak_w / max(built.accelerators, 1)),
        power_usd_per_w=by_line["power"] * learned,
        cooling_usd_per_w=by_line["cooling"] * learned,
        building_usd_per_w=by_line["building"] * learned,
        network_usd_per_w=by_line["network"] * learned,
        one_off_usd_per_w=economics.one_off_usd / flown.launched_w,
        stations_usd_per_w=economics.ground_segment_usd / flown.launched_w,
        idle_usd_per_w=flown.idle_usd / flown.launched_w,
        kg_per_w=plan.satellite_kg / peak_w,
        launch_usd_per_kg=flown.launch_usd_per_kg
        if economics.launch_price_usd_per_kg is None
        else economics.launch_price_usd_per_kg,
        fill_frac=flown.fill_frac,
        arrives_frac=flown.arrives_frac,
        insurance_frac=economics.insurance_frac,
        disposal_frac=economics.disposal_frac,
        it_life_years=flown.life_years,
        plant_life_years=flown.life_years,
        cost_of_capital=economics.cost_of_capital_per_year_frac,
        build_years=build_years,
        it_build_years=build_years,
        idle_years=scenario.buildout.raising_s / JULIAN_YEAR_S,
        load_frac=requested_w / peak_w,
        compute_per_w=_compute_per_w(
            machine_of(economics, scenario.design.accelerator, peak_w / max(built.accelerators, 1))
        ),
        operations_frac=economics.operations_per_year_frac,
        uptime_frac=uptime_frac,
        decay_per_year=flown.losses_per_year,
        failures_per_year=flown.failures_per_year,
        sold_frac=economics.sold_frac,
        cost_model=economics.cost_model,
    )


def ground_cost_inputs(campus: GroundDataCenter, economics: Economics, accelerator: str) -> CostInputs:
    """Return the cost inputs of a ground data center, per watt of peak power of its computers.

    `accelerator` is used where the data center names none.
    """
    accelerator = campus.accelerator or accelerator
    return CostInputs(
        server_usd_per_w=server_usd_per_w(economics, accelerator),
        power_usd_per_w=campus.electrical_usd_per_w,
        generation_usd_per_w=campus.generation_usd_per_w * campus.pue,
        cooling_usd_per_w=campus.cooling_usd_per_w,
        building_usd_per_w=campus.building_usd_per_w,
        network_usd_per_w=campus.network_usd_per_w,
        land_usd_per_w=campus.land_m2 * campus.land_price_usd_per_m2 / campus.power_w,
        insurance_frac=campus.insurance_frac,
        disposal_frac=campus.disposal_frac,
        it_life_years=campus.it_life_s / JULIAN_YEAR_S,
        plant_life_years=campus.plant_life_s / JULIAN_YEAR_S,
        cost_of_capital=campus.cost_of_capital_per_year_frac,
        build_years=campus.build_s / JULIAN_YEAR_S,
        it_build_years=campus.it_build_s / JULIAN_YEAR_S,
        load_frac=campus.load_frac,
        compute_per_w=_compute_per_w(machine_of(economics, accelerator)),
        pue=campus.pue,
        energy_usd_per_kwh=campus.energy_price_usd_per_kwh,
        water_l_per_kwh=campus.water_l_per_kwh,
        water_usd_per_l=campus.water_price_usd_per_m3 / L_PER_M3,
        operations_frac=campus.operations_per_year_frac,
        repairs_frac=campus.repairs_per_year_frac,
        uptime_frac=campus.availability_frac,
        sold_frac=economics.sold_frac,
        cost_model=economics.cost_model,
    )
