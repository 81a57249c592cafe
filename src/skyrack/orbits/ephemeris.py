"""Positions of the Sun at a series of times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import driver
from skyrack.physics.sun import sun_position


@dataclass(frozen=True)
class SunTrack:
    """Position of the Sun at a series of times."""

    time_s: NDArray[np.float64]
    """Time since the epoch."""
    direction: NDArray[np.float64]
    """Unit vectors to the Sun in the mean equator of date, (time, xyz)."""
    distance_au: NDArray[np.float64]

    @classmethod
    def at(cls, epoch_tt_s: float, time_s: NDArray[np.float64]) -> SunTrack:
        """Return the Sun at times since an epoch; the epoch is given in seconds of Terrestrial Time since J2000."""
        positions = np.empty((len(time_s), 4))
        _sun_positions(epoch_tt_s, np.asarray(time_s, np.float64), positions)
        return cls(time_s, positions[:, :3], positions[:, 3])


@driver
def _sun_positions(epoch_tt_s, time_s, positions):
    for k in range(len(time_s)):
        sun = sun_position(epoch_tt_s + time_s[k])
        positions[k, 0], positions[k, 1], positions[k, 2] = sun.x_eci, sun.y_eci, sun.z_eci
        positions[k, 3] = sun.distance_au
