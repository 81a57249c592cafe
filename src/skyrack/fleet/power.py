"""Mean powers of one satellite in flight, the inputs of build-out and price."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SatellitePower:
    """Mean powers of one satellite at the beginning of its life, over sunlight and eclipse."""

    delivered_w: float
    """Power delivered to compute."""
    array_w: float
    spare_w: float
    """Array power beyond the demand of load and battery."""

    @classmethod
    def as_closed(cls, asked_w: float) -> SatellitePower:
        """Return the powers of a satellite sized for the end of its life, whose compute never suffers from wear."""
        return cls(asked_w, 0.0, 0.0)
