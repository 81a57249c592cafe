"""Trapped radiation against AE8/AP8, SHIELDOSE-2, SPENVIS and Suncatcher's beam."""

import math

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from skyrack.catalogue import facts
from skyrack.catalogue.parts import part
from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.environment.radiation_environment.ae8_ap8 import Ae8Ap8
from skyrack.environment.trapped_radiation import (
    _dose_curves,
    _tables,
    dose_gy_per_year,
    exposure,
    ground_track,
    proton_dose_gy_per_year,
    trapped_flux,
)
from skyrack.physics.radiation import cross_section_m2, event_rate_per_s
from tests.conftest import cases, source_of

RADIUS_M = EARTH_RADIUS_M + 650e3
BELTS = Ae8Ap8()
WIGGLY_MM = ("6", "15")
"""Depths at which the reference's derivative wiggles by a quarter, as its own warning says."""


@pytest.mark.parametrize("row", cases("trapped_flux"), ids=lambda r: f"{r['particle']} {r['energy_mev']} {r['solar']}")
def test_fluxes_along_an_orbit(row, validate):
    latitude, longitude = ground_track(RADIUS_M, math.radians(98.0))
    energy = float(row["energy_mev"])
    flux = trapped_flux(latitude, longitude, 650e3, row["particle"], energy, solar=row["solar"], field="2021") / 1e4
    theirs = float(row["mean"])
    what = f"{'protons' if row['particle'] == 'p' else 'electrons'} over {energy:g} MeV, solar {row['solar']}imum, mean"
    validate(what, float(flux.mean()), theirs, 0.05 * theirs, "/cm2/s", source_of("trapped_flux"))
    assert float(flux.max()) == pytest.approx(float(row["most"]), rel=0.1)


def dose_rad(solar, altitude_km, depth_mm):
    """Of protons and electrons together at one phase of the Sun, inclination 82 (or 98) deg."""
    axes, _ = _dose_curves()
    roots = _tables()["dose_rad_per_year"].astype(float) ** 0.25
    at = [altitude_km, 82.0, math.log(depth_mm)]
    return sum(float(RegularGridInterpolator(axes, roots[solar, :, :, particle])(at)[0]) ** 4 for particle in (0, 1))


@pytest.mark.parametrize("row", cases("dose_depth"), ids=lambda r: f"{r['depth_mm']} mm")
def test_doses_by_depth(row, validate):
    depth = float(row["depth_mm"])
    for solar, name in enumerate(("minimum", "maximum")):
        theirs = float(row[name])
        tolerance = (0.35 if row["depth_mm"] in WIGGLY_MM else 0.2) * theirs
        what = f"dose behind {depth:g} mm at 650 km, solar {name}"
        validate(what, dose_rad(solar, 650.0, depth), theirs, tolerance, "rad/year", source_of("dose_depth"))


@pytest.mark.parametrize("inclination_deg", [30, 55, 95, 100])
@pytest.mark.parametrize("thickness_mm", [5, 10, 20])
def test_spenvis(inclination_deg, thickness_mm, validate):
    theirs = float(facts()[f"rd.dose550.i{inclination_deg}.al{thickness_mm}"].value) / 5.0
    ours = dose_gy_per_year(550e3, math.radians(inclination_deg), float(thickness_mm)) * 100.0
    what = f"dose behind {thickness_mm} mm, 550 km, {inclination_deg} deg"
    validate(what, ours, theirs, 0.25 * theirs, "rad/year", "SPENVIS, AP8-MIN and AE8-MAX (facts rd.dose550)")


def test_suncatchers_orbit(validate):
    """650 km at dawn and dusk behind 10 mm: 150 rad a year by the paper, which lies between the Sun's extremes."""
    ours = 0.5 * (dose_rad(0, 650.0, 10.0) + dose_rad(1, 650.0, 10.0))
    validate(
        "dose of Suncatcher's orbit, mean of the Sun's extremes", ours, 150.0, 15.0, "rad/year", "arXiv:2511.19468"
    )


