"""Background work in its own thread beside the stages of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")
WAIT_S = 0.5
"""Time between two progress reports while waiting for a result."""


class Background(Generic[T]):
    """Work in another thread, with its result, its error, and a request to end early."""

    def __init__(self, work: Callable[[Background[T]], T], pool: ThreadPoolExecutor) -> None:
        """Start `work`, which receives this object and should end early if `is_cancelled` is true."""
        self._cancelled = threading.Event()
        self._future: Future[T] = pool.submit(copy_context().run, work, self)

    @property
    def is_cancelled(self) -> bool:
        """True if the result is no longer needed."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Request the work to end early."""
        self._cancelled.set()

    def raise_if_failed(self) -> None:
        """Raise the error of the work if it has ended with one."""
        if self._future.done():
            self._future.result()

    def result(self, report: Callable[[], None]) -> T:
        """Wait for the result and return it, with a call of `report` every `WAIT_S`; raises the error of the work."""
        while wait([self._future], timeout=WAIT_S).not_done:
            report()
        return self._future.result()


@contextmanager
def in_background(work: Callable[[Background[T]], T]) -> Iterator[Background[T]]:
    """Run `work` in its own thread during the block; an error in the block requests the work to end early."""
    with ThreadPoolExecutor(1) as pool:
        background = Background(work, pool)
        try:
            yield background
        except BaseException:
            background.cancel()
            raise
