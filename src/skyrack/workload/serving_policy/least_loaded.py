"""The replica with the fewest requests."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class LeastLoaded(Part):
    """The replica with the fewest requests in flight, no farther than the detour beyond the nearest."""

    name: ClassVar[str] = "least-loaded"

    @property
    def keeps_sessions(self) -> bool:
        """Every request is sent anew."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.LEAST_LOADED)
