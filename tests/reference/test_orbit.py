"""Orbits against closed forms of an independent code, and against SpaceX's filed planes."""

import math

import pytest

from skyrack.core.constants import DAY_S, EARTH_RADIUS_M
from skyrack.physics.orbit import (
    argument_of_latitude_rate_rad_per_s,
    mean_motion_rad_per_s,
    period_s,
    raan_rate_rad_per_s,
    sun_synchronous_inclination_rad,
)
from tests.conftest import cases, source_of


@pytest.mark.parametrize("row", cases("sun_synchronous"), ids=lambda r: f"{r['altitude_km']} km")
def test_sun_synchronous_inclinations_and_periods(row, validate):
    radius_m = EARTH_RADIUS_M + 1e3 * float(row["altitude_km"])
    ours = math.degrees(sun_synchronous_inclination_rad(radius_m))
    where, source = f"at {row['altitude_km']} km", source_of("sun_synchronous")
    validate(f"sun-synchronous inclination {where}", ours, float(row["inclination_deg"]), 1e-6, "deg", source)
    validate(f"orbital period {where}", period_s(radius_m), float(row["period_s"]), 1e-5, "s", source)


@pytest.mark.parametrize(("altitude_km", "filed_deg"), [(500, 97.40), (1000, 99.48), (2000, 104.89)])
def test_filed_planes(altitude_km, filed_deg, validate):
    ours = math.degrees(sun_synchronous_inclination_rad(EARTH_RADIUS_M + 1e3 * altitude_km))
    source = "Schedule S of SAT-LOA-20260108-00016, via arXiv:2608.02757 (anchor A10)"
    validate(f"sun-synchronous inclination filed at {altitude_km} km", ours, filed_deg, 0.02, "deg", source)


@pytest.mark.parametrize("row", cases("j2_rates"), ids=lambda r: f"{r['altitude_km']} km {r['inclination_deg']} deg")
def test_j2_rates(row, validate):
    radius_m = EARTH_RADIUS_M + 1e3 * float(row["altitude_km"])
    inclination_rad = math.radians(float(row["inclination_deg"]))
    where = f"at {row['altitude_km']} km, {row['inclination_deg']} deg"
    per_day = math.degrees(1.0) * DAY_S
    node = raan_rate_rad_per_s(radius_m, inclination_rad) * per_day
    phase = argument_of_latitude_rate_rad_per_s(radius_m, inclination_rad) - mean_motion_rad_per_s(radius_m)
    theirs = float(row["perigee_deg_per_day"]) + float(row["anomaly_deg_per_day"])
    validate(f"drift of the node {where}", node, float(row["raan_deg_per_day"]), 1e-6, "deg/day", source_of("j2_rates"))
    validate(f"J2 drift of the phase {where}", phase * per_day, theirs, 1e-6, "deg/day", source_of("j2_rates"))


def test_galileo_walker_layout(validate):
    """Galileo 56:24/3/1: planes 120 deg apart, 45 deg in a plane, 15 deg from plane to plane."""
    from skyrack.orbits.layout import lay_out
    from skyrack.scenario import load

    shell = {
        "shells.pair.inclination": "56 deg",
        "shells.pair.planes": 3,
        "shells.pair.satellites_per_plane": 8,
        "shells.pair.phasing": 1,
    }
    layer = lay_out(load("tests/tiny.yaml", shell).scenario).layers[0]
    for number in range(24):
        plane, slot = divmod(number, 8)
        expected = (120.0 * plane, (45.0 * slot + 15.0 * plane) % 360.0)
        source = "Walker 56:24/3/1, own arithmetic from the definition"
        validate(f"Galileo node {number}", math.degrees(layer.raan_rad[number]), expected[0], 1e-9, "deg", source)
        validate(f"Galileo phase {number}", math.degrees(layer.phase_rad[number]), expected[1], 1e-9, "deg", source)
