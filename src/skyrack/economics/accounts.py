"""One accounting for two places: the cost lines of a watt of computers, in orbit or on the ground.

Every line is one function of a `CostInputs`, the same for both. All fields may be arrays of one shape, so that a study prices
many samples at once. Money is in US dollars of today, without inflation; payments are monthly.
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
    """Where computers work and what that takes, for each watt of their highest power unless said otherwise."""

    server_usd_per_w: Number = 0.0
    """Computers with their racks."""
    power_usd_per_w: Number = 0.0
    """Array, battery and conversion, or electrical equipment."""
    generation_usd_per_w: Number = 0.0
    """A power plant of its own; counted with power."""
    cooling_usd_per_w: Number = 0.0
    building_usd_per_w: Number = 0.0
    """Spacecraft bus with its integration, or the building."""
    network_usd_per_w: Number = 0.0
    land_usd_per_w: Number = 0.0
    one_off_usd_per_w: Number = 0.0
    """Engineering done once, spread over all that is built; counted with the building, neither insured nor kept spare."""
    stations_usd_per_w: Number = 0.0
    """Ground stations, likewise; counted with the network."""
    kg_per_w: Number = 0.0
    """Mass to orbit."""
    launch_usd_per_kg: Number = 0.0
    """Of a full flight."""
    fill_frac: Number = 1.0
    """Mass on a flight over what it could carry; the flight is paid whole."""
    arrives_frac: Number = 1.0
    """Share of what is launched that arrives and begins to work."""
    spares_frac: Number = 0.0
    """Further hardware for each watt that works, launched with it and idle."""
    insurance_frac: Number = 0.0
    """Of hardware, launch and spares, paid once."""
    disposal_frac: Number = 0.0
    """Of hardware, paid at the end of the plant's life."""
    it_life_years: Number = 5.0
    plant_life_years: Number = 5.0
    """Of all that is not computers."""
    cost_of_capital: Number = 0.0
    """A year, nominal with monthly payments."""
    build_years: Number = 0.0
    """Of the plant: money waits for half of it on average."""
    it_build_years: Number = 0.0
    """Of the computers."""
    idle_years: Number = 0.0
    """From the last payment to the first work, as on the way up to an orbit: all money waits for all of it."""
    load_frac: Number = 1.0
    """Mean power of computers at work over their highest."""
    compute_per_w: Number = 1.0
    """Useful computing for each watt that the computers take; only its ratio between two places counts."""
    pue: Number = 1.0
    energy_usd_per_kwh: Number = 0.0
    water_l_per_kwh: Number = 0.0
    """For each kilowatt-hour of the computers."""
    water_usd_per_l: Number = 0.0
    operations_frac: Number = 0.0
    """Of hardware, a year."""
    operations_usd_per_w_year: Number = 0.0
    repairs_frac: Number = 0.0
    """Of the computers, replaced each year."""
    uptime_frac: Number = 1.0
    """Computing done over what was asked for, while everything is new."""
    decay_per_year: Number = 0.0
    """Share of the computers that is lost each year and not replaced."""
    failures_per_year: Number = 0.0
    """Share of the whole plants (satellites) that is lost each year."""
    sold_frac: Number = 1.0
    """Of what could be sold."""
    cost_model: Any = None
    """The model of the slot `cost_model` by which it is priced; None: the built-in one. See `economics.cost_model`."""


def numbers_of(inputs: CostInputs) -> dict[str, Number]:
    """Return all numbers of some cost inputs by name: every field but the cost model."""
    return {field.name: getattr(inputs, field.name) for field in fields(CostInputs) if field.name != "cost_model"}


def hardware_usd_per_w(inputs: CostInputs) -> dict[str, Number]:
    """What stands there, without spares, launch, land and what is paid once."""
    return {
        "it": inputs.server_usd_per_w,
        "power": inputs.power_usd_per_w + inputs.generation_usd_per_w,
        "cooling": inputs.cooling_usd_per_w,
        "building": inputs.building_usd_per_w,
        "network": inputs.network_usd_per_w,
    }


