"""Locks on files: held by one, seen by all, free again whenever the holder ends."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from skyrack.core.file_lock import HeldError, hold, holder_pid, is_held

HOLDER = """
import sys
from pathlib import Path
from skyrack.core.file_lock import hold
with hold(Path(sys.argv[1]), 5.0):
    print("held", flush=True)
    sys.stdin.read()
"""
PROBER = """
import sys
from pathlib import Path
from skyrack.core.file_lock import is_held
print("begun", flush=True)
while True:
    is_held(Path(sys.argv[1]))
"""


def started(source, path):
    """A process that has said its first word."""
    command = [sys.executable, "-c", source, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    return process


def ended(process):
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


def test_a_lock_is_held_until_the_block_ends(path):
    assert not is_held(path)
    assert not path.exists()  # looking makes no file
    with hold(path, 0.0):
        assert is_held(path)
        assert holder_pid(path) == os.getpid()
        with pytest.raises(HeldError), hold(path, 0.05):
            pass
        assert is_held(path)
    assert not is_held(path)
    assert holder_pid(path) is None
    with hold(path, 0.0):
        pass


def test_an_error_within_the_block_frees_the_lock(path):
    with pytest.raises(ZeroDivisionError), hold(path, 0.0):
        raise ZeroDivisionError
    assert not is_held(path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_is_free_after_its_holder_was_killed(path, number):
    holder = started(HOLDER, path)
    assert is_held(path)
    assert holder_pid(path) == holder.pid
    with pytest.raises(HeldError), hold(path, 0.05):
        pass
    holder.send_signal(number)
    holder.wait()
    assert not is_held(path)
    with hold(path, 0.0):
        assert holder_pid(path) == os.getpid()
    ended(holder)


def test_many_who_look_neither_disturb_a_holder_nor_keep_others_from_it(path):
    """While two processes look all the time, the lock is taken again and again, and is held to the end each time."""
    with hold(path, 0.0):
        probers = [started(PROBER, path) for _ in range(2)]
    try:
        for _ in range(20):
            with hold(path, 10.0):
                assert is_held(path)
                with pytest.raises(HeldError), hold(path, 0.0):
                    pass
    finally:
        for prober in probers:
            ended(prober)


def test_those_who_look_are_not_taken_for_holders(path):
    """Threads and processes that look at one free lock at the same time find it free."""
    with hold(path, 0.0):
        pass
    prober = started(PROBER, path)
    seen = []
    try:
        threads = [threading.Thread(target=lambda: seen.extend(is_held(path) for _ in range(50))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        ended(prober)
    assert seen == [False] * 200


def test_what_a_killed_holder_left_is_no_holder(path):
    """Its number may stand there still, beside a lock that is free."""
    ended(started(HOLDER, path))
    assert holder_pid(path) is not None
    assert not is_held(path)


def test_no_folder_no_lock(tmp_path):
    assert not is_held(tmp_path / "nowhere" / "lock")
    with pytest.raises(OSError, match="nowhere"), hold(tmp_path / "nowhere" / "lock", 0.0):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_lock_of_another_user_is_seen(path):
    """Without the right to write one cannot take it for a moment; the holder's number tells."""
    with hold(path, 0.0):
        path.chmod(0o444)
        assert is_held(path)
    assert not is_held(path)
