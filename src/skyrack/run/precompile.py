"""Compiles what follows the flight: the jobs in a process beside, while the fleet is laid out and its driver compiled.

Numba compiles one function at a time, under Python's lock. The machine code comes back through the cache on disk; should
anything go wrong, the run compiles for itself.
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
from skyrack.workload import engine, goodput
from skyrack.workload.roofline import Pace
from skyrack.workload.serving_policy import NO_SCORES

MAX_WAIT_S = 120.0
"""How long the process is waited for."""


def compile_training() -> None:
    """Lose two nodes."""
    goodput.simulate(goodput.Interruptions(np.full(2, 1e-3), 60.0, 0.0, 0.0), 60.0, 1.0, 1.0, 1)


def compile_serving() -> None:
    """Serve nothing, with arguments of the kinds that `workload.serving.serve_fleet` gives."""
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
"""What a run may need, by a file that the cache holds once it is compiled."""
NETWORK_FILE = "sweeps.shortest_paths_multi_source-*.nbi"


def is_compiled(pattern: str) -> bool:
    """Whether the cache holds a driver's machine code, by the pattern of its file's name."""
    folder = compiled_code_dir()
    return folder is not None and any(folder.rglob(pattern))


@contextmanager
def precompiled(plan: Plan) -> Iterator[None]:
    """Compile what follows the flight while the block runs: the jobs in a process beside, where there is a processor for it.

    The network, half of what is left, is compiled in this process when the block ends, from the run's own first snapshot.
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
    """Search paths over one small snapshot of the run's network."""
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
    try:  # -P: what lies in the user's folder is not looked at
        return subprocess.Popen(  # noqa: S603 (our own parts)
            [sys.executable, "-P", "-m", "skyrack.run.precompile", *parts], stdin=quiet, stdout=quiet, stderr=quiet
        )
    except (OSError, TypeError, ValueError):
        return None


if __name__ == "__main__":
    gc.disable()  # of all that a compiler makes little is garbage, and this process ends soon
    for part in sys.argv[1:]:
        PARTS[part][1]()
