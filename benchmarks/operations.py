"""Operations: placements a second on a million nodes, large gangs, reservations, memory, and policies over load.

python benchmarks/operations.py [curve]

The fleet is that of the prototype in ../shared/prototypes/control: half of the planes without eclipses, half with 36 % of the
orbit in the dark, no batteries for computers. `curve` also operates 100,000 of its satellites at several loads.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from skyrack.forecast.light import LightForecast
from skyrack.operations import placement
from skyrack.operations.core import ControlState
from skyrack.operations.placement import DECISION, GANG, NOWHERE, fresh_memory
from skyrack.operations.policy import policy_named
from skyrack.operations.simulation import Fleet, operate, regular_rings

SLOTS, PERIOD_S = 100, 5676.0
IS_STRICT = False


def fleet(planes: int, days: float = 8.0, dark_share: float = 0.5) -> Fleet:
    random = np.random.default_rng(3)
    dark = np.where(np.arange(planes) < planes * (1.0 - dark_share), 0.0, 0.36)
    random.shuffle(dark)
    knots = int(24 * days) + 3
    half = np.repeat(0.5 * dark[:, None], knots, axis=1)
    plane = np.repeat(np.arange(planes), SLOTS)
    phase = np.tile(np.arange(SLOTS) / SLOTS, planes) + random.random(planes)[plane]
    squared = np.where(half > 0.0, half**2, -1e-3)
    light = LightForecast.of_planes(
        plane,
        phase,
        np.full(planes, 1.0 / PERIOD_S),
        np.zeros((planes, knots)),
        squared,
        np.zeros((planes, knots)),
        0.0,
        3600.0,
    )
    first = np.arange(planes + 1) * SLOTS
    ones = np.ones(planes)
    regular = regular_rings(first, light)
    return Fleet(
        first, np.zeros(planes, np.int64), ones > 0, regular, light, ones, 0.0 * ones, 126e3 * ones, ones, 1e12
    )


def state_of(given: Fleet, policy: str) -> ControlState:
    return ControlState(given.fresh_nodes(), given.light.sky, policy_named(policy))


def gangs(n: int) -> np.ndarray:
    random = np.random.default_rng(1)
    found = np.zeros(n, GANG)
    found["row"], found["rows"] = np.arange(n), 1
    found["nodes"] = found["columns"] = random.choice([1, 1, 1, 1, 2, 4, 8, 16, 32], n)
    found["needed_s"] = random.choice([300.0, 1200.0, 3600.0, 86400.0], n, p=[0.5, 0.3, 0.15, 0.05])
    found["least_s"] = np.where(np.arange(n) % 2, found["needed_s"], -1.0)  # half must have light to their end
    return found


def place(state: ControlState, wanted: np.ndarray, good: float, rings: int) -> tuple[np.ndarray, float]:
    found = np.zeros(len(wanted), DECISION)
    begun = time.process_time()
    placement.place_many(
        state.policy.weights,
        good,
        rings,
        IS_STRICT,
        state.nodes,
        state.sky,
        wanted,
        0.0,
        fresh_memory(len(state.nodes.group)),
        state._scratch,
        found,
    )
    return found, time.process_time() - begun


def speeds() -> None:
    given, wanted = fleet(10_000), gangs(100_000)
    place(state_of(given, "forecast"), wanted[:10], 1e9, 1)
    for label, good, rings in (
        ("first place with light to the end (forecast checked)", 1e9, 1),
        ("cheapest of up to 8 rings (policy forecast)", 0.06, 8),
    ):
        found, took_s = place(state_of(given, "forecast"), wanted, good, rings)
        placed = found["ring"] != NOWHERE
        nodes = wanted["nodes"][placed].sum() / took_s
        print(f"{label}: {placed.sum() / took_s:.3g} placements/s, {nodes:.3g} nodes/s, {placed.mean():.1%} placed")
    state = state_of(given, "forecast")
    place(state, wanted, 0.06, 8)
    large = np.zeros(1, GANG)
    large["nodes"], large["rows"], large["columns"], large["needed_s"] = 1024, 11, 94, 3 * 3600.0
    took = []
    for k in range(200):
        large["row"] = 200_000 + k
        took.append(place(state, large, 0.06, 8)[1])
    print(f"gang of 1,024: p50 {1e3 * np.quantile(took, 0.5):.2f} ms, p99 {1e3 * np.quantile(took, 0.99):.2f} ms")
    state.submit({"nodes": 1024, "rows": 11, "columns": 94, "work_s": 2 * 86_400.0})
    state.earliest(0)
    begun = time.process_time()
    begin_s, ring, _ = state.earliest(0)
    print(f"reservation over 7 days: {time.process_time() - begun:.2f} s (start {begin_s:.0f} s, ring {ring})")
    state.submit({"nodes": np.ones(1_000_000, int), "work_s": 1e5, "arrival_s": 0.0})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"a million nodes, a million queued jobs: {memory:.2f} GB")


def curve() -> None:
    given = fleet(1000, days=4.0)
    print("load  " + "  ".join(f"{name:>24s}" for name in POLICIES))
    for load in (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0):
        jobs, row = mix(load, given.n_nodes), []
        for name in POLICIES:
            found = operate(given, jobs, policy_named(name), 2 * 86_400.0, with_failures=False)
            done = np.isfinite(found.column("end_s")).mean()
            row.append(f"{found.useful_over_held:.3f} stops {found.column('stops').sum():>6,} {done:4.0%}")
        print(f"{load:4.2f}  " + "  ".join(f"{text:>24s}" for text in row), flush=True)


POLICIES = ("forecast", "sunlit-requeue", "sunlit-now", "fifo")


def mix(load: float, n_nodes: int) -> dict[str, np.ndarray]:
    """Jobs of the prototype's mix that arrive within a day, as many as make the load."""
    random = np.random.default_rng(3)
    n = int(60_000 * load / 0.083 * n_nodes / 100_000)
    nodes = random.choice([1, 2, 4, 8, 16, 32, 64], n, p=[0.62, 0.08, 0.08, 0.1, 0.06, 0.04, 0.02])
    work = np.exp(random.normal(np.log(600.0), 1.6, n)).clip(60, 2 * 86400)
    return {
        "arrival_s": np.sort(random.random(n) * 86400.0),
        "work_s": work,
        "nodes": nodes,
        "columns": nodes,
        "every_s": np.full(n, 900.0),
        "checkpoint_s": np.full(n, 20.0),
        "restart_s": np.full(n, 60.0),
        "state_bytes": nodes * 1e10,
    }


if __name__ == "__main__":
    speeds()
    if "curve" in sys.argv:
        curve()
