"""The network of a twin over time, observed every few seconds in a thread of its own."""

from __future__ import annotations

import logging
import threading

from skyrack.control.clock import Clock
from skyrack.control.ground_view import GroundView
from skyrack.control.timeseries import DecimatedSeries
from skyrack.control.view import FleetView
from skyrack.run.prepare import Plan

INTERVAL_S = 10.0
"""Shortest time between two observations."""
MAX_ROWS = 500
log = logging.getLogger("skyrack.control")


class GroundObserver:
    """Takes network snapshots of a fleet; one may take as long as many updates of the fleet itself."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self.series = DecimatedSeries(MAX_ROWS)
        self._plan, self._clock = plan, clock
        self._ground_view: GroundView | None = None
        self._view_lock, self._series_lock = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._last_s: float | None = None
        self._n_cuts = 0

    @property
    def view(self) -> GroundView:
        """The view of the network, built when it is first asked for."""
        with self._view_lock:
            if self._ground_view is None:
                self._ground_view = GroundView(self._plan.network, self._plan.sites)
            return self._ground_view

    def is_due(self, time_s: float) -> bool:
        """Return whether to observe the fleet of a simulated time now."""
        if self._thread is not None and self._thread.is_alive():
            return False
        is_early = self._last_s is not None and self._clock.monotonic_s() - self._last_s < INTERVAL_S
        last = self.series.last
        return not is_early and (last is None or last["time_s"] != time_s)

    def observe(self, fleet: FleetView) -> None:
        """Begin to observe a fleet; the row is in `series` as soon as it is known."""
        self._last_s = self._clock.monotonic_s()
        n_cuts = self._n_cuts

        def work() -> None:
            try:
                row = self.view.snapshot(fleet.time_s, fleet.is_up, fleet.sites_down)
            except Exception:
                log.exception("the network could not be observed")
                return
            with self._series_lock:
                if n_cuts == self._n_cuts:  # else the twin has gone back meanwhile
                    self.series.add(row)

        self._thread = self._clock.start_thread(work, "ground observer")

    def drop_after(self, time_s: float) -> None:
        """Drop what was observed after a simulated time."""
        with self._series_lock:
            self._n_cuts += 1
            self.series.drop_after(time_s)
