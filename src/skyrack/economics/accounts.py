"""One accounting for two places: the cost lines of a watt of computers, in orbit or on the ground.

Every line is one function of a `Place`, the same for both. All fields may be arrays of one shape, so that a study prices
many samples at once. Money is in US dollars of today, without inflation; payments are monthly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S

Number = float | NDArray[np.float64]
HOURS_PER_YEAR = JULIAN_YEAR_S / 3600.0
MONTHS = 12


@dataclass(frozen=True)
class Place:
    """Where computers work and what that takes, for each watt of their highest power unless said otherwise."""

    it_usd_per_w: Number = 0.0
    """Computers with their racks."""
    power_usd_per_w: Number = 0.0
    """Array, battery and conversion, or power plant and electrical equipment."""
    cooling_usd_per_w: Number = 0.0
    building_usd_per_w: Number = 0.0
    """Spacecraft bus with its integration, or the building."""
    network_usd_per_w: Number = 0.0
    land_usd_per_w: Number = 0.0
    one_off_usd_per_w: Number = 0.0
    """Engineering done once, spread over all that is built; counted with the building."""
    kg_per_w: Number = 0.0
    """Mass to orbit."""
    launch_usd_per_kg: Number = 0.0
    spares_frac: Number = 0.0
    """Further hardware for each watt that is sold, launched with it and ready."""
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
    """From spending to work; money waits for half of it on average."""
    load_frac: Number = 1.0
    """Mean power of computers at work over their highest."""
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
    sold_frac: Number = 1.0
    """Of what could be sold."""


def hardware_usd_per_w(place: Place) -> dict[str, Number]:
    """What stands there, without spares, launch and land."""
    return {
        "it": place.it_usd_per_w,
        "power": place.power_usd_per_w,
        "cooling": place.cooling_usd_per_w,
        "building": place.building_usd_per_w,
        "network": place.network_usd_per_w,
    }


def capital_usd_per_w(place: Place) -> dict[str, Number]:
    """What is paid before work begins, by line."""
    lines = hardware_usd_per_w(place)
    hardware = sum(lines.values())
    launch = place.kg_per_w * place.launch_usd_per_kg
    spares = place.spares_frac * (hardware + launch)
    lines["building"] = place.building_usd_per_w + place.one_off_usd_per_w
    return lines | {
        "launch": launch,
        "spares": spares,
        "insurance": place.insurance_frac * (hardware + launch + spares),
        "land": place.land_usd_per_w,
    }


def yearly_usd_per_w(place: Place) -> dict[str, Number]:
    """What is paid while it works, by line; disposal as what has to be laid aside for it."""
    hardware = sum(hardware_usd_per_w(place).values())
    energy_kwh = place.load_frac * place.uptime_frac * HOURS_PER_YEAR / 1e3
    return {
        "energy": place.pue * energy_kwh * place.energy_usd_per_kwh,
        "water": place.water_l_per_kwh * energy_kwh * place.water_usd_per_l,
        "operations": place.operations_frac * hardware + place.operations_usd_per_w_year,
        "repairs": place.repairs_frac * place.it_usd_per_w,
        "disposal": place.disposal_frac * hardware * sinking_share(place.cost_of_capital, place.plant_life_years),
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


def recovery_share(cost_of_capital: Number, years: Number) -> Number:
    """Yearly payment, in monthly parts, that pays back one dollar with its interest: the capital recovery factor.

    12 i (1 + i)^n / ((1 + i)^n - 1) with i a twelfth of the yearly rate and n months; 1 / years without interest.
    """
    rate, months = np.asarray(cost_of_capital, np.float64) / MONTHS, np.asarray(years, np.float64) * MONTHS
    safe = np.where(rate > 1e-12, rate, 1.0)
    share = np.where(rate > 1e-12, MONTHS * safe / -np.expm1(-months * np.log1p(safe)), MONTHS / months)
    return float(share) if share.ndim == 0 else share


def sinking_share(cost_of_capital: Number, years: Number) -> Number:
    """Yearly sum to lay aside, in monthly parts, so that there is one dollar at the end."""
    return recovery_share(cost_of_capital, years) - cost_of_capital


def working_share(place: Place) -> Number:
    """Mean share of the computers that still work over their life, each month weighted by its discount."""
    months = np.asarray(place.it_life_years, np.float64) * MONTHS
    rate = np.asarray(place.cost_of_capital, np.float64) / MONTHS
    decay = np.asarray(place.decay_per_year, np.float64)
    kept = (1.0 - decay) ** (1.0 / MONTHS)
    # a month's work is that of its middle, paid at its end
    ratio = kept / (1.0 + rate)
    gap = np.where(np.abs(1.0 - ratio) > 1e-12, 1.0 - ratio, 1.0)
    series = np.where(np.abs(1.0 - ratio) > 1e-12, ratio * (1.0 - ratio**months) / gap, months)
    share = (
        np.sqrt(1.0 / kept) * series * np.asarray(recovery_share(place.cost_of_capital, place.it_life_years)) / MONTHS
    )
    return float(share) if share.ndim == 0 else share


@dataclass(frozen=True)
class Account:
    """What a watt of computers costs each year over its whole life, and what it gives for it."""

    capital_usd_per_w: dict[str, Number]
    usd_per_w_year: dict[str, Number]
    """By the names of `LINES`: capital over its life, yearly costs, and interest."""
    working_frac: Number
    """Computing given over what the computers could do at their load: uptime and failures."""
    place: Place

    @property
    def total_usd_per_w_year(self) -> Number:
        """All lines."""
        return sum(self.usd_per_w_year.values())

    @property
    def usd_per_kw_year(self) -> Number:
        """For each kilowatt of computers at work."""
        return 1e3 * self.total_usd_per_w_year / self.working_frac

    @property
    def usd_per_w(self) -> Number:
        """Capital for each watt of computers bought."""
        return sum(self.capital_usd_per_w.values())


def whole_life(place: Place) -> Account:
    """The account of a place that is built, used and replaced for ever at the same prices."""
    capital, yearly = capital_usd_per_w(place), yearly_usd_per_w(place)
    waiting = (1.0 + place.cost_of_capital) ** (0.5 * np.asarray(place.build_years))
    lines: dict[str, Number] = {}
    interest: Number = 0.0
    for name, paid in capital.items():
        years = place.it_life_years if name == "it" else place.plant_life_years
        lines[name] = paid / years
        interest = interest + paid * (waiting * recovery_share(place.cost_of_capital, years) - 1.0 / years)
    lines |= yearly | {"interest": interest}
    return Account(capital, {name: lines[name] for name in LINES}, place.uptime_frac * working_share(place), place)
