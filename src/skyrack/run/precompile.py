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
from skyrack.network.survey import survey
from skyrack.scenario import Scenario, load
from skyrack.workload import engine, goodput
from skyrack.workload.roofline import Pace
from skyrack.workload.serving_policy import NO_SCORES

LONGEST_S = 120.0
"""How long the process is waited for."""


def compile_network() -> None:
    """Look at a small network once."""
    survey(load("suncatcher-81", {"network.span": "1 s"}).scenario)


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


NETWORK = "network"
PARTS: dict[str, tuple[str, Callable[[], None]]] = {
    NETWORK: ("sweeps.ways_over-*.nbi", compile_network),
    "training": ("goodput._simulate-*.nbi", compile_training),
    "serving": ("engine.serve-*.nbi", compile_serving),
}
"""What a run may need, by a file that the cache holds once it is compiled."""


def is_compiled(pattern: str) -> bool:
    """Whether the cache holds a driver's machine code, by the pattern of its file's name."""
    folder = compiled_code_dir()
    return folder is not None and any(folder.rglob(pattern))


@contextmanager
def compiled_beside(scenario: Scenario) -> Iterator[Callable[[], None]]:
    """Have the parts compiled that the scenario needs, where there is a processor and a cache for it.

    Gives a function that ends with all of them compiled; the network, half of what is left, it compiles itself.
    """
    missing = _missing(scenario)
    process = _begin([name for name in missing if name != NETWORK])

    def finish() -> None:
        if NETWORK in missing:
            PARTS[NETWORK][1]()
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_S)

    try:
        yield finish
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def _missing(scenario: Scenario) -> list[str]:
    jobs = scenario.workload
    needed = {NETWORK: True, "training": jobs.training is not None, "serving": jobs.serving is not None}
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
