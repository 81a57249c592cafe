"""What must hold for every build-out."""

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyrack import api
from skyrack.buildout import answers_of, build, kardashev, must_be_true, plan_of
from skyrack.buildout.cohorts import learned
from skyrack.buildout.plan import Plan, Vehicle
from skyrack.catalogue import facts
from skyrack.core.errors import InputError
from skyrack.design.sizing import size
from skyrack.scenario import load

MONTHS = tuple(date(2028 + k // 12, k % 12 + 1, 1) for k in range(240))


def share(low, high):
    return st.floats(low, high, allow_nan=False)


@st.composite
def vehicles(draw):
    cadence = draw(share(0.1, 800.0))
    return Vehicle(
        name="one",
        payload_kg=100e3,
        sats_per_flight=draw(st.integers(1, 100)),
        by="mass",
        flights_per_month=np.minimum(0.1 * 2.0 ** (np.arange(240) / draw(share(1.0, 40.0))), cadence),
        capped=np.zeros(240, np.bool_),
        success_frac=draw(share(0.5, 1.0)),
        price_usd_per_kg=1500.0,
        learning_frac=draw(share(0.0, 0.3)),
    )


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
        life_months=draw(st.integers(1, 180)),
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
    )


@given(plans())
@settings(max_examples=60, deadline=None)
def test_every_satellite_built_is_somewhere_every_month(plan):
    history = build(plan)
    somewhere = history["ground"] + history["launch_lost"] + history.in_orbit + history["deorbited"]
    np.testing.assert_allclose(somewhere, history["built"], rtol=1e-9, atol=1e-6)
    for name, column in history.columns.items():
        if name != "launch_usd_per_kg":
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
    first_life = calm.life_months + calm.raising_months
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


def test_what_must_be_true_is_true_and_just_so():
    loaded = load("spacex-pilot-2027", {"buildout.target": 5000})
    found = size(loaded.scenario, keep_cells=False)
    plan = plan_of(loaded.scenario, found.closure, found.inputs.compute_peak_w, found.inputs.compute_lit_w)
    day = date(2033, 1, 1)
    needs = must_be_true(plan, day)
    months = tuple(month for month in plan.months if month < day)
    endless = np.full(len(months), 1e9)
    for factor, reached in ((1.001, True), (0.99, False)):
        per_month = np.full(len(months), needs.satellites_per_week * factor * 365.25 / 7.0 / 12.0)
        vehicles_free = tuple(replace(v, flights_per_month=endless, capped=endless < 0.0) for v in plan.vehicles)
        trial = replace(plan, months=months, per_month=per_month, vehicles=vehicles_free)
        assert (build(trial)["active"].max() >= 5000.0 * (1 - 1e-9)) is np.bool_(reached)
    assert must_be_true(replace(plan, life_months=1), day).satellites_per_week is None  # most are on the way up
    assert must_be_true(plan, plan.months[2]).satellites_per_week is None
    with pytest.raises(InputError, match="outside the build-out"):
        must_be_true(plan, plan.months[0])


def test_a_launcher_that_cannot_lift_one_satellite():
    with pytest.raises(InputError, match="falcon-9 cannot lift one satellite"):
        api.build("starcloud-5gw", {"buildout.launchers": [{"vehicle": "falcon-9"}]})


def test_a_ramp_that_never_reaches_says_so_without_nan():
    found = api.build("suncatcher-81", {"buildout.target": 10**7})
    assert found["answers"]["reached"] is None
    text = json.dumps(found, default=str)
    assert "NaN" not in text
    assert found["answers"]["main_bottleneck"] in ("launchers", "factory", "filed cap")


def test_lives_shorter_than_the_way_up():
    found = api.build(
        "spacex-pilot-2027", {"design.life": "30 days", "buildout.raising": "1 year", "buildout.target": 1000}
    )
    assert found["answers"]["reached"] is None or found["answers"]["most_active"] <= 1000 * 1.02


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("buildout.factory.learning", -0.1, "accepted is a share"),
        ("buildout.factory.per_week_at_start", 0, "above 0"),
        ("buildout.launchers", [{"vehicle": "starship-100t", "per_year_at_start": -1}], "greater than or equal"),
        ("buildout.until", "soon", "is not a date"),
        ("buildout.failures_per_year", "2 W", "share per year"),
        ("design.life", "1 day", "accepted is a time"),
    ],
)
def test_bad_plans_get_one_sentence(key, value, words):
    with pytest.raises(InputError, match=words) as caught:
        load("spacex-pilot-2027", {key: value})
    assert "\n" not in str(caught.value)


