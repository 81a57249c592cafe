"""Course of a flight: what computing and communication take at each virtual time, with eclipses, outages and storms."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skyrack.core.errors import SkyrackError
from skyrack.flight.collectives import Algorithm, GroupLinks, group_links, operation_s
from skyrack.flight.faults import Fault
from skyrack.flight.timeline import Hardware, Timeline


class TimelineEndError(SkyrackError):
    """The virtual clock has reached the end of the timeline."""


@dataclass(frozen=True)
class Transfer:
    """End of a collective operation."""

    end_s: float
    outage_s: float
    """Part of it that was spent waiting for routes that are down."""


def _duration(time_s: float) -> str:
    return f"{time_s / 3600.0:,.1f} h" if time_s >= 7200.0 else f"{time_s / 60.0:,.1f} min"


class Course:
    """Conditions of the nodes of a flight by virtual time; every rank computes the same numbers from it."""

    def __init__(self, timeline: Timeline, faults: Sequence[Fault] = (), algorithm: Algorithm = "auto") -> None:
        """Prepare the course of a timeline under some faults."""
        self.timeline, self.algorithm = timeline, algorithm
        self.slowdowns = [one for one in faults if one.kind in ("stuck", "slow", "storm") and one.lasts_s > 0.0]
        self.outages = [one for one in faults if one.kind == "outage" and one.lasts_s > 0.0]
        self._route_edges_s = sorted(
            {float(time_s) for time_s in timeline.route_time_s}
            | {edge for one in self.outages for edge in (one.time_s, one.ends_s)}
        )
        self._links: dict[tuple[tuple[int, ...], int], GroupLinks] = {}

    @property
    def hardware(self) -> Hardware:
        """Computers of a node."""
        return self.timeline.orbit

    @property
    def span_s(self) -> float:
        """Virtual time that the course covers."""
        return self.timeline.span_s

    @cached_property
    def _clocks(self) -> list[list[float]]:
        clocks: list[list[float]] = np.ascontiguousarray(self.timeline.clock_frac.T).tolist()
        return clocks

    def rate_frac(self, rank: int, time_s: float) -> tuple[float, float]:
        """Return the arithmetic rate of a node over that at full power, and the virtual time until which it holds.

        Raises TimelineEndError after the end of the timeline.
        """
        step_s = self.timeline.step_s
        step = int(time_s / step_s + 1e-9)
        clocks = self._clocks[rank]
        if step >= len(clocks):
            why = ", while a fault stopped the satellite" if self._is_stopped(rank, time_s - step_s) else ""
            raise TimelineEndError(
                f"the virtual clock reached the end of the timeline after {_duration(self.span_s)}{why}; "
                "lengthen it with --span"
            )
        frac, until_s = clocks[step], (step + 1) * step_s
        for one in self.slowdowns:
            if one.rank in (-1, rank):
                if one.time_s <= time_s < one.ends_s:
                    frac *= one.factor
                    until_s = min(until_s, one.ends_s)
                elif time_s < one.time_s:
                    until_s = min(until_s, one.time_s)
        return frac, until_s

    def _is_stopped(self, rank: int, time_s: float) -> bool:
        """Return True if a fault stops a node at a time."""
        return any(
            one.rank in (-1, rank) and one.factor == 0.0 and one.time_s <= time_s < one.ends_s for one in self.slowdowns
        )

    def computed_s(self, rank: int, time_s: float, work_s: float) -> float:
        """Return the virtual time at which a node has done work that takes `work_s` at full power, begun at `time_s`."""
        while work_s > 0.0:
            frac, until_s = self.rate_frac(rank, time_s)
            if frac > 0.0 and time_s + work_s / frac <= until_s:
                return time_s + work_s / frac
            work_s -= frac * (until_s - time_s)
            time_s = until_s
        return time_s

    def links(self, ranks: tuple[int, ...], time_s: float) -> tuple[GroupLinks, float]:
        """Return ring and tree of a group at a virtual time, and the time until which they hold."""
        edges = self._route_edges_s
        at = max(bisect.bisect_right(edges, time_s) - 1, 0)
        until_s = edges[at + 1] if at + 1 < len(edges) else math.inf
        key = (ranks, at)
        if key not in self._links:
            self._links[key] = self._links_of(ranks, edges[at])
        return self._links[key], until_s

    def _links_of(self, ranks: tuple[int, ...], time_s: float) -> GroupLinks:
        timeline = self.timeline
        snapshot = max(int(np.searchsorted(timeline.route_time_s, time_s, side="right")) - 1, 0)
        chosen = np.ix_(ranks, ranks)
        delay_s = timeline.delay_s[snapshot][chosen].copy()
        rate, hops = timeline.rate_bit_per_s[snapshot][chosen].copy(), timeline.hops[snapshot][chosen].copy()
        for one in self.outages:
            if one.time_s <= time_s < one.ends_s:
                down = np.zeros((len(ranks), len(ranks)), dtype=bool)
                for row, first in enumerate(ranks):
                    for column, second in enumerate(ranks):
                        both = {first, second}
                        touches = one.rank == -1 or one.rank in both
                        down[row, column] = first != second and touches and (one.other == -1 or one.other in both)
                delay_s[down], rate[down], hops[down] = math.inf, 0.0, -1
        return group_links(delay_s, rate, hops)

    def transferred(self, operation: str, amount_bytes: float, ranks: tuple[int, ...], time_s: float) -> Transfer:
        """Return when a collective operation of a group ends that begins at `time_s`.

        Its progress follows the routes as they change; it pauses while the group is not connected. Raises TimelineEndError
        where it would never end.
        """
        left, outage_s = 1.0, 0.0
        chips, scale_up = self.hardware.accelerators, self.hardware.scale_up_bytes_per_s
        while True:
            links, until_s = self.links(ranks, time_s)
            whole_s = operation_s(operation, amount_bytes, links, self.algorithm, chips, scale_up)
            if time_s + left * whole_s <= until_s:
                return Transfer(time_s + left * whole_s, outage_s)
            if until_s > self.span_s:
                raise TimelineEndError(
                    f"satellites {', '.join(map(str, ranks))} are not connected by routes from "
                    f"{time_s / 3600.0:,.2f} h to the end of the timeline"
                )
            if math.isfinite(whole_s):
                left -= (until_s - time_s) / whole_s
            else:
                outage_s += until_s - time_s
            time_s = until_s

    def sunlit_changes(self, rank: int) -> list[tuple[float, bool]]:
        """Return the virtual times at which a satellite enters (False) and leaves (True) the Earth's shadow."""
        lit = self.timeline.sunlit_frac[:, rank] >= 0.5
        turns = np.flatnonzero(lit[1:] != lit[:-1]) + 1
        return [(float(self.timeline.time_s[turn - 1]), bool(lit[turn])) for turn in turns]


class GroundCourse(Course):
    """Course of the same job on the ground: full power at any time, a non-blocking fabric, no outages."""

    @property
    def hardware(self) -> Hardware:
        """Computers of a machine."""
        return self.timeline.ground

    @property
    def span_s(self) -> float:
        """Virtual time that the course covers: without end."""
        return math.inf

    def rate_frac(self, rank: int, time_s: float) -> tuple[float, float]:
        """Return full rate, without end."""
        del rank, time_s
        return 1.0, math.inf

    def links(self, ranks: tuple[int, ...], time_s: float) -> tuple[GroupLinks, float]:
        """Return ring and tree of the fabric: each machine sends at its rate, through one hop of latency."""
        del time_s
        n, rate = len(ranks), self.timeline.ground_link_bytes_per_s
        hop_s = self.timeline.ground_hop_s if n > 1 else 0.0
        return GroupLinks(n, hop_s, rate, max(1.0, math.log2(n)) * hop_s, rate, hop_s, rate), math.inf

    def sunlit_changes(self, rank: int) -> list[tuple[float, bool]]:
        """Return nothing: a campus has power day and night."""
        del rank
        return []
