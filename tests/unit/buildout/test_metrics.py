"""Metrics of a build-out and the rates that a target requires."""

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.models import buildout_plan_of

from skyrack import api
from skyrack.buildout.cohorts import build
from skyrack.buildout.lives import LifeGroup
from skyrack.buildout.metrics import enough, metrics_of, required_rates
from skyrack.core.errors import InputError
from skyrack.scenario import load


def test_what_must_be_true_is_true_and_just_so():
    loaded = load("spacex-pilot-2027", {"buildout.target": 5000})
    plan = buildout_plan_of(loaded)
    day = date(2033, 1, 1)
    needs = required_rates(plan, day)
    months = tuple(month for month in plan.months if month < day)
    endless = np.full(len(months), 1e9)
    for factor, reached in ((1.001, True), (0.99, False)):
        per_month = np.full(len(months), needs.satellites_per_week * factor * 365.25 / 7.0 / 12.0)
        vehicles_free = tuple(replace(v, flights_per_month=endless) for v in plan.vehicles)
        trial = replace(plan, months=months, per_month=per_month, vehicles=vehicles_free)
        assert (build(trial)["active"].max() >= enough(5000.0)) is np.bool_(reached)
    short = replace(plan, lives=(LifeGroup(1.0, 1, math.inf),))
    assert required_rates(short, day).satellites_per_week is None  # most are raising their orbit
    assert required_rates(plan, plan.months[2]).satellites_per_week is None
    with pytest.raises(InputError, match="outside the build-out"):
        required_rates(plan, plan.months[0])


def test_a_single_station_can_be_at_work():
    """Of one station a small share is always lost on its way: the target is reached all the same, and means are named."""
    free = [
        {
            "vehicle": "starship-100t",
            "begins": "2033-01-01",
            "per_year_at_start": 500,
            "per_year_at_most": 5000,
            "capped": False,
        }
    ]
    found = api.build("starcloud-5gw", {"buildout.launchers": free})
    assert found["metrics"]["max_active"] < 1.0
    assert found["metrics"]["reached"] is not None
    assert found["required"]["launches_per_year"] > 0.0


def test_a_ramp_that_never_reaches_says_so_without_nan():
    found = api.build("suncatcher-81", {"buildout.target": 10**7})
    assert found["metrics"]["reached"] is None
    text = json.dumps(found, default=str)
    assert "NaN" not in text
    assert found["metrics"]["main_bottleneck"] in ("launchers", "factory", "filed cap")


def test_milestones_of_the_licence():
    loaded = load("spacex-pilot-2027", {"buildout.target": 100, "buildout.granted": "2028-06-01"})
    plan = buildout_plan_of(loaded)
    (half_day, half, _), (all_day, whole, flown) = metrics_of(build(plan)).milestones
    assert (half_day.year, all_day.year) == (2034, 2037)
    assert (half, whole) == (50.0, 100.0)
    assert flown == pytest.approx(102.0, rel=0.05)


def test_milestones_beyond_the_horizon_are_not_judged():
    found = api.build("suncatcher-81", {"buildout.granted": "2045-02-28"})
    assert [flown for _, _, flown in found["metrics"]["milestones"]] == [None, None]