def test_single_event_rates(validate):
    """Anchor A4: events a year at 150 rad a year, and the cross-sections that they stand for."""
    source = "arXiv:2511.19468 (Suncatcher), anchor A4"
    upsets = part("upsets", "tpu-v6e")
    for name, gy, per_year, cm2 in (
        ("silent data corruption", "silent_error_gy", 8.8, 7.5e-9),
        ("memory errors", "memory_error_gy", 3.4, 2.9e-9),
        ("functional interrupts", "accelerator_reset_gy", 0.03, 2.5e-11),
    ):
        validate(
            f"{name} of a TPU in a year", event_rate_per_s(1.5, upsets[gy]), per_year, 0.02 * per_year, "/year", source
        )
        validate(f"cross-section of {name}", 1e4 * cross_section_m2(upsets[gy]), cm2, 0.05 * cm2, "cm2", source)
    seconds = 365.25 * 86400.0 / event_rate_per_s(1.5, upsets["silent_error_gy"])
    validate("inferences, one a second, to a silent error", seconds / 1e6, 3.0, 0.75, "million", source)


def test_a_low_orbit_meets_the_anomaly():
    """Nine tenths of the protons of a sun-synchronous orbit come over the South Atlantic, in a few per cent of the time."""
    latitude, longitude = ground_track(RADIUS_M, math.radians(98.0))
    flux = trapped_flux(latitude, longitude, 650e3, "p", 30.0)
    over = (
        (np.degrees(latitude) > -60)
        & (np.degrees(latitude) < 10)
        & (np.degrees(longitude) > -100)
        & (np.degrees(longitude) < 40)
    )
    assert flux[over].sum() > 0.95 * flux.sum()
    found = exposure(BELTS, RADIUS_M, math.radians(98.0), 10.0)
    assert 0.02 < found.burst_frac < 0.08
    assert found.proton_dose_gy_per_year < found.dose_gy_per_year


def test_doses_follow_the_fluxes_down_to_the_equator():
    """At 400 km the dose falls towards the equator as the protons do, and is nothing where there are none."""
    beside = exposure(BELTS, EARTH_RADIUS_M + 400e3, math.radians(30.0), 5.0)
    for inclination_deg in (14.0, 16.0, 18.0, 22.0, 27.0):
        found = exposure(BELTS, EARTH_RADIUS_M + 400e3, math.radians(inclination_deg), 5.0)
        ratio = found.proton_dose_gy_per_year / found.proton_flux_per_m2_s
        assert 0.3 < ratio / (beside.proton_dose_gy_per_year / beside.proton_flux_per_m2_s) < 3.0
    assert dose_gy_per_year(350e3, 0.0, 5.0) == 0.0
    assert exposure(BELTS, EARTH_RADIUS_M + 350e3, 0.0, 5.0).burst_frac == 0.0


def test_doses_behave():
    walls = dose_gy_per_year(800e3, math.radians(53.0), np.array([1.0, 2.0, 5.0, 10.0, 20.0]))
    assert (np.diff(walls) < 0.0).all()
    heights = [dose_gy_per_year(h, math.radians(53.0), 10.0) for h in (400e3, 600e3, 1000e3, 1600e3, 2000e3)]
    assert heights == sorted(heights)
    # retrograde orbits see what their mirror image sees
    assert dose_gy_per_year(600e3, math.radians(98.0), 5.0) == dose_gy_per_year(600e3, math.radians(82.0), 5.0)
    # behind a thick wall a low inclination is worse, behind a thin one better (fact rd.dose550.i30_vs_sso)
    low, high = math.radians(30.0), math.radians(98.0)
    assert dose_gy_per_year(550e3, low, 10.0) > 1.5 * dose_gy_per_year(550e3, high, 10.0)
    assert dose_gy_per_year(550e3, low, 1.0) < 0.3 * dose_gy_per_year(550e3, high, 1.0)
    assert proton_dose_gy_per_year(550e3, low, 10.0) == pytest.approx(dose_gy_per_year(550e3, low, 10.0), rel=0.03)


def test_crashes_of_a_system_on_a_chip(validate):
    """A 16 nm processor with Linux at 500 km, from its areas in a beam and our protons there, unshielded."""
    flux = exposure(BELTS, EARTH_RADIUS_M + 500e3, math.radians(97.4), 5.0).proton_flux_per_m2_s
    figure = part("devices", "soc-16nm").figures["functional_interrupt_m2"]
    ours = figure.high * flux * 365.25 * 86_400.0
    source = "Memon et al., arXiv:2609.05249: 0.44 to 0.78 crashes a year at 500 km"
    validate("crashes of a 16 nm processor in a year, its largest area", ours, 0.61, 0.31, "", source)
