"""The nearest replica in sunlight."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class Sunlit(Part):
    """The nearest replica with nearly the most power of all, no farther than the detour; else the nearest."""

    name: ClassVar[str] = "sunlit"

    @property
    def keeps_sessions(self) -> bool:
        """Every request is sent anew."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.SUNLIT)
