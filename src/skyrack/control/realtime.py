"""A twin that runs by a clock: one thread flies it, all others give commands and read its views."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from skyrack.control.autosave import Autosave
from skyrack.control.clock import Clock
from skyrack.control.commands import CommandQueue
from skyrack.control.events import MAX_EVENTS, Event, events_from
from skyrack.control.ground_observer import GroundObserver
from skyrack.control.pacing import SPEEDS, Pacer
from skyrack.control.publication import Publisher
from skyrack.control.snapshots import TwinSnapshots
from skyrack.control.timeseries import DecimatedSeries, Row
from skyrack.control.twin import Twin
from skyrack.control.view import TwinDescription, TwinView
from skyrack.core.errors import InputError

UPDATE_S = 1.0
"""Time between two updates of a twin whose clock runs."""
MAX_STEPS = 1440
"""Most steps of one command."""
MAX_TIME_S = 30.0 * 366.0 * 86_400.0
"""Latest time that can be sought."""

log = logging.getLogger("skyrack.control")
Answer = TypeVar("Answer")


class TwinRunner:
    """Runs a twin in a thread of its own, from `start` to `close`.

    Commands (`play`, `pause`, `set_speed`, `step`, `seek`, `inject`, `forget`) return when that thread has carried them out
    and published a view; they raise TimeoutError where it is too busy or was closed. Everything else reads the newest view,
    which never changes, and can be asked by any thread.
    """

    def __init__(
        self,
        twin: Twin,
        snapshots: TwinSnapshots,
        *,
        clock: Clock,
        speed: float = 60.0,
        is_playing: bool = True,
        on_view: Callable[[TwinView], None] | None = None,
    ) -> None:
        self.description: TwinDescription = twin.description()
        self._twin, self._snapshots, self._clock = twin, snapshots, clock
        self._pacer = Pacer(twin.scenario.step_s, twin.n_sats, speed=speed, is_playing=is_playing)
        self._commands = CommandQueue(clock)
        self._series = DecimatedSeries()
        self._ground = GroundObserver(twin.plan, clock)
        self._autosave = Autosave(twin, self._pacer, self._series, self._ground, snapshots, clock)
        self._publisher = Publisher(twin, self._pacer, self._autosave, clock, on_view)
        self._thread: threading.Thread | None = None

    @classmethod
    def resume(
        cls,
        twin: Twin,
        snapshots: TwinSnapshots,
        *,
        clock: Clock,
        speed: float,
        is_playing: bool,
        on_view: Callable[[TwinView], None] | None = None,
    ) -> TwinRunner:
        """Return a runner that continues what the snapshots hold, at its own speed, or else one that begins at the epoch."""
        newest = snapshots.newest()
        if newest is None:
            return cls(twin, snapshots, clock=clock, speed=speed, is_playing=is_playing, on_view=on_view)
        arrays, document = newest
        twin.events = events_from(document["events"])
        twin.restore(arrays)
        speed, is_playing = document["speed"], document["is_playing"]
        runner = cls(twin, snapshots, clock=clock, speed=speed, is_playing=is_playing, on_view=on_view)
        for series, rows in zip((runner._series, runner._ground.series), snapshots.series(), strict=True):
            for row in rows:
                if row["time_s"] <= twin.time_s:
                    series.add(row)
        return runner

    def start(self) -> None:
        """Start the thread; from here on a later process can resume the twin."""
        self._autosave.attempt()
        self._thread = self._clock.start_thread(self._run, "twin")

    def close(self) -> None:
        """Stop the thread and save; commands that still wait are refused."""
        self._commands.close()
        if self._thread is not None:
            self._thread.join()
        self._autosave.attempt()

    @property
    def is_running(self) -> bool:
        """True from `start` until `close`, or until the thread fails."""
        return self._thread is not None and self._thread.is_alive()

    # --- views, from any thread

    @property
    def view(self) -> TwinView:
        """The newest view."""
        return self._publisher.view

    def satellite(self, number: int) -> dict[str, Any]:
        """Return exact values of one satellite (see `FleetView.satellite`); InputError where there is none of that number."""
        return self.view.fleet.satellite(number)

    def links(self, number: int) -> list[dict[str, Any]]:
        """Return the laser links of one satellite (see `GroundView.links`), which may take seconds."""
        fleet = self.view.fleet
        fleet.require_satellite(number)
        return self._ground.view.links(number, fleet.time_s, fleet.is_up)

    def neighbours(self, number: int) -> list[dict[str, Any]]:
        """Return the satellites near one (see `GroundView.neighbours`)."""
        fleet = self.view.fleet
        fleet.require_satellite(number)
        return self._ground.view.neighbours(number, fleet.time_s)

    def fleet_history(self) -> list[Row]:
        """Return the fleet's figures over time, thinned out as they become many; `shells` holds the sunlit fractions."""
        return self._series.rows()

    def ground_history(self) -> list[Row]:
        """Return the network snapshots over time (see `GroundView.snapshot`)."""
        return self._ground.series.rows()

    # --- commands

    def play(self) -> None:
        """Let the clock run."""
        self._ask(lambda: self._set_clock(self._pacer.play))

    def pause(self) -> None:
        """Stop the clock, and a seek."""
        self._ask(lambda: self._set_clock(self._pacer.pause))

    def set_speed(self, speed: float) -> None:
        """Set the simulated seconds a second; InputError outside 1 to 10,000."""
        low, high = SPEEDS
        if not low <= speed <= high:
            raise InputError(
                f"speed: {speed:g} is not accepted; accepted are {low:g} to {high:,.0f} simulated s a second"
            )
        self._ask(lambda: self._set_clock(partial(self._pacer.set_speed, speed)))

    def step(self, n_steps: int = 1) -> None:
        """Stop the clock and fly some steps; InputError outside 1 to 1,440."""
        if not 1 <= n_steps <= MAX_STEPS:
            raise InputError(f"steps: {n_steps} is not accepted; accepted are 1 to {MAX_STEPS:,}")

        def fly() -> None:
            self._set_clock(self._pacer.pause)
            self._fly(n_steps)

        self._ask(fly)

    def seek(self, time_s: float) -> None:
        """Go to a time (s since the epoch): forward by flying there, back from the latest checkpoint before it.

        Returns when the seek has begun; `view.status.seeks_s` is None again when it has ended.
        """
        if not 0.0 <= time_s <= MAX_TIME_S:
            raise InputError(f"time_s: {time_s!r} is not accepted; accepted are 0 to {MAX_TIME_S:,.0f} s (30 years)")
        self._ask(lambda: self._seek(int(time_s // self._twin.scenario.step_s)))

    def inject(self, kind: str, target: str, lasts_s: float | None = None) -> Event:
        """Let an event happen now (see `events`) and return it; InputError where it cannot happen."""

        def happen() -> Event:
            if len(self._twin.events) >= MAX_EVENTS:
                raise InputError(f"events: there are {MAX_EVENTS:,} already; remove some first")
            event = self._twin.inject(kind, target, lasts_s)
            self._snapshots.drop_after(self._twin.step)  # later states know nothing of it
            self._autosave.attempt()
            return event

        return self._ask(happen)

    def forget(self, position: int) -> None:
        """Remove an event, as if it had not happened: everything after it is flown anew."""

        def undo() -> None:
            if not 0 <= position < len(self._twin.events):
                raise InputError(f"event: there is no {position}; there are {len(self._twin.events)}")
            target = self._pacer.target_step or self._twin.step
            begun = int(self._twin.events[position].begins_s // self._twin.scenario.step_s)
            self._twin.forget(position)
            self._snapshots.drop_after(begun)
            if begun < self._twin.step:
                self._seek(begun)
                self._pacer.seek(target, self._twin.step)
            self._autosave.attempt()

        self._ask(undo)

    def _ask(self, action: Callable[[], Answer]) -> Answer:
        if self._thread is not None:
            return self._commands.ask(action)
        answer = action()  # before the start no other thread touches the twin
        self._publisher.publish()
        return answer

    # --- the thread

    def _run(self) -> None:
        try:
            last_s = self._clock.monotonic_s()
            while True:
                self._serve_commands(self._clock.monotonic_s() if self._pacer.is_seeking else last_s + UPDATE_S)
                if self._commands.is_closed:
                    return
                now_s = self._clock.monotonic_s()
                elapsed_s, last_s = now_s - last_s, now_s
                self._update(elapsed_s)
                self._publisher.publish_if_due()
        finally:
            self._commands.close()

    def _serve_commands(self, until_s: float) -> None:
        """Carry out commands until it is time to fly on; many of them do not stop the clock."""
        while (command := self._commands.next(until_s)) is not None:
            before, self._publisher.trouble = self._twin.step, None
            if command.carry_out():
                if before != self._twin.step or self._pacer.is_seeking:
                    self._pacer.remainder_s = 0.0
                self._publisher.publish()
            command.answer()  # after the view, which the caller may read
            if self._pacer.is_seeking or self._clock.monotonic_s() >= until_s:
                return

    def _update(self, elapsed_s: float) -> None:
        try:
            self._fly_on(elapsed_s)
            self._autosave.save_if_due()
            if self._ground.is_due(self._twin.time_s):
                self._ground.observe(self._twin.view())
        except Exception as error:
            log.exception("the twin stopped")
            self._publisher.trouble = f"{type(error).__name__}: {error}"
            self._pacer.pause()

    def _fly_on(self, elapsed_s: float) -> None:
        """Fly a chunk of a seek, or the steps that have fallen due."""
        before_s = self._twin.time_s + self._pacer.remainder_s
        target = self._pacer.target_step
        if target is not None:
            self._fly(self._pacer.chunk_steps(target - self._twin.step))
            if self._twin.step >= target:
                self._pacer.target_step = None
        elif self._pacer.is_playing:
            self._fly_due(self._pacer.due_steps(elapsed_s))
        self._pacer.measure(self._twin.time_s + self._pacer.remainder_s - before_s, elapsed_s)

    def _fly_due(self, n_steps: int) -> None:
        """Fly the due steps chunk by chunk; a machine that cannot keep up drops the rest, and the view shows the speed."""
        deadline_s = self._clock.monotonic_s() + UPDATE_S
        while n_steps > 0:
            flown = self._pacer.chunk_steps(n_steps)
            self._fly(flown)
            n_steps -= flown
            if n_steps > 0 and self._clock.monotonic_s() > deadline_s:
                self._pacer.remainder_s = 0.0
                return

    def _fly(self, n_steps: int) -> None:
        if n_steps <= 0:
            return
        begun_s = self._clock.monotonic_s()
        figures = self._twin.advance(n_steps)
        self._pacer.time_chunk(n_steps, self._clock.monotonic_s() - begun_s)
        self._series.add(figures | {"shells": list(self._twin.sunlit_by_shell)})
        self._publisher.trouble = None

    # --- parts of commands, in the thread

    def _set_clock(self, change: Callable[[], None]) -> None:
        change()
        self._autosave.require()  # so that a later process flies on as was asked

    def _seek(self, step: int) -> None:
        if step < self._twin.step:
            saved = self._snapshots.newest_before(step)
            self._twin.restore(Twin(self._twin.loaded).snapshot() if saved is None else saved)
            self._series.drop_after(self._twin.time_s)
            self._ground.drop_after(step * self._twin.scenario.step_s)  # earlier snapshots hold
            self._autosave.require()
        self._pacer.seek(step, self._twin.step)
