"""Serving policy by session affinity."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class SessionAffinity(Part):
    """Choice of the replica of the session's previous request if it is within the detour; otherwise as least-loaded."""

    name: ClassVar[str] = "session-affinity"

    @property
    def keeps_sessions(self) -> bool:
        """True: sessions stay on their replica."""
        return True

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.SESSION_AFFINITY)
