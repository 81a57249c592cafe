"""Events that the control plane is given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.forecast.windows import Sky


@dataclass(frozen=True)
class Submit:
    """Jobs are submitted: values of columns of the table, each one value or one for each job."""

    columns: dict[str, Any]


@dataclass(frozen=True)
class Cancel:
    """A job is cancelled at a time."""

    row: int
    time_s: float


@dataclass(frozen=True)
class NodesDown:
    """Nodes go out of service; jobs on them have been reported as failed, or are stopped. Until a time, or for good."""

    nodes: tuple[int, ...]
    time_s: float
    until_s: float = math.inf


@dataclass(frozen=True)
class NodesUp:
    """Nodes return to service."""

    nodes: tuple[int, ...]
    time_s: float


@dataclass(frozen=True)
class Tick:
    """Time passes: reports of the engine up to `now_s` (OBSERVATION), then plans up to the next tick at `until_s`."""

    now_s: float
    until_s: float
    reports: NDArray[np.void]
    lost: tuple[int, ...] = ()
    """Nodes that are out of service from now on; jobs on them that are not reported to have ended are queued again."""
    returned: tuple[int, ...] = ()
    """Nodes that are in service again."""


@dataclass(frozen=True)
class NewSky:
    """The forecast has changed, as when orbital elements are updated; nodes stay the same."""

    sky: Sky
    time_s: float


Event = Submit | Cancel | NodesDown | NodesUp | Tick | NewSky
