"""Economics of a fleet in orbit, and the data center on the ground that is its baseline."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from skyrack.scenario.buildout import YEAR_S
from skyrack.scenario.part import Area, Divisor, Part, Share, Source, Unit, from_catalogue, known_part
from skyrack.scenario.plugin_field import SlotField

Rate = Annotated[float, Unit("per_year_frac", 0.0, 0.99)]
PriceByPower = Annotated[float, Unit("usd_per_w", 0.0, 1e5)]
HourPrice = Annotated[float, Unit("usd_per_hour", 0.001, 1e4)]
PlantLife = Annotated[float, Unit("s", YEAR_S, 60 * YEAR_S)]


class Economics(Part):
    """Costs of a fleet in orbit beyond the prices of its parts, and the price of its compute."""

    cost_of_capital_per_year_frac: Rate = from_catalogue("economics.cost_of_capital_per_year")
    launch_price_usd_per_kg: Annotated[float, Unit("usd_per_kg", 0.0, 1e6)] | None = None
    """None: the price of the build-out's launch vehicles in each month."""
    satellite_price_usd_per_w: PriceByPower | None = None
    """Price of the satellite without its computers, per watt; None: the cost of the sized satellite's parts."""
    it_price_usd_per_w: PriceByPower | None = None
    """Price of the computers, in orbit and on the ground; None: the catalogue's price of the accelerator."""
    integration_usd_per_w: PriceByPower = from_catalogue("economics.integration")
    ground_segment_usd: Annotated[float, Unit("usd", 0.0, 1e13)] = from_catalogue("economics.ground_segment")
    one_off_usd: Annotated[float, Unit("usd", 0.0, 1e13)] = from_catalogue("economics.one_off")
    insurance_frac: Share = from_catalogue("economics.insurance")
    operations_per_year_frac: Rate = from_catalogue("economics.operations_per_year")
    disposal_frac: Share = from_catalogue("economics.disposal")
    build_s: Annotated[float, Unit("s", 0.0, 20 * YEAR_S)] = from_catalogue("economics.build")
    sold_frac: Divisor = from_catalogue("economics.sold")
    sustained_frac: Divisor = from_catalogue("economics.sustained")
    """FLOP utilisation of real workloads: fraction of an accelerator's peak."""
    precision: str = "bf16"
    hour_load_frac: Divisor = from_catalogue("economics.hour_load")
    """Mean over peak power in one billed accelerator-hour, in orbit and on the ground."""
    tokens_per_second: Annotated[float | None, Field(default=None, ge=1e-3, le=1e9)]
    """Tokens per second served by one accelerator; None: the catalogue's rate of a GB300, scaled by peak FLOP/s."""
    gpu_hour_price_usd_per_hour: HourPrice | None = None
    """None: the catalogue's price of a GB300-hour, scaled by peak FLOP/s."""
    cost_model: Annotated[Any, SlotField("cost_model")] = from_catalogue("economics.cost_model")
    capital_raised_usd: Annotated[float, Unit("usd", 0.0, 1e15)] | None = None


class GroundDataCenter(Part):
    """Data center on the ground: computers, building, power, cooling and their costs."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=4000)
    accelerator: Annotated[Annotated[str, known_part("accelerators")] | None, Field(default=None)]
    """None: the accelerator of the fleet that it is compared with, or the catalogue's default."""
    power_w: Annotated[float, Unit("w", 1e3, 1e13)]
    """Peak power of the computers."""
    load_frac: Divisor = from_catalogue("campus.load")
    """Mean over peak power of the computers."""
    availability_frac: Divisor = from_catalogue("campus.availability")
    generation_usd_per_w: PriceByPower = from_catalogue("campus.generation")
    """Price of an on-site power plant, per watt of the facility's total load."""
    electrical_usd_per_w: PriceByPower = from_catalogue("campus.electrical")
    cooling_usd_per_w: PriceByPower = from_catalogue("campus.cooling")
    building_usd_per_w: PriceByPower = from_catalogue("campus.building")
    network_usd_per_w: PriceByPower = from_catalogue("campus.network")
    land_m2: Area = from_catalogue("campus.land")
    land_price_usd_per_m2: Annotated[float, Unit("usd_per_m2", 0.0, 1e6)] = from_catalogue("campus.land_price")
    pue: Annotated[float, Field(ge=1.0, le=4.0)] = from_catalogue("campus.pue")
    energy_price_usd_per_kwh: Annotated[float, Unit("usd_per_kwh", 0.0, 10.0)] = from_catalogue("campus.energy_price")
    carbon_g_per_kwh: Annotated[float, Unit("g_per_kwh", 0.0, 2e3)] = from_catalogue("campus.carbon")
    water_l_per_kwh: Annotated[float, Unit("l_per_kwh", 0.0, 50.0)] = from_catalogue("campus.water")
    water_price_usd_per_m3: Annotated[float, Unit("usd_per_m3", 0.0, 100.0)] = from_catalogue("campus.water_price")
    build_s: Annotated[float, Unit("s", 0.0, 20 * YEAR_S)] = from_catalogue("campus.build")
    it_build_s: Annotated[float, Unit("s", 0.0, 20 * YEAR_S)] = from_catalogue("campus.it_build")
    """Installation time of computers in a finished building."""
    queue_s: Annotated[float, Unit("s", 0.0, 20 * YEAR_S)] = from_catalogue("campus.queue")
    """Wait for a grid connection before the first payment; it delays operation and costs no interest."""
    it_life_s: PlantLife = from_catalogue("campus.it_life")
    plant_life_s: PlantLife = from_catalogue("campus.plant_life")
    repairs_per_year_frac: Rate = from_catalogue("campus.repairs_per_year")
    """Cost of replacing failed computers, as a fraction of their price."""
    operations_per_year_frac: Rate = from_catalogue("campus.operations_per_year")
    insurance_frac: Share = from_catalogue("campus.insurance")
    disposal_frac: Share = from_catalogue("campus.disposal")
    cost_of_capital_per_year_frac: Rate = from_catalogue("campus.cost_of_capital_per_year")
    sources: dict[str, Source] = Field(default_factory=dict)
