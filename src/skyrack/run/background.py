"""Work that goes on in a thread of its own beside the stages of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")
WAIT_S = 0.5
"""Time between two reports while its result is waited for."""


class Background(Generic[T]):
    """Work in another thread: its result, its error, and a request to end early."""

    def __init__(self, work: Callable[[Background[T]], T], pool: ThreadPoolExecutor) -> None:
        """Begin `work`, which is given this object and should end early where `is_cancelled` says so."""
        self._cancelled = threading.Event()
        self._future: Future[T] = pool.submit(copy_context().run, work, self)

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to end early."""
        self._cancelled.set()

    def raise_if_failed(self) -> None:
        """Raise the error with which the work has ended, if it has."""
        if self._future.done():
            self._future.result()

    def result(self, report: Callable[[], None]) -> T:
        """Wait for the result and return it, calling `report` now and then; raises the error of the work."""
        while wait([self._future], timeout=WAIT_S).not_done:
            report()
        return self._future.result()


@contextmanager
def in_background(work: Callable[[Background[T]], T]) -> Iterator[Background[T]]:
    """Do `work` in a thread of its own; where the block ends with an error, the work is asked to end early too."""
    with ThreadPoolExecutor(1) as pool:
        background = Background(work, pool)
        try:
            yield background
        except BaseException:
            background.cancel()
            raise
