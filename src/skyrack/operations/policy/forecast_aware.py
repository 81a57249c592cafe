"""Placement on the forecast: light that lasts as long as the job, and a move before it ends."""

from typing import Any, ClassVar

from skyrack.operations.placement import Weights
from skyrack.operations.policy import Backfill, Order


class ForecastAware:
    """Fits jobs into their light, checkpoints them before it ends, and moves them along where that costs least."""

    name: ClassVar[str] = "forecast"
    title: ClassVar[str] = "light forecast, planned moves"
    weights: Weights = Weights(dark=1.0, interruption=1.0, waste=1e-7, battery=0.01, failures=1.0)
    cost: Any = None
    good_cost: float = 0.06
    max_rings: int = 8
    plans: bool = True
    moves: bool = True
    requeues: bool = True
    order: Order = "fair"
    backfill: Backfill = "easy"


class Carbon(ForecastAware):
    """Works as `forecast`, and spares batteries and exposed satellites, whose replacement costs the most carbon."""

    name: ClassVar[str] = "carbon"
    title: ClassVar[str] = "light forecast, spares batteries and exposed satellites"
    weights: Weights = Weights(dark=1.0, interruption=1.0, waste=1e-7, battery=2.0, failures=1.0, dose=0.2)
    max_rings: int = 24
