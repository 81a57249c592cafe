"""The nearest replica."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class Nearest(Part):
    """The nearest replica that has the power to begin a prompt."""

    name: ClassVar[str] = "nearest"

    @property
    def keeps_sessions(self) -> bool:
        """Every request is sent anew."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.NEAREST)
