"""Virtual time of a control plane: it passes at a multiple of wall time, from where the journal stopped."""

from __future__ import annotations

from skyrack.control.clock import Clock


class VirtualTime:
    """Time since the epoch that passes `speed` times as fast as the clock; it never goes back."""

    def __init__(self, begin_s: float, speed: float, clock: Clock) -> None:
        self.speed, self.clock = speed, clock
        self._begin_s, self._from_s = begin_s, self.clock.monotonic_s()

    def now_s(self) -> float:
        """Return the time since the epoch."""
        return self._begin_s + (self.clock.monotonic_s() - self._from_s) * self.speed


def continued_s(last_s: float, down_s: float, speed: float) -> float:
    """Return the time at which a control plane goes on that stopped at a time and was down for a time of the calendar (s).

    Satellites fly on while it is down; a calendar that has been set back does not count.
    """
    return last_s + max(down_s, 0.0) * speed
