"""What must hold for every build-out."""

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models import sizing_of

from skyrack import api
from skyrack.buildout.cohorts import build, learned
from skyrack.buildout.metrics import enough, kardashev, metrics_of, required_rates
from skyrack.buildout.plan import Plan, Vehicle, plan_of
from skyrack.buildout.sites import site_plan, without_sites
from skyrack.catalogue import facts
from skyrack.core.errors import InputError
from skyrack.fleet.power import SatellitePower
from skyrack.physics.propulsion import delivered_frac
from skyrack.scenario import load
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
        array_mean_w=draw(share(0.0, 200e3)),
        spare_w=draw(share(0.0, 50e3)),
        wear_per_year=draw(share(0.0, 0.1)),
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
    found = sizing_of(loaded)
    plan = plan_of(
        loaded.scenario,
        found.closure,
        found.inputs.compute_peak_w,
        SatellitePower.as_closed(found.inputs.compute_lit_w),
    )
    day = date(2033, 1, 1)
    needs = required_rates(plan, day)
    months = tuple(month for month in plan.months if month < day)
    endless = np.full(len(months), 1e9)
    for factor, reached in ((1.001, True), (0.99, False)):
        per_month = np.full(len(months), needs.satellites_per_week * factor * 365.25 / 7.0 / 12.0)
        vehicles_free = tuple(replace(v, flights_per_month=endless) for v in plan.vehicles)
        trial = replace(plan, months=months, per_month=per_month, vehicles=vehicles_free)
        assert (build(trial)["active"].max() >= enough(5000.0)) is np.bool_(reached)
    assert required_rates(replace(plan, life_months=1), day).satellites_per_week is None  # most are on the way up
    assert required_rates(plan, plan.months[2]).satellites_per_week is None
    with pytest.raises(InputError, match="outside the build-out"):
        required_rates(plan, plan.months[0])


def test_a_launcher_that_cannot_lift_one_satellite():
    with pytest.raises(InputError, match="falcon-9 cannot lift one satellite"):
        api.build("starcloud-5gw", {"buildout.launchers": [{"vehicle": "falcon-9"}], "buildout.assembled": False})


def test_a_station_put_together_in_orbit():
    found = api.build("starcloud-5gw")
    vehicle = found["vehicles"][0]
    assert vehicle["sats_per_launch"] * found["satellite_mass_kg"] == pytest.approx(100e3)
    assert found["metrics"]["reached"] is None  # 145 flights a year never bring so much mass


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


def test_lives_shorter_than_the_way_up():
    found = api.build(
        "spacex-pilot-2027", {"design.life": "30 days", "buildout.raising": "1 year", "buildout.target": 1000}
    )
    assert found["metrics"]["reached"] is None or found["metrics"]["max_active"] <= 1000 * 1.02


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


def test_flights_for_a_cargo_by_the_rocket_equation():
    """Refilling by hand: 10 t of cargo on a ship of 8 t whose propellant, 80 t, ends just as the speed is reached."""
    speed = 370.0 * 9.80665 * math.log((10.0 + 8.0 + 80.0) / (10.0 + 8.0))
    assert delivered_frac(speed, 370.0, 0.1) == pytest.approx(10.0 / 90.0, rel=1e-12)
    assert delivered_frac(0.0, 370.0, 0.1) == 1.0
    assert delivered_frac(20e3, 370.0, 0.1) == 0.0


def test_light_times_of_the_sites():
    """Anchor A16 of the facts: Moon 1.282 s, Mars 3.04 to 22.29 min, Earth-Moon L1 1.089 s."""
    moon, mars, l1 = api.build("lunar-pole")["sites"]
    assert moon["light_time_s"] == pytest.approx(1.282, rel=5e-3)
    assert mars["light_time_min_s"] / 60.0 == pytest.approx(3.04, rel=5e-3)
    assert mars["light_time_max_s"] / 60.0 == pytest.approx(22.29, rel=5e-3)
    assert l1["light_time_s"] == pytest.approx(1.089, rel=5e-3)
    assert all(site["speculative"] for site in (moon, mars, l1))
    assert moon["light_frac"] == pytest.approx(0.85)


def test_a_ship_too_heavy_for_its_way():
    with pytest.raises(InputError, match="carries nothing to moon-pole"):
        api.build("lunar-pole", {"buildout.sites.pole.dry": 0.3})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("buildout.sites.pole.place", "moon", "did you mean 'moon-pole'"),
        ("buildout.sites.pole.share", 0.95, "add up to 1.05"),
        ("buildout.sites.pole.begins", "2060-01-01", "not before 'until'"),
        ("buildout.sites.mars.name", "pole", "two sites are called"),
        ("buildout.launchers.0.pads", 0, "greater than or equal to 1"),
    ],
)
def test_bad_sites_get_one_sentence(key, value, words):
    with pytest.raises(InputError, match=words) as caught:
        load("lunar-pole", {key: value})
    assert "\n" not in str(caught.value)


def test_pads_and_boosters_hold_the_flights():
    free = api.build("openai-orbital")
    for key, turnaround, name in (("pads", "pad_turnaround", "pads"), ("boosters", "booster_turnaround", "boosters")):
        held = api.build(
            "openai-orbital",
            {f"buildout.launchers.0.{key}": 2, f"buildout.launchers.0.{turnaround}": "73.05 days"},
        )
        assert held["metrics"]["launches_per_year_max"] == pytest.approx(10.0)
        assert held["metrics"]["main_bottleneck"] == name
        assert held["metrics"]["delivered_w_at_end"] < free["metrics"]["delivered_w_at_end"]


def test_worn_cells_take_from_compute_what_the_array_cannot_spare():
    loaded = load("spacex-pilot-2027", {"buildout.accelerator_losses_per_year": "0 %/year"})
    found = sizing_of(loaded)
    peak_w = found.inputs.compute_peak_w
    plan = plan_of(loaded.scenario, found.closure, peak_w, SatellitePower(120e3, 150e3, 3e3))
    per_sat = build(plan)["delivered_w"] / np.maximum(build(plan)["active"], 1e-9)
    lost_w = 150e3 * (1.0 - (1.0 - plan.wear_per_year) ** (np.arange(40) / 12.0)) - 3e3
    fresh = np.flatnonzero(build(plan)["active"])[0]
    assert per_sat[fresh] == pytest.approx(120e3)
    assert per_sat[fresh + 36] < 120e3 - 0.5 * lost_w[36]
    closed = plan_of(loaded.scenario, found.closure, peak_w, SatellitePower.as_closed(120e3))
    np.testing.assert_allclose(build(closed)["delivered_w"], 120e3 * build(closed)["active"])


def test_milestones_of_the_licence():
    loaded = load("spacex-pilot-2027", {"buildout.target": 100, "buildout.granted": "2028-06-01"})
    found = sizing_of(loaded)
    plan = plan_of(
        loaded.scenario,
        found.closure,
        found.inputs.compute_peak_w,
        SatellitePower.as_closed(found.inputs.compute_lit_w),
    )
    (half_day, half, _), (all_day, whole, flown) = metrics_of(build(plan)).milestones
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
    found = sizing_of(loaded)
    plan = plan_of(
        loaded.scenario,
        found.closure,
        found.inputs.compute_peak_w,
        SatellitePower.as_closed(found.inputs.compute_lit_w),
    )
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
    assert [flown for _, _, flown in found["metrics"]["milestones"]] == [None, None]
