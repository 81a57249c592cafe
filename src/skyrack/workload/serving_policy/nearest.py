"""Serving policy by the least network delay."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class Nearest(Part):
    """Choice of the nearest replica with the power to begin a prompt."""

    name: ClassVar[str] = "nearest"

    @property
    def keeps_sessions(self) -> bool:
        """False: every request is dispatched independently."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.NEAREST)
