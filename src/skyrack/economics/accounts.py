"""Cost accounting for one watt of computers, the same in orbit and on the ground.

Every cost line is one function of a `CostInputs`, the same for both sides. All fields may be arrays of one shape, so
that a study prices many samples at once. Money is in present-day US dollars, without inflation; payments are monthly.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S

Number = float | NDArray[np.float64]
HOURS_PER_YEAR = JULIAN_YEAR_S / 3600.0
MONTHS = 12


@dataclass(frozen=True)
class CostInputs:
    """Cost inputs of computers in orbit or on the ground, per watt of their peak power unless stated otherwise.

    Each field is a number or an array; all arrays have one shape.
    """

    server_usd_per_w: Number = 0.0
    """Price of the computers with their racks."""
    power_usd_per_w: Number = 0.0
    """Price of solar array, battery and power conversion, or of electrical equipment on the ground."""
    generation_usd_per_w: Number = 0.0
    """Price of an on-site power plant; counted with power."""
    cooling_usd_per_w: Number = 0.0
    building_usd_per_w: Number = 0.0
    """Price of the spacecraft bus with its integration, or of the building."""
    network_usd_per_w: Number = 0.0
    land_usd_per_w: Number = 0.0
    one_off_usd_per_w: Number = 0.0
    """Non-recurring engineering, spread over all units built; counted with the building, no insurance or spares."""
    stations_usd_per_w: Number = 0.0
    """Price of ground stations, spread over all units built; counted with the network, without insurance or spares."""
    idle_usd_per_w: Number = 0.0
    """Cost of idle factory and launch capacity, spread over all units built; no insurance or spares."""
    kg_per_w: Number = 0.0
    """Mass launched to orbit."""
    launch_usd_per_kg: Number = 0.0
    """Launch price per kilogram of payload capacity, when all of the capacity is used."""
    fill_frac: Number = 1.0
    """Payload mass on a launch over its capacity; the whole launch is paid for."""
    arrives_frac: Number = 1.0
    """Fraction of the launched satellites that reach orbit and begin to work."""
    spares_frac: Number = 0.0
    """Idle spare hardware per watt of working hardware, launched with it."""
    insurance_frac: Number = 0.0
    """Insurance premium as a fraction of hardware, launch and spares, paid once."""
    disposal_frac: Number = 0.0
    """Disposal cost as a fraction of hardware, paid at the end of its life."""
    it_life_years: Number = 5.0
    plant_life_years: Number = 5.0
    """Life of everything except the computers."""
    cost_of_capital: Number = 0.0
    """Nominal yearly rate with monthly payments."""
    build_years: Number = 0.0
    """Construction time of the plant; capital is tied up for half of it on average."""
    it_build_years: Number = 0.0
    """Construction time of the computers; capital is tied up for half of it on average."""
    idle_years: Number = 0.0
    """Time from the last payment to the first work, for example orbit raising; all capital is tied up for all of it."""
    load_frac: Number = 1.0
    """Mean power of the working computers over their peak power."""
    compute_per_w: Number = 1.0
    """Useful computing per watt drawn by the computers; only its ratio between two sides has a meaning."""
    pue: Number = 1.0
    energy_usd_per_kwh: Number = 0.0
    water_l_per_kwh: Number = 0.0
    """Water use per kilowatt-hour of the computers."""
    water_usd_per_l: Number = 0.0
    operations_frac: Number = 0.0
    """Yearly operating cost as a fraction of hardware."""
    operations_usd_per_w_year: Number = 0.0
    repairs_frac: Number = 0.0
    """Fraction of the computers that is replaced each year."""
    uptime_frac: Number = 1.0
    """Computing done over computing requested, at the beginning of life."""
    decay_per_year: Number = 0.0
    """Fraction of the computers that is lost each year and not replaced."""
    failures_per_year: Number = 0.0
    """Fraction of whole plants (satellites) that is lost each year."""
    sold_frac: Number = 1.0
    """Fraction of the available computing that is sold."""
    cost_model: Any = None
    """Cost model of the slot `cost_model`; None: the built-in one. See `economics.cost_model`."""


def numbers_of(inputs: CostInputs) -> dict[str, Number]:
    """Return all numbers of cost inputs by name: every field except the cost model."""
    return {field.name: getattr(inputs, field.name) for field in fields(CostInputs) if field.name != "cost_model"}


def hardware_usd_per_w(inputs: CostInputs) -> dict[str, Number]:
    """Return the hardware price by line in USD/W, without spares, launch, land and one-off costs."""
    return {
        "it": inputs.server_usd_per_w,
        "power": inputs.power_usd_per_w + inputs.generation_usd_per_w,
        "cooling": inputs.cooling_usd_per_w,
        "building": inputs.building_usd_per_w,
        "network": inputs.network_usd_per_w,
    }


@dataclass(frozen=True)
class Capital:
    """Capital by line in USD/W, divided by whether it lasts as long as the computers or as long as the plant."""

    it: dict[str, Number]
    plant: dict[str, Number]

    def line(self, name: str) -> Number:
        """Return the capital of one line in USD/W, computers and plant together."""
        return self.it.get(name, 0.0) + self.plant.get(name, 0.0)

    @property
    def lines(self) -> dict[str, Number]:
        """Capital by line in USD/W, computers and plant together."""
        return {name: self.line(name) for name in dict.fromkeys((*self.it, *self.plant))}


def capital_of(inputs: CostInputs) -> Capital:
    """Return the capital that is paid before work begins, in USD/W."""
    hardware = hardware_usd_per_w(inputs)
    launch = inputs.kg_per_w * inputs.launch_usd_per_kg / inputs.fill_frac
    more = (1.0 + inputs.spares_frac) / inputs.arrives_frac - 1.0
    it = hardware.pop("it")
    plant = sum(hardware.values()) + launch
    return Capital(
        {"it": it, "spares": more * it, "insurance": inputs.insurance_frac * (1.0 + more) * it},
        hardware
        | {
            "building": inputs.building_usd_per_w + inputs.one_off_usd_per_w,
            "network": inputs.network_usd_per_w + inputs.stations_usd_per_w,
            "launch": launch,
            "idle": inputs.idle_usd_per_w,
            "land": inputs.land_usd_per_w,
            "spares": more * plant,
            "insurance": inputs.insurance_frac * (1.0 + more) * plant,
        },
    )


def yearly_usd_per_w(inputs: CostInputs) -> dict[str, Number]:
    """Return the yearly costs by line in USD/W/year; disposal as the yearly payment into a sinking fund for it."""
    hardware = hardware_usd_per_w(inputs)
    energy_kwh = inputs.load_frac * inputs.uptime_frac * HOURS_PER_YEAR / 1e3
    it, plant = hardware["it"], sum(usd for name, usd in hardware.items() if name != "it")
    laid_aside = it * sinking_fund_factor(inputs.cost_of_capital, inputs.it_life_years) + plant * sinking_fund_factor(
        inputs.cost_of_capital, inputs.plant_life_years
    )
    return {
        "energy": inputs.pue * energy_kwh * inputs.energy_usd_per_kwh,
        "water": inputs.water_l_per_kwh * energy_kwh * inputs.water_usd_per_l,
        "operations": inputs.operations_frac * (it + plant) + inputs.operations_usd_per_w_year,
        "repairs": inputs.repairs_frac * inputs.server_usd_per_w,
        "disposal": inputs.disposal_frac * laid_aside,
    }


LINES = (
    "it",
    "power",
    "cooling",
    "building",
    "launch",
    "idle",
    "network",
    "land",
    "spares",
    "insurance",
    "energy",
    "water",
    "operations",
    "repairs",
    "disposal",
    "interest",
)
"""Cost lines; every dollar is in exactly one of them."""
LINE_TITLES = {
    "it": "computers",
    "building": "bus or building",
    "idle": "idle capacity",
}
"""Titles of the lines whose name does not say what they are."""


def capital_recovery_factor(cost_of_capital: Number, years: Number) -> Number:
    """Return the capital recovery factor: the yearly payment, in monthly parts, that repays one dollar with interest.

    12 i (1 + i)^n / ((1 + i)^n - 1) with i a twelfth of the yearly rate and n months; 1 / years without interest.
    """
    rate, months = np.asarray(cost_of_capital, np.float64) / MONTHS, np.asarray(years, np.float64) * MONTHS
    safe = np.where(rate > 1e-12, rate, 1.0)
    share = np.where(rate > 1e-12, MONTHS * safe / -np.expm1(-months * np.log1p(safe)), MONTHS / months)
    return float(share) if share.ndim == 0 else share


def sinking_fund_factor(cost_of_capital: Number, years: Number) -> Number:
    """Return the sinking fund factor: the yearly deposit, in monthly parts, that grows to one dollar after `years`."""
    return capital_recovery_factor(cost_of_capital, years) - cost_of_capital


def working_share(inputs: CostInputs) -> Number:
    """Return the mean fraction of the computers that still work over their life, with each month discounted."""
    months = np.asarray(inputs.it_life_years, np.float64) * MONTHS
    rate = np.asarray(inputs.cost_of_capital, np.float64) / MONTHS
    yearly_kept = (1.0 - np.asarray(inputs.decay_per_year)) * (1.0 - np.asarray(inputs.failures_per_year))
    kept = np.asarray(yearly_kept, np.float64) ** (1.0 / MONTHS)
    # the work of a month is evaluated at its middle and paid at its end
    ratio = kept / (1.0 + rate)
    gap = np.where(np.abs(1.0 - ratio) > 1e-12, 1.0 - ratio, 1.0)
    series = np.where(np.abs(1.0 - ratio) > 1e-12, ratio * (1.0 - ratio**months) / gap, months)
    share = (
        np.sqrt(1.0 / kept)
        * series
        * np.asarray(capital_recovery_factor(inputs.cost_of_capital, inputs.it_life_years))
        / MONTHS
    )
    return float(share) if share.ndim == 0 else share


def waiting_factor(inputs: CostInputs, build_years: Number) -> Number:
    """Return the value of one dollar, with interest, when work begins.

    Interest accrues over half of the construction time (`build_years`) and all of the idle time after it.
    """
    months = MONTHS * (0.5 * np.asarray(build_years, np.float64) + np.asarray(inputs.idle_years, np.float64))
    factor = (1.0 + np.asarray(inputs.cost_of_capital, np.float64) / MONTHS) ** months
    return float(factor) if factor.ndim == 0 else factor


@dataclass(frozen=True)
class Account:
    """Yearly cost of a watt of computers over its whole life, and the fraction of the time it works."""

    capital_usd_per_w: dict[str, Number]
    usd_per_w_year: dict[str, Number]
    """Yearly cost by the names of `LINES`: capital divided by its life, yearly costs, and interest."""
    working_frac: Number
    """Computing delivered over computing requested: uptime and failures."""
    inputs: CostInputs

    @property
    def total_usd_per_w_year(self) -> Number:
        """Sum of all lines in USD/W/year."""
        return sum(self.usd_per_w_year.values())

    @property
    def usd_per_kw_year(self) -> Number:
        """Cost per kilowatt drawn by the computers at work, averaged over all time, in USD/kW/year."""
        return 1e3 * self.total_usd_per_w_year / (self.working_frac * self.inputs.load_frac)

    @property
    def usd_per_work(self) -> Number:
        """Cost per unit of useful computing sold; only its ratio between two sides has a meaning."""
        return self.usd_per_kw_year / (self.inputs.sold_frac * self.inputs.compute_per_w)

    @property
    def usd_per_w(self) -> Number:
        """Capital per watt of computers bought, in USD/W."""
        return sum(self.capital_usd_per_w.values())


def levelised_cost(inputs: CostInputs) -> Account:
    """Return the levelised cost account of hardware that is replaced for ever at the same prices."""
    capital, yearly = capital_of(inputs), yearly_usd_per_w(inputs)
    lines: dict[str, Number] = dict.fromkeys(LINES, 0.0)
    interest: Number = 0.0
    for part, years, build_years in (
        (capital.it, inputs.it_life_years, inputs.it_build_years),
        (capital.plant, inputs.plant_life_years, inputs.build_years),
    ):
        recovered = waiting_factor(inputs, build_years) * capital_recovery_factor(inputs.cost_of_capital, years)
        for name, paid in part.items():
            lines[name] = lines[name] + paid / years
            interest = interest + paid * (recovered - 1.0 / years)
    lines |= yearly | {"interest": interest}
    return Account(capital.lines, lines, inputs.uptime_frac * working_share(inputs), inputs)
