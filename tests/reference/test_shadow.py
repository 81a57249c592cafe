"""Eclipses against closed forms, the step's mean sunlight against the disc, and dawn-dusk sunlight over a year."""

import math

import numpy as np
import pytest

from skyrack.core.constants import ASTRONOMICAL_UNIT_M, EARTH_RADIUS_M, SUN_RADIUS_M
from skyrack.environment.shadow import edges
from skyrack.environment.shadow.conical import Conical
from skyrack.environment.shadow.cylindrical import Cylindrical
from skyrack.physics.orbit import mean_motion_rad_per_s, period_s
from skyrack.physics.shadow.disc import visible_sun_frac
from skyrack.physics.shadow.geometry import (
    critical_beta_rad,
    earth_angular_radius_rad,
    eclipse_frac,
    mean_sunlight,
    shadow_edge,
    shadow_half_arc,
    shadow_half_arc_squared,
)
from tests.conftest import cases, source_of

SPHERE_KM = 6371.0
SUN_RADIUS_RAD = math.asin(SUN_RADIUS_M / ASTRONOMICAL_UNIT_M)


@pytest.mark.parametrize("row", cases("eclipse_fractions"), ids=lambda r: f"{r['altitude_km']} km {r['beta_deg']} deg")
def test_eclipse_fractions(row, validate):
    rho = math.asin(SPHERE_KM / (SPHERE_KM + float(row["altitude_km"])))
    ours = eclipse_frac(math.radians(float(row["beta_deg"])), rho)
    where = f"at {row['altitude_km']} km, beta {row['beta_deg']} deg"
    validate(f"eclipse fraction {where}", ours, float(row["fraction"]), 1e-4, "", source_of("eclipse_fractions"))


@pytest.mark.parametrize(("altitude_km", "theirs_deg"), [(550, 67.00393923560704), (1200, 57.29890555395766)])
def test_critical_beta_on_their_sphere(altitude_km, theirs_deg, validate):
    scaled_m = EARTH_RADIUS_M * (SPHERE_KM + altitude_km) / SPHERE_KM
    ours = math.degrees(critical_beta_rad(scaled_m))
    validate(f"critical beta at {altitude_km} km", ours, theirs_deg, 1e-4, "deg", "orbital-thermal 1.1.0 (PyPI, MIT)")


@pytest.mark.parametrize(("altitude_km", "theirs_deg"), [(400, 70.21793024952335), (500, 68.01867268198353)])
def test_critical_beta(altitude_km, theirs_deg, validate):
    ours = math.degrees(critical_beta_rad(EARTH_RADIUS_M + 1e3 * altitude_km))
    validate(
        f"critical beta, R 6378.1363 km, at {altitude_km} km", ours, theirs_deg, 1e-4, "deg", "independent closed form"
    )


def orbit_sunlight_s(model, altitude_km, beta_deg, step_s=1.0):
    """Dark time of one orbit by the step's law, the Sun standing still."""
    radius_m = EARTH_RADIUS_M + 1e3 * altitude_km
    beta = math.radians(beta_deg)
    rate = mean_motion_rad_per_s(radius_m)
    n_steps = math.ceil(period_s(radius_m) / step_s)
    early, late = (
        shadow_edge(shadow_half_arc(shadow_half_arc_squared(math.cos(beta), edge)), 1.0 / n_steps)
        for edge in edges(model, radius_m, 0.0, np.zeros(1), np.ones(1))[0].tolist()
    )
    places = (np.arange(n_steps) + 0.5) / n_steps - 0.5
    lit = [mean_sunlight(place, 1.0 / n_steps, early, late).sunlit_frac for place in places]
    return (1.0 - np.mean(lit)) * 2.0 * math.pi / rate


@pytest.mark.parametrize(
    "row",
    [r for r in cases("eclipse_durations") if float(r["altitude_km"]) in (400.0, 650.0, 2000.0)],
    ids=lambda r: f"{r['altitude_km']} km {r['beta_deg']} deg",
)
def test_eclipse_durations(row, validate):
    altitude_km, beta_deg = float(row["altitude_km"]), float(row["beta_deg"])
    where, source = f"at {row['altitude_km']} km, beta {row['beta_deg']} deg", source_of("eclipse_durations")
    cylinder = orbit_sunlight_s(Cylindrical(), altitude_km, beta_deg)
    validate(f"dark time, cylinder, {where}", cylinder, float(row["cylinder_s"]), 0.05, "s", source)
    cone = orbit_sunlight_s(Conical(), altitude_km, beta_deg, step_s=60.0)
    assert float(row["umbra_s"]) - 0.05 <= cone <= float(row["umbra_and_penumbra_s"]) + 0.05


def exact_dark_s(beta_deg):
    """Darkness of one orbit at 650 km, the disc integrated at 0.05 s."""
    radius_m = EARTH_RADIUS_M + 650e3
    places = np.arange(0.0, period_s(radius_m), 0.05) * mean_motion_rad_per_s(radius_m)
    separations = np.pi - np.arccos(math.cos(math.radians(beta_deg)) * np.cos(places))
    rho = earth_angular_radius_rad(radius_m)
    return 0.05 * float(np.sum(1.0 - visible_sun_frac(separations, rho, SUN_RADIUS_RAD)))


@pytest.mark.parametrize("beta_deg", [0.0, 45.0, 60.0, 64.0, 64.8, 65.0])
def test_mean_sunlight_equals_the_disc_integrated(beta_deg):
    """60 s steps of the two-slice law against the exact disc."""
    assert orbit_sunlight_s(Conical(), 650.0, beta_deg, 60.0) == pytest.approx(exact_dark_s(beta_deg), abs=0.8)


def test_grazing_eclipses_come_right_on_the_mean():
    """Where the shadow only grazes the orbit, two slices miss single eclipses by up to 30 s, but not their mean."""
    betas = np.linspace(64.5, 65.6, 31)
    ours = [orbit_sunlight_s(Conical(), 650.0, beta, 60.0) for beta in betas]
    exact = [exact_dark_s(beta) for beta in betas]
    assert np.abs(np.subtract(ours, exact)).max() < 30.0
    assert np.mean(ours) == pytest.approx(np.mean(exact), abs=0.5)


@pytest.mark.parametrize(("altitude_km", "theirs"), [(500, 0.945), (650, 0.961), (1000, 0.985)])
def test_dawn_dusk_sunlight_over_a_year(altitude_km, theirs, validate):
    """A year of one dawn-dusk satellite with the fast driver and the cylindrical shadow, as the figures were computed."""
    from skyrack.fleet.cpu import CpuDriver
    from skyrack.fleet.flight import Flight
    from skyrack.orbits.layout import lay_out
    from skyrack.scenario import load

    scenario = load(
        "suncatcher-81",
        {
            "span": "365 d",
            "output": "1 d",
            "shells.cluster.altitude": f"{altitude_km} km",
            "shells.cluster.satellites_per_plane": 1,
            "environment": {"shadow": "cylindrical"},
        },
    ).scenario
    flight = Flight(scenario, lay_out(scenario))
    while flight.next_chunk < len(flight.chunks):
        flight.advance(CpuDriver(1))
    ours = float(flight.layers[0].totals[0, 0]) / scenario.span_s
    source = f"facts.yaml orb.dd.{altitude_km}.sunlit (anchor A10)"
    validate(f"dawn-dusk sunlit fraction over a year at {altitude_km} km", ours, theirs, 0.003, "", source)
