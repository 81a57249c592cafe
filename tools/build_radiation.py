"""Make the catalogue's tables of trapped radiation: fluxes over the field, the field over the globe, doses by orbit.

    python tools/build_radiation.py

Needs radbelt 0.1.8 (AE8/AP8 and its field model, NOSA 1.3) and spacepy 0.7 (SHIELDOSE-2), in an environment of their own;
takes about a quarter of an hour on two cores. Fluxes are tabulated over McIlwain's L and the radius at which a dipole line of
that L would have the point's B/B0, so that one axis is nearly the height above the atmosphere. The models are read in the
fields they were made with, 1964 for solar minimum and 1970 for maximum: in these
doses are computed, as those that they are held against; the field of 2021 is for comparison with radbelt
alone, as low orbits get several times as much in it.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

CATALOGUE = Path(__file__).parents[1] / "src" / "skyrack" / "catalogue"
PROTONS_MEV = (1.0, 2.0, 4.0, 6.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0, 300.0)
ELECTRONS_MEV = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
_STRETCHES = (
    np.arange(1.0, 1.6, 0.01),
    np.arange(1.6, 3.0, 0.03),
    np.arange(3.0, 8.0, 0.1),
    np.arange(8.0, 12.01, 0.5),
)
SHELLS = np.unique(np.round(np.concatenate(_STRETCHES), 6))
RADII = np.arange(0.88, 1.52, 0.008)
KEPT = {"p": (1.0, 10.0, 30.0, 100.0), "e": (0.5, 1.0, 2.0)}
"""Energies whose fluxes are shipped, in MeV."""
LATITUDES = np.arange(-90.0, 90.1, 3.0)
LONGITUDES = np.arange(-180.0, 180.1, 5.0)
ALTITUDES_KM = np.array([300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 1000.0, 1200.0, 1400.0, 1700.0, 2000.0, 2500.0])
YEARS = {"min": 1964.0, "max": 1970.0, "2021": 2021.2}
DOSE_ALTITUDES_KM = np.concatenate(
    [np.arange(300.0, 801.0, 50.0), [900, 1000, 1100, 1200, 1400, 1600, 1800, 2000, 2250, 2500]]
)
INCLINATIONS_DEG = np.concatenate([np.arange(0.0, 71.0, 5.0), [80.0, 90.0]])
DEPTHS_MM = np.array([0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0])
LEAST = 1e-3


def dipole_ratio(shell: Any, radius: Any) -> Any:
    """B/B0 on a dipole line of L at this radius, in Earth radii; from 1 on."""
    cos_squared = np.minimum(radius / shell, 1.0)
    return np.sqrt(4.0 - 3.0 * cos_squared) / cos_squared**3


def dipole_radius(shell: Any, ratio: Any) -> Any:
    """Its inverse, by bisection."""
    low, high = np.full(np.shape(ratio), 0.01), np.ones(np.shape(ratio))
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = np.sqrt(4.0 - 3.0 * middle) / middle**3 > ratio
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return shell * low


def flux_table(job: tuple[str, str, float]) -> Any:
    """log10 of the flux above one energy, (shell, radius); cm-2 s-1."""
    from radbelt import aep8

    particle, solar, energy = job
    shell, radius = np.meshgrid(SHELLS, RADII, indexing="ij")
    # beyond a line's own equator it has no points; its flux there fills the corners of the grid's cells
    found = aep8(energy, shell, dipole_ratio(shell, radius), particle, solar)
    return np.log10(np.maximum(found, LEAST)).astype(np.float32)


def field_table(job: tuple[float, float]) -> Any:
    """L and dipole radius over the globe at one altitude and year, (2, latitude, longitude)."""
    from radbelt import igrf

    altitude_km, year = job
    latitude, longitude = np.meshgrid(np.clip(LATITUDES, -89.9, 89.9), LONGITUDES, indexing="ij")
    shell, ratio = igrf(longitude, latitude, altitude_km, year)
    shell = np.clip(shell, 1.0, 30.0)
    return np.array([shell, dipole_radius(shell, np.maximum(ratio, 1.0))], np.float32)


def orbit_points(altitude_km: float, inclination_deg: float, n: int = 2400, orbits: float = 15.0) -> Any:
    """Longitude and latitude of a circular orbit, equal in time, over about a day."""
    u = 2.0 * np.pi * orbits * np.arange(n) / n
    inclination = np.radians(inclination_deg)
    period_days = 2.0 * np.pi * np.sqrt((6378.137 + altitude_km) ** 3 / 398600.44) / 86400.0
    turned = 2.0 * np.pi * 1.0027379 * period_days * u / (2.0 * np.pi)
    latitude = np.degrees(np.arcsin(np.sin(inclination) * np.sin(u)))
    longitude = np.degrees(np.arctan2(np.cos(inclination) * np.sin(u), np.cos(u)) - turned)
    return (longitude + 180.0) % 360.0 - 180.0, latitude


def mean_spectrum(table: dict[float, Any], points: Any) -> Any:
    """Mean flux above each energy along an orbit."""
    from scipy.interpolate import RegularGridInterpolator

    means = []
    for energy in sorted(table):
        look = RegularGridInterpolator((SHELLS, RADII), table[energy], bounds_error=False, fill_value=np.log10(LEAST))
        flux = 10.0 ** look(points)
        means.append(float(np.where(flux > 2.0 * LEAST, flux, 0.0).mean()))
    return np.array(means)


def along(altitude_km: float, inclination_deg: float, year: float) -> Any:
    """L and dipole radius along an orbit, (point, 2)."""
    from radbelt import igrf

    longitude, latitude = orbit_points(altitude_km, inclination_deg)
    shell, ratio = igrf(longitude, latitude, altitude_km, year)
    shell = np.clip(shell, 1.0, 30.0)
    return np.column_stack([shell, dipole_radius(shell, np.maximum(ratio, 1.0))])


def doses(job: tuple[float, float, str, dict[str, dict[float, Any]]]) -> Any:
    """rad(Si) a year at the centre of full spheres of aluminium, (protons, electrons; depth).

    The dose behind a slab is smooth in depth, that in a sphere is its derivative: D = 2 (1 - dln S/dln z) S. A smooth curve
    through log S keeps the noise of the derivative out.
    """
    altitude_km, inclination_deg, solar, tables = job
    points = along(altitude_km, inclination_deg, YEARS[solar])
    out = []
    for particle, energies in (("p", PROTONS_MEV), ("e", ELECTRONS_MEV)):
        spectrum = mean_spectrum(tables[particle], points)
        if (spectrum > 1e-6).sum() < 3:
            out.append(np.zeros(len(DEPTHS_MM)))
            continue
        grid, differential = _differential(np.array(energies), spectrum)
        slab = _slab_dose(grid, differential, particle)
        out.append(_sphere(slab))
    return np.array(out)


FINE_MM = np.geomspace(0.3, 45.0, 48)


def _differential(energies: Any, integral: Any) -> Any:
    """A differential spectrum whose integral passes through the given ones: shape-keeping cubic in logs."""
    from scipy.interpolate import PchipInterpolator

    kept = integral > 1e-6
    curve = PchipInterpolator(np.log(energies[kept]), np.log(integral[kept]))
    grid = np.geomspace(energies[kept][0], energies[kept][-1], 120)
    return grid, np.maximum(-curve(np.log(grid), 1) * np.exp(curve(np.log(grid))) / grid, 1e-30)


def _slab_dose(grid: Any, differential: Any, particle: str) -> Any:
    from spacepy.irbempy import Shieldose2

    tool = Shieldose2()
    # one length serves both proton spectra, or the trapped one would be cut
    zeros = np.full(len(grid), 1e-30)
    tool.set_flux(differential if particle == "p" else zeros, grid, "p_tr")
    tool.set_flux(zeros, grid, "p_un")
    tool.set_flux(differential if particle == "e" else zeros, grid, "e")
    tool.set_shielding(depths=FINE_MM, units="mm")
    tool.settings["tau"] = 365.25 * 86400.0
    tool.get_dose(detector=3, nucmeth=1)
    key = "dose_proton_trapped" if particle == "p" else "dose_electron"
    found = np.asarray(tool.results[key])[:, 0].copy()
    if particle == "e":
        found += np.asarray(tool.results["dose_bremsstrahlung"])[:, 0]
    return found


def _sphere(slab: Any) -> Any:
    from scipy.interpolate import UnivariateSpline

    kept = slab > 1e-9 * max(float(slab.max()), 1e-30)
    kept &= np.arange(len(slab)) < (int(np.argmin(kept)) if not kept.all() else len(slab))
    if kept.sum() < 8:
        return np.zeros(len(DEPTHS_MM))
    x, y = np.log(FINE_MM[kept]), np.log(slab[kept])
    curve = UnivariateSpline(x, y, k=4, s=len(x) * 0.02**2)
    depth = np.log(np.minimum(DEPTHS_MM, FINE_MM[kept][-1]))
    steepness = np.maximum(-curve.derivative()(depth), 0.0)
    # the dose never grows with depth; what the tail of the curve says otherwise is noise
    return np.minimum.accumulate(2.0 * np.exp(curve(depth)) * (1.0 + steepness))


def main() -> None:
    """Compute everything and write the catalogue's file."""
    both = (("p", PROTONS_MEV), ("e", ELECTRONS_MEV))
    jobs = [(particle, solar, energy) for particle, energies in both for solar in ("min", "max") for energy in energies]
    scratch = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with ProcessPoolExecutor(2) as pool:
        if scratch and scratch.exists():
            raw = np.load(scratch)
            tables = {job: raw[f"{job[0]}_{job[1]}_{job[2]}"] for job in jobs}
            fields = raw["fields"]
            shapes = {table.shape for table in tables.values()} | {fields.shape[:2]}
            if shapes != {(len(SHELLS), len(RADII)), (len(YEARS), len(ALTITUDES_KM))}:
                raise SystemExit(f"{scratch} was made with other grids; remove it")
        else:
            tables = dict(zip(jobs, pool.map(flux_table, jobs), strict=True))
            places = [(altitude, year) for year in YEARS.values() for altitude in ALTITUDES_KM]
            shape = (len(YEARS), len(ALTITUDES_KM), 2, len(LATITUDES), len(LONGITUDES))
            fields = np.array(list(pool.map(field_table, places))).reshape(shape)
            if scratch:
                np.savez(scratch, fields=fields, **{f"{p}_{s}_{e}": t for (p, s, e), t in tables.items()})
        by_solar = {
            solar: {particle: {e: tables[particle, solar, e] for e in energies} for particle, energies in both}
            for solar in ("min", "max")
        }
        orbits = [
            (altitude, inclination, solar, by_solar[solar])
            for solar in ("min", "max")
            for altitude in DOSE_ALTITUDES_KM
            for inclination in INCLINATIONS_DEG
        ]
        found = np.array(list(pool.map(doses, orbits))).reshape(2, len(DOSE_ALTITUDES_KM), len(INCLINATIONS_DEG), 2, -1)
    kept = {
        f"flux_{particle}_{solar}_{energy:g}": tables[particle, solar, energy].astype(np.float16)
        for particle, solar, energy in jobs
        if energy in KEPT[particle]
    }
    shipped = fields
    np.savez_compressed(
        CATALOGUE / "trapped.npz",
        shells=SHELLS,
        radii=RADII,
        altitudes_km=ALTITUDES_KM,
        dose_altitudes_km=DOSE_ALTITUDES_KM,
        latitudes_deg=LATITUDES,
        longitudes_deg=LONGITUDES,
        inclinations_deg=INCLINATIONS_DEG,
        depths_mm=DEPTHS_MM,
        field_shell=np.log(shipped[:, :, 0]).astype(np.float32),
        field_radius=shipped[:, :, 1].astype(np.float32),
        dose_rad_per_year=found.astype(np.float32),
        **kept,
    )


if __name__ == "__main__":
    main()
