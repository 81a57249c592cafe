"""A whole run, from the scenario to the folder, read from top to bottom in `simulate`."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.machine import peak_resident_bytes, usable_cores
from skyrack.design.sizing import gives_cells
from skyrack.fleet.flight import Flight, needed_bytes
from skyrack.fleet.output import segment_file, write_tables
from skyrack.fleet.records import reduce
from skyrack.fleet.summary import summarise
from skyrack.network.survey import check_network
from skyrack.orbits.layout import lay_out, single
from skyrack.results.channels import TIMINGS
from skyrack.results.progress import Progress
from skyrack.results.run import KINDS, Run
from skyrack.results.run_folder import COMPLETE, RUNNING, RunFolder
from skyrack.run.around import look_around
from skyrack.run.claims import check_claims
from skyrack.run.precompile import compiled_beside, is_compiled
from skyrack.run.prepare import check
from skyrack.scenario import Loaded, assumptions_of, dump_yaml, load
from skyrack.scenario.provenance import check_laws, check_unchanged, provenance_of
from skyrack.scenario.yaml_text import parse_yaml

DEVICES = ("cpu", "cuda")
CHECKPOINT_S = 15.0
"""Time between two saved states, at least."""

PYTHON_BYTES = 400e6
"""What Python, numba and their libraries take before the fleet."""


def simulate(
    loaded: Loaded,
    out: Path,
    *,
    device: str = "cpu",
    threads: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint_s: float = CHECKPOINT_S,
) -> Run:
    """Fly a scenario and leave everything in the folder `out`."""
    shells = check(loaded)
    check_network(loaded.scenario)
    _driver(device, threads, lambda _: None)
    folder = RunFolder.create(out, _needed_disk_bytes(loaded))
    folder.write_text("scenario.yaml", dump_yaml(loaded.scenario))
    folder.write_json("assumptions.json", [vars(row) for row in assumptions_of(loaded)])
    folder.write_json("manifest.json", manifest_of(loaded, device))
    with folder.claimed(), compiled_beside(loaded.scenario) as finish_compiling:
        return _fly(
            folder, Flight(loaded.scenario, shells), device, threads, on_progress, checkpoint_s, finish_compiling
        )


def resume(
    path: Path,
    *,
    threads: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint_s: float = CHECKPOINT_S,
) -> Run:
    """Go on with a run that was interrupted; a complete one is returned as it is."""
    folder = RunFolder.open(path)
    if folder.is_complete:
        return Run(folder)
    manifest = folder.manifest
    if "kind" in manifest:
        raise InputError(
            f"{path}: this folder is {KINDS[manifest['kind']]}, not a run; ask for it anew in another folder"
        )
    check_laws(manifest, str(path))
    written = parse_yaml(folder.read_text("scenario.yaml"), f"{path}/scenario.yaml")[0]
    loaded = load(written)  # as a mapping: it is the folder's own, not a file that a scenario names
    if manifest["scenario_sha256"] != _scenario_sha256(loaded):
        raise InputError(f"{path}/scenario.yaml: the scenario was changed since the run began; begin it anew")
    check_unchanged(manifest, loaded.scenario, str(path))
    (folder.path / "checkpoint").mkdir(exist_ok=True)
    flight = Flight(loaded.scenario, lay_out(loaded.scenario))
    with folder.claimed(), compiled_beside(loaded.scenario) as finish_compiling:
        if (folder.path / "checkpoint/state.npz").is_file():
            flight.restore(folder.arrays("checkpoint/state.npz"))
        return _fly(folder, flight, manifest["device"], threads, on_progress, checkpoint_s, finish_compiling)


def _fly(
    folder: RunFolder,
    flight: Flight,
    device: str,
    threads: int | None,
    on_progress: Callable[[Progress], None] | None,
    checkpoint_s: float,
    finish_compiling: Callable[[], None],
) -> Run:
    begun = time.perf_counter()
    total = flight.n_sats * float(flight.segments[-1].first_step + flight.segments[-1].n_steps)
    flown = flight.n_sats * float(sum(s.n_steps for s in flight.segments[: flight.next_segment]))
    resumed_at = flown

    def tell(stage: str, done: float) -> None:
        if on_progress is not None:
            on_progress(Progress(stage, done, total, time.perf_counter() - flight_begun))

    flight_begun = begun
    if device == "cpu" and not is_compiled("tiles.fly_tiles-*.nbi"):
        tell("compile", flown)
    driver = _driver(device, threads, lambda sat_steps: tell("fly", _add(sat_steps)))
    counted = [flown]

    def _add(sat_steps: int) -> float:
        counted[0] += sat_steps
        return counted[0]

    _compile(flight, device)
    finish_compiling()
    flight_begun = time.perf_counter()
    saved = flight_begun
    while flight.next_segment < len(flight.segments):
        result = flight.advance(driver)
        folder.write_arrays(segment_file(result.segment.number), reduce(result, flight))
        if time.perf_counter() - saved >= checkpoint_s:
            folder.write_arrays("checkpoint/state.npz", flight.snapshot())
            saved = time.perf_counter()
    flight_s = time.perf_counter() - flight_begun

    def account() -> dict[str, Any]:
        tell("write", total)
        write_tables(folder, flight)
        return summarise(flight, folder)

    summary = look_around(folder, flight, account, on_progress)
    timings = {
        "sat_steps_per_s": (total - resumed_at) / flight_s,
        "wall_s": time.perf_counter() - begun,
        "peak_rss_bytes": peak_resident_bytes(),
    }
    return finish(folder, {**summary, **timings}, flight.scenario.claims)


def finish(folder: RunFolder, summary: dict[str, Any], claims: Any) -> Run:
    """Write summary and manifest; from here on the folder says that it is complete."""
    shells = summary.pop("shells")
    ordered = {**summary, "shells": shells, "claims": check_claims(claims, summary | {"shells": shells})}
    folder.write_json("summary.json", ordered)
    manifest = folder.manifest | {
        "outcome": COMPLETE,
        "ended": _now(),
        "timings": {name: summary[name] for name in TIMINGS},
    }
    folder.write_json("manifest.json", manifest)
    folder.remove_checkpoint()
    return Run(folder)


def _driver(device: str, threads: int | None, on_progress: Callable[[int], None]) -> Any:
    if device not in DEVICES:
        raise InputError(f"device: {device!r} is not known; there are {' and '.join(DEVICES)}")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise InputError(f"threads: {threads!r} is not a number of threads; accepted is a whole number from 1 on")
    if device == "cuda":
        from skyrack.fleet.cuda import CudaDriver

        return CudaDriver(on_progress)
    from skyrack.fleet.cpu import CpuDriver

    return CpuDriver(threads or usable_cores(), on_progress)


def _compile(flight: Flight, device: str) -> None:
    """Fly one satellite for one step and count it, so that compilation is over before the clock starts."""
    scenario = flight.scenario
    first = flight.shells[0]
    alone = replace(first, layers=(single(first.layers[0], 0),))
    short = scenario.model_copy(update={"span_s": scenario.step_s, "output_s": None})
    flown = Flight(short, (alone,))
    reduce(flown.advance(_driver(device, 1, lambda _: None)), flown)


def manifest_of(loaded: Loaded, device: str) -> dict[str, Any]:
    """What a folder says about how it is made, before it is complete."""
    packages = ("skyrack", "numpy", "numba", "pyarrow", "pydantic", "pint", "pyerfa")
    return {
        "outcome": RUNNING,
        "scenario": loaded.scenario.name,
        "title": loaded.scenario.title,
        "scenario_sha256": _scenario_sha256(loaded),
        "cells_given": gives_cells(loaded),
        "device": device,
        "begun": _now(),
        "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    } | provenance_of(loaded.scenario)


def _scenario_sha256(loaded: Loaded) -> str:
    return hashlib.sha256(dump_yaml(loaded.scenario).encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _needed_disk_bytes(loaded: Loaded) -> int:
    """State saved twice over, and the tables."""
    return 3 * needed_bytes(loaded.scenario) + 5_000_000
