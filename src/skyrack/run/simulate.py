"""Simulation of a run, from the scenario to the run folder; `simulate` and `_run` list its stages in order."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.errors import InputError
from skyrack.core.machine import peak_resident_bytes, usable_cores
from skyrack.environment.exposure_summary import Exposure
from skyrack.fleet.flight import Advance, Flight, needed_bytes
from skyrack.fleet.intervals import reduce
from skyrack.fleet.output import chunk_file, write_tables
from skyrack.fleet.summary import FleetSummary, summarise
from skyrack.network.figures import NetworkFigures
from skyrack.network.history import check_network, simulate_network
from skyrack.network.output import NetworkResult
from skyrack.orbits.layout import Layout
from skyrack.results.channels import figure_values, figures_of
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.background import Background, in_background
from skyrack.run.claims import Figures, check_claims
from skyrack.run.finished import KINDS, Run
from skyrack.run.manifest import manifest_of, now_text, scenario_sha256, write_inputs
from skyrack.run.outputs import Timings
from skyrack.run.precompile import is_compiled, precompiled
from skyrack.run.prepare import Plan, prepare
from skyrack.run.pricing import Growth, build_out, with_other, with_prices
from skyrack.run.service import service_of
from skyrack.run.simulated_jobs import simulated_jobs
from skyrack.scenario import Loaded, load
from skyrack.scenario.provenance import check_laws, check_unchanged
from skyrack.scenario.schema import Basis
from skyrack.scenario.yaml_text import parse_yaml
from skyrack.workload.summary import Jobs

DEVICES = ("cpu", "cuda")
CHECKPOINT_S = 15.0
"""Minimum time between two checkpoints."""
TABLE_BYTES = 5_000_000


@dataclass(frozen=True)
class Options:
    """Options of the execution of a run."""

    device: str = "cpu"
    threads: int | None = None
    """Threads of the CPU driver; None: all usable cores."""
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
    """Simulate a scenario and write a complete run folder to `out`; raises InputError for invalid input."""
    options = Options(device, threads, on_progress, checkpoint_s)
    plan = prepare(loaded)
    check_network(plan.scenario, plan.network, plan.sites)
    _driver(options, Stage("fly", 0.0, None))
    folder = RunFolder.create(out, 3 * needed_bytes(plan.scenario) + TABLE_BYTES)
    write_inputs(folder, loaded, manifest_of(loaded, device, cells_given=plan.written.keep_cells))
    with folder.claimed():
        return _run(plan, Flight(plan.scenario, plan.layout), folder, options)


def resume(
    path: Path,
    *,
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    checkpoint_s: float = CHECKPOINT_S,
) -> Run:
    """Resume an interrupted run; a complete one is returned as it is.

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
    """Return the scenario of an interrupted run; raises InputError where it cannot be resumed."""
    path = folder.path
    if "kind" in manifest:
        raise InputError(
            f"{path}: this folder is {KINDS[manifest['kind']]}, not a run; compute it again in another folder"
        )
    check_laws(manifest, str(path))
    written = parse_yaml(folder.read_text("scenario.yaml"), f"{path}/scenario.yaml")[0]
    loaded = load(written)  # as a mapping: it is part of the folder, not a file that a scenario names
    if manifest["scenario_sha256"] != scenario_sha256(loaded):
        raise InputError(f"{path}/scenario.yaml: the scenario was changed since the run began; begin it anew")
    check_unchanged(manifest, loaded.scenario, str(path))
    return loaded


def _run(plan: Plan, flight: Flight, folder: RunFolder, options: Options) -> Run:
    """Run all stages: flight, then summary, exposure, jobs, build-out and price, with the network in parallel."""
    begun_s = time.perf_counter()
    sat_steps_per_s = _fly(plan, flight, folder, options)
    stage = Stage("network", 1.0, options.on_progress)
    with in_background(lambda own: _observe_network(plan, own, stage)) as network:
        fleet = _account(flight, folder, options)
        jobs = _work(plan, network, options)
        service = service_of(plan, fleet.power_per_satellite, jobs.availability, jobs.wear)
        growth = with_other(build_out(plan, service, jobs), plan, jobs)
        jobs = with_prices(jobs, growth.price)
        results = Results(fleet, plan.exposure, jobs, growth, network.result(stage.report))
    timings = Timings(sat_steps_per_s, time.perf_counter() - begun_s, peak_resident_bytes())
    return results.complete(folder, plan, timings)


def _fly(plan: Plan, flight: Flight, folder: RunFolder, options: Options) -> float:
    """Fly the fleet to the end of its span in chunks, and return the satellite steps per second."""
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


