"""Types of the values that the verbs return, for annotations.

Import it where types are checked (`if TYPE_CHECKING:`): it loads the engine.
"""

from skyrack.control.clock import Clock
from skyrack.control.frame_channels import FrameChannel
from skyrack.control.realtime import TwinRunner
from skyrack.control.replay import SatelliteFrame
from skyrack.control.view import FleetView, TwinDescription, TwinStatus, TwinView
from skyrack.orbits.export import Elements
from skyrack.results.table_slice import TableSlice

__all__ = [
    "Clock",
    "Elements",
    "FleetView",
    "FrameChannel",
    "SatelliteFrame",
    "TableSlice",
    "TwinDescription",
    "TwinRunner",
    "TwinStatus",
    "TwinView",
]
