"""Visibility of satellites from the ground: elevation above a limit, and slant range."""

import math
from typing import Any

import numpy as np

from skyrack.core.jit import driver, part
from skyrack.physics.earth import place_on_earth


def place_array(latitude_rad: Any, longitude_rad: Any, altitude_m: Any, sidereal_rad: float) -> Any:
    """Return positions (m) of places on the ground in the inertial frame at a sidereal angle, (xyz, place)."""
    points = [
        place_on_earth(float(a), float(b) + sidereal_rad, float(c))
        for a, b, c in zip(latitude_rad, longitude_rad, altitude_m, strict=True)
    ]
    return np.ascontiguousarray(np.array(points, np.float64).reshape(-1, 3).T)


@part
def _with_verticals(ground):
    """Return positions and zenith directions of places, (6, place) in float32; loops compile faster than NumPy's code."""
    n = ground.shape[1]
    found = np.empty((6, n), np.float32)
    for c in range(n):
        x, y, z = ground[0, c], ground[1, c], ground[2, c]
        inverse = np.float32(1.0 / math.sqrt(x * x + y * y + z * z))
        for axis in range(3):
            found[axis, c] = np.float32(ground[axis, c])
            found[3 + axis, c] = found[axis, c] * inverse
    return found


@driver
def slant_ranges(places, ground, sine_limit, range_limit_m, usable, ranges):
    """Write the slant range (m) from every place to every visible satellite to `ranges` (satellite, place), float32.

    A satellite is visible where it is above the elevation whose sine is `sine_limit` and not farther than `range_limit_m`.
    The range is infinite where it is not visible or not `usable`.
    """
    n = ground.shape[1]
    at = _with_verticals(ground)
    gx, gy, gz, ux, uy, uz = at[0], at[1], at[2], at[3], at[4], at[5]
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
    """Write the number (-1 for none) and slant range (m, infinity for none) of the nearest visible, usable satellite."""
    n = ground.shape[1]
    at = _with_verticals(ground)
    gx, gy, gz, ux, uy, uz = at[0], at[1], at[2], at[3], at[4], at[5]
    sine_squared = np.float32(sine_limit * sine_limit)
    best, who = np.empty(n, np.float32), np.empty(n, np.int32)
    for c in range(n):
        best[c], who[c] = np.float32(range_limit_m * range_limit_m), -1
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
