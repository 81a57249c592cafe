"""Unit prices: one result in every common denominator, each defined on the page "What a number counts" of the docs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skyrack.economics.accounts import HOURS_PER_YEAR, Account, Number

UNIT_PRICE_TITLES = {
    "usd_per_gpu_hour": "a GPU-hour sold",
    "usd_per_mtoken": "a million tokens",
    "usd_per_pflop_day": "a PFLOP-day delivered",
    "usd_per_mwh": "a MWh of the computers",
    "usd_per_kw_year": "a kW of computers at work, a year",
    "usd_per_w": "a W of computers, capital",
}
"""Unit that each price in dollars refers to, by the names of `UnitPrices`."""


@dataclass(frozen=True)
class Machine:
    """Power, speed and rental price of one accelerator."""

    accelerator_w: float
    """Peak power of one accelerator with its share of the rack."""
    load_frac: float
    """Mean power over peak power in a billed accelerator-hour, the same for both sides."""
    peak_flops: float
    """Peak rate of one accelerator, without sparsity."""
    sustained_frac: float
    """Fraction of the peak rate that real work sustains (MFU)."""
    tokens_per_s: float
    """Token rate of one accelerator that serves a model."""
    usd_per_hour: float = 0.0
    """Rental price of an accelerator-hour."""


@dataclass(frozen=True)
class Delivered:
    """Throughput of an accelerator as simulated for jobs; None where there was no such job."""

    tokens_per_s: float | None = None
    sustained_frac: float | None = None
    """Useful fraction of the peak FLOP/s in training."""

    def machine(self, machine: Machine) -> Machine:
        """Return the machine with the simulated throughput in place of the assumed one, where there is one."""
        return replace(
            machine,
            tokens_per_s=machine.tokens_per_s if self.tokens_per_s is None else self.tokens_per_s,
            sustained_frac=machine.sustained_frac if self.sustained_frac is None else self.sustained_frac,
        )


@dataclass(frozen=True)
class UnitPrices:
    """Cost of the same work in every denominator."""

    usd_per_w: Number
    """Capital per watt of computers."""
    usd_per_kw_year: Number
    """Cost per kilowatt drawn by the computers at work, per year."""
    usd_per_mwh: Number
    """Cost per megawatt-hour drawn by the computers."""
    usd_per_gpu_hour: Number
    """Cost per accelerator-hour sold."""
    usd_per_pflop_day: Number
    """Cost per delivered PFLOP-day: 1e15 FLOP/s sustained for a day."""
    usd_per_mtoken: Number
    """Cost per million tokens served."""


def unit_prices_of(account: Account, machine: Machine) -> UnitPrices:
    """Return the unit prices of an account."""
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
    """Return the price in USD of a million tokens at a token rate per accelerator (anchor A12 of the facts)."""
    return usd_per_gpu_hour / (3600.0 * tokens_per_s) * 1e6
