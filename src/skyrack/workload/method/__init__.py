"""Training methods: communication and synchronisation between the workers of a training job.

A method gives the time that its communication adds to a step, and how far its workers depend on each other. To add a
method, write one file with a model that implements the protocol below, one entry point `skyrack.training_method` and
one test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from skyrack.core.jit import law


@dataclass(frozen=True)
class Setting:
    """Training job as a method sees it."""

    step_s: float
    """Time of a step without communication between workers."""
    layers: int
    """Number of layers of the model."""
    gradient_bytes: float
    """Size of the gradient of one node: its parameters in 16 bits."""
    exchange_s: Callable[[float], float]
    """Time of an all-reduce between all workers by number of bytes."""


@dataclass(frozen=True)
class Exchange:
    """Cost of the communication between workers."""

    extra_s: float
    """Exposed communication time per step, mean."""
    bytes_per_step: float
    """Bytes that each worker contributes to all-reduces per step, mean."""
    waits_s: float
    """Time between synchronisations, at which workers wait for the slowest; infinite without synchronisation."""


class TrainingMethod(Protocol):
    """Protocol of a training method."""

    name: ClassVar[str]

    @property
    def workers(self) -> int:
        """Number of workers, which train independently between synchronisations; 1 if synchronous."""
        ...

    @property
    def stops_together(self) -> bool:
        """True if a failure of one worker stops all of them."""
        ...

    def exchange(self, setting: Setting) -> Exchange:
        """Return the cost of the communication between workers."""
        ...


@law
def overlapped_step_s(step_s, layers, exchange_s):
    """Return the time (s) of a step whose gradients are all-reduced layer by layer, overlapped with the backward pass.

    t = T/3 + max(L b + c, b + L c) with b = 2T / 3L the backward pass and c the communication of a layer: a pipeline of
    two stages, limited by the slower one. Reference: Douillard et al., Streaming DiLoCo, arXiv:2501.18512, appendix.
    """
    backward, exchange = 2.0 * step_s / (3.0 * layers), exchange_s / layers
    return step_s / 3.0 + max(layers * backward + exchange, backward + layers * exchange)
