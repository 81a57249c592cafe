"""The replica that knows the session."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload import engine
from skyrack.workload.serving_policy import Dispatch, ReplicaView


class SessionAffinity(Part):
    """The replica of the session's last request, if it is within the detour; else as least-loaded."""

    name: ClassVar[str] = "session-affinity"

    @property
    def keeps_sessions(self) -> bool:
        """Sessions stay where they are."""
        return True

    def dispatch(self, replicas: ReplicaView) -> Dispatch:
        """Return the engine's own rule."""
        del replicas
        return Dispatch(engine.SESSION_AFFINITY)
