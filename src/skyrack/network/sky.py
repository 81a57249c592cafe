"""The sky over places on the ground: which satellites stand high enough, and how far away they are."""

import math
from typing import Any

import numpy as np

from skyrack.core.law import driver
from skyrack.physics.earth import place_on_earth

NOWHERE = np.float32(np.inf)


def place_array(latitude_rad: Any, longitude_rad: Any, altitude_m: Any, sidereal_rad: float) -> Any:
    """Places on the ground in the frame that does not turn, (xyz, place)."""
    points = [
        place_on_earth(float(a), float(b) + sidereal_rad, float(c))
        for a, b, c in zip(latitude_rad, longitude_rad, altitude_m, strict=True)
    ]
    return np.ascontiguousarray(np.array(points, np.float64).reshape(-1, 3).T)


@driver
def slant_ranges(places, ground, sine_limit, range_limit_m, usable, ranges):
    """Distance of every satellite from every place that may use it, else infinity: `ranges` (satellite, place), float32.

    A satellite may be used where it stands above the elevation whose sine is `sine_limit` and is not farther than
    `range_limit_m`; what is not `usable` is infinitely far.
    """
    n = ground.shape[1]
    gx, gy, gz = ground[0].astype(np.float32), ground[1].astype(np.float32), ground[2].astype(np.float32)
    inverse = (1.0 / np.sqrt(ground[0] ** 2 + ground[1] ** 2 + ground[2] ** 2)).astype(np.float32)
    ux, uy, uz = gx * inverse, gy * inverse, gz * inverse
    limit, sine, far = np.float32(range_limit_m), np.float32(sine_limit), np.float32(np.inf)
    for k in range(len(places)):
        row = ranges[k]
        if not usable[k]:
            row[:] = far
            continue
        x, y, z = np.float32(places[k, 0]), np.float32(places[k, 1]), np.float32(places[k, 2])
        for c in range(n):
            dx, dy, dz = x - gx[c], y - gy[c], z - gz[c]
            apart = math.sqrt(dx * dx + dy * dy + dz * dz)
            upward = dx * ux[c] + dy * uy[c] + dz * uz[c]
            is_seen = (upward >= sine * apart) & (apart <= limit)
            row[c] = apart if is_seen else far


@driver
def nearest_seen(places, ground, sine_limit, range_limit_m, usable, nearest, range_m):
    """The nearest usable satellite in sight of every place: its number (-1 for none) and distance (infinity for none)."""
    n = ground.shape[1]
    gx, gy, gz = ground[0].astype(np.float32), ground[1].astype(np.float32), ground[2].astype(np.float32)
    inverse = (1.0 / np.sqrt(ground[0] ** 2 + ground[1] ** 2 + ground[2] ** 2)).astype(np.float32)
    ux, uy, uz = gx * inverse, gy * inverse, gz * inverse
    sine_squared = np.float32(sine_limit * sine_limit)
    best = np.full(n, np.float32(range_limit_m * range_limit_m), np.float32)
    who = np.full(n, -1, np.int32)
    for k in range(len(places)):
        if not usable[k]:
            continue
        x, y, z = np.float32(places[k, 0]), np.float32(places[k, 1]), np.float32(places[k, 2])
        number = np.int32(k)
        for c in range(n):
            dx, dy, dz = x - gx[c], y - gy[c], z - gz[c]
            squared = dx * dx + dy * dy + dz * dz
            upward = dx * ux[c] + dy * uy[c] + dz * uz[c]
            is_best = (squared < best[c]) & (upward > np.float32(0.0)) & (upward * upward >= sine_squared * squared)
            best[c] = squared if is_best else best[c]
            who[c] = number if is_best else who[c]
    for c in range(n):
        nearest[c] = who[c]
        if who[c] < 0:
            range_m[c] = np.inf
        else:
            dx = places[who[c], 0] - ground[0, c]
            dy = places[who[c], 1] - ground[1, c]
            dz = places[who[c], 2] - ground[2, c]
            range_m[c] = math.sqrt(dx * dx + dy * dy + dz * dz)


@driver
def count_seen(places, ground, sine_limits, usable, counts):
    """How many usable satellites stand above each place's own limit."""
    for c in range(ground.shape[1]):
        gx, gy, gz = ground[0, c], ground[1, c], ground[2, c]
        size = math.sqrt(gx * gx + gy * gy + gz * gz)
        seen = 0
        for k in range(len(places)):
            dx, dy, dz = places[k, 0] - gx, places[k, 1] - gy, places[k, 2] - gz
            upward = (dx * gx + dy * gy + dz * gz) / size
            apart = math.sqrt(dx * dx + dy * dy + dz * dz)
            seen += (upward >= sine_limits[c] * apart) & usable[k]
        counts[c] = seen