def _work(plan: Plan, network: Background[NetworkResult], options: Options) -> Jobs:
    """Fly the satellites that the jobs follow, once, and run the jobs."""
    stage = Stage("workload", 1.0, options.on_progress)
    if plan.scenario.workload.training is not None or plan.scenario.workload.serving is not None:
        stage.report()

    def on_snapshot(done: int, total: int) -> None:
        network.raise_if_failed()
        stage.update(done, total)

    return simulated_jobs(plan, on_snapshot=on_snapshot)


def _observe_network(plan: Plan, own: Background[NetworkResult], stage: Stage) -> NetworkResult:
    """Simulate the network over the span of the run."""

    def on_snapshot(done: int, total: int) -> None:
        stage.done, stage.total = done, total

    history = simulate_network(
        plan.scenario, plan.network, plan.sites, on_snapshot, is_cancelled=lambda: own.is_cancelled
    )
    return NetworkResult.of(history)


@dataclass(frozen=True)
class Results:
    """Results of the stages of a run."""

    fleet: FleetSummary
    exposure: Exposure
    jobs: Jobs
    growth: Growth
    network: NetworkResult

    def complete(self, folder: RunFolder, plan: Plan, timings: Timings) -> Run:
        """Write all documents and the summary, and mark the folder as complete."""
        self.exposure.write(folder)
        self.growth.write(folder)
        self.jobs.write(folder, plan.layout)
        self.network.write(folder)
        figures = self.figures() | figure_values(timings)
        shells = [
            figure_values(shell) | figure_values(service)
            for shell, service in zip(self.fleet.shells, self.growth.shells, strict=True)
        ]
        readings = claim_figures(self.growth, figures, shells)
        claims = check_claims(plan.scenario.claims, plan.basis, readings, ranges_of(self.growth))
        folder.write_json("summary.json", {**figures, "shells": shells, "claims": claims})
        ended = {"outcome": COMPLETE, "ended": now_text(), "timings": figure_values(timings)}
        folder.write_json("manifest.json", folder.manifest | ended)
        folder.remove_checkpoint()
        return Run(folder)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the summary, in its order."""
        price = self.growth.price_figures
        built = (self.growth.figures, self.growth.service)
        parts = (self.fleet.fleet, *built, price, self.exposure.figures, self.jobs.figures)
        found: dict[str, Any] = {}
        for part in (*parts, self.network.figures):
            found |= figure_values(part)
        return found


UNCHANGED = ("n_sats", "sunlit_frac_mean", "sunlit_year_frac", "longest_eclipse_s", "inclination_max_rad")
"""Figures that do not depend on the satellite, beside those of the network."""


def claim_figures(
    growth: Growth, figures: Mapping[str, Any], shells: Sequence[Mapping[str, Any]]
) -> dict[Basis, Figures]:
    """Return the figures of both readings: all of the main one, and those of the other that were computed for it."""
    found: dict[Basis, Figures] = {growth.basis: Figures(figures, shells)}
    other = growth.other
    if other is None:
        return found
    same = (*UNCHANGED, *(channel.name for channel in figures_of(NetworkFigures)))
    computed = {name: figures[name] for name in same if name in figures}
    for part in (other.figures, other.service, other.price_figures):
        computed |= figure_values(part)
    computed["compute_power_per_sat_mean_w"] = other.power.delivered_w
    rows = [
        {key: row[key] for key in ("name", "kind", "n_sats", "sunlit_frac_mean")} | figure_values(service)
        for row, service in zip(shells, other.shells, strict=True)
    ]
    found[other.basis] = Figures(computed, rows)
    return found


def ranges_of(growth: Growth) -> dict[str, tuple[float, float]]:
    """Return the 5th and 95th percentile of the figures of the main reading that depend on uncertain inputs."""
    unsure = None if growth.price is None else growth.price.uncertainty
    if unsure is None:
        return growth.ranges
    return growth.ranges | {"cost_ratio": (unsure.cost_ratio_p05, unsure.cost_ratio_p95)}


def _driver(options: Options, stage: Stage) -> Advance:
    """Return the driver for a device, which reports to a stage; raises InputError for an unknown or missing device."""
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
    """Fly and reduce one satellite for one step, so that compilation is complete before the timing begins."""
    first = flight.shells[0]
    alone = replace(first, layers=(replace(first.layers[0].selection(np.array([0])), shell=0),))
    short = flight.scenario.model_copy(update={"span_s": flight.scenario.step_s, "output_s": None})
    flown = Flight(short, Layout(flight.layout.epoch, (alone,)))
    driver = _driver(replace(options, threads=1), Stage("compile", 0.0, None))
    reduce(flown.advance(driver), flown)
