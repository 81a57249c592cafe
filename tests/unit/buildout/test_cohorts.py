"""Cohorts of satellites by month."""

from dataclasses import replace

import numpy as np
import pytest
from tests.models import buildout_plan_of

from skyrack.buildout.cohorts import build
from skyrack.fleet.power import SatellitePower
from skyrack.scenario import load


def test_worn_cells_take_from_compute_what_the_array_cannot_spare():
    loaded = load("spacex-pilot-2027", {"buildout.accelerator_losses_per_year": "0 %/year"})
    plan = buildout_plan_of(loaded, SatellitePower(120e3, 150e3, 3e3))
    per_sat = build(plan)["delivered_w"] / np.maximum(build(plan)["active"], 1e-9)
    lost_w = 150e3 * (1.0 - (1.0 - plan.wear_per_year) ** (np.arange(40) / 12.0)) - 3e3
    fresh = np.flatnonzero(build(plan)["active"])[0]
    assert per_sat[fresh] == pytest.approx(120e3)
    assert per_sat[fresh + 36] < 120e3 - 0.5 * lost_w[36]
    closed = buildout_plan_of(loaded, SatellitePower.as_closed(120e3))
    np.testing.assert_allclose(build(closed)["delivered_w"], 120e3 * build(closed)["active"])


def test_lives_are_as_long_as_they_say_and_the_dead_on_arrival_never_work():
    loaded = load("suncatcher-81", {"buildout.target": 10, "design.life": "90 days", "buildout.raising": "0 s"})
    plan = buildout_plan_of(loaded)
    free = tuple(replace(v, flights_per_month=v.flights_per_month + 1.0, success_frac=1.0) for v in plan.vehicles)
    once = replace(
        plan,
        infant_frac=0.0,
        failures_per_year=0.0,
        wear_out_months=1e9,
        per_month=np.where(np.arange(len(plan.months)) == 0, 5.0, 0.0),
        vehicles=free,
    )
    assert build(once)["active"][:5].tolist() == pytest.approx([5.0, 5.0, 5.0, 0.0, 0.0])
    for raising in (0, 2):
        dead = build(replace(once, infant_frac=1.0, raising_months=raising))
        assert dead["active"].max() == 0.0
        assert dead["failed"][-1] == pytest.approx(5.0)
