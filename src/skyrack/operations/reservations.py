"""Reservations: nodes kept for waiting jobs from a time on, and the search of the calendar for the earliest such time."""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.forecast.windows import Sky
from skyrack.operations import calendar
from skyrack.operations.nodes import FREE, Nodes, reserve_gang
from skyrack.operations.placement import Gang

RESERVE_EVERY_S = 300.0
"""Time between two searches of the calendar for reservations."""
NO_START_S = 6.0 * 3600.0
"""Time for which a job without any start on the calendar does not ask for a reservation again."""
MARGINS_S = 86_400.0
"""Time for which the longest light of the fleet is taken to hold."""
ENDLESS_S = 1e17


@dataclass(frozen=True)
class Reservation:
    """Nodes kept for a waiting job from a time on."""

    begin_s: float
    ring: int
    slot: int


class Reservations:
    """All reservations, by row of the job table."""

    def __init__(self, nodes: Nodes, scratch: NDArray[np.int64], *, plans: bool, heeds_failures: bool) -> None:
        """Begin without any; `plans` and `heeds_failures` are those of the policy, `scratch` takes the nodes of a gang."""
        self._nodes, self._scratch = nodes, scratch
        self._plans, self._heeds_failures = plans, heeds_failures
        self._kept: dict[int, Reservation] = {}
        self._no_start: dict[int, float] = {}
        self._search_from_s = -math.inf
        self._margins: dict[int, tuple[float, float]] = {}
        size = int(np.diff(nodes.first).max())
        self._queue, self._window = np.zeros(2 * size, np.int64), np.zeros(len(nodes.holder))

    def __contains__(self, row: object) -> bool:
        """Return True for a job that has a reservation."""
        return row in self._kept

    def __len__(self) -> int:
        """Return the number of reservations."""
        return len(self._kept)

    def __iter__(self) -> Iterator[int]:
        """Yield the rows of the jobs that have one."""
        return iter(list(self._kept))

    def __getitem__(self, row: int) -> Reservation:
        """Return the reservation of a job."""
        return self._kept[row]

    def items(self) -> ItemsView[int, Reservation]:
        """Return the reservations by row."""
        return self._kept.items()

    def keep(self, row: int, gang: Gang, reservation: Reservation) -> None:
        """Keep the nodes of a placement for a job."""
        self._kept[row] = reservation
        ring, slot = reservation.ring, reservation.slot
        reserve_gang(self._nodes, row, ring, slot, gang.columns, gang.nodes, reservation.begin_s)

    def drop(self, row: int, gang: Gang) -> None:
        """End the reservation of a job."""
        one = self._kept.pop(row)
        reserve_gang(self._nodes, FREE, one.ring, one.slot, gang.columns, gang.nodes, math.inf)

    def is_due(self, now_s: float) -> bool:
        """Return True if the calendar may be searched again now; then it counts as searched."""
        if now_s < self._search_from_s:
            return False
        self._search_from_s = now_s + RESERVE_EVERY_S
        self._no_start = {row: at_s for row, at_s in self._no_start.items() if at_s > now_s - NO_START_S}
        return True

    def has_no_start(self, row: int, now_s: float) -> None:
        """Remember that the calendar has no start for a job."""
        self._no_start[row] = now_s

    def may_have_start(self, row: int) -> bool:
        """Return False for a job for which the calendar had no start of late."""
        return row not in self._no_start

    def forget_light(self) -> None:
        """Forget what was looked up in an earlier forecast."""
        self._margins.clear()

    def earliest(self, gang: Gang, sky: Sky, now_s: float) -> tuple[float, int, int]:
        """Return the earliest start of a gang on the calendar of all nodes, with ring and slot; infinity without one."""
        begin_s, ring, slot = calendar.earliest(
            self._nodes,
            sky,
            gang,
            now_s,
            sky.begin_s + sky.knot_s * (sky.midnight.shape[1] - 1),
            self._margin_s(gang.condition, sky, now_s),
            self._heeds_failures,
            self._scratch,
            self._queue,
            self._window,
        )
        return float(begin_s), int(ring), int(slot)

    def _margin_s(self, condition: int, sky: Sky, now_s: float) -> float:
        """Return the light (s) that a job may wait for: half of the longest of any ring."""
        known = self._margins.get(condition)
        if known is None or now_s - known[0] > MARGINS_S:
            longest_s = float(calendar.longest_light(sky, condition, now_s, self._scratch)) if self._plans else 0.0
            known = self._margins[condition] = (now_s, longest_s)
        return 0.5 * known[1] if known[1] < ENDLESS_S else known[1]
