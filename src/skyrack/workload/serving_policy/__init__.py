"""Serving policies: to which replica of a model each request is sent.

The engine (`skyrack.workload.engine`) chooses a replica for every request in compiled code, and has a few rules for that. A
policy names one of them; or it gives scores, computed before the job for each period, city and replica, with a price on
every request that a replica has in flight, and the engine sends each request to the replica that costs least. Add a policy:
one file with a class that keeps the promise below, one line among the entry points `skyrack.serving_policy`, one test.

What the promise cannot express: choices by the length of a prompt, or by what a replica has in its memory beyond sessions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.workload.engine import SCORED

Floats = NDArray[np.float64]
NO_SCORES: Floats = np.zeros((0, 0, 0))


@dataclass(frozen=True)
class ReplicaView:
    """Replicas of one job as a policy sees them, period by period."""

    begins_s: Floats
    """Begin of each period, since the epoch."""
    delay_s: Floats
    """One-way delay from each city to each replica, (period, city, replica); infinite where there is no path."""
    power_frac: Floats
    """Power of each replica's accelerators over their highest, (period, replica)."""


@dataclass(frozen=True)
class Dispatch:
    """Rule by which the engine chooses a replica."""

    rule: int = SCORED
    """One of the engine's rules; `SCORED` goes by what follows."""
    scores_s: Floats = field(default_factory=lambda: NO_SCORES)
    """Cost of sending a request to a replica, (period, city, replica), in seconds; the least is chosen."""
    in_flight_s: float = 0.0
    """Seconds that are added for each request that the replica has in flight when the request is sent."""


class ServingPolicy(Protocol):
    """The promise of a serving policy. Replicas farther than the scenario's detour, or without power, are never chosen."""

    name: ClassVar[str]

    @property
    def keeps_sessions(self) -> bool:
        """True if requests of a session return to the replica that holds its context, and need no new prefill of it."""
        ...

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return how the engine is to choose."""
        ...


def dispatch_of(policy: ServingPolicy, replicas: ReplicaView) -> Dispatch:
    """Return a policy's choice; InputError for scores that are not one number for each period, city and replica."""
    found = policy.dispatch(replicas)
    if found.rule != SCORED:
        return found
    scores_s = np.ascontiguousarray(found.scores_s, np.float64)
    if scores_s.shape != replicas.delay_s.shape or np.isnan(scores_s).any() or not found.in_flight_s >= 0.0:
        raise InputError(
            f"workload.serving.policy: {policy.name} gives scores of shape {scores_s.shape}; accepted is one number for each "
            f"period, city and replica, {replicas.delay_s.shape}, and a price of requests in flight from 0 s up"
        )
    return Dispatch(SCORED, scores_s, float(found.in_flight_s))
