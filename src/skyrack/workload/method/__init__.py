"""Training methods: how often copies of a model exchange what they learnt, and who waits for whom.

A method is asked for the time that its exchanges add to a step, and how far its workers depend on each other. Add a method:
one file with a model that keeps the promise below, one line among the entry points `skyrack.training_method`, one test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from skyrack.core.jit import law


@dataclass(frozen=True)
class Setting:
    """What a method finds."""

    step_s: float
    """Of computing, before any exchange between workers."""
    layers: int
    gradient_bytes: float
    """All parameters in 16 bits."""
    exchange_s: Callable[[float], float]
    """Time in which all workers add up so many bytes, each ending with the sum."""


@dataclass(frozen=True)
class Exchange:
    """What a method's exchanges cost."""

    extra_s: float
    """Added to each step, mean."""
    bytes_per_step: float
    """That each worker sends into the sum, mean."""
    waits_s: float
    """Learners wait for the slowest each so often; infinite where they never do."""


class TrainingMethod(Protocol):
    """The promise of a training method."""

    name: ClassVar[str]

    @property
    def workers(self) -> int:
        """Copies that learn apart between exchanges; 1 where all are one."""
        ...

    @property
    def stops_together(self) -> bool:
        """Whether a failure of one worker stops all of them."""
        ...

    def exchange(self, setting: Setting) -> Exchange:
        """What the exchanges cost."""
        ...


@law
def overlapped_step_s(step_s, layers, exchange_s):
    """Time of a step whose gradients are exchanged layer by layer while the backward pass goes on.

    t = T/3 + max(L b + c, b + L c) with b = 2T / 3L a layer's backward pass and c a layer's exchange: a pipeline of two
    stages, whose slower one sets the pace. Reference: Douillard et al., Streaming DiLoCo, arXiv:2501.18512, appendix.
    """
    backward, exchange = 2.0 * step_s / (3.0 * layers), exchange_s / layers
    return step_s / 3.0 + max(layers * backward + exchange, backward + layers * exchange)