@dataclass(frozen=True)
class Capital:
    """Capital by line, for each watt: what ends with the computers, and what ends with the plant."""

    it: dict[str, Number]
    plant: dict[str, Number]

    def line(self, name: str) -> Number:
        """Both parts of a line."""
        return self.it.get(name, 0.0) + self.plant.get(name, 0.0)

    @property
    def lines(self) -> dict[str, Number]:
        """Capital by line."""
        return {name: self.line(name) for name in dict.fromkeys((*self.it, *self.plant))}


def capital_of(inputs: CostInputs) -> Capital:
    """What is paid before work begins."""
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
            "land": inputs.land_usd_per_w,
            "spares": more * plant,
            "insurance": inputs.insurance_frac * (1.0 + more) * plant,
        },
    )


def yearly_usd_per_w(inputs: CostInputs) -> dict[str, Number]:
    """What is paid while it works, by line; disposal as what has to be laid aside for it."""
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
"""Every dollar is in one of these."""


def capital_recovery_factor(cost_of_capital: Number, years: Number) -> Number:
    """Yearly payment, in monthly parts, that pays back one dollar with its interest: the capital recovery factor.

    12 i (1 + i)^n / ((1 + i)^n - 1) with i a twelfth of the yearly rate and n months; 1 / years without interest.
    """
    rate, months = np.asarray(cost_of_capital, np.float64) / MONTHS, np.asarray(years, np.float64) * MONTHS
    safe = np.where(rate > 1e-12, rate, 1.0)
    share = np.where(rate > 1e-12, MONTHS * safe / -np.expm1(-months * np.log1p(safe)), MONTHS / months)
    return float(share) if share.ndim == 0 else share


def sinking_fund_factor(cost_of_capital: Number, years: Number) -> Number:
    """Yearly sum to lay aside, in monthly parts, so that there is one dollar at the end."""
    return capital_recovery_factor(cost_of_capital, years) - cost_of_capital


def working_share(inputs: CostInputs) -> Number:
    """Mean share of the computers that still work over their life, each month weighted by its discount."""
    months = np.asarray(inputs.it_life_years, np.float64) * MONTHS
    rate = np.asarray(inputs.cost_of_capital, np.float64) / MONTHS
    yearly_kept = (1.0 - np.asarray(inputs.decay_per_year)) * (1.0 - np.asarray(inputs.failures_per_year))
    kept = np.asarray(yearly_kept, np.float64) ** (1.0 / MONTHS)
    # a month's work is that of its middle, paid at its end
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
    """What one dollar has grown to when work begins: half of the time to build, and all of the idle time after it."""
    months = MONTHS * (0.5 * np.asarray(build_years, np.float64) + np.asarray(inputs.idle_years, np.float64))
    factor = (1.0 + np.asarray(inputs.cost_of_capital, np.float64) / MONTHS) ** months
    return float(factor) if factor.ndim == 0 else factor


@dataclass(frozen=True)
class Account:
    """What a watt of computers costs each year over its whole life, and what it gives for it."""

    capital_usd_per_w: dict[str, Number]
    usd_per_w_year: dict[str, Number]
    """By the names of `LINES`: capital over its life, yearly costs, and interest."""
    working_frac: Number
    """Computing given over what was asked for: uptime and failures."""
    inputs: CostInputs

    @property
    def total_usd_per_w_year(self) -> Number:
        """All lines."""
        return sum(self.usd_per_w_year.values())

    @property
    def usd_per_kw_year(self) -> Number:
        """For each kilowatt that computers take while they work, mean over all time."""
        return 1e3 * self.total_usd_per_w_year / (self.working_frac * self.inputs.load_frac)

    @property
    def usd_per_work(self) -> Number:
        """For each unit of useful computing that is sold; only its ratio between two places means something."""
        return self.usd_per_kw_year / (self.inputs.sold_frac * self.inputs.compute_per_w)

    @property
    def usd_per_w(self) -> Number:
        """Capital for each watt of computers bought."""
        return sum(self.capital_usd_per_w.values())


def levelised_cost(inputs: CostInputs) -> Account:
    """The account of a place that is built, used and replaced for ever at the same prices."""
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
