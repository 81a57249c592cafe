"""A satellite that was sized and then flown just holds; and sizes that others have published."""

import pytest

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TOTALS
from skyrack.orbits.layout import lay_out
from skyrack.scenario import load
from tests.models import sizing_of

AT = {name: row for row, name in enumerate(TOTALS)}
ORBITS = {
    "dawn-dusk": {"shells.pilot.satellites_per_plane": 1},
    "53 deg": {
        "shells": [
            {
                "name": "pilot",
                "kind": "walker-delta",
                "altitude": "550 km",
                "inclination": "53 deg",
                "planes": 1,
                "satellites_per_plane": 1,
            }
        ]
    },
}


def sized_at_its_end(orbit, **factors):
    """A year of the satellite as it is at the end of its life, parts scaled by the factors."""
    changes = {"span": "365 d", "output": "5 d", "design.power_margin": 0, **ORBITS[orbit]}
    loaded = load("spacex-pilot-2027", changes)
    scenario, found = loaded.scenario, sizing_of(loaded)
    satellite, years = found.sized(), scenario.design.life_s / JULIAN_YEAR_S
    array, battery, radiator = satellite.solar_array, satellite.battery, satellite.radiator
    delivered_j = found.closure.delivered_j
    kept = (
        1.0 - battery.fade_per_year_frac * years - battery.fade_per_cycle_frac * delivered_j / battery.capacity_j
    ) * factors.get("battery", 1.0)
    aged = satellite.model_copy(
        update={
            "solar_array": array.model_copy(
                update={
                    "area_m2": array.area_m2 * (1.0 - array.wear_per_year_frac) ** years * factors.get("array", 1.0),
                    "wear_per_year_frac": 0.0,
                }
            ),
            "battery": battery.model_copy(
                update={
                    "capacity_j": battery.capacity_j * kept,
                    "charge_rate_per_hour": battery.charge_rate_per_hour / kept,
                    "fade_per_year_frac": 0.0,
                    "fade_per_cycle_frac": 0.0,
                }
            ),
            "radiator": radiator.model_copy(
                update={"area_per_face_m2": radiator.area_per_face_m2 * factors.get("radiator", 1.0)}
            ),
        }
    )
    flown = scenario.model_copy(update={"satellite": aged})
    flight = Flight(flown, lay_out(flown))
    while flight.next_chunk < len(flight.chunks):
        flight.advance(CpuDriver(1))
    fleet = flight.layers[0]
    return {
        "unserved_frac": fleet.totals[AT["unserved_j"], 0] / fleet.totals[AT["compute_j"], 0],
        "depth_frac": 1.0 - float(fleet.extremes[0, 0]) / aged.battery.capacity_j,
        "depth_limit_frac": aged.battery.depth_limit_frac,
        "electronics_k": float(fleet.extremes[1, 0]),
        "electronics_limit_k": aged.electronics.temperature_limit_k,
    }


@pytest.mark.parametrize("orbit", ORBITS)
def test_sized_then_flown_for_a_year_just_holds(orbit, validate):
    seen = sized_at_its_end(orbit)
    source = "Skyrack's own flight of the sized satellite at the end of its life, one year"
    validate(f"energy unserved by the sized satellite, {orbit}", seen["unserved_frac"], 0.0, 1e-4, "", source)
    limit, limit_k = seen["depth_limit_frac"], seen["electronics_limit_k"]
    validate(f"deepest discharge, {orbit}", seen["depth_frac"], limit, 0.04 * limit, "", source)
    validate(f"hottest electronics, {orbit}", seen["electronics_k"], limit_k - 3.0, 3.0, "K", source)


@pytest.mark.parametrize("part", ["array", "battery", "radiator"])
def test_a_little_less_of_any_part_does_not_hold(part):
    seen = sized_at_its_end("53 deg", **{part: 0.93})
    assert seen["unserved_frac"] > 1e-4


def test_a_longer_life_and_more_compute_never_need_less():
    def wet_kg(key, value):
        return sizing_of(load("spacex-pilot-2027", {key: value})).closure.built.wet_kg

    lives = [wet_kg("design.life", f"{years} years") for years in (2, 5, 8, 12)]
    assert lives == sorted(lives)
    powers = [wet_kg("design.accelerators", n) for n in (10, 50, 100, 300)]
    assert powers == sorted(powers)


def test_a_sized_satellite_closes_when_it_is_sized_again(tmp_path):
    from skyrack import api

    api.size("spacex-pilot-2027", to=tmp_path / "sized.yaml")
    again = api.size(tmp_path / "sized.yaml")
    assert again["closes"]
    for need in again["requirements"]:
        if need["name"] in ("solar array", "battery", "bus power", "radiator, each face"):
            assert need["ratio"] == pytest.approx(1.0, abs=0.03), need["name"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"satellite.electronics.temperature_limit": "200 K", "design.coolant_drop": "80 K"}, "takes in more heat"),
        ({"design.life": "40 years", "satellite.battery.fade_per_year": "5 %/year"}, "a battery that fades"),
        ({"design.life": "40 years", "satellite.solar_array.wear_per_year": "50 %/year"}, "an array that loses"),
    ],
)
def test_a_design_that_cannot_close_says_which_and_why(changes, words):
    from skyrack import api

    with pytest.raises(api.InputError, match=words):
        api.size("spacex-pilot-2027", changes)


def test_an_orbit_in_thick_air_does_not_close():
    from skyrack import api

    found = api.size("spacex-pilot-2027", {"shells.pilot.altitude": "200 km", "design.solar_flux": 220})
    assert not found["closes"]
    assert next(need for need in found["requirements"] if need["name"] == "propellant limit")["ratio"] < 1.0
