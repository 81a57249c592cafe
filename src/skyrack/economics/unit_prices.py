"""One result in every denominator that people use. Each is defined on the page "What a number counts" of the docs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skyrack.economics.accounts import HOURS_PER_YEAR, Account, Number

DAYS_PER_YEAR = HOURS_PER_YEAR / 24.0


UNIT_PRICE_TITLES = {
    "usd_per_gpu_hour": "a GPU-hour sold",
    "usd_per_mtoken": "a million tokens",
    "usd_per_pflop_day": "a PFLOP-day delivered",
    "usd_per_mwh": "a MWh of the computers",
    "usd_per_kw_year": "a kW of computers at work, a year",
    "usd_per_w": "a W of computers, capital",
}
"""What a price in dollars is for, by the names of `UnitPrices`."""


@dataclass(frozen=True)
class Machine:
    """What a watt of computers is made of."""

    accelerator_w: float
    """Highest power of one accelerator with its share of the rack."""
    load_frac: float
    """Mean power over that in an hour of it that counts as one, the same for both places."""
    peak_flops: float
    """Of one accelerator, without sparsity."""
    sustained_frac: float
    """Of that peak, reached by real work."""
    tokens_per_s: float
    """Of one accelerator that serves a model."""
    usd_per_hour: float = 0.0
    """What an hour of it is sold for."""


@dataclass(frozen=True)
class Delivered:
    """What jobs that were looked at get out of an hour of an accelerator; None where there was no such job."""

    tokens_per_s: float | None = None
    sustained_frac: float | None = None
    """Of the peak arithmetic, useful to a model that is trained."""

    def machine(self, machine: Machine) -> Machine:
        """The machine with what it delivers in place of what is assumed."""
        return replace(
            machine,
            tokens_per_s=machine.tokens_per_s if self.tokens_per_s is None else self.tokens_per_s,
            sustained_frac=machine.sustained_frac if self.sustained_frac is None else self.sustained_frac,
        )


@dataclass(frozen=True)
class UnitPrices:
    """The cost of the same work in every denominator."""

    usd_per_w: Number
    """Capital for each watt of computers."""
    usd_per_kw_year: Number
    """For each kilowatt that computers take while they work."""
    usd_per_mwh: Number
    """For each megawatt-hour that computers took."""
    usd_per_gpu_hour: Number
    """For each hour of an accelerator that was sold."""
    usd_per_pflop_day: Number
    """For each 1e15 FLOP/s held for a day, delivered."""
    usd_per_mtoken: Number
    """For a million tokens served."""


def unit_prices_of(account: Account, machine: Machine) -> UnitPrices:
    """The prices of an account."""
    inputs = account.inputs
    per_kw_year = account.usd_per_kw_year
    sold_per_kw_year = per_kw_year / inputs.sold_frac
    gpu_hour = sold_per_kw_year / 1e3 * machine.accelerator_w * machine.load_frac / HOURS_PER_YEAR
    pflops = machine.peak_flops * machine.sustained_frac / 1e15
    return UnitPrices(
        usd_per_w=account.usd_per_w,
        usd_per_kw_year=per_kw_year,
        usd_per_mwh=1e3 * per_kw_year / HOURS_PER_YEAR,
        usd_per_gpu_hour=gpu_hour,
        usd_per_pflop_day=24.0 * gpu_hour / pflops,
        usd_per_mtoken=usd_per_mtoken(gpu_hour, machine.tokens_per_s),
    )


def usd_per_mtoken(usd_per_gpu_hour: Number, tokens_per_s: Number) -> Number:
    """A million tokens from an accelerator that serves so many a second (anchor A12 of the facts)."""
    return usd_per_gpu_hour / (3600.0 * tokens_per_s) * 1e6
