"""Satellites that are in sunlight now, without a look ahead, as PHOENIX does (INFOCOM 2024)."""

from typing import ClassVar

from skyrack.operations.placement import Weights
from skyrack.operations.policy import Backfill, Order
from skyrack.operations.policy.fifo import Fifo


class SunlitNow(Fifo):
    """Prefers satellites in sunlight; a job that an eclipse stops waits on them for the light."""

    name: ClassVar[str] = "sunlit-now"
    title: ClassVar[str] = "sunlit satellites first, no look ahead"
    weights: Weights = Weights(dark=1.0)
    good_cost: float = 0.5
    max_rings: int = 24
    order: Order = "fair"
    backfill: Backfill = "easy"


class SunlitRequeue(SunlitNow):
    """Works as `sunlit-now`, but a job that an eclipse stops is queued again and starts on other satellites."""

    name: ClassVar[str] = "sunlit-requeue"
    title: ClassVar[str] = "sunlit satellites first; stopped jobs start elsewhere"
    requeues: bool = True
