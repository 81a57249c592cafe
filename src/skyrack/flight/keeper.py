"""Process that holds a job's command, so that nothing of it outlives the launcher: `python -m skyrack.flight.keeper`.

The launcher holds one end of a pipe. When that closes, because the launcher has ended or was killed, the keeper kills the
command and all its descendants, those in sessions of their own included, since it is the parent of every orphan among them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
POLL_S = 0.2
PASSED_ON = (signal.SIGUSR1, signal.SIGUSR2)
"""Signals that schedulers send to a job, as before its satellites go dark: they reach the command as without a flight."""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def kill_descendants() -> None:
    """Kill all descendants of this process, again and again until there are none."""
    me = psutil.Process()
    while True:
        descendants = me.children(recursive=True)
        for one in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        _reap()
        if not [one for one in descendants if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
            return
        time.sleep(0.01)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _pass_on(command: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(command.pid, number)


def main(arguments: list[str]) -> int:
    """Run a command until it ends or standard input closes; return its exit status, 128 + N after signal N."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the launcher decides what an interruption means
    try:
        command = subprocess.Popen(  # noqa: S603 - the user's own command
            arguments,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - this process has one thread
        )
    except OSError as error:
        print(f"skyrack: {arguments[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127
    for number in PASSED_ON:
        signal.signal(number, lambda given, _: _pass_on(command, given))
    while command.poll() is None:
        readable, _, _ = select.select([0], [], [], POLL_S)
        if readable and not os.read(0, 64):
            break
    status = command.poll()
    kill_descendants()
    if status is None:
        return 128 + signal.SIGKILL
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
