"""Plans of a build-out from scenarios."""

import pytest

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.scenario import load


def test_a_launcher_that_cannot_lift_one_satellite():
    with pytest.raises(InputError, match="falcon-9 cannot lift one satellite"):
        api.build("starcloud-5gw", {"buildout.launchers": [{"vehicle": "falcon-9"}], "buildout.assembled": False})


def test_a_station_put_together_in_orbit():
    found = api.build("starcloud-5gw")
    vehicle = found["vehicles"][0]
    assert vehicle["sats_per_launch"] * found["satellite_mass_kg"] == pytest.approx(100e3)
    assert found["metrics"]["reached"] is None  # 145 flights a year never bring so much mass


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
