"""The queue of runs and studies of a service, as the web room uses it. It needs the extra `web`."""

from skyrack.control.clock import Clock, WallClock
from skyrack.core.atomic_file import write_json
from skyrack.operations.requests.database import Database, Scope, scope_of
from skyrack.operations.requests.errors import BusyError, MissingError, TakenError
from skyrack.operations.requests.queue import RequestQueue
from skyrack.operations.requests.settings import DEFAULT_PORT, Settings, is_loopback

__all__ = [
    "DEFAULT_PORT",
    "BusyError",
    "Clock",
    "Database",
    "MissingError",
    "RequestQueue",
    "Scope",
    "Settings",
    "TakenError",
    "WallClock",
    "is_loopback",
    "scope_of",
    "write_json",
]
