"""Clocks: the wall clock, and virtual clocks whose time passes only while all their threads wait.

Code that waits, paces or measures takes a `Clock`, and starts its threads with it. The wall clock uses the standard
library's time, events and threads. A virtual clock knows all its threads: as soon as each of them waits, it jumps to
the earliest deadline. A program of many threads is then as deterministic as a single loop, and takes no wall time.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

GIVE_UP_S = 300.0
"""Wall time (s) after which a thread that a virtual clock did not start stops waiting for those that it did start."""


class ClockEvent(Protocol):
    """Flag that threads wait for, such as `threading.Event`."""

    def set(self) -> None:
        """Raise the flag and wake all threads that wait for it."""

    def clear(self) -> None:
        """Lower the flag."""

    def is_set(self) -> bool:
        """Return True while the flag is raised."""

    def wait(self, timeout_s: float | None = None, /) -> bool:
        """Wait for the flag, at most for a time (s); return True if it is raised."""


class Clock(Protocol):
    """Monotonic time, with sleeps, events and threads that use it."""

    def monotonic_s(self) -> float:
        """Return the time (s) since an arbitrary moment; it never decreases."""

    def calendar_s(self) -> float:
        """Return the time of the calendar: seconds since the begin of 1970, as people set it."""

    def sleep(self, duration_s: float) -> None:
        """Wait for a time (s)."""

    def event(self) -> ClockEvent:
        """Return a new flag whose timeouts are measured by this clock."""

    def start_thread(self, target: Callable[[], None], name: str) -> threading.Thread:
        """Start a daemon thread whose waits all use this clock."""


class WallClock:
    """The machine's monotonic clock."""

    def monotonic_s(self) -> float:
        """Return the machine's monotonic time (s)."""
        return time.monotonic()

    def calendar_s(self) -> float:
        """Return the machine's time since the begin of 1970 (s)."""
        return time.time()

    def sleep(self, duration_s: float) -> None:
        """Wait for a time (s)."""
        time.sleep(max(duration_s, 0.0))

    def event(self) -> ClockEvent:
        """Return a plain event."""
        return threading.Event()

    def start_thread(self, target: Callable[[], None], name: str) -> threading.Thread:
        """Start a plain daemon thread."""
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread


class VirtualClock:
    """Clock that jumps to the next deadline as soon as all threads it started wait, and never beyond its horizon.

    `horizon_s` is the time (s) at which it stops; `reading_s` is the time (s) that each reading takes, for work whose
    duration matters.
    """

    def __init__(self, horizon_s: float, *, reading_s: float = 0.0) -> None:
        self._now_s, self._horizon_s, self._reading_s = 0.0, horizon_s, reading_s
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._waits: dict[threading.Thread, tuple[float, _VirtualEvent]] = {}
        """Deadline and flag that each waiting thread waits for."""

    def monotonic_s(self) -> float:
        """Return the virtual time (s)."""
        with self._changed:
            self._now_s += self._reading_s
            return self._now_s

    def calendar_s(self) -> float:
        """Return the virtual time (s), as if it had begun in 1970."""
        return self.monotonic_s()

    def sleep(self, duration_s: float) -> None:
        """Wait for a virtual time (s)."""
        self.event().wait(duration_s)

    def event(self) -> ClockEvent:
        """Return a new flag."""
        return _VirtualEvent(self)

    def start_thread(self, target: Callable[[], None], name: str) -> threading.Thread:
        """Start a thread that this clock waits for before it jumps."""

        def run() -> None:
            try:
                target()
            finally:
                with self._changed:
                    self._threads.discard(threading.current_thread())
                    self._jump()
                    self._changed.notify_all()

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._changed:
            thread.start()
            self._threads.add(thread)
        return thread

    # --- called by its events

    def raise_flag(self, event: _VirtualEvent) -> None:
        """Raise a flag of this clock."""
        with self._changed:
            event.is_raised = True
            self._changed.notify_all()

    def wait_for(self, event: _VirtualEvent, timeout_s: float | None) -> bool:
        """Wait for a flag of this clock, or until a virtual time (s) has passed; return True if it is raised.

        Raises TimeoutError if nothing happens for `GIVE_UP_S` of wall time in a thread that this clock did not start.
        """
        me = threading.current_thread()
        with self._changed:
            deadline_s = math.inf if timeout_s is None else self._now_s + timeout_s
            self._waits[me] = deadline_s, event
            self._jump()
            self._changed.notify_all()
            try:
                while not event.is_raised and self._now_s < deadline_s:
                    self._wait_for_a_change(me)
                    self._jump()
            finally:
                del self._waits[me]
                self._jump()
            return event.is_raised

    def _wait_for_a_change(self, thread: threading.Thread) -> None:
        is_ours = thread in self._threads
        if not self._changed.wait(None if is_ours else GIVE_UP_S):
            raise TimeoutError(f"nothing has happened on the virtual clock for {GIVE_UP_S:g} s of wall time")

    def _jump(self) -> None:
        """Move to the earliest deadline if all threads wait, or to the horizon if that is earlier."""
        if not self._is_idle():
            return
        earliest_s = min([deadline_s for deadline_s, _ in self._waits.values()], default=math.inf)
        next_s = min(earliest_s, self._horizon_s)
        if self._now_s < next_s < math.inf:
            self._now_s = next_s
            self._changed.notify_all()

    def _is_idle(self) -> bool:
        return all(self._is_waiting(thread) for thread in self._threads)

    def _is_waiting(self, thread: threading.Thread) -> bool:
        deadline_s, event = self._waits.get(thread, (-math.inf, None))
        return event is not None and not event.is_raised and self._now_s < deadline_s


class ManualClock(VirtualClock):
    """Clock of tests: it stands still until it is advanced, and an advance ends when all its threads wait again."""

    def __init__(self, *, reading_s: float = 0.0) -> None:
        super().__init__(0.0, reading_s=reading_s)

    def advance(self, duration_s: float) -> None:
        """Let a time (s) pass, deadline after deadline, and wait until all threads have done what was due."""
        self.settle()
        with self._changed:
            self._horizon_s = max(self._horizon_s, self._now_s) + duration_s
            self._jump()
        self.settle()

    def settle(self) -> None:
        """Wait until every thread waits and no time is left to pass. Raises TimeoutError if a thread keeps working."""
        with self._changed:
            if not self._changed.wait_for(self._is_settled, GIVE_UP_S):
                busy = sorted(thread.name for thread in self._threads if not self._is_waiting(thread))
                raise TimeoutError(f"these threads do not become idle: {', '.join(busy)}")

    def elapse(self, duration_s: float) -> None:
        """Let a time (s) pass at once, as if the calling thread had worked so long."""
        with self._changed:
            self._now_s += duration_s
            self._changed.notify_all()

    def _is_settled(self) -> bool:
        return self._is_idle() and self._now_s >= self._horizon_s


class _VirtualEvent:
    """Flag of a virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.is_raised = False

    def set(self) -> None:
        self._clock.raise_flag(self)

    def clear(self) -> None:
        self.is_raised = False

    def is_set(self) -> bool:
        return self.is_raised

    def wait(self, timeout_s: float | None = None, /) -> bool:
        return self._clock.wait_for(self, timeout_s)
