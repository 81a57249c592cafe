"""One life and one rate of losses that cost and lose the same as the lives of several shells."""

import math
from dataclasses import replace

import pytest
from tests.models import buildout_plan_of

from skyrack.buildout.lives import LifeGroup
from skyrack.economics.accounts import CostInputs, levelised_cost
from skyrack.economics.fleet_price import equivalent_failure_rate, equivalent_life_years, equivalent_loss_rate
from skyrack.scenario import load

RATE = 0.12


def account(plan, groups):
    """The account of one dollar of hardware with the one life of some groups."""
    many = replace(plan, lives=groups)
    years = equivalent_life_years(groups, RATE)
    failures = equivalent_failure_rate(many, RATE, years)
    losses = equivalent_loss_rate(many, RATE, years, failures)
    return levelised_cost(
        CostInputs(
            power_usd_per_w=1.0,
            it_life_years=years,
            plant_life_years=years,
            cost_of_capital=RATE,
            decay_per_year=losses,
            failures_per_year=failures,
        )
    )


def test_one_life_costs_and_works_like_the_lives_of_two_shells():
    plan = buildout_plan_of(load("spacex-pilot-2027"))
    groups = (LifeGroup(0.3, 8, math.inf), LifeGroup(0.7, 60, 40.0))
    together = account(plan, groups)
    alone = [account(plan, (replace(group, share_frac=1.0),)) for group in groups]
    shares = [group.share_frac for group in groups]
    cost = sum(share * one.total_usd_per_w_year for share, one in zip(shares, alone, strict=True))
    work = sum(share * one.working_frac for share, one in zip(shares, alone, strict=True))
    assert together.total_usd_per_w_year == pytest.approx(cost, rel=1e-9)
    assert together.working_frac == pytest.approx(work, rel=1e-9)


def test_one_group_keeps_its_own_life():
    assert equivalent_life_years((LifeGroup(1.0, 60, math.inf),), RATE) == 5.0
