"""Files that a scenario names: allowed where a person runs Skyrack, refused where a scenario comes over a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from skyrack.core.errors import InputError

_are_refused: ContextVar[bool] = ContextVar("local files are refused", default=False)


@contextmanager
def no_local_files() -> Iterator[None]:
    """Within this context no scenario can make Skyrack read a file that it names."""
    before = _are_refused.set(True)
    try:
        yield
    finally:
        _are_refused.reset(before)


def may_read(path: Path | str) -> None:
    """InputError where files that a scenario names are refused."""
    if _are_refused.get():
        raise InputError(
            f"{str(path)!r:.100}: a scenario that comes over the network cannot name files; write what is in it instead"
        )


def files_are_refused() -> bool:
    """Whether a name must be that of something built in."""
    return _are_refused.get()
