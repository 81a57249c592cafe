"""Which satellites are lost and whose computers are down at a time, as it follows from the events up to that time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.control.events import LOSSES, Event
from skyrack.control.twin_layout import TwinLayout
from skyrack.environment.exposure_summary import storm_errors
from skyrack.scenario import Scenario
from skyrack.workload.failures import stopped_frac

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Availability:
    """Satellites that are lost and satellites whose computers are down, by number; the arrays cannot be written."""

    is_alive: Bools
    is_down: Bools
    """Computers that are down; it says nothing of satellites that are lost."""

    @classmethod
    def of(cls, is_alive: Bools, is_down: Bools) -> Availability:
        """Return the availability of these arrays, which become read-only."""
        is_alive.flags.writeable = is_down.flags.writeable = False
        return cls(is_alive, is_down)

    @property
    def is_up(self) -> Bools:
        """Satellites that are there and whose computers work."""
        return self.is_alive & ~self.is_down


class Outages:
    """The consequences of events for a fleet; `at` depends on nothing but its arguments and the seed."""

    def __init__(self, scenario: Scenario, layout: TwinLayout, seed: int) -> None:
        self._scenario, self._layout, self._seed = scenario, layout, seed
        self._interruptions: dict[str, Floats] = {}

    def at(self, events: Iterable[Event], time_s: float) -> Availability:
        """Return who is lost and who is down at a time (s since the epoch)."""
        is_alive = np.ones(self._layout.n_sats, np.bool_)
        is_down = np.zeros(self._layout.n_sats, np.bool_)
        for event in events:
            if not event.is_on(time_s):
                continue
            if event.kind in LOSSES:
                is_alive[self._lost_to(event)] = False
            elif event.kind == "solar-storm":
                is_down |= self._rebooting(event, time_s)
        return Availability.of(is_alive, is_down)

    def _lost_to(self, event: Event) -> slice:
        if event.kind == "lose-satellite":
            return slice(int(event.target), int(event.target) + 1)
        if event.kind == "lose-batch":
            return self._layout.launches.batch(int(event.target))
        return self._layout.shell_slice(event.target)

    def _rebooting(self, event: Event, time_s: float) -> Bools:
        """Satellites whose computers reboot, drawn anew for each block of time: an interruption costs one reboot.

        Where not all computers of a satellite reboot together, fewer satellites stop, so that the same share of the fleet
        stays up.
        """
        reboot_s = max(self._scenario.workload.failures.reboot_s, self._scenario.step_s)
        lasts_s = (math.inf if event.ends_s is None else event.ends_s) - event.begins_s
        # an event shorter than a reboot brings no more interruptions than fall into it
        share = 1.0 - np.exp(-self._interruptions_of(event.target) * min(reboot_s / lasts_s, 1.0))
        block = int(time_s // reboot_s)
        generator = np.random.Generator(np.random.Philox(key=[self._seed + int(event.begins_s), block]))
        draw = generator.random(self._layout.n_sats, np.float32)
        return np.asarray(draw < np.repeat(share, self._layout.sats_by_layer).astype(np.float32))

    def _interruptions_of(self, level: str) -> Floats:
        """Interruptions of one satellite in a whole storm, for each layer."""
        found = self._interruptions.get(level)
        if found is None:
            accelerators = self._layout.launches.accelerators
            each = storm_errors(self._scenario, self._layout.layers, accelerators, level)
            found = each * stopped_frac(self._scenario, max(accelerators, 1))
            self._interruptions[level] = found
        return found
