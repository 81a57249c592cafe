"""Saving a twin that runs: regularly, and after every event."""

from __future__ import annotations

import logging

from skyrack.control.clock import Clock
from skyrack.control.ground_observer import GroundObserver
from skyrack.control.pacing import Pacer
from skyrack.control.snapshots import TwinSnapshots
from skyrack.control.timeseries import DecimatedSeries
from skyrack.control.twin import Twin
from skyrack.core.errors import InputError

INTERVAL_S = 20.0
"""Shortest time between two regular saves."""
log = logging.getLogger("skyrack.control")


class Autosave:
    """Saves a twin, its clock and its time series in one folder."""

    def __init__(
        self,
        twin: Twin,
        pacer: Pacer,
        fleet_series: DecimatedSeries,
        ground: GroundObserver,
        snapshots: TwinSnapshots,
        clock: Clock,
    ) -> None:
        self._twin, self._pacer, self._series, self._ground = twin, pacer, fleet_series, ground
        self._snapshots, self._clock = snapshots, clock
        self._last_s = clock.monotonic_s()
        self._saved_step: int | None = twin.step
        self.trouble: str | None = None
        """Why the last attempt failed; None where it did not."""

    def require(self) -> None:
        """Let the next regular save happen even where no step is flown before it."""
        self._saved_step = None

    def save(self) -> None:
        """Save now, so that a later process continues from here."""
        pacer = self._pacer
        self._snapshots.save(
            self._twin.snapshot(),
            {
                "name": self._twin.scenario.name,
                "speed": pacer.speed,
                "is_playing": pacer.is_playing,
                "events": [event.as_dict() for event in self._twin.events],
            },
        )
        self._snapshots.save_series(self._series.rows(), self._ground.series.rows())

    def attempt(self, *, with_checkpoint: bool = False) -> bool:
        """Save now and return whether that succeeded; a disk that refuses is reported in `trouble`."""
        self._last_s = self._clock.monotonic_s()
        try:
            self.save()
            if with_checkpoint:
                self._snapshots.save_checkpoint(self._twin.snapshot())
        except (InputError, OSError) as error:
            self.trouble = f"the state cannot be saved: {error}"
            log.warning("twin state not saved: %s", error)
        else:
            self.trouble = None
        return self.trouble is None

    def save_if_due(self) -> None:
        """Save, with a checkpoint to go back to, where it is time to."""
        is_early = self._clock.monotonic_s() - self._last_s < INTERVAL_S
        if is_early or self._twin.step == self._saved_step:
            return
        if self.attempt(with_checkpoint=True):
            self._saved_step = self._twin.step
