"""The accounting: payments, lines, levelised cost."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyrack.economics.accounts import (
    LINES,
    CostInputs,
    capital_of,
    capital_recovery_factor,
    hardware_usd_per_w,
    levelised_cost,
    sinking_fund_factor,
    working_share,
    yearly_usd_per_w,
)
from skyrack.economics.breakeven import breakeven_launch_usd_per_kg, cost_ratio
from skyrack.economics.cash import finance, internal_rate, net_present_value
from skyrack.economics.unit_prices import Machine, unit_prices_of, usd_per_mtoken

PRICES = [field.name for field in fields(CostInputs) if field.name.endswith(("usd_per_w", "usd_per_kg", "usd_per_kwh"))]


def number(low, high):
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def places(draw):
    whole = {name: draw(number(0.01, 50.0)) for name in PRICES}
    return CostInputs(
        **whole
        | {
            "kg_per_w": draw(number(0.0, 0.1)),
            "spares_frac": draw(number(0.0, 0.3)),
            "insurance_frac": draw(number(0.0, 0.1)),
            "disposal_frac": draw(number(0.0, 0.1)),
            "it_life_years": float(draw(st.integers(1, 8))),
            "plant_life_years": float(draw(st.integers(1, 20))),
            "cost_of_capital": draw(number(0.0, 0.3)),
            "fill_frac": draw(number(0.2, 1.0)),
            "arrives_frac": draw(number(0.5, 1.0)),
            "build_years": draw(number(0.0, 4.0)),
            "it_build_years": draw(number(0.0, 2.0)),
            "idle_years": draw(number(0.0, 1.0)),
            "failures_per_year": draw(number(0.0, 0.2)),
            "compute_per_w": draw(number(0.5, 2.0)),
            "load_frac": draw(number(0.3, 1.0)),
            "pue": draw(number(1.0, 2.0)),
            "water_l_per_kwh": draw(number(0.0, 2.0)),
            "water_usd_per_l": draw(number(0.0, 0.01)),
            "operations_frac": draw(number(0.0, 0.1)),
            "operations_usd_per_w_year": draw(number(0.0, 2.0)),
            "repairs_frac": draw(number(0.0, 0.2)),
            "uptime_frac": draw(number(0.3, 1.0)),
            "decay_per_year": draw(number(0.0, 0.4)),
            "sold_frac": draw(number(0.3, 1.0)),
        }
    )


def test_recovery_is_that_of_an_annuity():
    rate, years = 0.103, 5.0
    balance, paid = 1.0, capital_recovery_factor(rate, years) / 12.0
    for _ in range(60):
        balance = balance * (1.0 + rate / 12.0) - paid
    assert balance == pytest.approx(0.0, abs=1e-12)
    assert capital_recovery_factor(0.0, 5.0) == pytest.approx(0.2)
    saved, laid = 0.0, sinking_fund_factor(rate, years) / 12.0
    for _ in range(60):
        saved = saved * (1.0 + rate / 12.0) + laid
    assert saved == pytest.approx(1.0, rel=1e-12)


@given(places())
@settings(max_examples=60, deadline=None)
def test_levelised_cost_times_discounted_work_is_discounted_cost(inputs):
    """Month by month over a span that holds both lives a whole number of times; everything is bought anew at its end."""
    account = levelised_cost(inputs)
    it, plant = round(12 * inputs.it_life_years), round(12 * inputs.plant_life_years)
    span = int(np.lcm(it, plant))
    step = 1.0 + inputs.cost_of_capital / 12.0
    capital, yearly = capital_of(inputs), yearly_usd_per_w(inputs)
    hardware = hardware_usd_per_w(inputs)
    months, cost = np.arange(span), 0.0
    for part, life, build_years in (
        (capital.it, it, inputs.it_build_years),
        (capital.plant, plant, inputs.build_years),
    ):
        early = step ** (12.0 * (0.5 * build_years + inputs.idle_years))
        cost += sum(part.values()) * early * np.sum(step ** -np.arange(0, span, life, dtype=float))
    cost += (sum(yearly.values()) - yearly["disposal"]) / 12.0 * np.sum(step ** -(months + 1.0))
    for usd, life in ((hardware["it"], it), (sum(hardware.values()) - hardware["it"], plant)):
        cost += inputs.disposal_frac * usd * np.sum(step ** -np.arange(life, span + 1, life, dtype=float))
    kept_a_year = (1.0 - inputs.decay_per_year) * (1.0 - inputs.failures_per_year)
    kept = kept_a_year ** ((months % it + 0.5) / 12.0)
    work = np.sum(inputs.load_frac * inputs.uptime_frac * kept / 12.0 * step ** -(months + 1.0))
    assert account.usd_per_kw_year * work / 1e3 == pytest.approx(cost, rel=1e-9)


@given(places())
@settings(max_examples=40, deadline=None)
def test_every_dollar_is_in_one_line(inputs):
    account = levelised_cost(inputs)
    assert tuple(account.usd_per_w_year) == LINES
    free = replace(inputs, cost_of_capital=0.0)
    lines = levelised_cost(free)
    assert lines.usd_per_w_year["interest"] == pytest.approx(0.0, abs=1e-9)
    # without interest, the lines are what is paid in one life, by the year
    capital = capital_of(free)
    paid = sum(capital.it.values()) / inputs.it_life_years + sum(capital.plant.values()) / inputs.plant_life_years
    assert lines.total_usd_per_w_year == pytest.approx(paid + sum(yearly_usd_per_w(free).values()), rel=1e-12)
    for name in PRICES:  # a dollar of each price is found again, once
        dearer = levelised_cost(replace(free, **{name: getattr(free, name) + 1.0}))
        assert dearer.total_usd_per_w_year >= lines.total_usd_per_w_year


@given(places(), st.sampled_from(PRICES), number(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_a_cheaper_input_never_raises_the_price(inputs, name, factor):
    cheaper = replace(inputs, **{name: getattr(inputs, name) * factor})
    assert levelised_cost(cheaper).usd_per_kw_year <= levelised_cost(inputs).usd_per_kw_year * (1.0 + 1e-12)


@given(places(), places())
@settings(max_examples=40, deadline=None)
def test_break_even_breaks_even(orbit, ground):
    orbit = replace(orbit, kg_per_w=orbit.kg_per_w + 1e-3)
    price = breakeven_launch_usd_per_kg(orbit, ground)
    assert cost_ratio(replace(orbit, launch_usd_per_kg=price), ground) == pytest.approx(1.0, rel=1e-6)


def test_the_same_place_in_orbit_and_on_the_ground_costs_the_same():
    inputs = CostInputs(server_usd_per_w=26.0, power_usd_per_w=8.0, decay_per_year=0.09, cost_of_capital=0.1)
    assert cost_ratio(inputs, inputs) == 1.0


def test_arrays_price_as_numbers_do():
    rates = np.array([0.0, 0.05, 0.15])
    lives = np.array([3.0, 5.0, 8.0])
    many = levelised_cost(
        CostInputs(server_usd_per_w=26.0, cost_of_capital=rates, it_life_years=lives, decay_per_year=0.1)
    )
    for k in range(3):
        one = levelised_cost(
            CostInputs(server_usd_per_w=26.0, cost_of_capital=rates[k], it_life_years=lives[k], decay_per_year=0.1)
        )
        assert many.usd_per_kw_year[k] == pytest.approx(one.usd_per_kw_year, rel=1e-14)
    assert working_share(CostInputs(decay_per_year=0.0, cost_of_capital=0.1)) == pytest.approx(1.0, rel=1e-12)


def test_denominators_of_one_machine():
    """1 USD a year for each watt; a machine of 1 kW with 1e15 FLOP/s at 40 % that serves 1,000 tokens a second."""
    account = levelised_cost(CostInputs(operations_usd_per_w_year=1.0, load_frac=0.8, sold_frac=0.5))
    prices = unit_prices_of(account, Machine(1000.0, 0.8, 1e15, 0.4, 1000.0))
    assert prices.usd_per_kw_year == pytest.approx(1000.0 / 0.8)
    assert prices.usd_per_gpu_hour == pytest.approx(1000.0 / 8766.0 / 0.5)
    assert prices.usd_per_mwh == pytest.approx(1e6 / 8766.0 / 0.8)
    assert prices.usd_per_pflop_day == pytest.approx(24.0 * prices.usd_per_gpu_hour / 0.4)
    assert prices.usd_per_mtoken == pytest.approx(prices.usd_per_gpu_hour / 3.6)
    assert usd_per_mtoken(2.65, 6000.0) == pytest.approx(0.123, abs=5e-4)


def test_rates_of_return():
    flows = np.array([-100.0, 60.0, 60.0])
    rate = internal_rate(flows)
    # the first two in the middle of their years, the last one (what is left) at the end of the second
    assert -100.0 + 60.0 / (1.0 + rate) + 60.0 / (1.0 + rate) ** 1.5 == pytest.approx(0.0, abs=1e-9)
    assert net_present_value(flows, rate) == pytest.approx(0.0, abs=1e-9)
    assert internal_rate(np.array([-1.0, -1.0])) is None
    assert internal_rate(np.array([0.0, 0.0])) is None


def test_funding_need_and_payback():
    from skyrack.economics.cash import Cash

    cash = Cash(np.array([2030, 2031, 2032]), {"it": np.array([100.0, 20.0, 0.0])}, 10.0)
    found = finance(cash, np.array([0.0, 50.0, 90.0]), 0.1)
    assert found.funding_need_usd == pytest.approx(100.0)
    assert found.funding_need_year == 2030
    assert found.payback_year == 2032
    assert found.capital_usd == pytest.approx(120.0)
    rate = (1.0 + 0.1 / 12.0) ** 12
    expected = -100.0 / rate**0.5 + 30.0 / rate**1.5 + 90.0 / rate**2.5 + 10.0 / rate**3
    assert found.npv_usd == pytest.approx(expected, rel=1e-12)
