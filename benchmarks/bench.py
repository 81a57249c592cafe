"""Skyrack's fast driver beside the scalar version of the same laws and beside positions alone by sgp4, and its whole-life
samples beside spacedc-mdao's comparison, and latencies beside networkx and a plain script, in one run.

    python benchmarks/bench.py [--write NAME]

Machines are shared and noisy, so each way is measured in turn, several times, and the ratio of the medians is what
counts. `--write` keeps the figures in benchmarks/results/NAME.json, NAME being the machine's; the performance page is made
from all that lie there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import llvmlite.binding
import network
import numpy as np
import serving

from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight
from skyrack.fleet.reference import fly_reference
from skyrack.orbits.layout import lay_out
from skyrack.scenario import load

ROUNDS = 5
RESULTS = Path(__file__).parent / "results"


def fleet_steps(threads: int, changes: dict[str, str]) -> Callable[[], float]:
    """Fly a day of a quarter of spacex-million; returns satellite steps."""
    stacks = {"shells.sso.stack.shells": "10", "shells.i30.stack.shells": "10"}
    scenario = load("spacex-million", stacks | changes).scenario
    shells = lay_out(scenario)

    def fly() -> float:
        flight = Flight(scenario, shells)
        while flight.next_chunk < len(flight.chunks):
            flight.advance(CpuDriver(threads))
        return flight.n_sats * scenario.span_s / scenario.step_s

    return fly


def scalar_steps() -> float:
    """The same laws, one satellite after the other in float64, sines and cosines at each step."""
    scenario = load("spacex-million").scenario
    shell = lay_out(scenario).shells[0]
    layer = shell.layers[0].selection(np.array([0]))
    for _ in range(100):
        fly_reference(scenario, shell.satellite, layer, 0, 86_400.0, 60.0, 3600.0)
    return 100 * 1440.0


def sgp4_steps() -> float:
    """Positions and velocities alone: sgp4's SatrecArray, 1000 satellites for a day."""
    from sgp4.api import WGS72, Satrec, SatrecArray

    satellites = []
    for number in range(1000):
        satellite = Satrec()
        node, anomaly = 2 * np.pi * (number % 25) / 25, 2 * np.pi * (number // 25) / 40
        satellite.sgp4init(WGS72, "i", number, 29_000.0, 0.0, 0.0, 0.0, 1e-4, 0.0, 1.71, anomaly, 0.0637, node)
        satellites.append(satellite)
    fleet = SatrecArray(satellites)
    days = np.full(1440, 2_462_000.5)
    fleet.sgp4(days, np.arange(1440) / 1440.0)
    return 1000 * 1440.0


def price_samples() -> Callable[[], float]:
    """Draw whole-life prices of orbit and ground, all assumptions at once; returns samples."""
    from skyrack.api import price
    from skyrack.economics.accounts import CostInputs
    from skyrack.economics.uncertain_inputs import Pair
    from skyrack.economics.uncertainty import ranges_of, unit_cube
    from skyrack.studies.work import CHUNK, evaluate

    priced = price("openai-orbital")
    pair = Pair(CostInputs(**priced["orbit"]["place"]), CostInputs(**priced["ground"]["place"]))
    chosen = ranges_of(pair)

    def draw() -> float:
        cube = unit_cube("sobol", 1 << 18, len(chosen), 1)
        for first in range(0, len(cube), CHUNK):
            evaluate(pair, chosen, cube[first : first + CHUNK])
        return float(len(cube))

    return draw


def spacedc_compare() -> Callable[[], float]:
    """One comparison of orbit and ground by spacedc-mdao 0.4.2, its own example scenarios; returns 1 sample."""
    from orbitdc.compare import compare
    from orbitdc.core.scenario import load_scenario

    folder = Path(__file__).parent / "spacedc"
    space = load_scenario(str(folder / "orbital_1mw_inference.yaml"))
    earth = load_scenario(str(folder / "earth_hyperscale_baseline.yaml"))

    def once() -> float:
        compare(space, earth)
        return 1.0

    return once


def measured(ways: dict[str, Callable[[], float]], base: str) -> list[dict[str, float | str]]:
    """Every way in turn, several rounds: medians, bests, and ratios to the base."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for number in range(ROUNDS):
        for name, way in ways.items():
            begun = time.perf_counter()
            done = way()
            rates[name].append(done / (time.perf_counter() - begun))
        print(f"round {number + 1} of {ROUNDS} done", file=sys.stderr)
    least = statistics.median(rates[base])
    return [
        {
            "way": name,
            "median_per_s": statistics.median(values),
            "best_per_s": max(values),
            "ratio": statistics.median(values) / least,
        }
        for name, values in rates.items()
    ]


def shown(title: str, rows: list[dict[str, float | str]]) -> None:
    """One table on the terminal."""
    print(f"{title:52s} {'median /s':>11s} {'best /s':>11s} {'ratio':>9s}")
    for row in rows:
        print(f"{row['way']:52s} {row['median_per_s']:11.3g} {row['best_per_s']:11.3g} {row['ratio']:9.3g}")


def main() -> None:
    """Measure steps and samples, and print medians and ratios."""
    parser = argparse.ArgumentParser(description="Skyrack beside others, in one run.")
    parser.add_argument("--write", metavar="NAME", help="keep the figures as those of this machine")
    name = parser.parse_args().write
    cores = len(os.sched_getaffinity(0))
    one_interval = {"output": "24 h"}
    ways: dict[str, Callable[[], float]] = {
        f"Skyrack, all physics, {cores} threads": fleet_steps(cores, {}),
        f"Skyrack, one interval a day, {cores} threads": fleet_steps(cores, one_interval),
        "Skyrack, all physics, 1 thread": fleet_steps(1, {}),
        "the same laws, scalar float64, 1 thread": scalar_steps,
        "positions alone, sgp4 SatrecArray, 1 thread": sgp4_steps,
    }
    steps = measured(ways, "the same laws, scalar float64, 1 thread")
    samples = measured(
        {
            "Skyrack, whole-life samples, 1 thread": price_samples(),
            "spacedc-mdao 0.4.2, compare, 1 thread": spacedc_compare(),
        },
        "spacedc-mdao 0.4.2, compare, 1 thread",
    )
    looks = measured(network.ways(), "sgp4 and scipy, a plain script")
    apart_us = network.check_answers()
    growth = network.scale()
    requests = measured(serving.ways(), "every iteration, plain Python, one core")
    shown("satellite steps", steps)
    shown("whole-life samples, orbit and ground", samples)
    shown("looks at 72 x 22 satellites, 100 cities, all pairs", looks)
    shown("requests of conversations to Llama 3.1 8B on one H100", requests)
    print(f"largest difference of their round trips: {apart_us:.3f} us")
    for row in growth:
        print(
            f"{row['n_sats']:>9,} satellites: nearest compute of 1,000 cities {row['nearest_s']:.3f} s, "
            f"ways between 100 cities {row['routes_s']:.3f} s, {row['peak_rss_bytes'] / 2**30:.2f} GiB so far"
        )
    if name is not None:
        found = {
            "machine": _machine(cores),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "commit": _commit(),
            "rounds": ROUNDS,
            "steps": steps,
            "samples": samples,
            "looks": looks,
            "looks_apart_us": apart_us,
            "growth": growth,
            "requests": requests,
        }
        (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")


def _machine(cores: int) -> str:
    """Processor, cores, and how wide its vectors are, which matters most."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor()
    features = llvmlite.binding.get_host_cpu_features()
    width = 512 if features.get("avx512f") else 256 if features.get("avx2") else 128
    return f"{name}, {cores} cores, {width}-bit vectors"


def _commit() -> str:
    """The commit that was measured."""
    asked = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(asked, cwd=RESULTS, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
