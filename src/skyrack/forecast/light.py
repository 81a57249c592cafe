"""Light and power of satellites ahead of time: when each is dark, and when its battery no longer carries its computers.

For each orbital plane three numbers vary slowly: the orbit angle of its midnight, the half-width of the shadow around it, and
the time for which a battery carries full compute power in the dark. They are computed by the laws of the fleet at knots an
hour apart and interpolated. All else is one comparison of angles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.forecast.windows import NEVER_S, POWERED, SUNLIT, Sky, changes, gang_window

Floats = NDArray[np.float64]


class Window(NamedTuple):
    """State of a node, or of a gang, under one condition."""

    is_up: bool
    """True if the condition holds."""
    left_s: float
    """Time until that changes."""


@dataclass(frozen=True)
class LightForecast:
    """Light and power of all nodes of a fleet as functions of time, over the span of the knots."""

    sky: Sky

    @classmethod
    def of_planes(
        cls,
        plane: NDArray[np.integer],
        phase_turns: Floats,
        turns_per_s: Floats,
        midnight_turns: Floats,
        arc_squared: Floats,
        ride_s: Floats,
        begin_s: float,
        knot_s: float,
    ) -> LightForecast:
        """Return a forecast from the numbers of the planes; see `Sky` for their meaning, units and shapes."""
        half_s = 2.0 * np.sqrt(np.maximum(arc_squared, 0.0)) / turns_per_s[:, None]
        is_dark = np.stack([half_s > ride_s, arc_squared > 0.0])
        return cls(
            Sky(
                np.ascontiguousarray(plane, np.int32),
                np.ascontiguousarray(phase_turns, np.float64),
                np.ascontiguousarray(turns_per_s, np.float64),
                np.ascontiguousarray(midnight_turns, np.float64),
                np.ascontiguousarray(arc_squared, np.float64),
                np.ascontiguousarray(ride_s, np.float64),
                _next_true(is_dark),
                float(begin_s),
                float(knot_s),
            )
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.sky.plane)

    @cached_property
    def end_s(self) -> float:
        """End of the forecast since the epoch."""
        return float(self.sky.begin_s + self.sky.knot_s * (self.sky.midnight.shape[1] - 1))

    def window(self, node: int, time_s: float, condition: int = POWERED) -> Window:
        """Return whether a node meets a condition at a time, and for how long that stays so."""
        is_up, left_s = self.windows(np.array([node]), np.array([time_s]), condition)
        return Window(bool(is_up[0]), float(left_s[0]))

    def windows(
        self, nodes: NDArray[np.integer], time_s: Floats, condition: int = POWERED
    ) -> tuple[NDArray[np.bool_], Floats]:
        """Return for pairs of node and time whether the condition holds, and the time (s) until that changes.

        `nodes` and `time_s` have one shape, (pair,), as have both results; NEVER_S stands for no change in the forecast.
        """
        is_up, left_s = np.empty(len(nodes), np.bool_), np.empty(len(nodes))
        changes(np.asarray(nodes, np.int64), self.sky, np.asarray(time_s, np.float64), condition, is_up, left_s)
        return is_up, left_s

    def gang(self, nodes: NDArray[np.integer], time_s: float, condition: int = POWERED) -> Window:
        """Return whether all nodes of a gang meet a condition at a time, and for how long that stays so."""
        up_s, down_s = gang_window(np.asarray(nodes, np.int64), self.sky, float(time_s), condition)
        return Window(is_up=up_s > 0.0, left_s=float(up_s if up_s > 0.0 else down_s))

    def intervals(self, node: int, begin_s: float, end_s: float, condition: int = POWERED) -> list[tuple[float, float]]:
        """Return the intervals (begin, end in seconds since the epoch) in which a node meets a condition."""
        found = []
        at_s = begin_s
        while at_s < end_s:
            window = self.window(node, at_s, condition)
            if window.is_up:
                found.append((at_s, min(at_s + window.left_s, end_s)))
            at_s += max(window.left_s, 1e-3)
        return found


def _next_true(flags: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return, along the last axis, the next position from each one on at which a flag is set; the length without any."""
    n = flags.shape[-1]
    positions = np.where(flags, np.arange(n), n)
    return np.asarray(np.minimum.accumulate(positions[..., ::-1], axis=-1)[..., ::-1], np.int32)


__all__ = ["NEVER_S", "POWERED", "SUNLIT", "LightForecast", "Sky", "Window"]
