"""Access to files named in a scenario: allowed on a user's own machine, refused for a scenario received over a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from skyrack.core.errors import InputError

_are_refused: ContextVar[bool] = ContextVar("local files are refused", default=False)


@contextmanager
def no_local_files() -> Iterator[None]:
    """Refuse, within this context, to read any file that a scenario names."""
    before = _are_refused.set(True)
    try:
        yield
    finally:
        _are_refused.reset(before)


def may_read(path: Path | str) -> None:
    """Raise InputError if files named in a scenario are refused in this context."""
    if _are_refused.get():
        raise InputError(
            f"{str(path)!r:.100}: a scenario that comes over the network cannot name files; write what is in it instead"
        )


def files_are_refused() -> bool:
    """Return true if files named in a scenario are refused, so that only built-in names are accepted."""
    return _are_refused.get()
