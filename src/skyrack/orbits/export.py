"""What a globe needs to draw a fleet at any time: the elements of its orbits, and the Sun and the Earth's turning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, EARTH_RADIUS_M, TWO_PI
from skyrack.core.time import tt_since_j2000_s, utc_since_j2000_s
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.ground import cities_of, stations_of
from skyrack.orbits.layout import Layout, ShellLayout
from skyrack.physics.earth import SIDEREAL_RATE_RAD_PER_S, greenwich_sidereal_rad
from skyrack.scenario import Scenario

SUN_DAYS = 366
CITIES = 100


@dataclass(frozen=True)
class Elements:
    """A fleet's circular orbits, layer after layer, satellites numbered as in satellites.parquet."""

    head: dict[str, Any]
    """Epoch, shells, layers, the Sun day by day, the Earth's turning, places on the ground."""
    raan_turns: NDArray[np.float32]
    phase_turns: NDArray[np.float32]


def elements_of(scenario: Scenario, layout: Layout) -> Elements:
    """Return the orbital elements of a fleet at its epoch, with the Sun, the Earth's rotation and places on the ground."""
    layers = layout.layers
    rows = [
        {
            "shell": layer.shell,
            "first": first,
            "n_sats": layer.n_sats,
            "radius_m": layer.radius_m,
            "inclination_rad": layer.inclination_rad,
            "raan_rate_rad_per_s": layer.raan_rate_rad_per_s,
            "phase_rate_rad_per_s": layer.phase_rate_rad_per_s,
        }
        for layer, first in zip(layers, layout.layer_firsts, strict=False)
    ]
    days_s = np.arange(SUN_DAYS + 1, dtype=np.float64) * DAY_S
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), days_s)
    head = {
        "epoch": scenario.epoch.isoformat(),
        "n_sats": layout.n_sats,
        "span_s": scenario.span_s,
        "step_s": scenario.step_s,
        "earth_radius_m": EARTH_RADIUS_M,
        "sidereal_rad": float(greenwich_sidereal_rad(utc_since_j2000_s(scenario.epoch))),
        "sidereal_rate_rad_per_s": SIDEREAL_RATE_RAD_PER_S,
        "sun_every_s": DAY_S,
        "sun": np.round(sun.direction, 7).ravel().tolist(),
        "shells": [_shell(shell) for shell in layout.shells],
        "layers": rows,
        **_ground(scenario),
    }
    return Elements(
        head,
        _turns([layer.raan_rad for layer in layers]),
        _turns([layer.phase_rad for layer in layers]),
    )


def _shell(shell: ShellLayout) -> dict[str, Any]:
    return {
        "name": shell.name,
        "kind": shell.kind,
        "n_sats": shell.n_sats,
        "altitude_m": shell.altitude_m,
        "inclination_rad": shell.inclination_rad,
    }


def _ground(scenario: Scenario) -> dict[str, Any]:
    cities = cities_of(scenario.network).first(CITIES)
    return {
        "cities": [
            {"name": name, "latitude_rad": float(latitude), "longitude_rad": float(longitude)}
            for name, latitude, longitude in zip(cities.names, cities.latitude_rad, cities.longitude_rad, strict=True)
        ],
        "sites": [
            {"name": site.name, "latitude_rad": site.latitude_rad, "longitude_rad": site.longitude_rad}
            for site in stations_of(scenario.network)
        ],
    }


def _turns(angles_rad: list[NDArray[np.float64]]) -> NDArray[np.float32]:
    return (np.concatenate(angles_rad) / TWO_PI).astype(np.float32)
