"""Jobs alone: latencies between cities, training, serving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from skyrack.api.folders import next_folder
from skyrack.api.scenarios import Source

if TYPE_CHECKING:
    from skyrack.results.progress import Progress
    from skyrack.run.job import Job
    from skyrack.run.latency import Routes


def route(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    cities: str | Path | None = None,
    span: str | None = None,
    step: str | None = None,
    paths: bool = False,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Routes:
    """Latency and links between cities over a fleet, look after look, without flying its power and heat.

    `source` is a scenario, or a file of orbital elements (TLE or OMM) of a real constellation, which is then looked at from
    the newest epoch in it. `cities` are names with commas, `largest-100`, or a CSV file with name, latitude and longitude in
    degrees. `span` and `step` say when the network is looked at. Left in `out`, by default routes/NAME-DATE-TIME:
    routes.parquet (cities to cities), city_latency.parquet (to the nearest compute), scenario.yaml and network.json, and with
    `paths` also paths.parquet (every satellite on every way, in its order).
    """
    from skyrack.run.latency import scenario_of, simulate_routes
    from skyrack.run.prepare import load_flown

    given = dict(source) if isinstance(source, Mapping) else source
    loaded = load_flown(*scenario_of(given, dict(overrides or {}), cities, span, step))

    folder = Path(out) if out is not None else next_folder(loaded.scenario.name, "routes")
    return simulate_routes(loaded, folder, on_progress, paths=paths)


def train(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    satellites: int | None = None,
    model: str | None = None,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Job:
    """Train a model on satellites of a scenario, and on the ground beside it: days, goodput, what it is lost to, cost.

    `satellites` and `model` are short for the scenario's `workload.training.satellites` and `.model`. Left in `out`, by
    default jobs/NAME-training-DATE-TIME: workload.json, scenario.yaml and a page with pictures, report.html.
    """
    asked = {"workload.training.satellites": satellites, "workload.training.model": model}
    return _job(source, dict(overrides or {}), asked, "training", out, on_progress)


def serve(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    model: str | None = None,
    cities: str | None = None,
    hour: float | None = None,
    trace: str | None = None,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Job:
    """Serve a model to cities from the satellites of a scenario, and from regions on the ground beside it.

    `cities` are names with commas, a continent or `largest-100`; `hour` is the time of day where they are; `trace` is one of
    the catalogue's or a trace file. Left in `out`, by default jobs/NAME-serving-DATE-TIME, as by `train`.
    """
    named = None if cities is None else [name.strip() for name in cities.split(",") if name.strip()]
    asked = {"workload.serving.model": model, "workload.serving.cities": named, "workload.serving.trace": trace}
    return _job(source, dict(overrides or {}), asked, "serving", out, on_progress, hour=hour)


def _job(
    source: Source,
    overrides: dict[str, Any],
    asked: dict[str, Any],
    kind: Literal["training", "serving"],
    out: str | Path | None,
    on_progress: Callable[[Progress], None] | None,
    *,
    hour: float | None = None,
) -> Job:
    from skyrack.report.workload import write_job_page
    from skyrack.run.job import begin_at_hour, load_job, run_job

    given = dict(source) if isinstance(source, Mapping) else source
    changed = overrides | {path: value for path, value in asked.items() if value is not None}
    plan = load_job(given, changed, kind)
    if hour is not None:
        begin_s = begin_at_hour(plan.scenario, hour)
        plan = load_job(given, changed | {"workload.serving.begin": f"{begin_s!r} s"}, kind)
    folder = Path(out) if out is not None else next_folder(f"{plan.scenario.name}-{kind}", "jobs")
    job = run_job(plan, kind, folder, on_progress)
    write_job_page(job, job.path / "report.html")
    return job