def test_milestones_of_the_licence():
    loaded = load("spacex-pilot-2027", {"buildout.target": 100, "buildout.granted": "2028-06-01"})
    found = size(loaded.scenario, keep_cells=False)
    plan = plan_of(loaded.scenario, found.closure, found.inputs.compute_peak_w, found.inputs.compute_lit_w)
    (half_day, half, _), (all_day, whole, flown) = answers_of(build(plan)).milestones
    assert (half_day.year, all_day.year) == (2034, 2037)
    assert (half, whole) == (50.0, 100.0)
    assert flown == pytest.approx(102.0, rel=0.05)


def test_learning_and_the_mass_that_a_price_needs(validate):
    """Anchor A2: from 1,800 USD/kg at 400 t with a fifth less for each doubling."""
    fact = facts()
    first, share_less = 1800.0, float(fact["gs.launch.learning"].value)
    source = "facts.yaml anchor A2, Suncatcher paper"
    validate("launch price at 370,000 t", first * learned(370_000.0, 400.0, share_less), 200.0, 5.0, "USD/kg", source)
    validate("launch price at 104,000 t", first * learned(104_000.0, 400.0, share_less), 300.0, 7.5, "USD/kg", source)
    assert learned(10.0, 400.0, 0.2) == 1.0
    assert learned(1e9, 1.0, 0.0) == 1.0


def test_memo_scaling(validate):
    """Anchor A6: the memo's own arithmetic, and what AI1's density would ask for."""
    fact = facts()
    mass_kg, flight_kg = 1e3 * float(fact["sx.mass_rate"].value), 1e3 * float(fact["sx.starship.payload_target"].value)
    source = "facts.yaml anchor A6, SpaceX memo"
    validate("flights a year for a megatonne", mass_kg / flight_kg, 5000.0, 0.5, "1/year", source)
    validate("compute of a megatonne at 100 kW/t", mass_kg * 100.0 / 1e9, 100.0, 0.01, "GW", source)
    hourly_kg = flight_kg * float(fact["sx.starship.cadence_target"].value)
    validate("mass of hourly flights", hourly_kg / 1e9, 1.75, 0.005, "Mt/year", source)
    validate("mass for 100 GW at 70 kW/t", 100e9 / 70.0 / 1e9, 1.43, 0.005, "Mt", source)


def test_kardashev(validate):
    validate("Kardashev number of 1e16 W", kardashev(1e16), 1.0, 1e-12, "", "Sagan 1973, definition")
    assert kardashev(0.0) == 0.0


def test_lives_are_as_long_as_they_say_and_the_dead_on_arrival_never_work():
    loaded = load("suncatcher-81", {"buildout.target": 10, "design.life": "90 days", "buildout.raising": "0 s"})
    found = size(loaded.scenario, keep_cells=False)
    plan = plan_of(loaded.scenario, found.closure, found.inputs.compute_peak_w, found.inputs.compute_lit_w)
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


def test_milestones_beyond_the_horizon_are_not_judged():
    found = api.build("suncatcher-81", {"buildout.granted": "2045-02-28"})
    assert [flown for _, _, flown in found["answers"]["milestones"]] == [None, None]
