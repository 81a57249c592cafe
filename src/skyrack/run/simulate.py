"""A whole run, from the scenario to the run folder, read from top to bottom in `simulate` and `_run`."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.errors import InputError
from skyrack.core.machine import peak_resident_bytes, usable_cores
from skyrack.environment.exposure_summary import Exposure, expose
from skyrack.fleet.flight import Advance, Flight, needed_bytes
from skyrack.fleet.intervals import reduce
from skyrack.fleet.output import chunk_file, write_tables
from skyrack.fleet.sample_flight import fly_samples
from skyrack.fleet.summary import FleetSummary, summarise
from skyrack.network.history import check_network, simulate_network
from skyrack.network.output import NetworkResult
from skyrack.orbits.layout import Layout
from skyrack.results.channels import figure_values
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.background import Background, in_background
from skyrack.run.claims import check_claims
from skyrack.run.finished import KINDS, Run
from skyrack.run.manifest import manifest_of, now_text, scenario_sha256, write_inputs
from skyrack.run.outputs import Timings
from skyrack.run.precompile import is_compiled, precompiled
from skyrack.run.prepare import Plan, prepare
from skyrack.run.pricing import Growth, build_out, with_prices
from skyrack.scenario import Loaded, load
from skyrack.scenario.provenance import check_laws, check_unchanged
from skyrack.scenario.yaml_text import parse_yaml
from skyrack.workload.summary import Jobs, followed_satellites, run_jobs

DEVICES = ("cpu", "cuda")
CHECKPOINT_S = 15.0
"""Least time between two saved states."""
TABLE_BYTES = 5_000_000


@dataclass(frozen=True)
class Options:
    """How a run is flown."""

    device: str = "cpu"
    threads: int | None = None
    """Threads of the CPU driver; None takes all usable cores."""
    on_progress: OnProgress | None = None
    checkpoint_s: float = CHECKPOINT_S


def simulate(
    loaded: Loaded,
    out: Path,
    *,
    device: str = "cpu",
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    checkpoint_s: float = CHECKPOINT_S,
) -> Run:
    """Simulate a scenario and leave a complete run folder in `out`; raises InputError for whatever is wrong before."""
    options = Options(device, threads, on_progress, checkpoint_s)
    plan = prepare(loaded)
    check_network(plan.scenario, plan.network, plan.sites)
    _driver(options, Stage("fly", 0.0, None))
    folder = RunFolder.create(out, 3 * needed_bytes(plan.scenario) + TABLE_BYTES)
    write_inputs(folder, loaded, manifest_of(loaded, device, cells_given=plan.keep_cells))
    with folder.claimed():
        return _run(plan, Flight(plan.scenario, plan.layout), folder, options)


def resume(
    path: Path,
    *,
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    checkpoint_s: float = CHECKPOINT_S,
) -> Run:
    """Continue a run that was interrupted; a complete one is returned as it is.

    Raises InputError where the folder holds no run, or one of another version or scenario.
    """
    folder = RunFolder.open(path)
    if folder.is_complete:
        return Run(folder)
    manifest = folder.manifest
    loaded = _loaded_of(folder, manifest)
    (folder.path / "checkpoint").mkdir(exist_ok=True)
    plan = prepare(loaded, keep_cells=manifest["cells_given"])
    flight = Flight(plan.scenario, plan.layout)
    with folder.claimed():
        if (folder.path / "checkpoint/state.npz").is_file():
            flight.restore(folder.arrays("checkpoint/state.npz"))
        return _run(plan, flight, folder, Options(manifest["device"], threads, on_progress, checkpoint_s))


def _loaded_of(folder: RunFolder, manifest: dict[str, Any]) -> Loaded:
    """Return the scenario of an interrupted run; InputError where it cannot be continued."""
    path = folder.path
    if "kind" in manifest:
        raise InputError(
            f"{path}: this folder is {KINDS[manifest['kind']]}, not a run; ask for it anew in another folder"
        )
    check_laws(manifest, str(path))
    written = parse_yaml(folder.read_text("scenario.yaml"), f"{path}/scenario.yaml")[0]
    loaded = load(written)  # as a mapping: it is the folder's own, not a file that a scenario names
    if manifest["scenario_sha256"] != scenario_sha256(loaded):
        raise InputError(f"{path}/scenario.yaml: the scenario was changed since the run began; begin it anew")
    check_unchanged(manifest, loaded.scenario, str(path))
    return loaded


def _run(plan: Plan, flight: Flight, folder: RunFolder, options: Options) -> Run:
    """Go through the stages of a run: fly, then summarise, expose, work, build and price, with the network beside."""
    begun_s = time.perf_counter()
    sat_steps_per_s = _fly(plan, flight, folder, options)
    stage = Stage("network", 1.0, options.on_progress)
    with in_background(lambda own: _observe_network(plan, own, stage)) as network:
        fleet = _account(flight, folder, options)
        exposure = expose(plan.scenario, plan.layout, plan.shielding, plan.accelerators)
        jobs = _work(plan, exposure, network, options)
        growth = build_out(plan, fleet.power_per_satellite, jobs)
        jobs = with_prices(jobs, growth.price)
        results = Results(fleet, exposure, jobs, growth, network.result(stage.report))
    timings = Timings(sat_steps_per_s, time.perf_counter() - begun_s, peak_resident_bytes())
    return results.complete(folder, plan, timings)


def _fly(plan: Plan, flight: Flight, folder: RunFolder, options: Options) -> float:
    """Fly the fleet to the end of its span, chunk by chunk, and return the satellite steps flown per second."""
    steps_before = flight.n_sats * float(sum(chunk.n_steps for chunk in flight.chunks[: flight.next_chunk]))
    steps = flight.n_sats * float(sum(chunk.n_steps for chunk in flight.chunks))
    if options.device == "cpu" and not is_compiled("tiles.fly_tiles-*.nbi"):
        Stage("compile", steps, options.on_progress, steps_before).report()
    with precompiled(plan):
        _compile(flight, options)
    stage = Stage("fly", steps, options.on_progress, steps_before)
    driver = _driver(options, stage)
    saved_s = 0.0
    while flight.next_chunk < len(flight.chunks):
        result = flight.advance(driver)
        folder.write_arrays(chunk_file(result.chunk.number), reduce(result, flight))
        if stage.elapsed_s - saved_s >= options.checkpoint_s:
            folder.write_arrays("checkpoint/state.npz", flight.snapshot())
            saved_s = stage.elapsed_s
    return (steps - steps_before) / stage.elapsed_s


def _account(flight: Flight, folder: RunFolder, options: Options) -> FleetSummary:
    """Write the tables of the flown fleet and return its figures."""
    Stage("write", 1.0, options.on_progress, 1.0).report()
    write_tables(folder, flight)
    return summarise(flight, folder)


def _work(plan: Plan, exposure: Exposure, network: Background[NetworkResult], options: Options) -> Jobs:
    """Fly the satellites that the jobs follow, once, and do the jobs."""
    stage = Stage("workload", 1.0, options.on_progress)
    if plan.scenario.workload.training is not None or plan.scenario.workload.serving is not None:
        stage.report()

    def on_snapshot(done: int, total: int) -> None:
        network.raise_if_failed()
        stage.update(done, total)

    followed, span_s = followed_satellites(plan.scenario, plan.network.constellation)
    samples = fly_samples(plan.scenario, plan.layout, followed, span_s)
    return run_jobs(plan.scenario, plan.network, exposure, samples, plan.accelerators, on_snapshot)


def _observe_network(plan: Plan, own: Background[NetworkResult], stage: Stage) -> NetworkResult:
    """Follow the network through the run."""

    def on_snapshot(done: int, total: int) -> None:
        stage.done, stage.total = done, total

    history = simulate_network(
        plan.scenario, plan.network, plan.sites, on_snapshot, is_cancelled=lambda: own.is_cancelled
    )
    return NetworkResult.of(history)


@dataclass(frozen=True)
class Results:
    """What the stages of a run have found."""

    fleet: FleetSummary
    exposure: Exposure
    jobs: Jobs
    growth: Growth
    network: NetworkResult

    def complete(self, folder: RunFolder, plan: Plan, timings: Timings) -> Run:
        """Write all documents and the summary; from here on the folder says that it is complete."""
        self.exposure.write(folder)
        self.growth.write(folder)
        self.jobs.write(folder, plan.layout)
        self.network.write(folder)
        figures = self.figures() | figure_values(timings)
        shells = [figure_values(shell) for shell in self.fleet.shells]
        claims = check_claims(plan.scenario.claims, figures, shells)
        folder.write_json("summary.json", {**figures, "shells": shells, "claims": claims})
        ended = {"outcome": COMPLETE, "ended": now_text(), "timings": figure_values(timings)}
        folder.write_json("manifest.json", folder.manifest | ended)
        folder.remove_checkpoint()
        return Run(folder)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the summary, in its order."""
        price = self.growth.price_figures
        parts = (self.fleet.fleet, self.growth.figures, price, self.exposure.figures, self.jobs.figures)
        found: dict[str, Any] = {}
        for part in (*parts, self.network.figures):
            found |= figure_values(part)
        return found


def _driver(options: Options, stage: Stage) -> Advance:
    """Return the driver for a device, which reports to a stage; InputError for an unknown or missing device."""
    if options.device not in DEVICES:
        raise InputError(f"device: {options.device!r} is not known; there are {' and '.join(DEVICES)}")
    threads = options.threads
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise InputError(f"threads: {threads!r} is not a number of threads; accepted is a whole number from 1 on")
    if options.device == "cuda":
        from skyrack.fleet.cuda import CudaDriver

        return CudaDriver(stage.advance)
    from skyrack.fleet.cpu import CpuDriver

    return CpuDriver(threads or usable_cores(), stage.advance)


def _compile(flight: Flight, options: Options) -> None:
    """Fly one satellite for one step and reduce it, so that compilation is over before the clock starts."""
    first = flight.shells[0]
    alone = replace(first, layers=(replace(first.layers[0].selection(np.array([0])), shell=0),))
    short = flight.scenario.model_copy(update={"span_s": flight.scenario.step_s, "output_s": None})
    flown = Flight(short, Layout(flight.layout.epoch, (alone,)))
    driver = _driver(replace(options, threads=1), Stage("compile", 0.0, None))
    reduce(flown.advance(driver), flown)
