"""The twin with a clock: a fleet that flies while somebody watches, and to which things happen."""

from skyrack.control.events import Event
from skyrack.control.realtime import LiveTwin
from skyrack.control.twin import Twin

__all__ = ["Event", "LiveTwin", "Twin"]
