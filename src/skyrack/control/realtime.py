"""A twin with a clock: it flies as fast as it is told to, keeps itself on disk, and tells whoever listens.

One thread flies. Everybody else gives commands, which it takes between two looks, and reads the last `View`, which never
changes once it is there.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.events import MOST_EVENTS, events_from
from skyrack.control.ground_view import Outlook
from skyrack.control.snapshots import TwinSnapshots
from skyrack.control.timeseries import Track
from skyrack.control.twin import Twin
from skyrack.core.errors import InputError

LOOK_S = 1.0
"""Wall time between two looks."""
TELL_S = 0.2
"""Wall time between two views while it flies to a time it was sent to, at least."""
SPEEDS = (1.0, 10_000.0)
SAVE_S = 20.0
"""Wall time between two saved states, at least."""
OUTLOOK_S = 10.0
"""Wall time between two looks from the ground, at least."""
CHUNK_S = 0.4
"""Wall time that one stretch of flight may take, so that commands are heard."""
PATIENCE_S = 60.0
"""How long a command waits to be taken."""
FINE_STEPS, COARSE_STEPS, FINE_SATS = 5, 30, 20_000
"""Steps between two looks while it hurries: few where a look costs little."""
FARTHEST_S = 30.0 * 366.0 * 86_400.0
"""How far a twin may be sent."""

log = logging.getLogger("skyrack.control")


@dataclass(frozen=True)
class View:
    """A twin as it was at one look."""

    sequence: int
    figures: dict[str, float]
    sunlit_by_shell: list[float | None]
    status: dict[str, Any]
    signals: dict[str, NDArray[np.uint8]]
    """Bytes of the signals that somebody watches."""


class LiveTwin:
    """A twin that runs by itself in a thread."""

    def __init__(
        self,
        twin: Twin,
        shelf: TwinSnapshots,
        *,
        name: str,
        speed: float = 60.0,
        is_playing: bool = True,
        on_view: Callable[[View], None] | None = None,
    ) -> None:
        self.twin, self.shelf, self.name = twin, shelf, name
        self.speed, self.is_playing = speed, is_playing
        self.track = Track()
        self.outlooks = Track(most=500)
        self.watched: Callable[[], set[str]] = set
        """Signals that somebody looks at now."""
        self._on_view = on_view or (lambda _: None)
        self._commands: queue.Queue[tuple[Callable[[], Any], Future[Any]]] = queue.Queue()
        self._seek_step: int | None = None
        self._ahead_s = 0.0
        """Simulated time that is due but not a whole step yet."""
        self._held_speed = 0.0
        self._rate = 1e7
        self._sequence = 0
        self._is_closing = False
        self._saved = self._looked_down = self._told = time.monotonic()
        self._trouble: str | None = None
        self._kept_step = twin.step
        self.view = self._see()
        self._outlook: Outlook | None = None
        self._outlook_lock = threading.Lock()
        self._looker: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name="twin", daemon=True)

    def start(self) -> None:
        """Begin to fly; from here on a later process finds it."""
        self._try_to_save()
        self._thread.start()

    def close(self) -> None:
        """Save and stop."""
        self._is_closing = True
        self._commands.put((lambda: None, Future()))
        if self._thread.is_alive():
            self._thread.join()
        while not self._commands.empty():
            self._commands.get()[1].cancel()
        self._try_to_save()

    @property
    def is_alive(self) -> bool:
        """Whether it flies or could."""
        return self._thread.is_alive()

    @property
    def time_s(self) -> float:
        """Since the epoch, between the steps too."""
        return self.twin.time_s + self._ahead_s

    # --- commands: each waits until the twin has taken it

    def play(self) -> None:
        """Let the clock run."""
        self._ask(lambda: self._set(is_playing=True))

    def pause(self) -> None:
        """Stop the clock, and a seek."""
        self._ask(lambda: self._set(is_playing=False))

    def run_at(self, speed: float) -> None:
        """Simulated seconds a second."""
        low, high = SPEEDS
        if not low <= speed <= high:
            raise InputError(
                f"speed: {speed:g} is not accepted; it runs at {low:g} to {high:,.0f} times the wall clock"
            )
        self._ask(lambda: self._set(speed=speed))

    def step(self, n_steps: int = 1) -> None:
        """Fly some steps now."""
        if not 1 <= n_steps <= 1440:
            raise InputError(f"steps: {n_steps} is not accepted; write 1 to 1,440")

        def fly() -> None:
            self._set(is_playing=False)
            self._fly(n_steps)

        self._ask(fly)

    def seek(self, time_s: float) -> None:
        """Go to a time since the epoch: back to the last kept state before it, and forward from there, looks included."""
        if not 0.0 <= time_s <= FARTHEST_S:
            raise InputError(
                f"time_s: {time_s!r} is not accepted; a twin goes from 0 to {FARTHEST_S:,.0f} s (30 years)"
            )
        self._ask(lambda: self._aim(int(time_s // self.twin.scenario.step_s)))

    def inject(self, kind: str, target: str, lasts_s: float | None = None) -> dict[str, Any]:
        """Let something happen now (see `events`)."""

        def happen() -> dict[str, Any]:
            if len(self.twin.events) >= MOST_EVENTS:
                raise InputError(f"events: there are {MOST_EVENTS:,} already; take some back first")
            event = self.twin.inject(kind, target, lasts_s)
            self.shelf.drop_after(self.twin.step)  # later states did not know of it
            self._try_to_save()
            return event.as_dict()

        return dict(self._ask(happen))

    def forget(self, position: int) -> None:
        """Take an event back, as if it had not happened: what came after it is flown anew."""

        def undo() -> None:
            if not 0 <= position < len(self.twin.events):
                raise InputError(f"event: there is no {position}; there are {len(self.twin.events)}")
            now = self.twin.step if self._seek_step is None else self._seek_step
            begun = int(self.twin.events[position].begins_s // self.twin.scenario.step_s)
            self.twin.forget(position)
            self.shelf.drop_after(begun)
            if begun < self.twin.step:
                self._aim(begun)
                self._seek_step = now if now > self.twin.step else None
            self._try_to_save()

        self._ask(undo)

    def satellite(self, number: int) -> dict[str, Any]:
        """Exact values of one satellite now."""
        if not 0 <= number < self.twin.n_sats:
            raise InputError(f"satellite: {number} is not there; accepted are 0 to {self.twin.n_sats - 1:,}")
        return dict(self._ask(lambda: self.twin.satellite(number)))

    def links(self, number: int) -> list[dict[str, Any]]:
        """Laser links of one satellite now; found outside of the twin's own thread, as it may take seconds."""
        return self._ground().partners(number, self.twin.time_s, self.twin.is_alive & ~self.twin.is_down)

    def near(self, number: int) -> list[dict[str, Any]]:
        """Satellites near one now (see `Outlook.near`)."""
        return self._ground().near(number, self.twin.time_s)

    def _ground(self) -> Outlook:
        with self._outlook_lock:
            if self._outlook is None:
                self._outlook = Outlook(self.twin.scenario)
            return self._outlook

    def bytes_of(self, signal: str) -> NDArray[np.uint8]:
        """One signal of every satellite now."""
        if signal not in self.twin.signals:
            raise InputError(f"signal: {signal!r:.60} is not known; there are {', '.join(self.twin.signals)}")
        return np.asarray(self._ask(lambda: self.twin.bytes_of(signal)))

    def refresh(self) -> None:
        """Tell listeners of now, though nothing moved (somebody looks at another signal)."""
        self._ask(lambda: None)

    def _set(self, *, is_playing: bool | None = None, speed: float | None = None) -> None:
        if is_playing is not None:
            self.is_playing = is_playing
            if not is_playing:
                self._seek_step = None
        self.speed = speed or self.speed
        self._kept_step = -1  # so that it comes back as it was told to fly

    def _ask(self, command: Callable[[], Any]) -> Any:
        if not self._thread.is_alive():
            return command()
        answer: Future[Any] = Future()
        self._commands.put((command, answer))
        try:
            return answer.result(timeout=PATIENCE_S)
        except (TimeoutError, CancelledError):
            raise TimeoutError("the twin did not take this: it is busy, or was just put away; try again") from None

    # --- the thread

    def _run(self) -> None:
        last = time.monotonic()
        while not self._is_closing:
            until = last + LOOK_S
            self._hear(until if self._seek_step is None else time.monotonic())
            now = time.monotonic()
            wall_s, last = now - last, now
            try:
                self._go_on(wall_s)
                self._keep_if_due()
                self._look_down_if_due()
            except Exception as error:
                log.exception("the twin stopped")
                self._trouble = f"{type(error).__name__}: {error}"
                self.is_playing, self._seek_step = False, None
            if self._seek_step is None or time.monotonic() - self._told >= TELL_S:
                self._tell()

    def _hear(self, until: float) -> None:
        """Take commands until it is time to look again."""
        while True:
            left = until - time.monotonic()
            try:
                command, answer = self._commands.get(timeout=max(left, 1e-3))
            except queue.Empty:
                return
            if self._is_closing:
                answer.cancel()
                return
            before, self._trouble = self.twin.step, None
            try:
                found = command()
            except Exception as error:  # noqa: BLE001 - the asker gets it
                answer.set_exception(error)
            else:
                if before != self.twin.step or self._seek_step is not None:
                    self._ahead_s = 0.0
                self._tell()
                answer.set_result(found)  # after it: the asker reads the view
            if self._seek_step is not None or time.monotonic() >= until:  # many commands do not stop the clock
                return

    def _go_on(self, wall_s: float) -> None:
        before_s = self.time_s
        if self._seek_step is not None:
            self._fly(min(self._seek_step - self.twin.step, self._chunk()))
            if self.twin.step >= self._seek_step:
                self._seek_step = None
        elif self.is_playing:
            step_s = self.twin.scenario.step_s
            due_s = self._ahead_s + self.speed * wall_s
            n_steps = int(due_s // step_s)
            self._ahead_s = due_s - n_steps * step_s
            deadline = time.monotonic() + LOOK_S
            while n_steps > 0:
                flown = min(n_steps, self._chunk())
                ahead_s, self._ahead_s = self._ahead_s, 0.0
                self._fly(flown)
                self._ahead_s = ahead_s
                n_steps -= flown
                if time.monotonic() > deadline:  # it cannot keep up: what is due is let go, and the view says so
                    self._ahead_s = 0.0
                    break
        self._held_speed = (self.time_s - before_s) / max(wall_s, 1e-9)

    def _chunk(self) -> int:
        most = FINE_STEPS if self.twin.n_sats < FINE_SATS else COARSE_STEPS
        return max(1, min(most, int(CHUNK_S * self._rate / self.twin.n_sats)))

    def _fly(self, n_steps: int) -> None:
        if n_steps <= 0:
            return
        begun = time.monotonic()
        self.twin.advance(n_steps)
        self._rate = n_steps * self.twin.n_sats / max(time.monotonic() - begun, 1e-6)
        self.track.add(self.twin.figures | {"shells": self.twin.sunlit_by_shell})
        self._trouble = None

    def _aim(self, step: int) -> None:
        if step < self.twin.step:
            kept = self.shelf.newest_before(step)
            if kept is None:
                self.twin.restore(self._beginning())
            else:
                self.twin.restore(kept)
            self.track.cut(self.twin.time_s)
            self.outlooks.cut(self.twin.time_s)
            self._kept_step = self.twin.step
        self._ahead_s = 0.0
        self._seek_step = step if step > self.twin.step else None

    def _beginning(self) -> dict[str, NDArray[Any]]:
        fresh = Twin(self.twin.loaded)
        return fresh.snapshot()

    # --- keeping and telling

    def save(self) -> None:
        """Leave state and events on disk, so that a later process goes on from here."""
        self.shelf.keep(
            self.twin.snapshot(),
            {
                "name": self.name,
                "speed": self.speed,
                "is_playing": self.is_playing,
                "events": [event.as_dict() for event in self.twin.events],
            },
        )
        self.shelf.keep_tracks(self.track.rows(), self.outlooks.rows())
        self._saved = time.monotonic()

    def _keep_if_due(self) -> None:
        if time.monotonic() - self._saved < SAVE_S or self.twin.step == self._kept_step:
            return
        try:
            self.save()
            self.shelf.keep_frame(self.twin.snapshot())
            self._kept_step = self.twin.step
        except (InputError, OSError) as error:
            self._could_not_save(error)

    def _try_to_save(self) -> None:
        try:
            self.save()
        except (InputError, OSError) as error:
            self._could_not_save(error)

    def _could_not_save(self, error: Exception) -> None:
        self._saved = time.monotonic()
        self._trouble = f"the state cannot be saved: {error}"
        log.warning("twin state not saved: %s", error)

    def _look_down_if_due(self) -> None:
        """Ask for a look from the ground, in a thread of its own: it may take as long as several looks at the fleet."""
        if time.monotonic() - self._looked_down < OUTLOOK_S and len(self.outlooks):
            return
        if self._looker is not None and self._looker.is_alive():
            return
        if len(self.outlooks) and self.outlooks.last["time_s"] == self.twin.time_s:
            return
        self._looked_down = time.monotonic()
        time_s, is_up = self.twin.time_s, self.twin.is_alive & ~self.twin.is_down
        sites_down = self.twin.sites_down

        def look() -> None:
            self.outlooks.add(self._ground().look(time_s, is_up, sites_down))

        self._looker = threading.Thread(target=look, name="outlook", daemon=True)
        self._looker.start()

    def _see(self) -> View:
        self._sequence += 1
        watched = self.watched() & self.twin.signals.keys()
        return View(
            sequence=self._sequence,
            figures=dict(self.twin.figures),
            sunlit_by_shell=list(self.twin.sunlit_by_shell),
            status={
                "sequence": self._sequence,
                "time_s": self.time_s,
                "speed": self.speed,
                "held_speed": self._held_speed,
                "is_playing": self.is_playing,
                "seeks_s": None if self._seek_step is None else self._seek_step * self.twin.scenario.step_s,
                "n_events": len(self.twin.events),
                "trouble": self._trouble,
            },
            signals={name: self.twin.bytes_of(name) for name in watched},
        )

    def _tell(self) -> None:
        self._told = time.monotonic()
        self.view = self._see()
        try:
            self._on_view(self.view)
        except Exception:
            log.exception("whoever listens to the twin stumbled")


def take_up(twin: Twin, shelf: TwinSnapshots, **options: Any) -> LiveTwin:
    """A live twin that goes on where its shelf says one was, or begins anew."""
    kept = shelf.newest()
    if kept is None:
        return LiveTwin(twin, shelf, **options)
    arrays, document = kept
    twin.events = events_from(document["events"])
    twin.restore(arrays)
    live = LiveTwin(twin, shelf, **(options | {"speed": document["speed"], "is_playing": document["is_playing"]}))
    for track, rows in zip((live.track, live.outlooks), shelf.tracks(), strict=True):
        for row in rows:
            if row["time_s"] <= twin.time_s:
                track.add(row)
    return live
