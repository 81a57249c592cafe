"""First come, first served, on the first satellites that are free; light is not considered."""

from typing import Any, ClassVar

from skyrack.operations.placement import Weights
from skyrack.operations.policy import Backfill, Order


class Fifo:
    """Takes the first free satellites; a job that an eclipse stops waits on them for the light."""

    name: ClassVar[str] = "fifo"
    title: ClassVar[str] = "first come, first served, blind to light"
    weights: Weights = Weights()
    cost: Any = None
    good_cost: float = 1e9
    max_rings: int = 1
    plans: bool = False
    moves: bool = False
    requeues: bool = False
    order: Order = "fifo"
    backfill: Backfill = "none"
