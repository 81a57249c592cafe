"""Precompilation of the code that runs after the flight: jobs in another process, the network in this one.

Numba compiles one function at a time, under the global interpreter lock. The machine code returns through the cache on
disk; if anything goes wrong, the run compiles the code itself.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np

from skyrack.core.compile_cache import compiled_code_dir
from skyrack.core.machine import usable_cores
from skyrack.run.prepare import Plan
from skyrack.scenario import Scenario
from skyrack.workload import demand, engine, goodput
from skyrack.workload.roofline import Pace
from skyrack.workload.serving_policy import NO_SCORES

MAX_WAIT_S = 120.0
"""Maximum time to wait for the process."""


def compile_training() -> None:
    """Compile the training simulation by one with two node failures."""
    goodput.simulate(goodput.Interruptions(np.full(2, 1e-3), 60.0, 0.0, 0.0), 60.0, 1.0, 1.0, 1)


def compile_serving() -> None:
    """Compile the serving engine by a call without requests, with the types of `workload.serving.serve_fleet`."""
    demand.continue_sessions(np.zeros(1, np.int64), np.zeros(1, np.bool_), 1, np.zeros(1, np.int64))
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
        NO_SCORES,
        0.0,
    )


PARTS: dict[str, tuple[str, Callable[[], None]]] = {
    "training": ("goodput._simulate-*.nbi", compile_training),
    "serving": ("engine.serve-*.nbi", compile_serving),
}
"""Parts that a run may need: the pattern of the cache file of each once it is compiled, and its compiler."""
NETWORK_FILE = "sweeps.shortest_paths_multi_source-*.nbi"


def is_compiled(pattern: str) -> bool:
    """Return true if the cache holds machine code, by the pattern of its file name."""
    folder = compiled_code_dir()
    return folder is not None and any(folder.rglob(pattern))


@contextmanager
def precompiled(plan: Plan) -> Iterator[None]:
    """Compile the code that runs after the flight: jobs in another process during the block, if there is a free core.

    The network code, half of the remainder, is compiled in this process at the end of the block, by its first snapshot.
    """
    process = _begin(_missing(plan.scenario))
    try:
        yield
        if not is_compiled(NETWORK_FILE):
            compile_network(plan)
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(MAX_WAIT_S)
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def compile_network(plan: Plan) -> None:
    """Compile the path search by one small snapshot of the network of the run."""
    snapshot = plan.network.at(0.0)
    snapshot.paths(snapshot.ground(plan.sites.cities.first(2)))


def _missing(scenario: Scenario) -> list[str]:
    jobs = scenario.workload
    needed = {"training": jobs.training is not None, "serving": jobs.serving is not None}
    return [name for name, (pattern, _) in PARTS.items() if needed[name] and not is_compiled(pattern)]


def _begin(parts: list[str]) -> subprocess.Popen[bytes] | None:
    if not parts or compiled_code_dir() is None or usable_cores() < 2:
        return None
    quiet = subprocess.DEVNULL
    try:  # -P: do not import modules from the current folder
        return subprocess.Popen(  # noqa: S603 (our own parts)
            [sys.executable, "-P", "-m", "skyrack.run.precompile", *parts], stdin=quiet, stdout=quiet, stderr=quiet
        )
    except (OSError, TypeError, ValueError):
        return None


if __name__ == "__main__":
    gc.disable()  # compilation produces little garbage, and this process ends soon
    for part in sys.argv[1:]:
        PARTS[part][1]()
