"""Compiles the serving engine in a process of its own while the fleet's driver is compiled: Numba compiles one at a time.

The machine code comes back through the cache on disk; should anything go wrong, the run compiles the engine itself.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from skyrack.core.cache import compiled_code_dir
from skyrack.scenario import Scenario
from skyrack.workload import engine
from skyrack.workload.pace import Pace

LONGEST_S = 120.0
"""How long the process is waited for once the body is done."""


@contextmanager
def compiled_beside(scenario: Scenario) -> Iterator[None]:
    """Compile what the scenario's jobs will need while the body runs, where there is a processor and a cache for it."""
    process = _begin() if scenario.workload.serving is not None else None
    try:
        yield
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_S)
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def _begin() -> subprocess.Popen[bytes] | None:
    folder = compiled_code_dir()
    if folder is None or any(folder.rglob("engine.serve-*.nbi")) or len(os.sched_getaffinity(0)) < 2:
        return None
    quiet = subprocess.DEVNULL
    try:  # -P: what lies in the user's folder is not looked at
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "skyrack.workload.ahead"], stdin=quiet, stdout=quiet, stderr=quiet
        )
    except (OSError, TypeError, ValueError):
        return None


def compile_engine() -> None:
    """Serve nothing, with arguments of the kinds that `serving.serve_fleet` gives."""
    limits = engine.Limits(1, 1, 1)
    engine.serve(
        engine.new_requests(np.zeros(0), np.zeros(0), np.zeros(0)),
        engine.new_replicas(1, 0.0),
        limits,
        Pace(*(1.0 for _ in Pace._fields)),
        np.zeros(1),
        np.zeros((1, 1, 1)),
        np.ones((1, 1)),
        engine.NEAREST,
        0.0,
        0.0,
    )


if __name__ == "__main__":
    gc.disable()  # of all that a compiler makes little is garbage, and this process ends soon
    compile_engine()
