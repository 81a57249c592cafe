"""Commands that many threads give and one thread carries out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from skyrack.control.clock import Clock

PATIENCE_S = 60.0
"""Longest wait of a caller for its answer."""
Answer = TypeVar("Answer")


class Command:
    """A call to be made by another thread, and its outcome."""

    def __init__(self, action: Callable[[], Any], clock: Clock) -> None:
        self._action = action
        self._is_answered = clock.event()
        self._value: Any = None
        self._error: BaseException | None = None

    def carry_out(self) -> bool:
        """Make the call and keep its outcome; return whether it succeeded."""
        try:
            self._value = self._action()
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._error = error
        return self._error is None

    def refuse(self, error: BaseException) -> None:
        """Answer with an error."""
        self._error = error
        self.answer()

    def answer(self) -> None:
        """Let the caller have the outcome."""
        self._is_answered.set()

    @property
    def is_answered(self) -> bool:
        """Whether the outcome is there."""
        return self._is_answered.is_set()

    def wait(self) -> bool:
        """Wait for the answer; return whether it came in time."""
        return self._is_answered.wait(PATIENCE_S)

    def result(self) -> Any:
        """Return the call's value, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._value


class CommandQueue:
    """A queue that any thread may ask, and that one thread serves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pending: deque[Command] = deque()
        self._has_arrived = clock.event()
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether no more commands are accepted."""
        return self._is_closed

    def ask(self, action: Callable[[], Answer]) -> Answer:
        """Return what a call returns in the serving thread, or raise its error; TimeoutError where it is not made in time."""
        command = Command(action, self._clock)
        with self._lock:
            if self._is_closed:
                raise _unavailable()
            self._pending.append(command)
            self._has_arrived.set()
        if not command.wait() and self._withdraw(command):
            raise _unavailable()
        return cast("Answer", command.result())

    def next(self, until_s: float) -> Command | None:
        """Return the oldest command, waiting for one until a time of the clock; None where there is none."""
        if not self._pending:
            self._has_arrived.wait(max(until_s - self._clock.monotonic_s(), 0.0))
        with self._lock:
            self._has_arrived.clear()
            return self._pending.popleft() if self._pending and not self._is_closed else None

    def close(self) -> None:
        """Accept no more commands and refuse those that wait."""
        with self._lock:
            self._is_closed = True
            while self._pending:
                self._pending.popleft().refuse(_unavailable())
            self._has_arrived.set()

    def _withdraw(self, command: Command) -> bool:
        """Take back a command whose caller waits no longer; return false where its answer came at the last moment."""
        with self._lock:
            if command in self._pending:
                self._pending.remove(command)
        return not command.is_answered


def _unavailable() -> TimeoutError:
    return TimeoutError("the twin did not carry this out: it is busy, or is being closed; try again")
