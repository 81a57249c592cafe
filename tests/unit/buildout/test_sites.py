"""Sites beyond low orbit."""

import math

import pytest

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.physics.propulsion import delivered_frac
from skyrack.scenario import load


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
