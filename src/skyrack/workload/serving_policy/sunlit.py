"""Serving policy by sunlight."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class Sunlit(Part):
    """Choice of the nearest replica within 1 % of the highest power and within the detour; otherwise the nearest."""

    name: ClassVar[str] = "sunlit"

    @property
    def keeps_sessions(self) -> bool:
        """False: every request is dispatched independently."""
        return False

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.SUNLIT)
