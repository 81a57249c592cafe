"""Publication of views: the newest one for all readers, and a call for each one that is new."""

from __future__ import annotations

import logging
from collections.abc import Callable

from skyrack.control.autosave import Autosave
from skyrack.control.clock import Clock
from skyrack.control.pacing import Pacer
from skyrack.control.twin import Twin
from skyrack.control.view import TwinStatus, TwinView

SEEK_INTERVAL_S = 0.2
"""Shortest time between two views while a time is sought."""
log = logging.getLogger("skyrack.control")


class Publisher:
    """Makes the views of one twin; `view` is the newest, and any thread may read it."""

    def __init__(
        self,
        twin: Twin,
        pacer: Pacer,
        autosave: Autosave,
        clock: Clock,
        on_view: Callable[[TwinView], None] | None,
    ) -> None:
        self._twin, self._pacer, self._autosave, self._clock = twin, pacer, autosave, clock
        self._on_view = on_view
        self._sequence = 0
        self._last_s = clock.monotonic_s()
        self.trouble: str | None = None
        """Why the last flight failed, in a sentence; None where it did not."""
        self.view: TwinView = self._make()

    def publish(self) -> None:
        """Make a view of the twin as it is now, and hand it out."""
        self._last_s = self._clock.monotonic_s()
        self.view = self._make()
        if self._on_view is None:
            return
        try:
            self._on_view(self.view)
        except Exception:
            log.exception("a listener of the twin failed")

    def publish_if_due(self) -> None:
        """Publish, unless the last view of a seek is too recent."""
        if not self._pacer.is_seeking or self._clock.monotonic_s() - self._last_s >= SEEK_INTERVAL_S:
            self.publish()

    def _make(self) -> TwinView:
        self._sequence += 1
        status = TwinStatus(
            sequence=self._sequence,
            time_s=self._twin.time_s + self._pacer.remainder_s,
            speed=self._pacer.speed,
            held_speed=self._pacer.held_speed,
            is_playing=self._pacer.is_playing,
            seeks_s=self._pacer.target_s,
            n_events=len(self._twin.events),
            trouble=self.trouble or self._autosave.trouble,
        )
        return TwinView(status, self._twin.view())
