"""What must hold for every build-out."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skyrack.buildout.cohorts import build
from skyrack.buildout.lives import LifeGroup
from skyrack.buildout.plan import Plan, Vehicle
from skyrack.buildout.sites import site_plan, without_sites
from skyrack.scenario.buildout import Site

MONTHS = tuple(date(2028 + k // 12, k % 12 + 1, 1) for k in range(240))


def share(low, high):
    return st.floats(low, high, allow_nan=False)


def wright(learning_frac):
    """1,500 USD/kg that falls from 1,200 t on."""
    exponent = math.log2(1.0 - learning_frac)
    return lambda launched_kg: 1500.0 * min((max(launched_kg, 1.0) / 1.2e6) ** exponent, 1.0)


@st.composite
def vehicles(draw):
    cadence = draw(share(0.1, 800.0))
    return Vehicle(
        name="one",
        payload_kg=100e3,
        sats_per_flight=draw(st.integers(1, 100)),
        by="mass",
        flights_per_month=np.minimum(0.1 * 2.0 ** (np.arange(240) / draw(share(1.0, 40.0))), cadence),
        held_by=("launchers",) * 240,
        success_frac=draw(share(0.5, 1.0)),
        usd_per_kg=wright(draw(share(0.0, 0.3))),
    )


@st.composite
def lives(draw):
    """One to four groups of equal life, some of them worn by thermal cycles."""
    sizes = draw(st.lists(share(0.01, 1.0), min_size=1, max_size=4))
    months = st.integers(1, 180)
    worn = st.one_of(st.just(math.inf), share(3.0, 300.0))
    return tuple(LifeGroup(size / sum(sizes), draw(months), draw(worn)) for size in sizes)


@st.composite
def plans(draw):
    return Plan(
        months=MONTHS,
        end=date(2048, 1, 1),
        target=draw(share(1.0, 1e6)),
        per_month=np.minimum(10.0 * 2.0 ** (np.arange(240) / draw(share(1.0, 40.0))), draw(share(10.0, 1e5))),
        vehicles=tuple(draw(st.lists(vehicles(), min_size=1, max_size=3))),
        satellite_kg=draw(share(100.0, 10e3)),
        satellite_usd=8e6,
        factory_learning_frac=0.1,
        factory_first=520.0,
        peak_w=150e3,
        average_w=120e3,
        array_w=200e3,
        collected_w=150e3,
        array_mean_w=draw(share(0.0, 200e3)),
        spare_w=draw(share(0.0, 50e3)),
        wear_per_year=draw(share(0.0, 0.1)),
        available_frac=draw(share(0.5, 1.0)),
        computers_usd=6e6,
        lives=draw(lives()),
        raising_months=draw(st.integers(0, 24)),
        disposal_months=draw(st.integers(1, 60)),
        decay_months=draw(st.integers(1, 2000)),
        infant_frac=draw(share(0.0, 0.3)),
        failures_per_year=draw(share(0.0, 0.5)),
        losses_per_year=draw(share(0.0, 0.5)),
        wear_out_shape=draw(share(1.0, 10.0)),
        wear_out_months=draw(share(6.0, 200.0)),
        spares_frac=draw(share(0.0, 0.2)),
        granted=None,
        idle_cost_frac=0.2,
        capacity_months=120,
    )


@given(plans())
@settings(max_examples=60, deadline=None)
def test_every_satellite_built_is_somewhere_every_month(plan):
    history = build(plan)
    somewhere = history["ground"] + history["launch_lost"] + history.in_orbit + history["deorbited"]
    np.testing.assert_allclose(somewhere, history["built"], rtol=1e-9, atol=1e-6)
    for name, column in history.columns.items():
        if name not in ("launch_usd_per_kg", "fill_frac"):
            assert np.isfinite(column).all(), name
            assert (column >= -1e-6 * max(1.0, column.max())).all(), name


@given(plans())
@settings(max_examples=40, deadline=None)
def test_mass_up_is_mass_in_orbit_and_mass_down(plan):
    history = build(plan)
    up = (history["launched"] - history["launch_lost"]) * plan.satellite_kg
    there = history.in_orbit * plan.satellite_kg
    down = history["deorbited"] * plan.satellite_kg
    np.testing.assert_allclose(up, there + down, rtol=1e-9, atol=1e-3)


@given(plans(), share(1.0, 3.0))
@settings(max_examples=60, deadline=None)
def test_more_cadence_payload_or_rate_never_means_fewer(plan, factor):
    """Of satellites alive in orbit, while nothing fails and none has come to its end. Beyond that it need not hold: a
    fleet that was built faster is older, fails more and dies together, and is replaced at the factory's pace."""
    calm = replace(plan, vehicles=plan.vehicles[:1], infant_frac=0.0, failures_per_year=0.0, wear_out_months=1e9)
    first_life = min(group.months for group in calm.lives) + calm.raising_months
    faster = tuple(replace(v, flights_per_month=v.flights_per_month * factor) for v in calm.vehicles)
    larger = tuple(replace(v, sats_per_flight=math.ceil(v.sats_per_flight * factor)) for v in calm.vehicles)

    def alive(trial):
        history = build(trial)
        return (history["raising"] + history["active"])[:first_life]

    before = alive(calm)
    for more in (
        replace(calm, vehicles=faster),
        replace(calm, vehicles=larger),
        replace(calm, per_month=calm.per_month * factor),
    ):
        assert (alive(more) >= before * (1.0 - 1e-6) - 1e-6 * calm.target).all()


@given(plans(), share(0.01, 0.5), share(0.01, 0.5))
@settings(max_examples=30, deadline=None)
def test_sites_and_low_orbits_share_factory_and_flights(plan, moon, mars):
    sites = tuple(
        Site.model_validate({"name": place, "place": place, "target": 10**8, "begins": "2035-03-15", "share": part})
        for place, part in (("moon-pole", moon), ("mars-surface", mars))
    )
    first = MONTHS.index(date(2035, 3, 1))
    left = without_sites(plan, sites)
    there = [site_plan(site, plan, 120e3).plan for site in sites]
    assert all(trial.months[0] == date(2035, 3, 1) for trial in there)
    np.testing.assert_array_equal(left.per_month[:first], plan.per_month[:first])
    np.testing.assert_allclose(
        left.per_month[first:] + sum(trial.per_month for trial in there), plan.per_month[first:], rtol=1e-12
    )
    for number, one in enumerate(plan.vehicles):
        flights = left.vehicles[number].flights_per_month[first:] + sum(
            trial.vehicles[number].flights_per_month for trial in there
        )
        np.testing.assert_allclose(flights, one.flights_per_month[first:], rtol=1e-12)
    for trial in there:
        history = build(trial)
        somewhere = history["ground"] + history["launch_lost"] + history.in_orbit + history["deorbited"]
        np.testing.assert_allclose(somewhere, history["built"], rtol=1e-9, atol=1e-6)
        assert history["deorbited"].max() == 0.0  # what was landed stays
