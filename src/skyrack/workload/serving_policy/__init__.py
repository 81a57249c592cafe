"""Serving policies: choice of the replica of a model for each request.

The engine (`skyrack.workload.engine`) chooses a replica for every request in compiled code by one of a few rules. A
policy names one of them; or it gives scores, computed before the job for each period, city and replica, with a cost for
every request that a replica has in flight, and the engine sends each request to the replica of least cost. To add a
policy, write one file with a class that implements the protocol below, one entry point `skyrack.serving_policy` and one
test.

The protocol cannot express choices by the length of a prompt, or by the content of a replica's cache beyond sessions.
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
"""Empty scores, for policies that name a rule."""


@dataclass(frozen=True)
class ReplicaView:
    """Replicas of one job as a policy sees them, period by period."""

    begins_s: Floats
    """Begin of each period since the epoch, (period,)."""
    delay_s: Floats
    """One-way delay from each city to each replica, (period, city, replica); infinite without a path."""
    power_frac: Floats
    """Power of each replica's accelerators over their peak power, (period, replica)."""


@dataclass(frozen=True)
class Dispatch:
    """Rule by which the engine chooses a replica."""

    rule: int = SCORED
    """One of the engine's rules; `SCORED` reads the fields below."""
    scores_s: Floats = field(default_factory=lambda: NO_SCORES)
    """Cost of sending a request to a replica, (period, city, replica), in seconds; the least is chosen."""
    in_flight_s: float = 0.0
    """Cost in seconds for each request that the replica has in flight when the request is sent."""


class ServingPolicy(Protocol):
    """Protocol of a serving policy.

    Whatever the policy, replicas farther than the scenario's detour are never chosen, and replicas without the power to
    begin a prompt only if there are no others.
    """

    name: ClassVar[str]

    @property
    def keeps_sessions(self) -> bool:
        """True if requests of a session return to the replica that holds its context, and need no new prefill of it."""
        ...

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the rule or the scores by which the engine chooses."""
        ...


def dispatch_of(policy: ServingPolicy, replicas: ReplicaView) -> Dispatch:
    """Return the dispatch of a policy; InputError unless its scores are one number per period, city and replica."""
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
