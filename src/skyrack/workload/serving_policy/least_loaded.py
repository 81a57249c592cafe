"""Serving policy by the fewest requests in flight."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class LeastLoaded(Part):
    """Choice of the replica with the fewest requests in flight, no farther than the detour beyond the nearest."""

    name: ClassVar[str] = "least-loaded"

    @property
    def keeps_sessions(self) -> bool:
        """False: every request is dispatched independently."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.LEAST_LOADED)
