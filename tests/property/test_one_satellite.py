"""One satellite for every number: price, launches and impact follow the satellite, and life follows its shell."""

import functools

import pytest

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.run.prepare import load_flown, prepare
from skyrack.run.service import sampled_service

PILOT = "spacex-pilot-2027"
BASES = ("announced", "sized")
price = functools.partial(api.price, jobs=False)


def hardware_usd_per_w(**changes):
    found = price(PILOT, {f"satellite.{key.replace('__', '.')}": value for key, value in changes.items()})
    return sum(found["orbit"]["capital_usd_per_w"].values())


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("solar_array__area", ("300 m2", "600 m2", "982 m2")),
        ("battery__capacity", ("30 kWh", "60 kWh", "200 kWh")),
        ("radiator__area_per_face", ("100 m2", "110 m2", "200 m2")),
        ("bus_power", ("5 kW", "6 kW", "12 kW")),
    ],
)
def test_capital_rises_with_each_part(key, values):
    capital = [hardware_usd_per_w(**{key: value}) for value in values]
    assert capital[0] < capital[1] < capital[2]


def test_capital_rises_with_the_shielding():
    capital = [
        sum(price(PILOT, {"design.shielding": value})["orbit"]["capital_usd_per_w"].values())
        for value in ("2 mm", "8 mm", "20 mm")
    ]
    assert capital[0] < capital[1] < capital[2]


def test_a_larger_array_costs_more_power_hardware_in_the_fleet_of_a_million():
    power = [
        price("spacex-million", {"satellite.solar_array.area": area})["orbit"]["capital_usd_per_w"]["power"]
        for area in ("300 m2", "600 m2", "982 m2")
    ]
    assert power[0] < power[1] < power[2]


@pytest.mark.parametrize("basis", BASES)
def test_a_heavier_satellite_needs_more_launches_and_burns_more(basis):
    """The same parts behind a thicker shielding, or the same announcement with another mass."""
    change = {"buildout.satellite_mass": "{} t"} if basis == "announced" else {"design.structure": "{}"}
    light, heavy = ("4", "8") if basis == "announced" else ("0.1", "0.4")
    found = []
    for value in (light, heavy):
        overrides = {"basis": basis, "buildout.target": 1000} | {
            key: text.format(value) for key, text in change.items()
        }
        found.append((api.build(PILOT, overrides), price(PILOT, overrides)))
    (few, cheap), (many, dear) = found
    assert many["satellite_mass_kg"] > few["satellite_mass_kg"]
    assert many["metrics"]["mass_to_orbit_kg"] > few["metrics"]["mass_to_orbit_kg"]
    assert dear["orbit"]["capital_usd_per_w"]["launch"] > cheap["orbit"]["capital_usd_per_w"]["launch"]
    co2 = [
        next(row["orbit"]["value"] for row in one["environment"] if row["name"] == "CO2e together")
        for one in (cheap, dear)
    ]
    assert co2[0] < co2[1]


def test_life_follows_the_shell_and_the_dose_limit():
    """Never longer with a lower limit or a higher dose; never above the design life."""
    lives = {}
    for limit in ("20 Gy", "55 Gy", "150 Gy"):
        plan = prepare(load_flown("starcloud-88k", {"design.dose_limit": limit, "design.shielding": "10 mm"}))
        lives[limit] = sampled_service(plan).lives
        design_s = plan.scenario.design.life_s
        assert all(0.0 < one.life_s <= design_s for one in lives[limit])
    for low, middle, high in zip(*lives.values(), strict=True):
        assert low.life_s <= middle.life_s <= high.life_s
    by_dose = sorted(lives["20 Gy"], key=lambda one: one.dose_gy_per_year)
    ended = [one.life_s for one in by_dose if one.ended_by == "dose"]
    assert ended == sorted(ended, reverse=True)


def test_shorter_lives_cost_more_and_deliver_less():
    found = []
    for limit in ("150 Gy", "20 Gy"):
        overrides = {"design.dose_limit": limit, "design.shielding": "1 mm", "shells.pilot.altitude": "1200 km"}
        built = api.build(PILOT, overrides | {"buildout.target": 2000})
        found.append((price(PILOT, overrides), built["metrics"]["delivered_w_mean"], built["metrics"]["launches"]))
    (long, much, few), (short, little, many) = found
    assert short["life_years"] < long["life_years"]
    assert short["orbit"]["prices"]["usd_per_gpu_hour"] > long["orbit"]["prices"]["usd_per_gpu_hour"]
    assert many > few or little < much


def test_the_shielding_trade_takes_a_thicker_wall_where_the_dose_is_higher():
    def thickness_mm(altitude):
        return prepare(load_flown(PILOT, {"shells.pilot.altitude": altitude})).shielding_mm

    assert thickness_mm("550 km") < thickness_mm("1200 km")


@pytest.mark.parametrize("basis", BASES)
def test_the_basis_says_which_satellite_flies(basis, tmp_path):
    run = api.simulate(PILOT, overrides={"basis": basis}, out=tmp_path / basis, report=False)
    plan = prepare(load_flown(PILOT, {"basis": basis}))
    assert run.growth["basis"] == basis
    assert run.summary["array_area_m2"] == pytest.approx(plan.scenario.satellite.solar_array.area_m2)
    assert run.summary["capacity_factor"] > 0.5


def test_what_no_reading_can_be_is_said_in_a_sentence():
    with pytest.raises(InputError, match="basis"):
        api.load(PILOT, {"basis": "guessed"})
    with pytest.raises(InputError, match=r"design\.accelerators: they take .*basis: sized"):
        price(PILOT, {"design.accelerators": 10})
    assert price(PILOT, {"design.accelerators": 10, "basis": "sized"})["orbit"] is not None
    with pytest.raises(InputError, match=r"design\.dose_limit"):
        api.load(PILOT, {"design.dose_limit": "0 Gy"})


@pytest.mark.parametrize("name", ["suncatcher-81", "three-body-2800"])
def test_idle_capacity_costs_and_a_smooth_pace_avoids_it(name):
    """At full speed factory and launchers stand idle once the fleet is complete; at the lowest constant rate they do not."""
    idle, peak, complete = {}, {}, {}
    for pace in ("as fast as possible", "smooth"):
        overrides = {"buildout.pace": pace}
        idle[pace] = price(name, overrides)["orbit"]["lines_usd_per_kw_year"]["idle"]
        metrics = api.build(name, overrides)["metrics"]
        peak[pace], complete[pace] = metrics["launches_per_year_max"], metrics["reached"]
    assert idle["smooth"] < 0.05 * idle["as fast as possible"]
    assert peak["smooth"] < peak["as fast as possible"]
    assert complete["as fast as possible"] < complete["smooth"] < "2050"
    none = price(name, {"buildout.idle_cost": 0.0})
    assert none["orbit"]["lines_usd_per_kw_year"]["idle"] == 0.0
    twice = price(name, {"buildout.idle_cost": 0.4})
    assert twice["orbit"]["lines_usd_per_kw_year"]["idle"] == pytest.approx(2.0 * idle["as fast as possible"], rel=1e-6)


def test_a_smooth_pace_is_complete_on_the_wanted_day():
    overrides = {"buildout.pace": "smooth", "buildout.wanted_by": "2031-01-01"}
    assert "2030-06" < api.build("three-body-2800", overrides)["metrics"]["reached"] < "2031-01-01"
