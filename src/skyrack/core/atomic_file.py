"""Atomic files: a file appears under its name only when it is complete, even if the process is killed while writing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skyrack.core.errors import DiskError
from skyrack.core.json_text import to_json

_DISK_PROBLEMS = {
    errno.ENOSPC: "the disk is full; free some room, then go on with --resume",
    errno.EDQUOT: "the disk quota is used up; free some room, then go on with --resume",
    errno.EROFS: "the file system is read-only; name a folder that can be written",
    errno.EACCES: "writing there is not allowed; name a folder that can be written",
    errno.EPERM: "writing there is not allowed; name a folder that can be written",
    errno.ENOENT: "no folder can be made there; name another one",
    errno.EISDIR: "this is a folder; name a file",
    errno.ENOTDIR: "a part of the path is a file, not a folder; name another one",
    errno.ENAMETOOLONG: "the name is too long; name another one",
    errno.EEXIST: "a part of the path is a file, not a folder; name another one",
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an operating-system error at `path` into an InputError of one sentence.

    Errors without an entry in `_DISK_PROBLEMS` are raised as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_PROBLEMS:
            raise DiskError(path, _DISK_PROBLEMS[error.errno]) from None
        raise


def partial_path(target: Path) -> Path:
    """Return the path under which this process writes `target` until it is complete."""
    return target.with_name(f"{target.name}.{os.getpid()}.partial")


@contextmanager
def atomic_path(target: Path, *, is_durable: bool = False) -> Iterator[Path]:
    """Yield the path of a partial file to write, and rename it to `target` when the block ends without an error.

    With `is_durable` the content is flushed to disk before the rename. Raises InputError if the disk is full, read-only or
    forbidden, or if `target` is a folder.
    """
    partial = partial_path(target)
    with disk_errors(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "folder")
        try:
            yield partial
            if is_durable:
                with partial.open("rb+") as file:
                    os.fsync(file.fileno())
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def write_bytes(target: Path, content: bytes, *, is_durable: bool = False) -> None:
    """Write a file atomically; parameters and errors are those of `atomic_path`."""
    with atomic_path(target, is_durable=is_durable) as partial:
        partial.write_bytes(content)


def write_text(target: Path, text: str, *, is_durable: bool = False) -> None:
    """Write a UTF-8 text file atomically; parameters and errors are those of `atomic_path`."""
    write_bytes(target, text.encode(), is_durable=is_durable)


def write_json(target: Path, content: Any, *, is_durable: bool = False) -> None:
    """Write a JSON file (see `json_text.to_json`) atomically; parameters and errors are those of `atomic_path`."""
    write_bytes(target, to_json(content, indent=True) + b"\n", is_durable=is_durable)


def write_arrays(target: Path, arrays: dict[str, Any], *, is_durable: bool = False) -> None:
    """Write NumPy arrays, by name, to one .npz file atomically; parameters and errors are those of `atomic_path`."""
    import numpy as np

    with atomic_path(target, is_durable=is_durable) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)
