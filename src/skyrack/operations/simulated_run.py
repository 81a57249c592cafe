"""Simulated operations of a scenario's fleet under several policies, kept in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.errors import InputError
from skyrack.core.machine import available_bytes
from skyrack.core.units import to_si
from skyrack.forecast.forecast import Forecast
from skyrack.operations.accounting import Rates, invoice, job_columns
from skyrack.operations.policy import SchedulingPolicy, policy_named
from skyrack.operations.queues import Queue, QueueTree
from skyrack.operations.simulation import Fleet, OnTick, Operated, operate
from skyrack.operations.staging import stage_in, stage_out
from skyrack.operations.tables import JOBS_TABLE, OPERATIONS_TABLE
from skyrack.operations.traces import JobTrace
from skyrack.operations.traces.generator import cluster, generate
from skyrack.operations.traces.readers import moments, read_trace
from skyrack.operations.workload import Checkpoints, columns_of
from skyrack.results.parquet import write_table
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.manifest import manifest_of, now_text, write_inputs
from skyrack.run.prepare import load_flown, prepare

KIND = "operations"
SUMMARY = "operations_summary.json"
MAX_SPAN_S = 400.0 * 86_400.0
MAX_JOBS = 20_000_000
BYTES_PER_JOB = 200
"""Size of a job in the table on disk."""
MEMORY_PER_JOB, MEMORY_PER_NODE = 2000.0, 300.0


@dataclass(frozen=True)
class Asked:
    """Request for simulated operations; see `skyrack.api.operate`."""

    trace: str = "acme-like"
    span: str = "24 h"
    begin: str = "0 s"
    policies: tuple[str, ...] = ("forecast", "sunlit-requeue", "sunlit-now", "fifo")
    load: float | None = None
    jobs: int | None = None
    gpus_per_satellite: float = 1.0
    checkpoint_every: str = "best"
    checkpoint_time: str = "20 s"
    restart_time: str = "1 min"
    data_in: str = "0 B"
    data_out: str = "0 B"
    failures: bool = True
    seed: int = 1


@dataclass(frozen=True)
class OperatedFolder:
    """Simulated operations in their folder."""

    folder: RunFolder
    summary: dict[str, Any]
    """Content of operations_summary.json."""

    @property
    def path(self) -> Path:
        """Path of the folder."""
        return self.folder.path


def operate_scenario(
    source: Any, overrides: dict[str, Any], asked: Asked, out: Path, on_progress: OnProgress | None = None
) -> OperatedFolder:
    """Operate a scenario's fleet under each policy, one after the other, on the same jobs; write the folder.

    Raises InputError for anything that is wrong, before the first policy runs.
    """
    span_s, begin_s, policies, checkpoints = _checked(asked)
    in_bytes, out_bytes = (_amount(*one) for one in (("--data-in", asked.data_in), ("--data-out", asked.data_out)))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: the folder is already in use; name another one with --out")
    plan = prepare(load_flown(source, overrides))
    trace = trace_of(asked, plan.layout.n_sats, span_s)
    Stage("forecast", 1.0, on_progress).report()
    forecast = Forecast.of(plan, begin_s, begin_s + span_s)
    fleet = Fleet.of(forecast)
    columns = columns_of(
        trace,
        fleet.first,
        fleet.group,
        gpus_per_node=asked.gpus_per_satellite,
        checkpoints=checkpoints,
        failures_per_s=float(np.median(fleet.failures_per_s)) if asked.failures else 0.0,
        begin_s=begin_s,
    )
    if in_bytes > 0.0 or out_bytes > 0.0:
        _check_stations(forecast, plan.scenario.title)
    columns["staged_s"] = columns["arrival_s"]
    if in_bytes > 0.0:
        stage_in(forecast.ground, columns, in_bytes, asked.seed)
    rates = Rates.of(plan)
    queues = tuple(Queue(name) for name in trace.queue_names)
    folder = RunFolder.create(out, BYTES_PER_JOB * len(trace) * len(policies) + 10_000_000)
    manifest = manifest_of(plan.loaded, "cpu", kind=KIND, policies=list(asked.policies), trace=asked.trace)
    write_inputs(folder, plan.loaded, manifest)
    with folder.claimed():
        stage = Stage("operate", float(len(policies)), on_progress)
        rows: list[dict[str, Any]] = []
        history: list[dict[str, Any]] = []

        def each() -> Iterator[dict[str, Any]]:
            """Operate under one policy after the other, so that the jobs of one are in memory at a time."""
            for policy in policies:
                one = operate(
                    fleet,
                    columns,
                    policy,
                    span_s,
                    begin_s=begin_s,
                    queues=QueueTree(queues),
                    seed=asked.seed,
                    with_failures=asked.failures,
                    on_tick=_reporter(stage, len(rows)),
                )
                if out_bytes > 0.0:
                    amounts = out_bytes * one.column("nodes")
                    one.column("out_bytes")[:] = amounts
                    one.column("delivered_s")[:] = stage_out(forecast.ground, one.column("end_s"), amounts, asked.seed)
                rows.append(_policy_row(one, rates))
                history.append(_history(one))
                yield job_columns(one, rates)

        write_table(folder, JOBS_TABLE, each())
        write_table(folder, OPERATIONS_TABLE, iter(history))
        summary = _summary(asked, plan.scenario.title, forecast, fleet, trace, rates, span_s) | {"policies": rows}
        folder.write_json(SUMMARY, summary)
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE, "ended": now_text()})
    folder.remove_checkpoint()
    return OperatedFolder(folder, summary)


def _checked(asked: Asked) -> tuple[float, float, list[SchedulingPolicy], Checkpoints]:
    """Return span and begin (s), policies and checkpoints of a request; raises InputError for values out of range."""
    span_s, begin_s = _seconds("--span", asked.span), _seconds("--begin", asked.begin)
    if not 60.0 <= span_s <= MAX_SPAN_S:
        raise InputError(f"--span {asked.span}: accepted are 60 s to 400 d")
    if begin_s < 0.0:
        raise InputError(f"--begin {asked.begin}: accepted is a time from the epoch on")
    policies = [policy_named(name) for name in asked.policies]
    if not policies:
        raise InputError("--policy: name at least one policy")
    checkpoints = Checkpoints(
        None if asked.checkpoint_every == "best" else _seconds("--checkpoint-every", asked.checkpoint_every),
        _seconds("--checkpoint-time", asked.checkpoint_time),
        _seconds("--restart-time", asked.restart_time),
    )
    if checkpoints.every_s is not None and checkpoints.every_s <= 0.0:
        raise InputError(f"--checkpoint-every {asked.checkpoint_every}: accepted is a time above zero, or best")
    if asked.gpus_per_satellite <= 0.0:
        raise InputError(f"--gpus-per-satellite {asked.gpus_per_satellite:g}: accepted is a number above zero")
    return span_s, begin_s, policies, checkpoints


def _amount(option: str, text: str) -> float:
    try:
        found = to_si(text, "bytes")
    except InputError as error:
        raise InputError(f"{option}: {error}") from None
    if not 0.0 <= found <= 1e18:
        raise InputError(f"{option} {text}: accepted are 0 B to 1 EB for each satellite of a job")
    return found


def _check_stations(forecast: Forecast, title: str) -> None:
    if not forecast.plan.sites.stations:
        raise InputError(f"--data-in, --data-out: {title} has no ground stations; name some in network.stations")


def _reporter(stage: Stage, n_before: int) -> OnTick:
    def report(_: float, share: float) -> None:
        stage.done = n_before + share
        stage.report()

    return report


def open_operated(path: Path) -> OperatedFolder:
    """Open the folder of simulated operations. Raises InputError if it is none, or not complete."""
    folder = RunFolder.open(path)
    if folder.manifest.get("kind") != KIND:
        raise InputError(f"{path}: this folder holds no simulated operations")
    if not folder.is_complete:
        raise InputError(f"{path}: the simulation is under way, or was interrupted")
    return OperatedFolder(folder, folder.read_json(SUMMARY))


def trace_of(asked: Asked, n_nodes: int, span_s: float) -> JobTrace:
    """Return the jobs: of a file, or as many as asked for, or as many as make the load asked for."""
    if not asked.trace.endswith("-like"):
        if asked.load is not None or asked.jobs is not None:
            raise InputError("--load and --jobs are those of a generated trace; leave them out with a file")
        trace = read_trace(Path(asked.trace))
        kept = trace.arrival_s <= span_s
        return JobTrace(
            trace.name, trace.arrival_s[kept], trace.run_s[kept], trace.gpus[kept], trace.queue[kept], trace.queue_names
        )
    statistics = cluster(asked.trace)
    if asked.load is not None and asked.jobs is not None:
        raise InputError("--load and --jobs: one follows from the other; leave one out")
    if asked.load is not None and not 0.0 < asked.load <= 10.0:
        raise InputError(f"--load {asked.load:g}: accepted is a number above 0, up to 10")
    n = asked.jobs
    if n is None:
        wanted = 0.35 if asked.load is None else asked.load
        n = max(1, round(wanted * n_nodes * span_s * asked.gpus_per_satellite / statistics.gpu_s_mean))
    if not 0 < n <= MAX_JOBS:
        raise InputError(f"{n:,} jobs: accepted are 1 to {MAX_JOBS:,}; give --jobs, or a lower --load")
    _check_memory(n, n_nodes)
    trace = generate(asked.trace, n, span_s, asked.seed)
    return _within(trace, n_nodes * asked.gpus_per_satellite)


def _within(trace: JobTrace, most: float) -> JobTrace:
    """Return a trace whose largest gangs are cut to a quarter of the fleet."""
    top = max(1, int(most / 4.0))
    return JobTrace(trace.name, trace.arrival_s, trace.run_s, np.minimum(trace.gpus, top), trace.queue)


def _seconds(option: str, text: str) -> float:
    try:
        return to_si(text, "s")
    except InputError as error:
        raise InputError(f"{option}: {error}") from None


def _check_memory(n_jobs: int, n_nodes: int) -> None:
    """Raise InputError for more jobs than fit into the available memory."""
    needed = n_jobs * MEMORY_PER_JOB + n_nodes * MEMORY_PER_NODE
    available = available_bytes()
    if needed > available:
        raise InputError(
            f"{n_jobs:,} jobs on {n_nodes:,} satellites need about {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB "
            f"are free; give fewer --jobs, a lower --load, or a shorter --span"
        )


def _history(one: Operated) -> dict[str, Any]:
    return {
        "policy": np.repeat(one.policy.name, len(one.time_s)),
        "time_s": one.time_s,
        "busy_frac": one.busy_frac,
        "waiting": one.waiting,
    }


def _policy_row(one: Operated, rates: Rates) -> dict[str, Any]:
    useful_h = max(float(one.column("useful").sum()), 1.0) / 3600.0
    cost = None if rates.usd_per_node_s is None else rates.usd_per_node_s * one.total_node_s / useful_h
    return one.figures() | {
        "fleet_usd_per_useful_node_hour": cost,
        "invoice": invoice(one, rates),
        "books_error_frac": one.check_books(),
        "jobs_error_frac": one.check_jobs(),
    }


def _summary(
    asked: Asked, title: str, forecast: Forecast, fleet: Fleet, trace: JobTrace, rates: Rates, span_s: float
) -> dict[str, Any]:
    demand = float((trace.run_s * np.maximum(np.ceil(trace.gpus / asked.gpus_per_satellite), 1)).sum())
    return {
        "title": title,
        "n_nodes": fleet.n_nodes,
        "n_rings": fleet.n_rings,
        "span_s": span_s,
        "trace": {"name": trace.name, **moments(trace)},
        "demand_over_capacity": demand / (fleet.n_nodes * span_s),
        "failures": asked.failures,
        "seed": asked.seed,
        "uncertainty": forecast.uncertainty,
        "usd_per_node_s": rates.usd_per_node_s,
    }
