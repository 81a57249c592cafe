"""The mean powers of one satellite in flight: what a build-out and a price read of a fleet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SatellitePower:
    """What one satellite gives on its first day, means over light and dark."""

    delivered_w: float
    """To compute."""
    array_w: float
    spare_w: float
    """Of the array, beyond what load and battery take."""

    @classmethod
    def as_closed(cls, asked_w: float) -> SatellitePower:
        """Of a satellite sized for the end of its life: wear never takes anything from compute."""
        return cls(asked_w, 0.0, 0.0)
