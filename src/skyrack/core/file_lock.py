"""Locks that a process holds on a file for as long as it lives, on Linux and macOS.

The lock itself is the operating system's (library filelock), so it is free again whenever its holder ends, be it by SIGKILL.
Beside it stands the holder's process number: to look whether a lock is held, one takes it for a moment, and two who look at
the same time would otherwise take each other for a holder.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import psutil

POLL_S = 0.01
PROBE_TRIES = 25
"""Looks at a lock that is taken by nobody known: a holder about to write its number, one of another container, or one who
looks as well."""


class HeldError(Exception):
    """Another process, or another thread of this one, holds the lock."""


@contextmanager
def hold(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock on a file, which is made where it is missing, until the block ends or the process does.

    Waits up to `wait_s`, as those who look hold it for a moment. Raises HeldError where it stays taken, OSError where the
    file cannot be written, as in a folder that does not exist.
    """
    if not path.parent.is_dir():  # the library would make it
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    lock = filelock.FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=wait_s, poll_interval=POLL_S)
    except filelock.Timeout:
        raise HeldError(str(path)) from None
    try:
        _holder_file(path).write_text(str(os.getpid()), "utf-8")
        yield
    finally:
        _holder_file(path).unlink(missing_ok=True)
        lock.release()


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock on a file; false where there is no such file.

    The holder is not disturbed, and nothing is left behind.
    """
    if not path.is_file():
        return False
    lock = filelock.FileLock(path, thread_local=False)
    for _ in range(PROBE_TRIES):
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            if _is_holder_alive(path):
                return True
            time.sleep(POLL_S)
        except OSError:  # a file of another user, which may be read at most
            return _is_holder_alive(path)
        else:
            lock.release()
            return False
    return True


def holder_pid(path: Path) -> int | None:
    """Return the number of the process that holds the lock on a file, or held it when it was killed; None without one."""
    try:
        return int(_holder_file(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _holder_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _is_holder_alive(path: Path) -> bool:
    pid = holder_pid(path)
    return pid is not None and bool(psutil.pid_exists(pid))
