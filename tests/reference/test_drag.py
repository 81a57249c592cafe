"""Air drag against other people's tables: lifetimes of a published method, densities of a published table."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from skyrack.core.constants import EARTH_RADIUS_M, JULIAN_YEAR_S
from skyrack.environment.orbital_decay import decay_time_s
from skyrack.physics.drag import (
    decay_rate_m_per_s,
    density_by_activity_kg_per_m3,
    density_by_cycle_kg_per_m3,
    drag_acceleration_m_per_s2,
    mean_density_kg_per_m3,
)
from skyrack.physics.propulsion import propellant_frac, spiral_speed_m_per_s

CASES = Path(__file__).parent / "cases"


def rows(name):
    lines = [line for line in (CASES / f"{name}.csv").read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows("decay"), ids=lambda row: "-".join(row.values()))
def test_lifetimes(row, validate):
    """Each lifetime was integrated in steps of 0.1 day down to 180 km."""
    ours = decay_time_s(
        1e3 * float(row["altitude_km"]),
        180e3,
        float(row["area_m2"]) / float(row["mass_kg"]),
        lambda altitude_m: density_by_activity_kg_per_m3(altitude_m, float(row["f107"]), float(row["ap"])),
    )
    theirs = float(row["lifetime_days"])
    where = f"{row['mass_kg']} kg, {row['area_m2']} m2, {row['altitude_km']} km, F10.7 {row['f107']}, Ap {row['ap']}"
    source = "IPS Satellite Orbital Decay Calculations, evaluated elsewhere in steps of 0.1 d"
    validate(f"orbital lifetime, {where}", ours / 86_400.0, theirs, 0.05 * theirs, "d", source)


@pytest.mark.parametrize("row", rows("density"), ids=lambda row: f"{row['altitude_km']} km")
def test_mean_density(row, validate):
    theirs = float(row["density_kg_per_m3"])
    ours = float(mean_density_kg_per_m3(1e3 * float(row["altitude_km"])))
    validate(
        f"density of the air at {row['altitude_km']} km", ours, theirs, 1e-6 * theirs, "kg/m3", "Vallado, table 8-4"
    )


@pytest.mark.parametrize(
    ("altitude_km", "flux", "theirs_years"),
    [(550, 70, 42.9), (550, 140, 5.8), (550, 220, 1.8), (650, 70, 212.0), (650, 140, 25.5), (650, 220, 6.5)],
)
def test_decay_through_the_suns_cycle(altitude_km, flux, theirs_years, validate):
    """Decay to 150 km at constant activity, 0.022 m2/kg: the full model integrated elsewhere, here its table of 15 values."""
    years = (
        decay_time_s(1e3 * altitude_km, 150e3, 0.022, lambda m: density_by_cycle_kg_per_m3(m, float(flux)))
        / JULIAN_YEAR_S
    )
    source = "NRLMSIS 2.1 integrated elsewhere (own computation of the astrodynamics findings, no published table)"
    validate(f"decay from {altitude_km} km at F10.7 {flux}", years, theirs_years, 0.15 * theirs_years, "years", source)


def test_density_joins_its_pieces_and_broadcasts():
    altitudes = np.arange(205e3, 1200e3, 5e3)
    densities = mean_density_kg_per_m3(altitudes)
    assert (np.diff(densities) < 0.0).all()
    for km in (250.0, 300.0, 500.0, 800.0):
        assert mean_density_kg_per_m3(1e3 * km - 1.0) == pytest.approx(mean_density_kg_per_m3(1e3 * km), rel=0.02)


def test_what_drag_takes_a_thruster_gives_back():
    """Sinking and braking are the same loss of energy."""
    radius_m, density, area = EARTH_RADIUS_M + 500e3, 7e-13, 0.02
    speed_lost = drag_acceleration_m_per_s2(radius_m, density, area)
    sunk_m = decay_rate_m_per_s(radius_m, density, area)
    assert spiral_speed_m_per_s(radius_m, radius_m - 1e6 * sunk_m) == pytest.approx(1e6 * speed_lost, rel=0.01)


def test_propellant_by_a_pencil():
    assert propellant_frac(9.80665 * 300.0 * math.log(2.0), 300.0) == pytest.approx(1.0)
    assert propellant_frac(0.0, 1500.0) == 0.0
