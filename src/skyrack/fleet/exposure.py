"""Trapped protons along the orbits of one layer, as a table that the drivers look up once a block."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_RADIUS_M, TWO_PI
from skyrack.core.jit import driver, part
from skyrack.environment.radiation_environment import RadiationEnvironment, proton_flux
from skyrack.environment.trapped_radiation import MAX_ALTITUDE_M, MIN_ALTITUDE_M

NODES, PHASES = 90, 192
"""Places of the ascending node over the Earth, and of the satellite along its orbit, that the table tells apart."""
EXPOSURE_S = 120.0
"""Longest time between two looks at the table: 8 degrees of an orbit, where the belts change over 20."""
GRID_DEG = 2.5
ALTITUDE_STEP_M = 50e3


@functools.lru_cache(maxsize=2048)
def belts_met(environment: RadiationEnvironment, radius_m: float, inclination_rad: float) -> NDArray[np.float32]:
    """Return the flux of protons above 30 MeV in 1/m2/s along an orbit, (NODES, PHASES).

    With the belts where they are today. See `environment.radiation_environment`.
    """
    from scipy.ndimage import map_coordinates

    place = (min(max(radius_m - EARTH_RADIUS_M, MIN_ALTITUDE_M), MAX_ALTITUDE_M) - MIN_ALTITUDE_M) / ALTITUDE_STEP_M
    low = int(place)
    share = place - low
    globe = (1.0 - share) * _globe(environment, low) + (share * _globe(environment, low + 1) if share > 0.0 else 0.0)
    node = (np.arange(NODES) + 0.5) * TWO_PI / NODES
    phase = (np.arange(PHASES) + 0.5) * TWO_PI / PHASES
    latitude = np.arcsin(math.sin(inclination_rad) * np.sin(phase))
    ahead = np.arctan2(math.cos(inclination_rad) * np.sin(phase), np.cos(phase))
    longitude = np.mod(np.degrees(node[:, None] + ahead[None, :]), 360.0)
    rows = np.broadcast_to((np.degrees(latitude) + 90.0) / GRID_DEG, longitude.shape)
    found = np.expm1(map_coordinates(globe, [rows, longitude / GRID_DEG], order=3, mode="nearest"))
    return np.ascontiguousarray(found, np.float32)


def node_cells(plane_raan_rad: NDArray[np.float64]) -> NDArray[np.int64]:
    """Place of each plane's ascending node among `NODES`, at the epoch."""
    # a hair further: planes of regular fleets lie on the borders, and rounding would decide
    return np.asarray(np.floor(plane_raan_rad / TWO_PI * NODES + 1e-9), np.int64) % NODES


def steps_between_looks(step_s: float) -> int:
    """Steps that one look at the belts stands for."""
    return max(1, int(EXPOSURE_S / step_s + 1e-3))


@driver
def protons_by_block(
    belts: NDArray[np.float32],
    cells: NDArray[np.int64],
    step_sky: NDArray[np.float32],
    block_steps: NDArray[np.int64],
    every: int,
) -> Any:
    """Protons that each block brings to a square metre, by `cells` (of nodes) and phase at the epoch, in protons per step.

    Flat for each block, (block, cell and phase). A satellite keeps its cell and phase of the epoch all through a run, so
    what it meets in a block is one number of this table: the belts, seen from the middle of a cell as it moves over the
    Earth, added up over looks that stand for `every` steps each.
    """
    twice = np.empty((NODES, 2 * PHASES), np.float32)  # so that no row has to be taken up again from its begin
    for node in range(NODES):
        for phase in range(PHASES):
            twice[node, phase] = twice[node, PHASES + phase] = belts[node, phase]
    met = np.zeros((block_steps.size - 1, cells.size * PHASES), np.float32)
    for block in range(block_steps.size - 1):
        for k in range(block_steps[block], block_steps[block + 1], every):
            n_steps = np.float32(min(every, block_steps[block + 1] - k))
            ahead = int(np.rint(step_sky[k, 4] * PHASES)) % PHASES
            turned = int(np.rint(step_sky[k, 5] * NODES))
            for number in range(cells.size):
                seen = twice[(cells[number] + turned) % NODES, ahead : ahead + PHASES]
                sums = met[block, number * PHASES : (number + 1) * PHASES]
                for phase in range(PHASES):
                    sums[phase] += n_steps * seen[phase]
    return met


@part
def look_once(
    met: NDArray[np.float32],
    belts: NDArray[np.float32],
    own_cells: NDArray[np.int64],
    cells: NDArray[np.uint32],
    sky: NDArray[np.float32],
    n_steps: int,
) -> None:
    """What a block with a single look brings, in protons per step: one number of the belts for each satellite.

    Where all blocks are that short, a table of theirs would take much memory and save nothing. `cells` are places
    in a row of `protons_by_block`: of a cell among `own_cells`, and of a phase.
    """
    ahead, turned = int(np.rint(sky[4] * PHASES)), int(np.rint(sky[5] * NODES))
    for i in range(cells.size):
        node, phase = own_cells[cells[i] // PHASES], cells[i] % PHASES
        met[i] = np.float32(n_steps) * belts[(node + turned) % NODES, (phase + ahead) % PHASES]


@functools.lru_cache(maxsize=64)
def _globe(environment: RadiationEnvironment, step: int) -> NDArray[np.float64]:
    """Logarithm of one more than the flux over the globe at one altitude, (latitude, longitude 0-360)."""
    latitudes = np.radians(np.arange(-90.0, 90.1, GRID_DEG))
    longitudes = np.radians(np.arange(0.0, 360.1, GRID_DEG))
    latitude, longitude = np.meshgrid(latitudes, longitudes, indexing="ij")
    altitude_m = MIN_ALTITUDE_M + step * ALTITUDE_STEP_M
    return np.log1p(proton_flux(environment, latitude, longitude, altitude_m))
