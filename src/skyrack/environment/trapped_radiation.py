"""Trapped radiation on an orbit: doses behind aluminium, and where on the globe the belts come down.

From tables that `tools/build_radiation.py` makes of AE8, AP8 and SHIELDOSE-2: none of them runs here. The dose of
solar protons and cosmic rays is left out; how much of them reaches an orbit is here.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, EARTH_RADIUS_M, TWO_PI
from skyrack.environment.radiation_environment import FLOWN_YEAR, RadiationEnvironment, proton_flux
from skyrack.physics.orbit import mean_motion_rad_per_s
from skyrack.physics.radiation import cutoff_rigidity_gv, galactic_share, open_sky_frac

Floats = NDArray[np.float64]
Particle = Literal["p", "e"]
Solar = Literal["min", "max"]
RAD_PER_GY = 100.0
MIN_ALTITUDE_M, MAX_ALTITUDE_M = 300e3, 2500e3
"""Ends of the radiation tables; beyond them, values are those of the ends."""
FIELDS = ("min", "max", "2021")
"""Fields of 1964 and 1970, in which AE8 and AP8 are read at solar minimum and maximum, and that of 2021.2.

Today's field is weaker, and read in it the models put particles where the air has long taken them: 1.2 times as many at
1,000 km, twice at 650, five times at 400. It is here to be held against radbelt, which takes the date it is given."""
FIELD_YEAR, DRIFT_PER_YEAR_DEG = 1964.0, 0.3
"""Year of the field of solar minimum, and how far west the South Atlantic Anomaly moves in each year since (recalled)."""
DRIFT_RAD = math.radians(DRIFT_PER_YEAR_DEG * (FLOWN_YEAR - FIELD_YEAR))
NO_FLUX = 2e-3
"""Least flux of the tables, cm-2 s-1: what stands for none."""


@functools.cache
def _tables() -> dict[str, Any]:
    with as_file(files("skyrack.catalogue").joinpath("trapped.npz")) as path, np.load(path) as file:
        return {name: file[name] for name in file.files}


def dose_gy_per_year(altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
    """Dose in silicon at the centre of a sphere of aluminium, trapped protons and electrons with their bremsstrahlung.

    Protons at solar minimum and electrons at maximum, each at its worst, as SPENVIS' tables have them. Between the orbits
    of the table its fourth root is linear in altitude and inclination (folded at 90 deg), and in the logarithm of the
    thickness, which may be an array. Fourth roots, as low orbits along the equator get nothing at all.

    Valid: circular orbits of 300-2,500 km, 0.5-30 mm; held at the ends. Reference: AE8/AP8 (Vette, NSSDC 91-24; Sawyer and
    Vette, NSSDC 76-06) and SHIELDOSE-2 (Seltzer, NISTIR 5477).
    """
    both = [_doses_gy(particle, altitude_m, inclination_rad, thickness_mm) for particle in (0, 1)]
    return both[0] + both[1]


def proton_dose_gy_per_year(altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
    """The part of that dose that protons bring: electrons upset no bits."""
    return _doses_gy(0, altitude_m, inclination_rad, thickness_mm)


def _doses_gy(particle: int, altitude_m: float, inclination_rad: float, thickness_mm: Any) -> Any:
    axes, curves = _dose_curves()
    inclination_deg = math.degrees(inclination_rad)
    at = [altitude_m / 1e3, min(inclination_deg, 180.0 - inclination_deg), np.log(thickness_mm)]
    held = [np.clip(value, axis[0], axis[-1]) for value, axis in zip(at, axes, strict=True)]
    points = np.stack(np.broadcast_arrays(*held), axis=-1)
    dose = curves[particle](points) ** 4 / RAD_PER_GY
    return dose if np.ndim(thickness_mm) else float(dose.ravel()[0])


@functools.cache
def _dose_curves() -> Any:
    """Axes of the table, and the fourth root of the dose over them: protons at solar minimum, electrons at maximum."""
    from scipy.interpolate import RegularGridInterpolator

    tables = _tables()
    axes = (tables["dose_altitudes_km"], tables["inclinations_deg"], np.log(tables["depths_mm"]))
    roots = tables["dose_rad_per_year"].astype(np.float64) ** 0.25
    return axes, tuple(RegularGridInterpolator(axes, roots[solar, :, :, solar]) for solar in (0, 1))


def trapped_flux(
    latitude_rad: Floats,
    longitude_rad: Floats,
    altitude_m: float,
    particle: Particle,
    energy_mev: float,
    *,
    solar: Solar = "min",
    field: str = "min",
) -> Floats:
    """Particles above an energy that cross a square metre in a second from all sides, at places at one altitude.

    The field (L, and the radius of a dipole line with the point's B/B0) is interpolated over the globe, the flux over
    the field. Energies are those that the tables keep: 1, 10, 30, 100 MeV for protons and 0.5, 1, 2 for electrons.
    """
    from scipy.interpolate import RegularGridInterpolator

    tables = _tables()
    shell, radius = _field(latitude_rad, longitude_rad, altitude_m, field)
    table = tables[f"flux_{particle}_{solar}_{energy_mev:g}"].astype(np.float64)
    look = RegularGridInterpolator((tables["shells"], tables["radii"]), table, bounds_error=False, fill_value=-3.0)
    flux = 10.0 ** look(np.column_stack([shell.ravel(), radius.ravel()])).reshape(shell.shape)
    return np.where(flux > NO_FLUX, flux, 0.0) * 1e4


def _field(latitude_rad: Floats, longitude_rad: Floats, altitude_m: float, field: str) -> tuple[Floats, Floats]:
    """L and dipole radius, cubic over the globe and linear in altitude."""
    from scipy.ndimage import map_coordinates

    tables = _tables()
    altitudes = tables["altitudes_km"]
    place = float(np.interp(altitude_m / 1e3, altitudes, np.arange(len(altitudes))))
    low = min(int(place), len(altitudes) - 2)
    share = place - low
    rows = (np.degrees(latitude_rad) - tables["latitudes_deg"][0]) / np.diff(tables["latitudes_deg"])[0]
    columns = np.mod(np.degrees(longitude_rad) + 180.0, 360.0) / np.diff(tables["longitudes_deg"])[0]
    found = []
    for name in ("field_shell", "field_radius"):
        layers = tables[name][FIELDS.index(field), low : low + 2, :, :-1].astype(np.float64)
        wrapped = np.concatenate([layers[:, :, -OVERLAP:], layers, layers[:, :, :OVERLAP]], axis=2)
        both = [map_coordinates(layer, [rows, columns + OVERLAP], order=3, mode="nearest") for layer in wrapped]
        found.append((1.0 - share) * both[0] + share * both[1])
    return np.exp(found[0]), found[1]


OVERLAP = 8
"""Columns of the globe that are repeated on either side, so that the date line is no border."""


SAMPLES, ORBITS = 3000, 15.0
"""Points of an orbit in about a day, over which fluxes are averaged."""
PROTONS_MEV = 30.0
"""Energy of protons that come through some four millimetres of aluminium."""
BURST_SHARE = 0.9


@dataclass(frozen=True)
class Exposure:
    """What an orbit brings of trapped radiation."""

    dose_gy_per_year: float
    """Behind the wall."""
    proton_dose_gy_per_year: float
    """Of protons alone."""
    proton_flux_per_m2_s: float
    """Protons above 30 MeV outside, mean over a day."""
    proton_flux_most_per_m2_s: float
    burst_frac: float
    """Share of the time in which nine tenths of them arrive; low down these are the passes through the South Atlantic
    Anomaly. Zero where none arrive."""


def exposure(
    environment: RadiationEnvironment, radius_m: float, inclination_rad: float, thickness_mm: float
) -> Exposure:
    """Dose and protons of a circular orbit over a day."""
    altitude_m = radius_m - EARTH_RADIUS_M
    latitude, longitude = ground_track(radius_m, inclination_rad)
    flux = proton_flux(environment, latitude, longitude, altitude_m, None)
    total = float(flux.sum())
    reached = np.cumsum(np.sort(flux)[::-1])
    needed = int(np.searchsorted(reached, BURST_SHARE * total)) + 1 if total > 0.0 else 0
    return Exposure(
        dose_gy_per_year=environment.dose_gy_per_year(altitude_m, inclination_rad, thickness_mm),
        proton_dose_gy_per_year=environment.proton_dose_gy_per_year(altitude_m, inclination_rad, thickness_mm),
        proton_flux_per_m2_s=float(flux.mean()),
        proton_flux_most_per_m2_s=float(flux.max()),
        burst_frac=needed / len(flux),
    )


STORM_RIGIDITY_GV = 0.24
"""Of a proton of 30 MeV."""


@dataclass(frozen=True)
class FromAfar:
    """What reaches an orbit of particles that come from beyond the field."""

    galactic_frac: float
    """Of the dose of cosmic rays far from the Earth, mean over a day."""
    storm_frac: float
    """Of the protons of a solar storm."""


def from_afar(radius_m: float, inclination_rad: float) -> FromAfar:
    """How much the field and the Earth let through to a circular orbit, by the vertical cutoff along it."""
    latitude, longitude = ground_track(radius_m, inclination_rad)
    altitude_m = min(max(radius_m - EARTH_RADIUS_M, MIN_ALTITUDE_M), MAX_ALTITUDE_M)
    shell, _ = _field(latitude, longitude + DRIFT_RAD, altitude_m, "2021")
    cutoff = np.asarray(cutoff_rigidity_gv(shell))
    sky = float(open_sky_frac(radius_m, EARTH_RADIUS_M))
    return FromAfar(
        sky * float(np.asarray(galactic_share(cutoff)).mean()), sky * float((cutoff < STORM_RIGIDITY_GV).mean())
    )


def ground_track(radius_m: float, inclination_rad: float) -> tuple[Floats, Floats]:
    """Latitude (from the Earth's centre) and longitude below a satellite over fifteen orbits, evenly in time."""
    flown = TWO_PI * ORBITS * np.arange(SAMPLES) / SAMPLES
    turned = flown / float(mean_motion_rad_per_s(radius_m)) * EARTH_TURN_RAD_PER_S
    latitude = np.arcsin(math.sin(inclination_rad) * np.sin(flown))
    longitude = np.arctan2(math.cos(inclination_rad) * np.sin(flown), np.cos(flown)) - turned
    return latitude, np.mod(longitude + math.pi, TWO_PI) - math.pi


EARTH_TURN_RAD_PER_S = TWO_PI * 1.00273790935 / DAY_S
